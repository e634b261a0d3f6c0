"""The results as charts, each with the same figures in a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from functools import partial

from promoloop.console.charts import Chart, Line, bars, intervals, lines
from promoloop.console.pages.results.figures import STEPS, Live
from promoloop.console.visit import Visit
from promoloop.console.words import Words
from promoloop.evaluate import Estimate, GuardrailCheck
from promoloop.flows.viewing.lifts import Lifts
from promoloop.offers import Campaign

__all__ = [
    "MANY",
    "funnel_chart",
    "gain",
    "guardrail_rows",
    "lift_chart",
    "path_chart",
    "price_rows",
    "spending_chart",
]

#: Days in the table beside the chart of spending; the chart has all.
_EVERY = 7

#: Prices of money; others are of units of an offer.
_MONEY = ("budget", "partner")

#: Lifts are told for so many shoppers together: one shopper's is a matter of cents.
MANY = 1000


def funnel_chart(words: Words, figures: Live) -> Chart:
    """From decisions down to redemptions, all arms together; the table has them apart."""
    names = [words.say(f"results.steps.{name}") for name in STEPS]
    values = [figures.step(name) for name in STEPS]
    arms = [words.say(f"campaigns.arms.{arm}") for arm in figures.steps]
    said = [f"{name}: {words.number(n)}" for name, n in zip(names, values, strict=True)]
    return Chart(
        title=words.say("results.funnel"),
        description=words.say("results.funnel_said", steps=words.listed(said)),
        option=bars(names, values, number="@number:0", quiet=[STEPS.index("machines")]),
        head=[words.say("results.step"), *arms, words.say("results.together")],
        rows=[
            [
                name,
                *(words.number(arm[step]) for arm in figures.steps.values()),
                words.number(figures.step(step)),
            ]
            for name, step in zip(names, STEPS, strict=True)
        ],
        height=44 * len(STEPS) + 40,
    )


def spending_chart(words: Words, figures: Live, campaign: Campaign) -> Chart | None:
    """Spent so far beside an even spend and the budget; nothing before the first day."""
    if not figures.spending:
        return None
    unit = 10**words.digits
    spent = [(_day(day), minor / unit) for day, minor, _ in figures.spending]
    even = [(_day(day), minor / unit) for day, _, minor in figures.spending]
    budget = [(day, figures.budget_minor / unit) for day, _ in spent]
    money, currency = words.money, campaign.currency
    last = figures.spending[-1]
    shown = [*figures.spending[_EVERY - 1 :: _EVERY]]
    if not shown or shown[-1] != last:
        shown.append(last)
    return Chart(
        title=words.say("results.spending"),
        description=words.say(
            "results.spending_said",
            spent=money(last[1], currency),
            even=money(last[2], currency),
            budget=money(figures.budget_minor, currency),
        ),
        option=lines(
            [
                Line(words.say("results.spent"), "policy", spent),
                Line(words.say("results.even"), "plan", even),
                Line(words.say("results.budget"), "limit", budget),
            ],
            number=f"@money:{currency}",
            x="time",
            x_number="@day",
        ),
        head=[words.say(f"results.{name}") for name in ("until", "spent", "even")],
        rows=[
            [words.day(day), money(one, currency), money(two, currency)] for day, one, two in shown
        ],
    )


def lift_chart(words: Words, lifts: Lifts) -> Chart | None:
    """Each arm against the holdout and against business as usual."""
    found = [
        (
            words.say("results.against." + other, arm=words.say(f"campaigns.arms.{one.arm}")),
            estimate,
        )
        for one in lifts.arms
        for other, estimate in one.against.items()
        if (one.arm, other) != ("holdout", "bau")
    ]
    if not found:
        return None
    unit = 10**words.digits / MANY
    rows = [(e.value / unit, e.low / unit, e.high / unit) for _, e in found]
    return Chart(
        title=words.say("results.lift"),
        description=words.say(
            "results.lift_said",
            lifts=words.listed([f"{name}: {_between(words, e)}" for name, e in found]),
        ),
        option=intervals([name for name, _ in found], rows, number=f"@money:{words.currency}"),
        head=[words.say(f"results.{name}") for name in ("compared", "lift_short", "from", "to")],
        rows=[
            [name, gain(words, e.value), gain(words, e.low), gain(words, e.high)]
            for name, e in found
        ],
        height=44 * len(found) + 50,
    )


def path_chart(words: Words, lifts: Lifts, campaign: Campaign) -> Chart | None:
    """How the policy's lift came to be known, week by week, with its interval."""
    other = next((one for one in ("bau", "holdout") if one in lifts.path), None)
    if other is None:
        return None
    unit, path = 10**words.digits / MANY, lifts.path[other]
    name = words.say("results.against." + other, arm=words.say("campaigns.arms.policy"))
    weeks = [words.say("results.week", number=week) for week in range(1, len(path) + 1)]
    points = [(week, e.value / unit) for week, e in zip(weeks, path, strict=True)]
    band = [(week, e.low / unit, e.high / unit) for week, e in zip(weeks, path, strict=True)]
    return Chart(
        title=words.say("results.path", name=name),
        description=words.say(
            "results.path_said", name=name, weeks=len(path), lift=_between(words, path[-1])
        ),
        option=lines(
            [
                Line(name, "policy", points, band),
                Line(words.say("results.zero"), "holdout", [(week, 0.0) for week in weeks]),
            ],
            number=f"@money:{campaign.currency}",
            x="category",
        ),
        head=[words.say(f"results.{key}") for key in ("after", "lift_short", "from", "to")],
        rows=[
            [week, gain(words, e.value), gain(words, e.low), gain(words, e.high)]
            for week, e in zip(weeks, path, strict=True)
        ],
    )


