"""A decision explained: what speaks for and against it, each with its exact part of the money.

The amounts of one action's reasons, costs and prices sum to its priced value. Everything is said in
English or Chinese; the exact log odds stay in the ``Attribution`` beside the words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from promoloop.core import language_of
from promoloop.decide.explanation import reason_text
from promoloop.decide.habit_words import habit_reasons
from promoloop.decide.phrases import CHANNELS, FRAME
from promoloop.decide.reasons import Reason, largest, reasons_of
from promoloop.decide.records import NOTHING, Decision
from promoloop.decide.wording import SHOPPERS, Wording, unit_of
from promoloop.respond import Attribution, Habit

__all__ = ["Comparison", "Explanation", "Grounds", "Weighing", "explain_fully"]

_TOP = 4
_MOST_REJECTED = 4


@dataclass(frozen=True, slots=True)
class Weighing:
    """One action as it was weighed; ``charged`` is what it paid per price, minor units."""

    action: str
    hour: int
    split: Attribution
    charged: Mapping[str, float]
    promise_minor: float

    @property
    def priced_minor(self) -> float:
        """Its value after prices."""
        return self.split.value_minor - sum(self.charged.values())


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that a decision is explained from.

    ``chosen`` is ``None`` where nothing was sent, ``other`` the best action that was not chosen,
    ``None`` where there was none; ``favoured`` the key of the action the plan favoured.
    ``offer_names`` are in the reader's language, and so is ``approval``: who let the text pass.
    ``at_once`` says that what was chosen was shown when it was chosen, not at its action's hour.
    """

    decision: Decision
    currency: str
    offer_names: Mapping[str, str]
    chosen: Weighing | None = None
    other: Weighing | None = None
    favoured: str = NOTHING
    habit: Habit | None = None
    approval: str = ""
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """The chosen action beside another: what makes the difference, by money."""

    action: str
    heading: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision in words. Sections without content are empty.

    ``weighed`` is the action that ``pros`` and ``cons`` speak of: what was sent, else the best
    that could have been. ``reasons`` are all of them; their money sums to ``priced_minor``.
    """

    decision_id: str
    locale: str
    headline: str
    facts: tuple[str, ...]
    weighed: str
    for_heading: str
    against_heading: str
    pros: tuple[str, ...]
    cons: tuple[str, ...]
    total: str
    versus: tuple[str, ...]
    habit: tuple[str, ...]
    drawn: str
    prices: tuple[str, ...]
    rejected: tuple[str, ...]
    made: str
    reasons: tuple[Reason, ...]
    priced_minor: float
    split: Attribution | None
    comparison: Comparison | None
    approval: str = ""

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """The whole explanation, one thing per line."""
        colon = FRAME[language_of(self.locale)]["colon"]
        blocks: list[tuple[str, Sequence[str]]] = [
            (self.for_heading, self.pros),
            (self.against_heading, self.cons),
        ]
        lines = [self.headline, *self.facts]
        for heading, entries in blocks:
            if entries:
                lines += [f"{heading}{colon}", *(f"  {entry}" for entry in entries)]
        lines += [self.total] if self.total else []
        for block in (self.versus, self.habit):
            lines += [line if at == 0 else f"  {line}" for at, line in enumerate(block)]
        last = [self.made, *([self.approval] if self.approval else [])]
        return "\n".join([*lines, self.drawn, *self.prices, *self.rejected, *last])


def explain_fully(grounds: Grounds, locale: str) -> Explanation:
    """Why this decision was made, from all that it was made on.

    Raises
    ------
    InvalidError
        For a language other than English and Chinese.
    """
    say = Wording(locale, grounds.currency, grounds.offer_names, at_once=grounds.at_once)
    decision = grounds.decision
    about = grounds.chosen or grounds.other
    reasons = _all_reasons(about, say) if about else []
    pros = largest([one for one in reasons if one.money_minor > 0], _TOP)
    cons = largest([one for one in reasons if one.money_minor < 0], _TOP)
    rest = sum(one.money_minor for one in reasons if one not in (*pros, *cons))
    comparison = _comparison(grounds, say)
    return Explanation(
        decision_id=decision.decision_id,
        locale=locale,
        headline=_headline(decision, say),
        facts=_facts(about, decision, say),
        weighed=about.action if about else "",
        for_heading=_heading("for", grounds, say),
        against_heading=_heading("against", grounds, say),
        pros=tuple(say.entry(one) for one in pros),
        cons=(*(say.entry(one) for one in cons), *say.rest(rest)),
        total=say.frame("total", priced=say.gain(about.priced_minor)) if about else "",
        versus=_versus(comparison, grounds, say),
        habit=_habit(grounds.habit, say),
        drawn=_drawn(grounds, say),
        prices=_prices(decision, say),
        rejected=_rejected(decision, say),
        made=say.frame(
            "made",
            when=f"{decision.decided_at:%Y-%m-%d %H:%M} UTC",
            policy=decision.policy,
            model=decision.model_version,
            seed=decision.seed,
        ),
        reasons=tuple(reasons),
        priced_minor=about.priced_minor if about else 0.0,
        split=about.split if about else None,
        comparison=comparison,
        approval=grounds.approval,
    )


def _all_reasons(about: Weighing, say: Wording) -> list[Reason]:
    """Reasons, doubt, costs and prices of one action; their money sums to its priced value."""
    split = about.split
    costs: list[tuple[str, float, float, dict[str, object]]] = [
        ("doubt", split.doubt, split.doubt_minor, {}),
        ("for_anyway", 0.0, split.for_anyway_minor, {}),
        ("for_extra", 0.0, split.for_extra_minor, {}),
        ("contact", 0.0, split.contact_minor, {}),
        ("fatigue", 0.0, split.fatigue_minor, {}),
    ]
    found = reasons_of(split, about.hour, say.language, say.percent)
    found += [
        Reason(key, say.phrase(key, **values), odds, money, ())
        for key, odds, money, values in costs
        if money
    ]
    return found + [_charge(name, minor, about, say) for name, minor in about.charged.items()]


def _charge(name: str, minor: float, about: Weighing, say: Wording) -> Reason:
    """What one price took off an action."""
    kind = _price_kind(name, say.names)
    named = _price_name(name, say.names)
    text = say.phrase(f"price_{kind}", amount=say.money(about.promise_minor), name=named)
    return Reason(f"price:{name}", text, 0.0, -minor, ())


def _price_kind(name: str, offers: Iterable[str]) -> str:
    if name == "budget":
        return "budget"
    if name in set(offers):
        return "stock"
    return "partner" if name.startswith("partner") else "other"


def _price_name(name: str, offers: Mapping[str, str]) -> str:
    """An offer as it is called, a partner without what says that it is one."""
    return offers.get(name) or name.removeprefix("partner/")


def _headline(decision: Decision, say: Wording) -> str:
    if decision.action == NOTHING:
        return say.frame("nothing")
    return say.frame("chose", action=say.action(decision.action))


def _facts(about: Weighing | None, decision: Decision, say: Wording) -> tuple[str, ...]:
    if about is None:
        return ()
    if decision.action == NOTHING:
        return (say.frame("scale", count=f"{SHOPPERS:,}"),)
    split = about.split
    chances = say.frame(
        "chances",
        without=say.percent(split.bought_without),
        with_it=say.percent(split.bought_with),
    )
    worth = say.frame(
        "worth",
        value=say.scaled(decision.value_minor),
        spend=say.scaled(decision.spend_minor),
        priced=say.scaled(about.priced_minor),
    )
    return chances, say.frame("scale", count=f"{SHOPPERS:,}"), worth, *_partner(decision, say)


def _partner(decision: Decision, say: Wording) -> tuple[str, ...]:
    """What a partner is expected to pay beside the shop."""
    if decision.funding is None:
        return ()
    spend = say.scaled(decision.partner_spend_minor)
    return (say.frame("partner", name=decision.funding.name, spend=spend),)


def _heading(side: str, grounds: Grounds, say: Wording) -> str:
    if grounds.chosen or grounds.other is None:
        return say.frame(side)
    return say.frame(f"best_{side}", action=say.action(grounds.other.action))


def _comparison(grounds: Grounds, say: Wording) -> Comparison | None:
    mine, other = grounds.chosen, grounds.other
    if mine is None or other is None:
        return None
    gap = mine.priced_minor - other.priced_minor
    side = "level" if not round(abs(gap * SHOPPERS)) else "behind" if gap > 0 else "ahead"
    heading = say.frame(
        "versus",
        action=say.action(other.action),
        priced=say.scaled(other.priced_minor),
        gap=say.frame(side, amount=say.scaled(abs(gap))),
    )
    return Comparison(other.action, heading, tuple(_differences(mine, other, say)))


def _differences(mine: Weighing, other: Weighing, say: Wording) -> list[Reason]:
    """Per topic, what the chosen action has ahead of the other; sums to the gap."""
    here = {_family(one): one for one in _all_reasons(mine, say)}
    there = {_family(one): one for one in _all_reasons(other, say)}
    found = []
    for topic in sorted({*here, *there}):
        one, two = here.get(topic), there.get(topic)
        text = _both_said(one, two, say)
        odds = (one.log_odds if one else 0.0) - (two.log_odds if two else 0.0)
        money = (one.money_minor if one else 0.0) - (two.money_minor if two else 0.0)
        names = {*(one.features if one else ()), *(two.features if two else ())}
        found.append(Reason(topic, text, odds, money, tuple(sorted(names))))
    return sorted(found, key=lambda reason: -abs(reason.money_minor))


def _family(reason: Reason) -> str:
    name, _, rest = reason.topic.partition(":")
    return reason.topic if name in ("price", "unknown") and rest == "budget" else name


def _both_said(one: Reason | None, two: Reason | None, say: Wording) -> str:
    if one and two and one.text != two.text:
        return say.frame("both_said", mine=one.text, theirs=two.text)
    if one:
        return one.text
    return say.frame("there", theirs=two.text if two else "")


def _versus(comparison: Comparison | None, grounds: Grounds, say: Wording) -> tuple[str, ...]:
    if comparison is None:
        return () if grounds.other or not grounds.chosen else (say.frame("no_other"),)
    told = [one for one in comparison.reasons if round(abs(one.money_minor * SHOPPERS))][:_TOP]
    colon = say.frame("colon")
    return (f"{comparison.heading}{colon if told else ''}", *(say.entry(one) for one in told))


def _habit(habit: Habit | None, say: Wording) -> tuple[str, ...]:
    if habit is None:
        return ()
    told = habit_reasons(habit, say.language, say.percent)
    heading = say.frame("habit", share=say.percent(habit.probability))
    return f"{heading}{say.frame('colon')}", *told


def _drawn(grounds: Grounds, say: Wording) -> str:
    decision = grounds.decision
    count = sum(one.propensity > 0 for one in decision.weighed)
    among = say.frame("among", count=count) if count > 1 else say.frame("alone")
    figures = {"odds": say.odds(decision.propensity), "among": among}
    if decision.arm in ("random", "bau", "holdout"):
        return say.frame(decision.arm, **figures)
    if grounds.favoured == decision.action:
        return say.frame("favoured", **figures)
    if grounds.favoured == NOTHING:
        return say.frame("explored_nothing", **figures)
    return say.frame("explored", action=say.action(grounds.favoured), **figures)


def _prices(decision: Decision, say: Wording) -> tuple[str, ...]:
    """The prices in force; of money per hundred whole units, as one reads it."""
    unit = 100 * unit_of(say.currency)
    told = []
    for name, price in sorted(decision.prices.items()):
        kind = _price_kind(name, say.names)
        if not price:
            told += [say.frame("budget_free")] if kind == "budget" else []
            continue
        per = unit if kind in ("budget", "partner") else 1
        told.append(
            say.frame(
                f"{kind}_price",
                unit=say.money(per),
                amount=say.money(price * per),
                name=_price_name(name, say.names),
            )
        )
    return tuple(told)


def _rejected(decision: Decision, say: Wording) -> tuple[str, ...]:
    """Reasons why something was not possible, each with what it cut."""
    by_code: dict[str, list[str]] = {}
    for key, code in decision.rejected.items():
        by_code.setdefault(code, []).append(say.frame("any") if key == "*" else key)
    join = say.frame("join")
    told = []
    for code, keys in by_code.items():
        named = list(dict.fromkeys(_readable(key, say) for key in keys))
        shown = join.join(named[:_MOST_REJECTED])
        more = len(named) - _MOST_REJECTED
        shown += f"{join}{say.frame('more', count=more)}" if more > 0 else ""
        told.append(say.frame("rejected", what=shown, reason=reason_text(code, say.locale)))
    return tuple(told)


def _readable(key: str, say: Wording) -> str:
    """``offer/channel/hour``, cut to any length, without the variant."""
    parts = key.split("/")
    channel = CHANNELS[say.language].get(parts[1], parts[1]) if len(parts) > 1 else ""
    hour = [f"{parts[2]}:00"] if len(parts) > 2 and not say.at_once else []
    return " ".join([parts[0], *([channel] if channel else []), *hour])
