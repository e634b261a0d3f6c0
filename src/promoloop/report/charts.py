"""The report's charts as inline SVG: figures in, one accessible picture out, no script.

Each chart is drawn for one width in CSS pixels; the page asks for a wide and a narrow one, so
that text keeps its size on a phone. Every chart has a title and a description for screen
readers, and the page puts a table with the same figures beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from promoloop.report.svg import Scale, element, fitted, path, spread, text_width, ticks

__all__ = [
    "NARROW",
    "WIDE",
    "Bar",
    "Look",
    "Row",
    "Series",
    "Spot",
    "bars",
    "curves",
    "intervals",
    "pacing",
]

WIDE, NARROW = 860.0, 330.0

#: Room for names beside bars and intervals on a desk.
_NAMES = 270.0

_NO_MARKS: Mapping[float, str] = MappingProxyType({})

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """How a chart is named and sized.

    ``uid`` must be unique on the page; ``number`` writes a figure on the axis; ``x_name`` stands
    under the horizontal axis.
    """

    uid: str
    title: str
    description: str
    number: Callable[[float], str]
    width: float = WIDE
    x_name: str = ""

    @property
    def narrow(self) -> bool:
        """Whether the chart is for a phone."""
        return self.width < 500


@dataclass(frozen=True, slots=True)
class Spot:
    """One point with its interval."""

    x: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name in words, the CSS class that colours it, and points by rising x."""

    name: str
    style: str
    points: tuple[Point, ...]
    band: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a funnel or a ranking: ``written`` is its figure in words, ``tag`` a mark.

    ``note`` is said behind the figure where there is room; a ``quiet`` bar is one to compare with.
    """

    name: str
    value: float
    written: str
    tag: str = ""
    note: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One estimate with its interval; ``truth`` is drawn as a hollow diamond when known.

    ``written`` is the figure with its interval in words, ``short`` the figure alone for phones.
    """

    name: str
    value: float
    low: float
    high: float
    written: str
    truth: float | None = None
    short: str = ""


@dataclass(frozen=True, slots=True)
class _Plot:
    """The rectangle inside the axes, with the scales that lead into it."""

    x: Scale
    y: Scale
    levels: tuple[float, ...]


def curves(series: Sequence[Series], look: Look, marks: Mapping[float, str] = _NO_MARKS) -> Markup:
    """Lines over weeks from one common zero, each named at its end; bands where they are given.

    Geometry: x runs from the first to the last point between the margins, y over round values
    enclosing zero, all points and all bands. ``marks`` are upright lines at some x, with a word
    where there is room.
    """
    height = 250.0 if look.narrow else 340.0
    named = len(series) > 1 and not look.narrow
    right = look.width - (150.0 if named else 14.0)
    values = [y for one in series for _, y in one.points]
    values += [edge for one in series for spot in one.band for edge in (spot.low, spot.high)]
    plot = _plot([x for one in series for x, _ in one.points], values, right, height, look)
    parts = [_grid(plot, look), _weeks(series[0].points, plot, look)]
    parts += [_mark(x, word, plot, look) for x, word in marks.items()]
    parts += [_band(one.band, one.style, plot) for one in series if one.band]
    parts += [_line(one, plot) for one in series]
    if named:
        parts.append(_names(series, plot))
    return _svg(look, height, *parts)


def pacing(
    spent: Sequence[Point],
    promised: Sequence[Point],
    budget: float,
    names: Sequence[str],
    look: Look,
) -> Markup:
    """Money spent by week as a filled area, what is promised on top of it, and the hard ceiling.

    ``spent`` and ``promised`` are (week, amount so far), ``promised`` including what is spent;
    ``names`` are the words for spent, promised, and the budget.
    """
    height = 240.0 if look.narrow else 300.0
    right = look.width - (150.0 if not look.narrow else 14.0)
    amounts = [y for _, y in (*spent, *promised)] + [budget, 0.0]
    plot = _plot([x for x, _ in spent], amounts, right, height, look)
    ceiling = Series(names[2], "line-limit", ((plot.x.low, budget), (plot.x.high, budget)))
    top = Series(names[1], "line-promised", tuple(promised))
    bottom = Series(names[0], "line-policy", tuple(spent))
    parts = [
        _grid(plot, look),
        _weeks(spent, plot, look),
        _area(promised, plot, "area-promised"),
        _area(spent, plot, "area-spent"),
        *(_line(one, plot) for one in (top, bottom, ceiling)),
    ]
    if not look.narrow:
        parts.append(_names((bottom, top, ceiling), plot))
    return _svg(look, height, *parts)


