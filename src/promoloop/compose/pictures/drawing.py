"""From a brief and a size to a picture whose every letter can be read.

Layouts are tried in order: the image beside the text, with less of it, behind the text with an
ever stronger veil, and at last brand colour alone; with every text first, then without the
optional ones. What is kept must pass WCAG AA on the pixels that really lie behind the letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from promoloop.compose.pictures.colours import (
    LEAST_EDGE,
    LEAST_TEXT,
    contrast,
    contrasts,
    ink_on,
    readable,
    rgb,
    text_ink,
)
from promoloop.compose.pictures.fitting import Fitter
from promoloop.compose.pictures.items import Inks
from promoloop.compose.pictures.ports import Canvas, TextMeasure
from promoloop.compose.pictures.records import (
    Colour,
    Picture,
    PictureBrief,
    PictureSize,
    Rect,
    TextBox,
)
from promoloop.compose.pictures.regions import Region, region_of, shape_of
from promoloop.compose.pictures.setting import Setting, set_texts
from promoloop.core import InvalidError, RefusedError

__all__ = ["Legibility", "draw_picture", "legibility"]

_VEILS = (0.0, 0.4, 0.55, 0.7, 0.82, 0.9)
"""Opacities of the veil over an image, tried in this order."""

_AMPLE = 1.5
"""A lead this many times the smallest letters is taken before anything is left out."""

_MOST_UNREST = 14.0

_DROPS: tuple[tuple[str, ...], ...] = (
    (), ("headline",), ("headline", "brand"), ("headline", "brand", "call"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Legibility:
    """How well one text can be read.

    ``contrast`` is the least with any pixel behind a line and must reach ``least``; ``unrest`` is
    the standard deviation of brightness behind the worst line, 0 to 255, and may reach 14 (our
    own rule: letters on a pattern tire the eye even where their contrast is lawful).
    """

    role: str
    contrast: float
    unrest: float
    least: float = LEAST_TEXT

    @property
    def passed(self) -> bool:
        """Whether it can be read."""
        return self.contrast >= self.least and self.unrest <= _MOST_UNREST


def draw_picture(
    brief: PictureBrief, size: PictureSize, measure: TextMeasure, canvas: Canvas
) -> Picture:
    """The first layout of ``brief`` in which all texts fit and can be read.

    Texts marked optional are left out one after the other when there is no room, and so is the
    image at last; ``left_out`` says which.

    Raises
    ------
    InvalidError
        A character that the fonts lack.
    RefusedError
        No layout holds the texts, or none gives enough contrast.
    """
    _check_letters(brief, measure)
    fitter = Fitter(measure, brief.locale, brief.keep)
    faint: list[Legibility] = []
    for ample in (True, False):
        for picture, lead in _candidates(brief, size, fitter):
            if ample and lead < _AMPLE * size.smallest:
                continue
            found = [one for one in legibility(picture, canvas) if not one.passed]
            if not found:
                return picture
            faint += found
    raise _refused(brief, size, faint)


def legibility(picture: Picture, canvas: Canvas) -> tuple[Legibility, ...]:
    """How each text reads, measured on the real pixels behind its lines."""
    pixels = canvas.backdrop(picture)
    found = []
    for box in picture.texts:
        lines = [
            pixels[top:bottom, left:right]
            for left, top, right, bottom in _line_boxes(box, picture.size)
        ]
        least = min(float(contrasts(box.ink, line).min()) for line in lines)
        unrest = max(float(line.mean(axis=2).std()) for line in lines)
        found.append(Legibility(box.role, least, unrest))
    return tuple(found)


def _line_boxes(box: TextBox, size: PictureSize) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right and bottom of each line, within the picture."""
    for left, width, baseline in zip(box.lefts, box.widths, box.baselines, strict=True):
        yield (
            max(0, int(left)),
            max(0, int(baseline - 0.85 * box.size)),
            min(size.width, int(left + width) + 1),
            min(size.height, int(baseline + 0.15 * box.size) + 1),
        )


def _check_letters(brief: PictureBrief, measure: TextMeasure) -> None:
    for text in brief.texts:
        missing = measure.missing(text.text)
        if missing:
            raise InvalidError(
                f"the picture {brief.brief_id}, its {text.role}",
                f"the fonts have no {missing[0]!r} (U+{ord(missing[0]):04X})",
                "Write it in Latin, Chinese, Japanese or Korean letters.",
            )


def _candidates(
    brief: PictureBrief, size: PictureSize, fitter: Fitter
) -> Iterator[tuple[Picture, int]]:
    """Pictures in the order of preference, with the size of the largest text."""
    dropped = list(_drops(brief))
    for layouts in _ladder(brief, size):
        for out in dropped:
            for layout, veil in layouts:
                made = _made(brief, size, fitter, layout, veil, out)
                if made is not None:
                    yield made


