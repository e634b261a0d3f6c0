"""What a picture is to say, in which size and colours, and the picture that comes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from promoloop.core import InvalidError, require_locale

__all__ = [
    "ROLES",
    "STYLES",
    "BrandColours",
    "Colour",
    "ImageBox",
    "Picture",
    "PictureBrief",
    "PictureSize",
    "PictureText",
    "Rect",
    "TextBox",
]

Colour = tuple[int, int, int]
"""Red, green and blue, each 0 to 255 (sRGB)."""

ROLES = ("brand", "headline", "reward", "terms", "code", "deadline", "call", "label")
"""What a text on a picture is. ``terms`` are condition and ceiling, ``label`` the law's."""

STYLES = ("auto", "panel", "overlay")
"""Where the product image goes: beside the text, or behind it; ``auto`` suits the size."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")

_SPACES = re.compile("[\u00a0\u2009\u202f]")


@dataclass(frozen=True, slots=True)
class PictureSize:
    """A size in pixels, with what its platform asks (``data/pictures.toml``).

    ``safe`` is kept free of text at top, right, bottom and left; no letter is set smaller than
    ``smallest``; ``most_bytes`` is the limit of one file, 0 for none.
    """

    name: str
    width: int
    height: int
    smallest: int
    safe: tuple[int, int, int, int] = (0, 0, 0, 0)
    most_bytes: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class BrandColours:
    """A brand's colours, written ``#rrggbb``.

    ``ink`` is the colour of all text but the button's; "" takes near black or white, whichever
    reads better on what is behind it.
    """

    background: str = "#f5efe4"
    accent: str = "#b3402a"
    ink: str = ""

    def __post_init__(self) -> None:
        for field in ("background", "accent", "ink"):
            value = getattr(self, field)
            if not _HEX.fullmatch(value) and not (field == "ink" and value == ""):
                raise InvalidError(
                    f"brand colours, field {field}",
                    f"{value!r} is no colour",
                    "Write it like #b3402a.",
                )


@dataclass(frozen=True, slots=True)
class PictureText:
    """One verified text and its role; ``optional`` is left off where there is no room."""

    role: str
    text: str
    optional: bool = False

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise InvalidError(
                f"a picture's text {self.text[:40]!r}",
                f"its role is {self.role!r}",
                f"Use one of {', '.join(ROLES)}.",
            )
        # Amounts in French and German hold spaces that do not break, which count as unprintable.
        if not self.text.strip() or not _SPACES.sub(" ", self.text).isprintable():
            raise InvalidError(
                f"a picture's {self.role}", "it is empty or not printable", "Give a text."
            )


@dataclass(frozen=True, slots=True)
class PictureBrief:
    """Everything one picture may show.

    Parameters
    ----------
    brief_id : str
        Names the files; kept in their metadata.
    locale : str
        Of the texts; decides line breaking and the shapes of Chinese characters.
    texts : tuple of PictureText
        In reading order, at most one per role; exactly these are drawn and nothing else.
    colours : BrandColours
    keep : tuple of str
        Words no line is broken within where they fit a line: names, codes.
    image : tuple of int, optional
        Width and height in pixels of the product image, upright; ``None`` is brand colour only.
    style : str
        One of ``STYLES``.
    marks : mapping of str to str
        Entries for the file's metadata, such as the machine-readable mark of generated text.
    label_share : float
        The law's least height of the label's letters, as a share of the shorter side.
    """

    brief_id: str
    locale: str
    texts: tuple[PictureText, ...]
    colours: BrandColours
    keep: tuple[str, ...] = ()
    image: tuple[int, int] | None = None
    style: str = "auto"
    marks: Mapping[str, str] | None = None
    label_share: float = 0.0

    def __post_init__(self) -> None:
        require_locale(self.locale)
        roles = [text.role for text in self.texts]
        if not roles or len(set(roles)) < len(roles):
            raise InvalidError(
                f"the picture {self.brief_id}",
                "it has no text, or two of one role",
                "Give one text per role.",
            )
        if self.style not in STYLES:
            raise InvalidError(
                f"the picture style {self.style!r}", "it is not known", f"Use {', '.join(STYLES)}."
            )
        if self.image is not None and min(self.image) < 1:
            raise InvalidError(
                f"the picture {self.brief_id}, its image", "it has no area", "Use another image."
            )


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle; ``radius`` rounds its corners, ``alpha`` is its opacity.

    With ``fade`` "up" or "right" the opacity falls evenly to 0 towards that side.
    """

    role: str
    x: float
    y: float
    width: float
    height: float
    fill: Colour
    radius: float = 0.0
    alpha: float = 1.0
    fade: str = ""


@dataclass(frozen=True, slots=True)
class ImageBox:
    """Where the product image goes: a photograph fills the box, cropped about its middle.

    A product on a plain ground is shown whole instead, in ``focus`` (left, top, width and height
    within the box; ``None`` is all of it), and its ground fills the box.
    """

    x: int
    y: int
    width: int
    height: int
    focus: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class TextBox:
    """One text as set: its lines from the top, each with its left edge and width.

    ``"".join(line)`` over all lines is the verified text, spaces at line ends included.
    ``baselines`` are y coordinates, ``size`` is the font size.
    """

    role: str
    text: str
    lines: tuple[str, ...]
    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    baselines: tuple[float, ...]
    size: int
    bold: bool
    ink: Colour


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as laid out: what is drawn, from back to front."""

    brief_id: str
    size: PictureSize
    locale: str
    layout: str
    background: Colour
    image: ImageBox | None
    rects: tuple[Rect, ...]
    texts: tuple[TextBox, ...]
    marks: Mapping[str, str]
    left_out: tuple[str, ...] = ()

    def text_of(self, role: str) -> str:
        """The text of this role as its lines give it, "" where there is none."""
        return next(("".join(box.lines) for box in self.texts if box.role == role), "")
