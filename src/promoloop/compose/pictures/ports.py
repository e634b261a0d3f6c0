"""What pictures need from outside: how wide letters are, and what lies behind them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from promoloop.compose.pictures.records import Picture

__all__ = ["Canvas", "TextMeasure"]


class TextMeasure(Protocol):
    """The letters of one pair of fonts, regular and bold."""

    def width(self, text: str, size: int, locale: str, *, bold: bool) -> float:
        """How far one line of ``text`` runs at ``size`` pixels, in pixels."""
        ...

    def missing(self, text: str) -> str:
        """The characters of ``text`` the fonts do not have, "" when they have all."""
        ...


class Canvas(Protocol):
    """Something that draws a picture; the same picture gives the same bytes."""

    def backdrop(self, picture: Picture) -> NDArray[np.uint8]:
        """All of it but the texts, as shape (height, width, 3), sRGB."""
        ...

    def png(self, picture: Picture) -> bytes:
        """The whole picture as a PNG file within the size's ``most_bytes``."""
        ...

    def image_link(self, picture: Picture) -> str:
        """The product image, cropped for its box, as a ``data:`` address; "" without one."""
        ...