def bars(rows: Sequence[Bar], look: Look) -> Markup:
    """Horizontal bars from zero, longest = the full width; name before, figure behind.

    Names stand above their bars on a phone. A value above zero is never thinner than 2 px.
    """
    left = 0.0 if look.narrow else _NAMES
    room = look.width - left - (0.0 if look.narrow else 290.0)
    step, drop = (50.0, 20.0) if look.narrow else (40.0, 0.0)
    scale = Scale(0.0, max((row.value for row in rows), default=0.0) or 1.0, 0.0, room)
    parts = [_bar(row, spot * step, left, drop, scale, look) for spot, row in enumerate(rows)]
    return _svg(look, step * len(rows), *parts)


def intervals(rows: Sequence[Row], look: Look) -> Markup:
    """Estimates as dots on their intervals over a common axis with a line at zero."""
    left = 14.0 if look.narrow else _NAMES
    right = look.width - (14.0 if look.narrow else 240.0)
    step = 54.0 if look.narrow else 40.0
    edges = [edge for row in rows for edge in (row.low, row.high, row.truth or 0.0)]
    levels = ticks(min(edges, default=0.0), max(edges, default=1.0), 3 if look.narrow else 5)
    scale = Scale(levels[0], levels[-1], left, right)
    floor = step * len(rows) + 8.0
    parts = [_upright(level, floor, scale, look) for level in levels]
    parts += [_interval(row, spot * step, step, scale, look) for spot, row in enumerate(rows)]
    return _svg(look, floor + 28.0, *parts)


def _svg(look: Look, height: float, *parts: str) -> Markup:
    names = f"{look.uid}-title {look.uid}-desc"
    box = f"0 0 {look.width:g} {height:g}"
    return element(
        "svg",
        {
            "viewBox": box,
            "width": look.width,
            "height": height,
            "role": "img",
            "aria-labelledby": names,
            "class": "chart chart-narrow" if look.narrow else "chart chart-wide",
        },
        element("title", {"id": f"{look.uid}-title"}, look.title),
        element("desc", {"id": f"{look.uid}-desc"}, look.description),
        *parts,
    )


def _plot(
    xs: Sequence[float], values: Sequence[float], right: float, height: float, look: Look
) -> _Plot:
    """Scales for a plot over ``xs``; the left margin is as wide as the axis needs."""
    levels = ticks(min([0.0, *values]), max([0.0, *values]), 4 if look.narrow else 5)
    left = 16.0 + max(len(look.number(level)) for level in levels) * 7.2
    x = Scale(min(xs, default=0.0), max(xs, default=1.0), left, right)
    return _Plot(x, Scale(levels[0], levels[-1], height - 46.0, 12.0), levels)


def _grid(plot: _Plot, look: Look) -> Markup:
    drawn = []
    for level in plot.levels:
        y = plot.y.at(level)
        style = "zero" if level == 0 else "grid"
        ends = {"x1": plot.x.start, "x2": plot.x.end, "y1": y, "y2": y}
        drawn.append(element("line", {**ends, "class": style}))
        spot: dict[str, str | float] = {"x": plot.x.start - 10, "y": y + 4, "class": "axis end"}
        drawn.append(element("text", spot, look.number(level)))
    return Markup("").join(drawn)


def _weeks(points: Sequence[Point], plot: _Plot, look: Look) -> Markup:
    """Week numbers under the plot, every other one where they would touch."""
    base = plot.y.start
    room = (plot.x.end - plot.x.start) / max(len(points), 1)
    every = 1 if room >= 22 else 2 if room >= 11 else 1 + len(points) // 10
    drawn = [
        element("text", {"x": plot.x.at(x), "y": base + 20, "class": "axis mid"}, f"{x:g}")
        for x, _ in points[::every]
    ]
    middle = (plot.x.start + plot.x.end) / 2
    drawn.append(element("text", {"x": middle, "y": base + 40, "class": "axis mid"}, look.x_name))
    return Markup("").join(drawn)


def _mark(x: float, word: str, plot: _Plot, look: Look) -> Markup:
    at, top = plot.x.at(x), plot.y.end
    line = element("line", {"x1": at, "x2": at, "y1": top, "y2": plot.y.start, "class": "mark"})
    if look.narrow:
        return line
    return line + element("text", {"x": at + 6, "y": top + 12, "class": "axis"}, word)


def _line(one: Series, plot: _Plot) -> Markup:
    points = [(plot.x.at(x), plot.y.at(y)) for x, y in one.points]
    if len(points) == 1:
        (x, y), *_ = points
        return element("circle", {"cx": x, "cy": y, "r": 4.0, "class": f"dot {one.style}"})
    return element("path", {"d": path(points), "class": f"line {one.style}"})


