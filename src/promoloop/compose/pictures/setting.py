"""Set the texts of a brief into a text area: the largest sizes at which everything fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from promoloop.compose.pictures.fitting import Fitter, largest
from promoloop.compose.pictures.items import Inks, Item, Placed, Row, Told, paragraph, pill
from promoloop.compose.pictures.records import PictureSize, TextBox
from promoloop.compose.pictures.regions import Area, Region

__all__ = ["Setting", "set_texts"]

_BOLD = {"brand", "reward", "code", "call"}
_CHIP_ALPHA = 0.1
_BODY = ("headline", "reward", "terms", "deadline")
_SCALE = {"headline": 0.5, "reward": 1.0, "terms": 0.33, "deadline": 0.33}
_LEADING = {"headline": 1.25, "reward": 1.14}
_GAP = {"headline": 0.0, "reward": 0.22, "terms": 0.3, "deadline": 0.3}


@dataclass(frozen=True, slots=True)
class Setting:
    """Texts and their pills at their places; ``lead`` is the size of the largest text."""

    placed: Placed
    lead: int


@dataclass(frozen=True, slots=True)
class _Job:
    """What is set, where and in which colours."""

    size: PictureSize
    region: Region
    texts: Mapping[str, str]
    fitter: Fitter
    inks: Inks
    label: int

    def told(self, role: str) -> Told:
        return Told(role, self.texts[role], role in _BOLD)

    def has(self, *roles: str) -> list[str]:
        return [role for role in roles if role in self.texts]

    def lines(self, role: str) -> int:
        """How many lines a text may take."""
        if self.region.shape == "strip":
            return 1
        narrow = self.region.shape == "sky"
        most = {"reward": 3, "headline": 3, "terms": 3, "deadline": 1, "code": 1, "call": 1}
        more = {"reward": 5, "headline": 5, "terms": 5, "deadline": 2, "code": 2, "call": 2}
        return (more if narrow else most)[role]


def set_texts(
    size: PictureSize,
    region: Region,
    texts: Mapping[str, str],
    fitter: Fitter,
    inks: Inks,
    label_share: float = 0.0,
) -> Setting | None:
    """``texts`` by role in the region's text area, as large as goes.

    ``label_share`` is the least height of the label's letters as a share of the shorter side.
    ``None`` when not even the smallest letters fit.
    """
    # A Hanzi fills about nine tenths of its em.
    label = max(size.smallest, ceil(label_share * min(size.width, size.height) / 0.9))
    job = _Job(size, region, texts, fitter, inks, label)
    return _strip(job) if region.shape == "strip" else _stack(job)


def _stack(job: _Job) -> Setting | None:
    """Brand on top, label in the lower corner, all others below one another between them."""
    above, label = _brand(job), _label(job)
    if above is _LOST or label is _LOST:
        return None
    for reserved in (0.0, 1.3) if label is not None else (0.0,):
        taken = reserved * label.height if label is not None else 0.0
        made = _between(job, above, taken)
        if made is not None:
            corner = _in_corner(job, label)
            if not _overlap(made.placed, corner):
                return Setting(made.placed + corner, made.lead)
    return None


def _brand(job: _Job) -> Item | None:
    if "brand" not in job.texts:
        return None
    own = max(job.size.smallest, round(0.036 * sqrt(job.size.width * job.size.height)))
    area, sizes = job.region.head or job.region.text, (job.size.smallest, own)
    made = paragraph(job.fitter, job.told("brand"), area.width, sizes, 1, job.inks.text, 1.2)
    return made if made is not None and made.height <= area.height else _LOST


def _label(job: _Job) -> Item | None:
    if "label" not in job.texts:
        return None
    sizes, width = (job.label, job.label), job.region.text.width
    made = paragraph(job.fitter, job.told("label"), width, sizes, 1, job.inks.text, 1.2)
    return made or _LOST


def _between(job: _Job, above: Item | None, below: float) -> Setting | None:
    """The stack at the largest scale that leaves ``below`` pixels free at the bottom."""
    area = job.region.text
    taken = 1.6 * above.height if above is not None and job.region.head is None else 0.0
    body = Area(area.x, area.y + taken, area.width, area.height - taken - below)
    found: dict[int, tuple[list[tuple[float, Item]], int]] = {}

    def fits(scale: int) -> bool:
        made = _body(job, body.width, scale)
        if made is None:
            return False
        found[scale] = made
        return sum(gap + item.height for gap, item in made[0]) <= body.height

    most = round(0.15 * sqrt(job.size.width * job.size.height))
    scale = largest(job.size.smallest, most, fits)
    if scale < job.size.smallest:
        return None
    items, lead = found[scale]
    placed = _placed(_airy(items, body.height), body, job.region)
    if above is not None:
        top, centred = job.region.head or area, job.region.centred
        placed += above.place(top.x + (top.width / 2 if centred else 0), top.y, centred=centred)
    return Setting(placed, lead)


def _airy(items: Sequence[tuple[float, Item]], height: float) -> list[tuple[float, Item]]:
    """Room that is left over opens the gaps, up to nearly twice as wide."""
    gaps = sum(gap for gap, _ in items)
    spare = height - gaps - sum(item.height for _, item in items)
    more = 1.0 + (min(0.4 * spare, 0.8 * gaps) / gaps if gaps > 0 else 0.0)
    return [(more * gap, item) for gap, item in items]


def _in_corner(job: _Job, label: Item | None) -> Placed:
    """The label at the lower edge, in the right corner or in the middle."""
    if label is None:
        return Placed()
    area = job.region.text
    y = area.bottom - label.height
    if job.region.centred:
        return label.place(area.x + area.width / 2, y, centred=True)
    return label.place(area.right - label.width, y, centred=False)


def _overlap(placed: Placed, corner: Placed) -> bool:
    """Whether any line or pill comes near the label."""
    extents = [_extent(box) for box in placed.texts]
    extents += [
        (rect.x, rect.y, rect.x + rect.width, rect.y + rect.height) for rect in placed.rects
    ]
    for box in corner.texts:
        left, top, right, bottom = _extent(box)
        near = 0.8 * box.size
        if any(
            x0 < right + near and x1 > left - near and y0 < bottom and y1 > top
            for x0, y0, x1, y1 in extents
        ):
            return True
    return False


def _extent(box: TextBox) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of all lines."""
    right = max(left + width for left, width in zip(box.lefts, box.widths, strict=True))
    return (
        min(box.lefts),
        box.baselines[0] - 0.88 * box.size,
        right,
        box.baselines[-1] + 0.2 * box.size,
    )


