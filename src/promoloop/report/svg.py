"""Small pieces every chart is made of: elements, scales, ticks, labels that keep their distance.

Everything is a pure function of figures. Text and attributes are escaped, so a name with markup
in it stays a name. Colours come from CSS classes, so charts follow the page's light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

__all__ = ["Scale", "element", "fitted", "path", "spread", "text_width", "ticks"]

#: How wide text is: the CJK character is an em, the Latin one a bit more than half.
_EM_CJK, _EM_LATIN = 1.0, 0.56


def element(name: str, attributes: Mapping[str, str | float], *children: str) -> Markup:
    """One SVG element; attribute values and plain-string children are escaped.

    >>> element("text", {"x": 1.50, "class": "axis"}, "<b>")
    Markup('<text x="1.5" class="axis">&lt;b&gt;</text>')
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(key, _text(value)) for key, value in attributes.items()
    )
    inside = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(name, written, inside)


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from figures ``[low, high]`` to pixels ``[start, end]``.

    >>> Scale(0.0, 10.0, 100.0, 0.0).at(2.5)
    75.0
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of ``value``; the middle when the scale has no extent."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Round values (1, 2, 2.5 or 5 times a power of ten) that enclose ``[low, high]``.

    >>> ticks(0.0, 9.0)
    (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)
    >>> ticks(-3.0, 12.0, 4)
    (-5.0, 0.0, 5.0, 10.0, 15.0)
    """
    extent = high - low
    if not math.isfinite(extent) or extent <= 0:
        return (low - 1.0, low, low + 1.0) if math.isfinite(low) else (0.0, 1.0)
    rough = extent / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(step * k, 10) for k in range(first, last + 1))


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> tuple[float, ...]:
    """Positions near ``wanted``, at least ``gap`` apart, within ``[low, high]`` if they fit.

    >>> spread([10.0, 12.0, 40.0], 10.0, 0.0, 45.0)
    (10.0, 20.0, 40.0)
    >>> spread([40.0, 41.0], 10.0, 0.0, 45.0)
    (35.0, 45.0)
    """
    order = sorted(range(len(wanted)), key=lambda spot: wanted[spot])
    placed = [max(low, wanted[spot]) for spot in order]
    for spot in range(1, len(placed)):
        placed[spot] = max(placed[spot], placed[spot - 1] + gap)
    limit = high
    for spot in reversed(range(len(placed))):
        placed[spot] = min(placed[spot], limit)
        limit = placed[spot] - gap
    back = dict(zip(order, placed, strict=True))
    return tuple(back[spot] for spot in range(len(wanted)))


def path(points: Sequence[tuple[float, float]], closed: bool = False) -> str:
    """The ``d`` of a path through ``points``.

    >>> path([(0, 1), (2.5, 3)])
    'M0 1L2.5 3'
    """
    drawn = "L".join(f"{_text(float(x))} {_text(float(y))}" for x, y in points)
    return f"M{drawn}{'Z' if closed else ''}" if points else ""


def fitted(text: str, pixels: float, size: float = 13.0) -> str:
    """``text``, cut with an ellipsis where it would be wider than ``pixels`` at font ``size``.

    >>> fitted("frozen pizza", 50), fitted("咖啡", 50)
    ('froze…', '咖啡')
    """
    if text_width(text, size) <= pixels:
        return text
    kept = next(spot for spot in range(len(text)) if text_width(text[: spot + 2], size) > pixels)
    return text[: max(1, kept)].rstrip() + "…"


def text_width(text: str, size: float = 13.0) -> float:
    """About how many pixels ``text`` takes at font ``size``.

    >>> text_width("咖啡", 10.0)
    20.0
    """
    return size * sum(_EM_CJK if ord(char) > 0x2E7F else _EM_LATIN for char in text)


def _text(value: str | float) -> str:
    if isinstance(value, str):
        return value
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short