def _band(spots: Sequence[Spot], style: str, plot: _Plot) -> Markup:
    upper = [(plot.x.at(spot.x), plot.y.at(spot.high)) for spot in spots]
    lower = [(plot.x.at(spot.x), plot.y.at(spot.low)) for spot in reversed(spots)]
    return element("path", {"d": path([*upper, *lower], True), "class": f"band {style}"})


def _area(points: Sequence[Point], plot: _Plot, style: str) -> Markup:
    if not points:
        return Markup("")
    top = [(plot.x.at(x), plot.y.at(y)) for x, y in points]
    base = plot.y.at(0.0)
    drawn = [(top[0][0], base), *top, (top[-1][0], base)]
    return element("path", {"d": path(drawn, True), "class": style})


def _names(series: Sequence[Series], plot: _Plot) -> Markup:
    """Each line's name at its right end, moved apart where they would overlap."""
    ends = [plot.y.at(one.points[-1][1]) for one in series if one.points]
    places = spread(ends, 18.0, plot.y.end, plot.y.start)
    drawn = []
    for one, y in zip([one for one in series if one.points], places, strict=True):
        spot: dict[str, str | float] = {"x": plot.x.end + 12, "y": y + 4}
        drawn.append(element("text", {**spot, "class": f"name {one.style}"}, fitted(one.name, 138)))
    return Markup("").join(drawn)


def _bar(row: Bar, top: float, left: float, drop: float, scale: Scale, look: Look) -> Markup:
    length = max(scale.at(row.value), 2.0 if row.value > 0 else 0.0)
    thick = 18.0
    y = top + drop + (5.0 if look.narrow else 8.0)
    style = "bar bar-tagged" if row.tag else "bar bar-quiet" if row.quiet else "bar"
    middle = y + 14.0
    name: dict[str, str | float] = {
        "x": 0.0,
        "y": top + 18.0 if look.narrow else middle,
        "class": "label",
    }
    figure: dict[str, str | float] = {
        "x": look.width if look.narrow else left + length + 12.0,
        "y": top + 18.0 if look.narrow else middle,
        "class": "figure end" if look.narrow else "figure",
    }
    box: dict[str, str | float] = {
        "x": left,
        "y": y,
        "width": length,
        "height": thick,
        "rx": 2.0,
        "class": style,
    }
    tag = element("tspan", {"class": "tag", "dx": 8.0}, row.tag) if row.tag else Markup("")
    shown = row.note and not look.narrow
    note = element("tspan", {"class": "soft", "dx": 10.0}, row.note) if shown else Markup("")
    return element(
        "g",
        {"class": "bar-row"},
        element("text", name, fitted(row.name, _label_room(look, row.written + row.tag), 14.0)),
        element("rect", box),
        element("text", figure, row.written, tag, note),
    )


def _label_room(look: Look, written: str) -> float:
    """How wide a label may be: beside its bar, or on a phone beside its figure."""
    return look.width - text_width(written, 15.0) - 24.0 if look.narrow else _NAMES - 8.0


def _upright(level: float, floor: float, scale: Scale, look: Look) -> Markup:
    x = scale.at(level)
    ends = {"x1": x, "x2": x, "y1": 0.0, "y2": floor}
    line = element("line", {**ends, "class": "zero" if level == 0 else "grid"})
    spot: dict[str, str | float] = {"x": x, "y": floor + 18, "class": "axis mid"}
    return line + element("text", spot, look.number(level))


def _interval(row: Row, top: float, step: float, scale: Scale, look: Look) -> Markup:
    y = top + step - 14.0 if look.narrow else top + step / 2
    clear = row.low > 0 or row.high < 0
    style = "clear" if clear else "unclear"
    ends = {"x1": scale.at(row.low), "x2": scale.at(row.high), "y1": y, "y2": y}
    parts = [
        element("line", {**ends, "class": f"span {style}"}),
        element("circle", {"cx": scale.at(row.value), "cy": y, "r": 5.0, "class": f"dot {style}"}),
        *_truth(row, y, scale),
    ]
    side = top + 18.0 if look.narrow else y + 4.0
    label: dict[str, str | float] = {"x": 0.0, "y": side, "class": "label"}
    figure: dict[str, str | float] = {"x": look.width, "y": side, "class": "figure end"}
    said = row.short if look.narrow and row.short else row.written
    parts.append(element("text", label, fitted(row.name, _label_room(look, said), 14.0)))
    parts.append(element("text", figure, said))
    return element("g", {"class": "interval"}, *parts)


def _truth(row: Row, y: float, scale: Scale) -> list[Markup]:
    if row.truth is None:
        return []
    x, half = scale.at(row.truth), 6.0
    diamond = [(x, y - half), (x + half, y), (x, y + half), (x - half, y)]
    return [element("path", {"d": path(diamond, True), "class": "truth"})]