@dataclass(frozen=True, slots=True)
class _Lost:
    """Stands for a text that fits nowhere."""

    width: float = 0.0
    height: float = 0.0

    def place(self, x: float, y: float, *, centred: bool) -> Placed:
        del x, y, centred
        return Placed()


_LOST = _Lost()


def _body(job: _Job, width: float, scale: int) -> tuple[list[tuple[float, Item]], int] | None:
    """Pairs of the gap above and the item, and the lead's size; ``None`` when one fits nowhere."""
    least = job.size.smallest
    lead = "reward" if "reward" in job.texts else "headline"
    items: dict[str, Item] = {}
    first = paragraph(
        job.fitter, Told(lead, job.texts[lead], bold=True), width, (least, scale), job.lines(lead),
        job.inks.reward, _LEADING[lead],
    )  # fmt: skip
    if first is None:
        return None
    items[lead] = first
    base = min(scale, 1.25 * first.size)
    for role in job.has(*_BODY):
        if role != lead:
            cap = max(least, round(_SCALE[role] * base))
            ink, leading = job.inks.text, _LEADING.get(role, 1.3)
            made = paragraph(
                job.fitter, job.told(role), width, (least, cap), job.lines(role), ink, leading
            )
            if made is None:
                return None
            items[role] = made
    if job.region.shape == "wide" and "terms" in items and "deadline" in items:
        both = [items["terms"], items.pop("deadline")]
        items["terms"] = Row.of(both, width, 0.33 * base, 0.04 * base)
    ends = _actions(job, width, max(least, round(0.34 * base)))
    if ends is None:
        return None
    return _spaced(items, ends, base), first.size


def _spaced(items: Mapping[str, Item], ends: Row, base: float) -> list[tuple[float, Item]]:
    rows: list[tuple[float, Item]] = []
    for role in _BODY:
        if role in items:
            close = role == "deadline" and "terms" in items
            gap = 0.04 if close else _GAP[role]
            rows.append((gap * base if rows else 0.0, items[role]))
    if ends.rows:
        rows.append((0.45 * base, ends))
    return rows


