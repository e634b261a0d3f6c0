"""Colours and their contrast, as WCAG 2.2 reckons it (success criteria 1.4.3 and 1.4.11)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.compose.pictures.records import BrandColours, Colour

__all__ = [
    "LEAST_EDGE",
    "LEAST_TEXT",
    "contrast",
    "contrasts",
    "ink_on",
    "readable",
    "rgb",
    "text_ink",
]

LEAST_TEXT = 4.5
"""AA for text of any size; large letters would be allowed 3, but pictures are shown smaller."""

LEAST_EDGE = 3.0
"""AA for the edge of a button."""

_BLACK: Colour = (0, 0, 0)
_INKS: tuple[Colour, Colour] = ((22, 22, 24), (255, 255, 255))


def rgb(colour: str) -> Colour:
    """``#rrggbb`` as numbers.

    >>> rgb("#ff8000")
    (255, 128, 0)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminances(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Relative luminance of pixels, shape (..., 3) to (...)."""
    levels: NDArray[np.float64] = _LEVELS[pixels] @ np.array([0.2126, 0.7152, 0.0722])
    return levels


def contrasts(ink: Colour, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Contrast of ``ink`` with each pixel, shape (..., 3) to (...), 1 to 21."""
    own = float(luminances(np.array(ink, dtype=np.uint8)))
    behind = luminances(pixels)
    ratio: NDArray[np.float64] = (np.maximum(own, behind) + 0.05) / (np.minimum(own, behind) + 0.05)
    return ratio


def contrast(one: Colour, other: Colour) -> float:
    """Contrast of two colours, 1 to 21.

    >>> round(contrast((0, 0, 0), (255, 255, 255)), 2), contrast((9, 9, 9), (9, 9, 9))
    (21.0, 1.0)
    """
    return float(contrasts(one, np.array(other, dtype=np.uint8)))


def ink_on(background: Colour) -> Colour:
    """Near black or white, whichever reads better on ``background``: always 4.5 or more.

    On the few middle greys where near black does not do, black does: the better of black and
    white reaches 4.58 even where both are equal.

    >>> ink_on((255, 240, 200)), ink_on((10, 20, 90)), ink_on((120, 120, 120))
    ((22, 22, 24), (255, 255, 255), (0, 0, 0))
    """
    soft = max(_INKS, key=lambda ink: contrast(ink, background))
    if contrast(soft, background) >= LEAST_TEXT:
        return soft
    return max((_BLACK, _INKS[1]), key=lambda ink: contrast(ink, background))


def text_ink(colours: BrandColours, background: Colour) -> Colour:
    """The brand's own ink, or the better one on ``background`` where it names none."""
    return rgb(colours.ink) if colours.ink else ink_on(background)


def readable(inks: Sequence[Colour], background: Colour, least: float = LEAST_TEXT) -> Colour:
    """The first of ``inks`` that reads on ``background``, else the one that does best."""
    good = [ink for ink in inks if contrast(ink, background) >= least]
    return good[0] if good else max(inks, key=lambda ink: contrast(ink, background))


def _levels() -> NDArray[np.float64]:
    """Linear light of each of the 256 levels of a channel (sRGB, IEC 61966-2-1)."""
    share = np.arange(256) / 255.0
    linear: NDArray[np.float64] = np.where(
        share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4
    )
    return linear


_LEVELS = _levels()