def _ladder(brief: PictureBrief, size: PictureSize) -> tuple[Sequence[tuple[str, float]], ...]:
    plain = (("plain", 0.0),)
    if brief.image is None:
        return (plain,)
    # With an ink of the brand's own only its background can be the veil.
    tones = ("brand",) if brief.colours.ink else ("brand", "other")
    behind = tuple((f"overlay {tone}", veil) for veil in _VEILS for tone in tones)
    beside = (("panel", 0.0), ("narrow", 0.0))
    if shape_of(size) == "strip":
        # In a low banner hardly anything of an image would be seen behind the words.
        return beside[:1], plain
    return (behind, beside, plain) if brief.style == "overlay" else (beside, behind, plain)


def _drops(brief: PictureBrief) -> Iterator[tuple[str, ...]]:
    """Which optional texts are left out, ever more of them."""
    optional = {text.role for text in brief.texts if text.optional}
    seen: list[tuple[str, ...]] = []
    for out in _DROPS:
        there = tuple(role for role in out if role in optional)
        if there not in seen:
            seen.append(there)
            yield there


def _made(
    brief: PictureBrief,
    size: PictureSize,
    fitter: Fitter,
    layout: str,
    veil: float,
    out: tuple[str, ...],
) -> tuple[Picture, int] | None:
    texts = {text.role: text.text for text in brief.texts if text.role not in out}
    name, _, tone = layout.partition(" ")
    region, background = region_of(size, name), rgb(brief.colours.background)
    if tone == "other":
        # A light brand's text on a dark image, or the other way round.
        background = ink_on(background)
    inks = _inks(brief, background, over_image=region.layout == "overlay")
    setting = set_texts(size, region, texts, fitter, inks, brief.label_share)
    if setting is None:
        return None
    gone = (*out, "image") if brief.image and region.image is None else out
    picture = Picture(
        brief_id=brief.brief_id,
        size=size,
        locale=brief.locale,
        layout=region.layout,
        background=background,
        image=region.image,
        rects=(*_behind(region, background, rgb(brief.colours.accent), veil), *_pills(setting)),
        texts=setting.placed.texts,
        marks=dict(brief.marks or {}),
        left_out=gone,
    )
    return picture, setting.lead


def _pills(setting: Setting) -> tuple[Rect, ...]:
    return setting.placed.rects


def _inks(brief: PictureBrief, background: Colour, *, over_image: bool) -> Inks:
    """Text in the brand's ink; the reward in the accent where it reads well on plain colour."""
    text, accent = text_ink(brief.colours, background), rgb(brief.colours.accent)
    reward = text if over_image else readable((accent, text), background)
    button = accent if contrast(accent, background) >= LEAST_EDGE else text
    return Inks(text, reward, button, ink_on(button))


def _behind(region: Region, background: Colour, accent: Colour, veil: float) -> tuple[Rect, ...]:
    """The ornament of a plain picture, or the veil over an image."""
    if region.layout == "plain":
        return _ornament(region, accent)
    if region.layout != "overlay" or veil == 0.0:
        return ()
    panel = region.panel
    whole = Rect("veil", panel.x, panel.y, panel.width, panel.height, background, alpha=veil)
    if region.shape == "strip":
        return (whole,)
    if region.shape == "wide":
        reach = 0.3 * panel.width
        return whole, replace(whole, x=panel.right, width=reach, fade="right")
    reach = 0.3 * panel.height
    return whole, replace(whole, y=panel.y - reach, height=reach, fade="up")


def _ornament(region: Region, accent: Colour) -> tuple[Rect, ...]:
    """A disc of the accent colour at the edge that the text leaves free."""
    panel = region.panel
    if region.shape == "strip":
        return (Rect("ornament", 0, 0, max(3.0, 0.05 * panel.height), panel.height, accent),)
    if region.shape == "wide":
        side = 1.15 * panel.height
        left = panel.right + 0.12 * panel.height
        top = (panel.height - side) / 2
    else:
        side = 0.92 * panel.width if region.shape != "square" else 0.5 * panel.width
        left = panel.width - 0.72 * side
        top = min(panel.y - 1.02 * side, -0.28 * side)
    return (Rect("ornament", left, top, side, side, accent, radius=side / 2),)


def _refused(brief: PictureBrief, size: PictureSize, faint: Sequence[Legibility]) -> RefusedError:
    asked = f"the picture {brief.brief_id} in {size.name}"
    if not faint:
        return RefusedError(
            asked,
            f"its texts do not fit, even in letters of {size.smallest} pixels",
            "Shorten them, or leave this size out.",
        )
    least = max(faint, key=lambda one: one.contrast)
    return RefusedError(
        asked,
        f"in no layout does its {least.role} reach the contrast {least.least:g}:1; the most is"
        f" {least.contrast:.2f}:1",
        "Take brand colours that differ more, or leave out the ink colour.",
    )