def _actions(job: _Job, width: float, size: int) -> Row | None:
    """Code and call, side by side where both fit."""
    items: list[Item] = []
    for role in job.has("code", "call"):
        sizes = (job.size.smallest, size)
        made = pill(job.fitter, job.told(role), width, sizes, job.lines(role), *_dress(job, role))
        if made is None:
            return None
        items.append(made)
    return Row.of(items, width, 0.6 * size, 0.5 * size)


def _dress(
    job: _Job, role: str
) -> tuple[tuple[tuple[int, int, int], tuple[int, int, int], float], tuple[float, float]]:
    """Colours and padding of a pill: the code is tinted, the call is filled."""
    if role == "code":
        return (job.inks.text, job.inks.text, _CHIP_ALPHA), (0.6, 0.42)
    return (job.inks.button_text, job.inks.button, 1.0), (0.9, 0.55)


def _placed(items: Sequence[tuple[float, Item]], body: Area, region: Region) -> Placed:
    """The stack in the middle of its area."""
    total = sum(gap + item.height for gap, item in items)
    y = body.y + (body.height - total) / 2
    placed = Placed()
    for gap, item in items:
        y += gap
        x = body.x + body.width / 2 if region.centred else body.x
        placed += item.place(x, y, centred=region.centred)
        y += item.height
    return placed


def _strip(job: _Job) -> Setting | None:
    """Words at the left in two or three rows, call and label at the right."""
    area = job.region.text
    side = _side(job, area)
    if side is None:
        return None
    taken = side.width + 0.12 * job.size.height + 4 if side.rows else 0.0
    room = area.width - taken
    made = _strip_words(job, room, 1) or _strip_words(job, room, 2)
    if made is None:
        return None
    items, lead = made
    body = Area(area.x, area.y, room, area.height)
    edge = area.right - side.width
    middle = area.y + (area.height - side.height) / 2
    words = _placed(items, body, job.region)
    return Setting(words + side.place(edge + side.width / 2, middle, centred=True), lead)


def _strip_words(job: _Job, room: float, lines: int) -> tuple[list[tuple[float, Item]], int] | None:
    """The rows at the largest scale, the lead in at most ``lines`` lines."""
    height, least = job.region.text.height, job.size.smallest
    found: dict[int, tuple[list[tuple[float, Item]], int]] = {}

    def fits(scale: int) -> bool:
        made = _strip_rows(job, room, scale, lines)
        if made is None:
            return False
        found[scale] = made
        return sum(gap + item.height for gap, item in made[0]) <= height

    scale = largest(least, round(0.5 * job.size.height), fits)
    return found[scale] if scale >= least else None


def _side(job: _Job, area: Area) -> Row | None:
    """Call above label, as narrow as they are."""
    items: list[Item] = []
    if "call" in job.texts:
        size = max(job.size.smallest, round(0.19 * job.size.height))
        sizes = (job.size.smallest, size)
        made = pill(job.fitter, job.told("call"), 0.4 * area.width, sizes, 1, *_dress(job, "call"))
        if made is None:
            return None
        items.append(made)
    if "label" in job.texts:
        sizes = (job.label, job.label)
        told = job.told("label")
        label = paragraph(job.fitter, told, 0.4 * area.width, sizes, 1, job.inks.text, 1.1)
        if label is None:
            return None
        items.append(label)
    column = Row(tuple((item,) for item in items), 0.0, 0.05 * job.size.height)
    return column if column.height <= area.height + 0.5 else None


def _strip_rows(
    job: _Job, room: float, scale: int, lines: int
) -> tuple[list[tuple[float, Item]], int] | None:
    least = job.size.smallest
    lead = "reward" if "reward" in job.texts else "headline"
    first = paragraph(
        job.fitter, Told(lead, job.texts[lead], bold=True), room, (least, scale), lines,
        job.inks.reward, 1.15,
    )  # fmt: skip
    if first is None:
        return None
    small = max(least, round(0.5 * min(scale, 1.2 * first.size)))
    above = [role for role in job.has("brand", "headline") if role != lead]
    rows: list[tuple[float, Item]] = []
    for roles in (above, job.has("terms", "deadline", "code")):
        made = [
            paragraph(job.fitter, job.told(role), room, (small, small), 1, job.inks.text, 1.2)
            for role in roles
        ]
        items = [one for one in made if one is not None]
        if len(items) < len(made):
            return None
        if roles is not above:
            rows.append((0.0, first))
        if items:
            rows.append((0.0, Row.of(items, room, 0.9 * small, 0.0)))
    return rows, first.size
