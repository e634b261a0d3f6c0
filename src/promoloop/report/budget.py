"""The budget section: how the money went, what it was worth, and which offers were scarce."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from promoloop.offers import Funding
from promoloop.report.blocks import Figure, Table, both
from promoloop.report.charts import Look, pacing
from promoloop.report.people import offer_name
from promoloop.report.records import BudgetSide, PageData, WeekResult
from promoloop.report.wording import Wording

__all__ = ["budget", "sides"]

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


def sides(data: PageData, words: Wording) -> dict[str, object] | None:
    """Who pays, planned and real; None where the shop pays alone and nothing went over."""
    told = any(one.over_minor or one.late_minor or one.unpromised_minor for one in data.sides)
    if len(data.sides) < 2 and not told:
        return None
    return {
        "table": _sides_table(data, words),
        "terms": [
            _terms(side.name, offer_name(offer_id, data, words), funding, words)
            for side in data.sides
            for offer_id, funding in side.terms.items()
        ],
        "late": [
            words.say("budget", key, name=_payer(side, words), late=words.money(minor))
            for side in data.sides
            for key, minor in (("late", side.late_minor), ("unpromised", side.unpromised_minor))
            if minor
        ],
    }


def _sides_table(data: PageData, words: Wording) -> Table:
    keys = ("side", "budget", "planned", "at_stake", "held", "spent", "elsewhere", "over")
    rows = tuple(
        (
            _payer(side, words),
            *(
                words.money(minor)
                for minor in (
                    side.budget_minor,
                    side.planned_minor,
                    side.at_stake_minor,
                    side.held_minor,
                    side.spent_minor,
                    side.elsewhere_minor,
                    side.over_minor,
                )
            ),
        )
        for side in data.sides
    )
    head = tuple(words.say("budget", key) for key in keys)
    return Table(words.say("budget", "sides"), head, rows, data.simulated)


def _payer(side: BudgetSide, words: Wording) -> str:
    return side.name if side.partner_id else words.say("budget", "shop")


def _terms(name: str, offer: str, funding: Funding, words: Wording) -> str:
    share = words.percent(funding.share, 2)
    said = words.say("budget", "terms", name=name, offer=offer, share=share)
    for key, most in (("each", funding.per_redemption_minor), ("total", funding.total_minor)):
        if most is not None:
            said += words.say("budget", f"terms_{key}", most=words.money(most))
    return said + words.say("budget", "terms_end")


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
