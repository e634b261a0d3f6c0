"""Where image and text go, by the shape of the picture."""

from __future__ import annotations

from dataclasses import dataclass

from promoloop.compose.pictures.records import ImageBox, PictureSize

__all__ = ["LAYOUTS", "SHAPES", "Area", "Region", "region_of", "shape_of"]

SHAPES = ("strip", "wide", "square", "tall", "sky")
"""From the lowest banner to the narrowest tower."""

LAYOUTS = ("panel", "narrow", "overlay", "plain")
"""Image beside the text, the same with less image, image behind the text, no image."""

_IMAGE_SHARE = {
    "panel": {"strip": 1.0, "wide": 0.44, "square": 0.42, "tall": 0.4, "sky": 0.34},
    "narrow": {"strip": 1.0, "wide": 0.34, "square": 0.36, "tall": 0.34, "sky": 0.24},
}
"""Of the width for the wide shape, of the height for the others, of a square for the strip."""

_OVERLAY_SHARE = {"strip": 1.0, "wide": 0.6, "square": 0.6, "tall": 0.54, "sky": 0.62}
_PLAIN_SHARE = {"strip": 1.0, "wide": 0.72, "square": 0.8, "tall": 0.74, "sky": 0.86}


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the picture in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x coordinate of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y coordinate of its lower edge."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Region:
    """The split of one size: the ``panel`` behind the text, the ``text`` area in it, the image.

    ``head`` is where the brand stands when it does not head the text area.
    """

    shape: str
    layout: str
    panel: Area
    text: Area
    head: Area | None
    image: ImageBox | None
    margin: float
    centred: bool


def shape_of(size: PictureSize) -> str:
    """The shape a size belongs to.

    >>> from promoloop.compose.pictures.sizes import picture_sizes
    >>> [shape_of(one) for one in picture_sizes(["300x250", "728x90", "160x600", "1200x628"])]
    ['square', 'strip', 'sky', 'wide']
    """
    ratio = size.width / size.height
    if size.height <= 120 or ratio >= 5:
        return "strip"
    if ratio >= 1.4:
        return "wide"
    if ratio >= 0.72:
        return "square"
    return "tall" if ratio >= 0.4 else "sky"


def region_of(size: PictureSize, layout: str) -> Region:
    """How ``size`` is split under one of ``LAYOUTS``."""
    shape = shape_of(size)
    width, height = float(size.width), float(size.height)
    margin = _margin(size, shape)
    whole = Area(0, 0, width, height)
    panel, image = whole, None
    if layout in _IMAGE_SHARE:
        panel, image = _beside(size, shape, _IMAGE_SHARE[layout][shape])
    elif layout == "overlay":
        panel = _behind(whole, shape, _OVERLAY_SHARE[shape])
        image = ImageBox(0, 0, size.width, size.height, _free(size, shape, panel))
    elif layout == "plain":
        panel = _plain(whole, shape)
    text = _inside(size, panel, margin)
    head = None
    if layout == "plain" and shape in {"square", "tall"}:
        # Beside the ornament.
        top = _inside(size, whole, margin)
        head = Area(top.x, top.y, 0.48 * width, max(0.0, text.y - top.y))
    return Region(shape, layout, panel, text, head, image, margin, centred=shape == "sky")


def _margin(size: PictureSize, shape: str) -> float:
    if shape == "strip":
        return max(4.0, 0.11 * size.height)
    short = min(size.width, size.height)
    return max(8.0, round((0.07 if shape != "sky" else 0.05) * short))


def _beside(size: PictureSize, shape: str, share: float) -> tuple[Area, ImageBox]:
    """Text panel and image: on the right of wide pictures, above the text otherwise."""
    width, height = size.width, size.height
    if shape == "strip":
        side = min(height, width // 4)
        return Area(side, 0, width - side, height), ImageBox(0, 0, side, height)
    if shape == "wide":
        taken = round(share * width)
        return Area(0, 0, width - taken, height), ImageBox(width - taken, 0, taken, height)
    taken = round(share * height)
    return Area(0, taken, width, height - taken), ImageBox(0, 0, width, taken)


def _behind(whole: Area, shape: str, share: float) -> Area:
    """The part of the image that the text covers: left on wide pictures, below otherwise."""
    if shape == "strip":
        return whole
    if shape == "wide":
        return Area(0, 0, round(share * whole.width), whole.height)
    top = round((1 - share) * whole.height)
    return Area(0, top, whole.width, whole.height - top)


def _free(size: PictureSize, shape: str, panel: Area) -> tuple[int, int, int, int]:
    """What the text leaves free of the image."""
    if shape == "strip":
        return size.width // 2, 0, size.width // 4, size.height
    if shape == "wide":
        return round(panel.right), 0, size.width - round(panel.right), size.height
    return 0, size.safe[0], size.width, round(panel.y) - size.safe[0]


def _plain(whole: Area, shape: str) -> Area:
    """Without an image: text left of the ornament, or below it."""
    share = _PLAIN_SHARE[shape]
    if shape == "strip":
        return whole
    if shape == "wide":
        return Area(0, 0, round(share * whole.width), whole.height)
    top = round((1 - share) * whole.height)
    return Area(0, top, whole.width, whole.height - top)


def _inside(size: PictureSize, panel: Area, margin: float) -> Area:
    """The panel less its margins and the size's safe zones."""
    top, right, bottom, left = size.safe
    x0 = max(panel.x + margin, left)
    y0 = max(panel.y + margin, top)
    x1 = min(panel.right - margin, size.width - right)
    y1 = min(panel.bottom - margin, size.height - bottom)
    return Area(x0, y0, max(0.0, x1 - x0), max(0.0, y1 - y0))
