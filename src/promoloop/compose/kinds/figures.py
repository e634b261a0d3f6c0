"""Paragraphs of a market report: figures with period, unit and comparison, as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from babel.numbers import format_decimal

from promoloop.compose.kinds.checks import day_text, require_name
from promoloop.compose.kinds.drafting import Drafting, better
from promoloop.compose.kinds.wording import gap_of, limits_of, sentences_of, words_of
from promoloop.compose.kinds.written import Known, Sourced, Written, proven
from promoloop.compose.proof import Fact, FactSheet
from promoloop.core import InvalidError, Money, require_locale

__all__ = ["Figure", "MarketFigures", "write_report"]

_KIND = "report"
UNITS = ("money", "count", "percent")
COMPARISONS = ("previous", "year_earlier")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a period, and the same figure of the period it is compared with.

    ``value`` and ``before`` are minor units of the report's currency (``money``), whole numbers
    (``count``) or per cents (``percent``); margins and lifts may be below zero.
    """

    name: str
    unit: str
    value: Decimal
    before: Decimal | None = None

    def __post_init__(self) -> None:
        require_name(self.name, "name")
        if self.unit not in UNITS:
            raise InvalidError(
                f"figure {self.name}, field unit",
                f"it is {self.unit!r}",
                f"Use {', '.join(UNITS)}.",
            )
        for field, value in (("value", self.value), ("before", self.before)):
            if value is not None:
                _require_figure(value, self.unit, f"figure {self.name}, field {field}")


@dataclass(frozen=True, slots=True)
class MarketFigures:
    """The figures of the days ``first`` to ``last``.

    ``compared`` says what ``before`` means: the period before (``previous``) or the same days a
    year earlier (``year_earlier``).
    """

    locale: str
    first: date
    last: date
    figures: tuple[Figure, ...]
    currency: str = ""
    compared: str = "previous"

    def __post_init__(self) -> None:
        require_locale(self.locale)
        if self.last < self.first:
            raise InvalidError("field last", "it is before first", "Swap the two days.")
        if not self.figures:
            raise InvalidError("field figures", "there are none", "Give at least one figure.")
        if self.compared not in COMPARISONS:
            raise InvalidError(
                "field compared", f"it is {self.compared!r}", f"Use {', '.join(COMPARISONS)}."
            )
        if not self.currency and any(one.unit == "money" for one in self.figures):
            raise InvalidError("field currency", "it is missing", "Give an ISO 4217 code.")


def write_report(
    figures: MarketFigures, drafting: Drafting | None = None, turn: int = 0
) -> Written:
    """One paragraph: the period, then a sentence for each figure.

    Changes are computed here, in per cent of the earlier figure (percentage points for shares),
    rounded half to even to one decimal; where the earlier figure is zero, no change is told. Where
    one of the two is below zero a per cent would mean nothing, so the difference itself is told. A
    change that rounds to nothing is told as a slight one.

    Examples
    --------
    >>> orders = Figure("orders", "count", Decimal(1240), Decimal(1000))
    >>> write_report(MarketFigures("en-US", date(2026, 11, 1), date(2026, 11, 30),
    ...                            (orders,))).parts["text"].split(". ")[-1]
    'Orders rose 24% to 1,240; in the period before, the figure stood at 1,000.'
    >>> margin = Figure("margin", "money", Decimal(-20000), Decimal(50000))
    >>> write_report(MarketFigures("en-US", date(2026, 11, 1), date(2026, 11, 30),
    ...                            (margin,), "USD")).parts["text"].split(". ")[-1]
    'Margin fell by $700 to -$200; in the period before, the figure stood at $500.'
    """
    words = words_of(figures.locale)[_KIND]
    period = _period(figures)
    told = sentences_of([words["period"]], period, turn)
    facts = _dates(figures)
    known = dict(period)
    for at, figure in enumerate(figures.figures):
        source = f"report.{at + 1}"
        own = _known(figure, figures, source)
        told += sentences_of([_wordings(words, own)], own, turn + at)
        facts += _facts(figure, source, own)
        known |= {f"{slot}_{at + 1}": one for slot, one in own.items()}
    text = gap_of(figures.locale).join(one for one, _ in told)
    sheet = FactSheet(figures.locale, tuple(facts), figures.currency)
    limits = limits_of(figures.locale, _KIND, "paragraph")
    parts = {"text": text}
    sources = tuple(Sourced("text", one, fields) for one, fields in told)
    written = Written(
        _KIND, figures.locale, "paragraph", parts, proven(parts, sheet, limits), sources
    )
    needed = [slot for slot in known if slot.startswith(("name", "value"))]
    return better(written, known, needed, sheet, limits, drafting)


