"""Charts as data: an ECharts option, a description in words, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Chart", "Line", "bars", "intervals", "lines"]

#: How the four arms, and what else is drawn often, look: colour by theme, width, dashes.
_LOOKS: Mapping[str, tuple[str, float, str]] = {
    "policy": ("accent", 3, "solid"),
    "random": ("ink-3", 2.5, "dotted"),
    "bau": ("ink-2", 2, "solid"),
    "holdout": ("ink-3", 1.25, "solid"),
    "limit": ("warn", 1.75, "dashed"),
    "plan": ("ink-3", 1.5, "dashed"),
}


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. ``head`` and ``rows`` say the same in a table, already in words."""

    title: str
    description: str
    option: Mapping[str, Any]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    height: int = 300


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its name in words, its look (see ``_LOOKS``) and points (x, y).

    ``band`` are points (x, low, high) of an interval around it.
    """

    name: str
    look: str
    points: Sequence[tuple[float | str, float]]
    band: Sequence[tuple[float | str, float, float]] = field(default=())


def lines(
    series: Sequence[Line], *, number: str, x: str = "value", x_number: str = ""
) -> dict[str, Any]:
    """The option of a line chart.

    Parameters
    ----------
    series : sequence of Line
    number : str
        How figures are written: ``@money:USD``, ``@percent:1`` or ``@number:0``.
    x : str, default "value"
        The kind of the horizontal axis: ``value``, ``category`` or ``time``.
    x_number : str
        How the horizontal axis is written, for example ``@day``.
    """
    drawn = [part for line in series for part in (*_band(line), _line(line))]
    label = {"formatter": x_number} if x_number else {}
    return {
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"data": [line.name for line in series]},
        "tooltip": {"trigger": "axis", "valueFormatter": number},
        "xAxis": {"type": x, "axisLabel": label, "splitLine": {"show": False}},
        "yAxis": {"type": "value", "axisLabel": {"formatter": number}},
        "series": drawn,
    }


def bars(
    names: Sequence[str], values: Sequence[float], *, number: str, quiet: Sequence[int] = ()
) -> dict[str, Any]:
    """The option of horizontal bars from top to bottom; those at ``quiet`` places are grey."""
    data = [
        {
            "value": value,
            "itemStyle": {"color": "@ink-3" if at in quiet else "@accent"},
            "label": {"position": "left" if value < 0 else "right"},
        }
        for at, value in enumerate(values)
    ]
    return {
        "grid": {"left": 8, "right": 72, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "item", "valueFormatter": number},
        "xAxis": {"type": "value", "axisLabel": {"formatter": number}, "splitNumber": 4},
        "yAxis": {"type": "category", "data": list(names), "inverse": True},
        "series": [
            {
                "type": "bar",
                "data": data,
                "barMaxWidth": 26,
                "label": {"show": True, "color": "@ink", "formatter": number},
            }
        ],
    }


def intervals(
    names: Sequence[str], rows: Sequence[tuple[float, float, float]], *, number: str
) -> dict[str, Any]:
    """The option of estimates (value, low, high) with their intervals, and a line at zero."""
    data = [
        {
            "value": [at, *row],
            "itemStyle": {"color": "@accent" if row[1] > 0 or row[2] < 0 else "@ink-3"},
        }
        for at, row in enumerate(rows)
    ]
    zero = {
        "silent": True,
        "symbol": "none",
        "label": {"show": False},
        "lineStyle": {"color": "@ink-3", "type": "solid"},
        "data": [{"xAxis": 0}],
    }
    return {
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "item", "valueFormatter": number},
        "xAxis": {"type": "value", "axisLabel": {"formatter": number}, "splitNumber": 4},
        "yAxis": {"type": "category", "data": list(names), "inverse": True},
        "series": [
            {
                "type": "custom",
                "renderItem": "@interval",
                "encode": {"x": [1, 2, 3], "y": 0},
                "data": data,
                "markLine": zero,
            }
        ],
    }


def _line(line: Line) -> dict[str, Any]:
    colour, width, dashes = _LOOKS[line.look]
    return {
        "name": line.name,
        "type": "line",
        "showSymbol": len(line.points) < 3,
        "itemStyle": {"color": f"@{colour}"},
        "lineStyle": {"color": f"@{colour}", "width": width, "type": dashes},
        "data": [list(point) for point in line.points],
    }


def _band(line: Line) -> tuple[dict[str, Any], ...]:
    """Two stacked areas, the lower one unseen; ``all`` lets the stack go below zero."""
    if not line.band:
        return ()
    colour = _LOOKS[line.look][0]
    base = {
        "type": "line",
        "stack": f"band {line.name}",
        "stackStrategy": "all",
        "symbol": "none",
        "silent": True,
        "lineStyle": {"opacity": 0},
        "tooltip": {"show": False},
    }
    low = {**base, "data": [[x, low] for x, low, _ in line.band]}
    span = {
        **base,
        "areaStyle": {"color": f"@{colour}", "opacity": 0.16},
        "data": [[x, high - low] for x, low, high in line.band],
    }
    return low, span
