"""The building blocks of a layout: paragraphs, texts in a row, and texts on a pill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol

from promoloop.compose.pictures.fitting import Fit, Fitter
from promoloop.compose.pictures.records import Colour, Rect, TextBox

__all__ = ["Inks", "Item", "Paragraph", "Pill", "Placed", "Row", "Told", "paragraph", "pill"]

ASCENT = 0.88
"""Baseline below the top of the em box, as in the ideographic fonts this was made with."""

_MIDDLE = 0.365
"""Half the height of a capital: the baseline lies this far below the middle of a pill."""


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of one setting: texts, the reward, and the button's fill and letters."""

    text: Colour
    reward: Colour
    button: Colour
    button_text: Colour


@dataclass(frozen=True, slots=True)
class Told:
    """One text to be set, and how heavy."""

    role: str
    text: str
    bold: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """What an item draws at its place."""

    texts: tuple[TextBox, ...] = ()
    rects: tuple[Rect, ...] = ()

    def __add__(self, other: Placed) -> Placed:
        return Placed(self.texts + other.texts, self.rects + other.rects)


class Item(Protocol):
    """Something of known extent that can be drawn at a place."""

    @property
    def width(self) -> float:
        """How wide it is, in pixels."""
        ...

    @property
    def height(self) -> float:
        """How high it is, in pixels."""
        ...

    def place(self, x: float, y: float, *, centred: bool) -> Placed:
        """Drawn below ``y``; ``x`` is its left edge, or its middle where it is centred."""
        ...


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines below one another."""

    told: Told
    size: int
    lines: tuple[str, ...]
    widths: tuple[float, ...]
    leading: float
    ink: Colour

    @property
    def width(self) -> float:
        """The widest line."""
        return max(self.widths)

    @property
    def height(self) -> float:
        """All lines with their leading."""
        return len(self.lines) * self.leading * self.size

    def place(self, x: float, y: float, *, centred: bool) -> Placed:
        """One text, its first line's top at ``y``."""
        step = self.leading * self.size
        first = y + (step - self.size) / 2 + ASCENT * self.size
        return Placed(
            (
                TextBox(
                    role=self.told.role,
                    text=self.told.text,
                    lines=self.lines,
                    lefts=tuple(x - run / 2 if centred else x for run in self.widths),
                    widths=self.widths,
                    baselines=tuple(first + at * step for at in range(len(self.lines))),
                    size=self.size,
                    bold=self.told.bold,
                    ink=self.ink,
                ),
            )
        )


@dataclass(frozen=True, slots=True)
class Pill:
    """A paragraph on a rounded rectangle: the code, the call."""

    inner: Paragraph
    fill: Colour
    alpha: float
    pad: tuple[float, float]

    @property
    def width(self) -> float:
        """Text and padding."""
        return self.inner.width + 2 * self.pad[0]

    @property
    def height(self) -> float:
        """Text and padding."""
        return self.inner.height + 2 * self.pad[1]

    def place(self, x: float, y: float, *, centred: bool) -> Placed:
        """The rectangle and its text in the middle of it."""
        left = x - self.width / 2 if centred else x
        size = self.inner.size
        # Capitals and figures, not the em box, are what the eye centres.
        lift = _MIDDLE * size - (ASCENT - 0.5) * size
        words = self.inner.place(left + self.width / 2, y + self.pad[1] + lift, centred=True)
        radius = 0.22 * (size + 2 * self.pad[1])
        role = self.inner.told.role
        back = Rect(role, left, y, self.width, self.height, self.fill, radius, self.alpha)
        return Placed((), (back,)) + words


@dataclass(frozen=True, slots=True)
class Row:
    """Items side by side, continued below where the width is used up."""

    rows: tuple[tuple[Item, ...], ...]
    gap: float
    step: float

    @staticmethod
    def of(items: Sequence[Item], width: float, gap: float, step: float) -> Row:
        """``items`` in as few rows as go into ``width``."""
        rows: list[list[Item]] = []
        for item in items:
            used = sum(one.width + gap for one in rows[-1]) if rows else width
            if rows and used + item.width <= width:
                rows[-1].append(item)
            else:
                rows.append([item])
        return Row(tuple(tuple(row) for row in rows), gap, step)

    @property
    def width(self) -> float:
        """The widest row."""
        return max((self._run(row) for row in self.rows), default=0.0)

    @property
    def height(self) -> float:
        """All rows with the steps between them."""
        tall = sum(max(item.height for item in row) for row in self.rows)
        return tall + self.step * max(0, len(self.rows) - 1)

    def place(self, x: float, y: float, *, centred: bool) -> Placed:
        """Each row from the left, or about the middle; items on the row's middle line."""
        placed = Placed()
        for row in self.rows:
            tall = max(item.height for item in row)
            left = x - self._run(row) / 2 if centred else x
            for item in row:
                placed += item.place(left, y + (tall - item.height) / 2, centred=False)
                left += item.width + self.gap
            y += tall + self.step
        return placed

    def _run(self, row: Sequence[Item]) -> float:
        return sum(item.width for item in row) + self.gap * (len(row) - 1)


def paragraph(
    fitter: Fitter,
    told: Told,
    room: float,
    sizes: tuple[int, int],
    lines: int,
    ink: Colour,
    leading: float = 1.25,
) -> Paragraph | None:
    """``told`` in at most ``lines`` lines of width ``room``; ``None`` when it does not fit."""
    found = fitter.fit(told.text, room, (sizes[0], max(sizes)), lines, bold=told.bold)
    return _set(fitter, told, found, ink, leading) if found else None


def pill(
    fitter: Fitter,
    told: Told,
    room: float,
    sizes: tuple[int, int],
    lines: int,
    colours: tuple[Colour, Colour, float],
    pad: tuple[float, float],
) -> Pill | None:
    """``told`` on a pill no wider than ``room``, in as few lines as go.

    ``colours`` are ink, fill and the fill's alpha.
    ``pad`` is the padding at the sides and above, in ems.
    """
    ink, fill, alpha = colours

    def made(size: int, count: int) -> Pill | None:
        inner = paragraph(fitter, told, room - 2 * pad[0] * size, (size, size), count, ink, 1.15)
        return Pill(inner, fill, alpha, (pad[0] * size, pad[1] * size)) if inner else None

    tried = product(range(1, lines + 1), range(max(sizes), sizes[0] - 1, -1))
    return next((found for count, size in tried if (found := made(size, count))), None)


def _set(fitter: Fitter, told: Told, fit: Fit, ink: Colour, leading: float) -> Paragraph:
    widths = tuple(fitter.width(line, fit.size, bold=told.bold) for line in fit.lines)
    return Paragraph(told, fit.size, fit.lines, widths, leading, ink)