def price_rows(
    visit: Visit, figures: Live, campaign: Campaign
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Head and rows: what another unit of each limit would bring, week by week."""
    words = visit.words
    kinds = sorted({name for prices in figures.prices.values() for name in prices})
    kinds.sort(key=lambda name: (name != "budget", name))
    shown = [
        name for name in kinds if any(prices.get(name) for prices in figures.prices.values())
    ] or kinds[:1]
    head = [words.say("results.week_head"), *(_price_name(visit, name) for name in shown)]
    rows = [
        [
            words.say("results.week", number=number),
            *(_price(words, name, prices.get(name), campaign) for name in shown),
        ]
        for number, prices in enumerate(figures.prices.values(), start=1)
    ]
    return head, rows


def guardrail_rows(
    words: Words, checks: Sequence[GuardrailCheck]
) -> Sequence[tuple[str, str, str, bool]]:
    """What is watched, at which limit, how it stands, and whether it is surely crossed."""
    found = []
    for check in checks:
        rail = check.guardrail
        write = _writer(words, rail.metric)
        limit = words.say(f"campaigns.rail_{rail.direction}", limit=write(rail.limit))
        one = check.estimate
        stands = (
            words.say("results.unmeasured")
            if one is None
            else words.say(
                "results.between", value=write(one.value), low=write(one.low), high=write(one.high)
            )
        )
        found.append((words.say(f"campaigns.rails.{rail.metric}"), limit, stands, check.breached))
    return found


def _writer(words: Words, metric: str) -> Callable[[float], str]:
    """How a guardrail's figures are written."""
    if metric == "margin_per_shopper":
        return partial(gain, words)
    return partial(words.percent if metric.endswith("_rate") else words.number, digits=2)


def gain(words: Words, minor: float) -> str:
    """An amount of one shopper's, for ``MANY`` of them, with its sign said."""
    said = words.money(MANY * minor).replace("-", "−")
    return f"+{said}" if MANY * minor >= 0.5 else said


def _price_name(visit: Visit, name: str) -> str:
    kind, _, who = name.partition("/")
    if kind in _MONEY:
        return visit.words.say(f"results.prices_of.{kind}", name=who)
    return visit.words.say("results.prices_of.stock", name=name)


def _price(words: Words, name: str, price: float | None, campaign: Campaign) -> str:
    """Of money for a hundred units of it; of an offer's units for one."""
    if price is None:
        return "–"
    each = 100 * 10**words.digits if name.partition("/")[0] in _MONEY else 1
    if 0.0 < price * each < 1.0:
        return words.say("results.less_than", money=words.money(1, campaign.currency))
    return words.money(price * each, campaign.currency)


def _between(words: Words, one: Estimate) -> str:
    return words.say(
        "results.between",
        value=gain(words, one.value),
        low=gain(words, one.low),
        high=gain(words, one.high),
    )


def _day(day: date) -> float:
    """Milliseconds since 1970, as charts count."""
    return datetime.combine(day, time(), UTC).timestamp() * 1000
