"""What the page's sections are made of: single figures, tables, pictures with their table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from promoloop.report.charts import NARROW, WIDE, Look

__all__ = ["Figure", "Stat", "Table", "both", "figure_of", "part_of"]


@dataclass(frozen=True, slots=True)
class Stat:
    """One figure that stands by itself."""

    label: str
    value: str
    note: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Texts in rows; the first ``words`` columns and, with ``tail``, the last are words."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    simulated: bool = False
    words: int = 1
    tail: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its caption, the table of the same figures, and a legend (style, name)."""

    caption: str
    picture: Markup
    table: Table
    simulated: bool = False
    legend: tuple[tuple[str, str], ...] = ()


def both(draw: Callable[[Look], Markup], look: Look) -> Markup:
    """The chart for a desk and for a phone; the page's style sheet shows one of them."""
    wide = replace(look, width=WIDE, uid=f"{look.uid}-wide")
    narrow = replace(look, width=NARROW, uid=f"{look.uid}-narrow")
    return draw(wide) + draw(narrow)


def part_of(summary: Mapping[str, object], name: str) -> Mapping[str, object]:
    """One part of ``summary.json``, empty when it is not there."""
    part = summary.get(name)
    return part if isinstance(part, Mapping) else {}


def figure_of(summary: Mapping[str, object], name: str, key: str) -> float | None:
    """One figure of ``summary.json``, or None when it is not there.

    >>> figure_of({"deliver": {"sent": 12}}, "deliver", "sent")
    12.0
    """
    value = part_of(summary, name).get(key)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return None
    return float(value) if isinstance(value, int | float) else None
