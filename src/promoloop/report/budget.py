"""The budget section: how the money went, what it was worth, and which offers were scarce."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from promoloop.report.blocks import Figure, Table, both
from promoloop.report.charts import Look, pacing
from promoloop.report.people import offer_name
from promoloop.report.records import PageData, WeekResult
from promoloop.report.wording import Wording

__all__ = ["budget"]

_MOST_CAPS = 3


def budget(data: PageData, words: Wording) -> dict[str, object] | None:
    """Pacing, prices by week and messages by offer; None before the first week."""
    if not data.weeks:
        return None
    scarce = any(price > 0 for week in data.weeks for price in week.cap_prices.values())
    last = words.number(data.weeks[-1].budget_price, 3)
    return {
        "pacing": _pacing(data, words),
        "price": words.say("budget", "price", unit=words.money(words.unit), last=last),
        "caps": words.say("budget", "caps" if scarce else "no_caps"),
        "table": _table(data, words),
        "offers": _offers(data, words),
    }


def _pacing(data: PageData, words: Wording) -> Figure:
    weeks, last = data.weeks, data.weeks[-1]
    names = [words.say("budget", key) for key in ("spent", "promised", "budget")]
    spent = [(float(week.week), float(week.spent_minor)) for week in weeks]
    most = _promised(weeks)
    promised = [(float(week.week), float(minor)) for week, minor in zip(weeks, most, strict=True)]
    caption = words.say("budget", "chart")
    told = words.say(
        "budget",
        "chart_desc",
        week=last.week,
        spent=words.rounded(last.spent_minor),
        promised=words.rounded(most[-1]),
        budget=words.money(data.budget_minor),
    )
    look = Look("pacing", caption, told, words.money, x_name=words.say("page", "weeks"))
    rows = tuple(
        (str(week.week), words.rounded(week.spent_minor), words.rounded(minor))
        for week, minor in zip(weeks, most, strict=True)
    )
    table = Table(caption, (words.say("budget", "week"), *names[:2]), rows, data.simulated)
    draw = partial(pacing, spent, promised, float(data.budget_minor), names)
    legend = tuple(zip(("line-policy", "line-promised", "line-limit"), names, strict=True))
    return Figure(caption, both(draw, look), table, data.simulated, legend)


def _promised(weeks: Sequence[WeekResult]) -> list[int]:
    """The most that could have been spent each week: what was spent before, and all promises."""
    before = [0, *(week.spent_minor for week in weeks)]
    return [spent + week.reserved_minor for spent, week in zip(before, weeks, strict=False)]


def _table(data: PageData, words: Wording) -> Table:
    keys = ("week", "starts", "sent", "price_column", "gap", "scarce")
    head = tuple(words.say("budget", key) for key in keys)
    rows = tuple(
        (
            str(week.week),
            words.day(week.starts),
            words.number(week.sent),
            words.number(week.budget_price, 3),
            words.percent(week.gap, 3),
            _caps(week, data, words),
        )
        for week in data.weeks
    )
    return Table(words.say("budget", "table"), head, rows, data.simulated, tail=True)


def _caps(week: WeekResult, data: PageData, words: Wording) -> str:
    priced = sorted(week.cap_prices.items(), key=lambda item: -item[1])
    dear = [(offer_id, price) for offer_id, price in priced if price > 0][:_MOST_CAPS]
    named = [
        f"{offer_name(offer, data, words)} {words.money(100 * price)}" for offer, price in dear
    ]
    return words.say("page", "list_join").join(named) or words.say("page", "nothing")


def _offers(data: PageData, words: Wording) -> Table | None:
    if not data.offer_counts:
        return None
    counts: Sequence[tuple[str, int]] = sorted(
        data.offer_counts.items(), key=lambda item: (-item[1], item[0])
    )
    rows = tuple(
        (offer_name(offer_id, data, words), words.number(count)) for offer_id, count in counts
    )
    head = (words.say("budget", "offer"), words.say("budget", "sent"))
    return Table(words.say("budget", "offer_counts"), head, rows)
