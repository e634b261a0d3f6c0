"""What the results page shows, counted: the way of messages, money and prices of a campaign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from promoloop.core import InvalidError, UnavailableError
from promoloop.evaluate import GuardrailCheck
from promoloop.feedback import scanner_rules
from promoloop.flows.books.uses import unpromised_uses
from promoloop.flows.history.audience import load_audience
from promoloop.flows.house import House
from promoloop.flows.measuring.attribution import ArmAttribution, attribution
from promoloop.flows.measuring.guardrails import check_guardrails
from promoloop.flows.reads.ports import Views
from promoloop.flows.schedule import WEEK, account_of, weeks_over
from promoloop.flows.viewing.lifts import Lifts, closed_weeks, lifts_of
from promoloop.offers import ARM_NAMES, Campaign

__all__ = ["STEPS", "Live", "Measured", "live_of", "measured_of", "views_of"]

#: The way of a message, in order; ``machines`` opened or followed a link at once.
STEPS = ("decisions", "offered", "sent", "opened", "clicked", "machines", "redeemed")


@dataclass(frozen=True, slots=True)
class Live:
    """Counts as they stand. ``steps`` are by arm, then by ``STEPS``; money in minor units.

    ``spending`` is (day, spent until its end, even spending until then); ``prices`` are by the
    moment of a decision; ``leaving`` counts those who unsubscribed or complained.
    ``unpromised_minor`` is the part of what was spent that codes took without a promise.
    """

    steps: Mapping[str, Mapping[str, int]]
    messages: Mapping[str, int]
    shoppers: Mapping[str, int]
    discount_minor: Mapping[str, int]
    leaving: Mapping[str, int]
    spending: tuple[tuple[date, int, float], ...]
    prices: Mapping[datetime, Mapping[str, float]]
    budget_minor: int
    reserved_minor: int
    spent_minor: int
    simulated: bool
    unpromised_minor: int = 0

    def step(self, name: str) -> int:
        """One step over all arms."""
        return sum(arm[name] for arm in self.steps.values())

    @property
    def sofar_minor(self) -> int:
        """What was given and sent by now, booked or not."""
        return self.spending[-1][1] if self.spending else 0


@dataclass(frozen=True, slots=True)
class Measured:
    """What is told apart from chance: the arms over closed weeks, and the guardrails.

    ``uncounted`` is the number of the first week that is over and was not counted, 0 for none;
    ``attributed`` is empty until all are.
    """

    lifts: Lifts | None
    uncounted: int
    guardrails: tuple[GuardrailCheck, ...]
    attributed: tuple[ArmAttribution, ...] = ()


def views_of(house: House) -> Views:
    """The narrow reads of a shop that was opened with them."""
    if house.views is None:
        raise UnavailableError(
            "looking at the shop", "it has no narrow reads", "Open it with bootstrap.open_shop."
        )
    return house.views


def live_of(house: House, campaign: Campaign, now: datetime) -> Live:
    """Counted where the rows are kept."""
    views, key = views_of(house), campaign.campaign_id
    decided = {one.arm: one for one in views.decided(key)}
    happened = views.happened(key, scanner_rules(now.date()).soon)
    sent = {one.arm: one.messages for one in views.sent(key)}
    arms = [arm for arm in ARM_NAMES if arm in decided or campaign.arms.get(arm)]
    came: Counter[tuple[str, str]] = Counter()
    for one in happened:
        came[one.arm, "machines" if one.soon else one.kind] += one.decisions
    steps = {
        arm: {
            "decisions": decided[arm].decisions if arm in decided else 0,
            "offered": decided[arm].offered if arm in decided else 0,
            "sent": sent.get(arm, 0),
            **{name: came[arm, name] for name in ("opened", "clicked", "machines", "redeemed")},
        }
        for arm in arms
    }
    states: Counter[str] = Counter()
    for count in views.messages(key):
        states[count.state] += count.messages
    budget, reserved, spent = _account(house, campaign)
    entered = _entered(house, campaign)
    return Live(
        steps=steps,
        messages=states,
        shoppers={arm: decided[arm].shoppers if arm in decided else 0 for arm in arms},
        discount_minor={
            arm: sum(one.discount_minor for one in happened if one.arm == arm) for arm in arms
        },
        leaving={
            kind: sum(one.decisions for one in happened if one.kind == kind)
            for kind in ("unsubscribed", "complained")
        },
        spending=_spending(views, campaign, entered),
        prices=views.prices(key, _moments(campaign, now)),
        budget_minor=budget,
        reserved_minor=reserved,
        spent_minor=spent,
        simulated=any(one.source == "simulated" for one in happened),
        unpromised_minor=sum(entered.values()),
    )


def measured_of(house: House, campaign: Campaign, now: datetime) -> Measured:
    """Reads closed weeks; seconds for a large audience."""
    over, closed = weeks_over(campaign, now), closed_weeks(house, campaign, now)
    return Measured(
        lifts_of(house, campaign, closed) if closed else None,
        closed + 1 if closed < over else 0,
        check_guardrails(house, campaign, now),
        _attributed(house, campaign, now) if 0 < closed == over else (),
    )


def _attributed(house: House, campaign: Campaign, now: datetime) -> tuple[ArmAttribution, ...]:
    return attribution(house, campaign, now, load_audience(house, campaign)).arms


def _account(house: House, campaign: Campaign) -> tuple[int, int, int]:
    """Budget, set aside and spent; the plan, before the first decisions."""
    try:
        state = house.ledger.state(account_of(campaign))
    except InvalidError:
        return campaign.budget_minor, 0, 0
    return state.budget_minor, state.reserved_minor, state.spent_minor


def _entered(house: House, campaign: Campaign) -> Mapping[date, int]:
    """What the shop paid by day for codes that were entered without a promise."""
    paid: Counter[date] = Counter()
    for one in unpromised_uses(house, campaign):
        paid[one.at.date()] += one.discount_minor - one.partner_minor
    return paid


def _spending(
    views: Views, campaign: Campaign, entered: Mapping[date, int]
) -> tuple[tuple[date, int, float], ...]:
    """Day by day since the start, days without anything included."""
    days = {one.day: one for one in views.days(campaign.campaign_id)}
    if not (days or entered):
        return ()
    first, whole = campaign.starts_at.date(), campaign.weeks * 7
    last = max((*days, *entered, first))
    found, spent = [], 0
    for number in range((last - first).days + 1):
        one = days.get(first + timedelta(days=number))
        spent += entered.get(first + timedelta(days=number), 0)
        if one is not None:
            contacts = sum(campaign.channels.get(name, 0) * n for name, n in one.sent.items())
            spent += one.discount_minor + contacts
        even = campaign.budget_minor * min(1.0, (number + 1) / whole)
        found.append((first + timedelta(days=number), spent, even))
    return tuple(found)


def _moments(campaign: Campaign, now: datetime) -> list[datetime]:
    """The end of every week that has begun, or now."""
    ends = [campaign.starts_at + (week + 1) * WEEK for week in range(campaign.weeks)]
    tick = timedelta(microseconds=1)
    return [min(end - tick, now) for end in ends if end - WEEK <= now]
