"""The largest size at which a text fits, and where its lines break then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from promoloop.compose.pictures.breaking import LEVELS, pieces_of
from promoloop.compose.pictures.ports import TextMeasure

__all__ = ["Fit", "Fitter", "largest"]


_ENOUGH = 0.8
"""Share of the largest size that is enough for a stricter level of breaking."""

_WIDOW = 0.22
"""A last line narrower than this share of the width counts as a fault."""


_PHRASE_ENDS = tuple(",.;:!?，。；：！？")


@dataclass(frozen=True, slots=True)
class Fit:
    """A text at a size: its lines, which joined are the text."""

    size: int
    lines: tuple[str, ...]


def largest(low: int, high: int, fits: Callable[[int], bool]) -> int:
    """The largest whole number in [low, high] that fits, by bisection; ``low - 1`` if none.

    >>> largest(1, 100, lambda size: size <= 37)
    37
    """
    best = low - 1
    while low <= high:
        middle = (low + high) // 2
        if fits(middle):
            best, low = middle, middle + 1
        else:
            high = middle - 1
    return best


class Fitter:
    """Fits texts of one locale into widths.

    Parameters
    ----------
    measure : TextMeasure
        Widths of letters.
    locale : str
        Of all texts.
    keep : sequence of str
        Names and codes that stay whole where they fit a line.
    """

    def __init__(self, measure: TextMeasure, locale: str, keep: Sequence[str]) -> None:
        self._locale = locale
        self._keep = tuple(keep)

        @cache
        def width(text: str, size: int, bold: bool) -> float:
            return measure.width(text, size, locale, bold=bold)

        self._width = width

    def width(self, line: str, size: int, *, bold: bool) -> float:
        """How far a line runs, in pixels; a space at its end takes no room."""
        return self._width(line.rstrip(" "), size, bold)

    def fit(
        self, text: str, width: float, sizes: tuple[int, int], lines: int, *, bold: bool
    ) -> Fit | None:
        """``text`` in at most ``lines`` lines at the largest of ``sizes`` (least, most).

        A break after punctuation is preferred to one between words as long as it costs no more
        than a fifth of the size; amounts and names are broken only where nothing else fits.
        ``None`` when nothing fits at all.
        """
        found = {level: self._size(text, width, sizes, lines, bold, level) for level in LEVELS[:2]}
        best = max(found.values())
        if best >= sizes[0]:
            enough = max(sizes[0], _ENOUGH * best)
            level = next(one for one in found if found[one] >= enough)
            return Fit(found[level], self._even(text, width, found[level], bold, level))
        last = LEVELS[2]
        size = self._size(text, width, sizes, lines, bold, last)
        return Fit(size, self._even(text, width, size, bold, last)) if size >= sizes[0] else None

    def _size(
        self, text: str, width: float, sizes: tuple[int, int], lines: int, bold: bool, level: str
    ) -> int:
        """The largest size that fits when breaking at ``level``; below the least if none does."""
        pieces = pieces_of(text, self._locale, self._keep, level)

        def fits(size: int) -> bool:
            rows = self._greedy(pieces, width, size, bold)
            return rows is not None and len(rows) <= lines

        return largest(*sizes, fits)

    def _greedy(
        self, pieces: Sequence[str], width: float, size: int, bold: bool
    ) -> list[str] | None:
        """As much on each line as goes; ``None`` when one piece is wider than a line."""
        rows: list[str] = []
        for piece in pieces:
            if self.width(piece, size, bold=bold) > width:
                return None
            if rows and self.width(rows[-1] + piece, size, bold=bold) <= width:
                rows[-1] += piece
            else:
                rows.append(piece)
        return rows

    def _even(self, text: str, width: float, size: int, bold: bool, level: str) -> tuple[str, ...]:
        """No more lines than need be, and these as even as may be."""
        pieces = pieces_of(text, self._locale, self._keep, level)
        rows = self._greedy(pieces, width, size, bold) or [text]
        if len(rows) == 1:
            return tuple(rows)
        count = len(rows)

        @cache
        def best(start: int, left: int) -> tuple[float, tuple[str, ...]]:
            """Cost and lines of the pieces from ``start`` on, in ``left`` lines."""
            if left == 0:
                return (0.0, ()) if start == len(pieces) else (float("inf"), ())
            options = []
            for end in range(start + 1, len(pieces) - left + 2):
                line = "".join(pieces[start:end])
                run = self.width(line, size, bold=bold)
                if run > width:
                    break
                rest, lines = best(end, left - 1)
                options.append((rest + self._cost(line, run / width, left == 1), (line, *lines)))
            return min(options, default=(float("inf"), ()))

        cost, lines = best(0, count)
        return lines if cost < float("inf") else tuple(rows)

    def _cost(self, line: str, share: float, last: bool) -> float:
        """How poor a line is: short of the width, ending in the middle of a phrase, a widow."""
        middle = 0.0 if line.rstrip().endswith(_PHRASE_ENDS) or last else 0.02
        widow = 1.0 if last and (share < _WIDOW or len(line.strip()) == 1) else 0.0
        return (1 - share) ** 2 + middle + widow