def _require_figure(value: Decimal, unit: str, where: str) -> None:
    if not value.is_finite():
        raise InvalidError(where, f"{value} is not a finite number", "Give the figure.")
    if unit != "percent" and value != value.to_integral_value():
        raise InvalidError(where, f"{value} is not whole", "Give minor units or a whole count.")


def _period(figures: MarketFigures) -> dict[str, Known]:
    days = {"first": figures.first, "last": figures.last}
    return {
        slot: Known(day_text(day, figures.locale, "date"), (f"report.{slot}",))
        for slot, day in days.items()
    }


def _dates(figures: MarketFigures) -> list[Fact]:
    return [
        Fact("date", figures.first, "report.first", "starts"),
        Fact("date", figures.last, "report.last", "ends"),
        Fact("date", figures.first, "report.first"),
        Fact("date", figures.last, "report.last"),
    ]


def _known(figure: Figure, figures: MarketFigures, source: str) -> dict[str, Known]:
    words = words_of(figures.locale)[_KIND]
    known = {
        "name": Known(figure.name, (f"{source}.name",)),
        "value": Known(_text(figure.value, figure, figures), (f"{source}.value",)),
    }
    if figure.before is None:
        return known
    both = (f"{source}.value", f"{source}.before")
    known["before"] = Known(_text(figure.before, figure, figures), both[1:])
    known["base"] = Known(str(words["base"][figures.compared]), ("report.compared",))
    change = _change(figure)
    if change is not None:
        number = _told(abs(change), figure, figures)
        known["change"] = Known(
            str(words["change"][_way(figure, change)]).format(number=number), both
        )
    return known


def _way(figure: Figure, change: Decimal) -> str:
    """The key of the words in ``[report.change]``; a change that rounds to none is slight."""
    if figure.value == figure.before:
        return "level"
    way = "up" if figure.value > (figure.before or 0) else "down"
    return f"{way}{_MEASURES[_measure(figure)]}" if change else f"{way}_slightly"


_MEASURES = {"share": "", "points": "_points", "amount": "_amount"}
"""What a change is told in, and how its words are keyed in ``[report.change]``."""


def _measure(figure: Figure) -> str:
    if figure.unit == "percent":
        return "points"
    return "amount" if min(figure.value, figure.before or Decimal(0)) < 0 else "share"


def _told(change: Decimal, figure: Figure, figures: MarketFigures) -> str:
    if _measure(figure) == "amount":
        return _text(change, figure, figures)
    number: str = format_decimal(change, locale=figures.locale.replace("-", "_"))
    return number


def _wordings(words: Mapping[str, list[str]], known: Mapping[str, Known]) -> list[str]:
    if "change" in known:
        return words["compared"]
    return words["from_nothing"] if "before" in known else words["alone"]


def _change(figure: Figure) -> Decimal | None:
    """By ``_measure``; ``None`` for a share of what was zero."""
    before = figure.before or Decimal(0)
    if _measure(figure) == "amount":
        return figure.value - before if before else None
    if figure.unit == "percent":
        return _rounded(figure.value - before)
    return _rounded((figure.value - before) / before * 100) if before else None


def _rounded(value: Decimal) -> Decimal:
    short = value.quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    return short.to_integral_value() if short == short.to_integral_value() else short


def _text(value: Decimal, figure: Figure, figures: MarketFigures) -> str:
    locale = figures.locale
    if figure.unit == "money":
        return Money(int(value), figures.currency).text(locale)
    number: str = format_decimal(value, locale=locale.replace("-", "_"))
    return f"{number}%" if figure.unit == "percent" else number


def _facts(figure: Figure, source: str, known: Mapping[str, Known]) -> list[Fact]:
    found = [Fact("name", figure.name, f"{source}.name")]
    for field, value in (("value", figure.value), ("before", figure.before)):
        if value is not None:
            told = int(value) if figure.unit == "money" else value
            below = Fact("phrase", known[field].text, f"{source}.{field}")
            found.append(
                below if value < 0 or not told else Fact(figure.unit, told, f"{source}.{field}")
            )
    change = _change(figure) if figure.before is not None else None
    if change:
        fields = f"{source}.value, {source}.before"
        said = Fact("phrase", known["change"].text, fields)
        found.append(_changed(change, fields) if _measure(figure) == "share" else said)
    return found


def _changed(change: Decimal, fields: str) -> Fact:
    return Fact("percent", change, fields, "change")
