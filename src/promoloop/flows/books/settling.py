"""What promises came to, shop and partner apart, and how it is booked: once, or more when late.

``redeemed-CAMPAIGN-WEEK`` keeps which promises of a week were redeemed for how much when it was
last booked, so that a redemption that is reported later still is noticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from promoloop.core import InvalidError
from promoloop.decide import Decision, Settlement
from promoloop.feedback import Outcome
from promoloop.flows.books.outcomes import collect_orders
from promoloop.flows.books.partners import shared_minor
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK, account_of, cycle_start, weeks_over
from promoloop.offers import Campaign

__all__ = ["Owed", "has_late", "owed_of", "redeemed_in", "release", "settle_week"]

_REDEEMED = pl.Schema({"decision_id": pl.String(), "discount_minor": pl.Int64()})


@dataclass(frozen=True, slots=True)
class Owed:
    """What one promise came to, minor units; ``discount_minor`` is ``None`` if nobody used it."""

    decision: Decision
    discount_minor: int | None
    contact_minor: int

    @property
    def redeemed(self) -> bool:
        """Whether it was used, even for nothing off."""
        return self.discount_minor is not None

    @property
    def partner_minor(self) -> int:
        """The partner's part of the discount, never above what it promised."""
        return self.decision.partner_minor(self.discount_minor or 0)

    @property
    def shop_minor(self) -> int:
        """The shop's part of the discount, and the contact."""
        return (self.discount_minor or 0) - self.partner_minor + self.contact_minor

    @property
    def over_promise(self) -> bool:
        """Whether more was given than was promised, which no budget is charged with."""
        return self.shop_minor > self.decision.liability_minor

    @property
    def settlement(self) -> Settlement:
        """What the ledger is told."""
        one = self.decision
        return Settlement(
            one.decision_id,
            min(self.shop_minor, one.liability_minor),
            self.redeemed,
            shared_minor(str(one.offer_id), one.funding, self.partner_minor),
        )


def owed_of(
    decisions: Sequence[Decision],
    outcomes: Sequence[Outcome],
    sent: Collection[str],
    channels: Mapping[str, int],
) -> list[Owed]:
    """What each promise among ``decisions`` came to.

    ``outcomes`` are those of the time in which it was good; ``sent`` holds the ids of decisions
    whose message left, ``channels`` the cost of one message.
    """
    discounts = redeemed_in(outcomes)
    return [
        Owed(
            one,
            discounts.get(one.decision_id),
            channels[one.channel] if one.decision_id in sent else 0,
        )
        for one in decisions
        if one.offer_id is not None and one.channel is not None
    ]


def redeemed_in(outcomes: Sequence[Outcome]) -> Counter[str]:
    """What was taken off per redeemed decision; one that took nothing off is there too."""
    discounts = Counter[str]()
    for outcome in outcomes:
        if outcome.kind == "redeemed":
            discounts[outcome.decision_id] += outcome.discount_minor
    return discounts


def settle_week(house: House, campaign: Campaign, week: int) -> list[Owed]:
    """Book what is known of every promise of the week; return it.

    Booking again changes nothing, or adds what has become known since.
    """
    start = cycle_start(campaign, week)
    end = start + WEEK
    owed = owed_of(
        house.decisions.decided_between(campaign.campaign_id, start, end),
        house.outcomes.between(start, end),
        house.deliveries.sent_between(start, end).keys(),
        campaign.channels,
    )
    house.ledger.settle([one.settlement for one in owed])
    used = [(o.decision.decision_id, o.discount_minor) for o in owed if o.redeemed]
    house.tables.put(_name(campaign, week), pl.DataFrame(used, schema=_REDEEMED, orient="row"))
    return owed


def has_late(house: House, campaign: Campaign, week: int) -> bool:
    """Whether a redemption is known that was not when the week was last booked, or is no more."""
    start = cycle_start(campaign, week)
    known = redeemed_in(house.outcomes.between(start, start + WEEK))
    if _name(campaign, week) not in house.tables.names():
        return bool(known)
    booked = dict(house.tables.get(_name(campaign, week)).iter_rows())
    if booked.keys() - known.keys():  # rolled back since
        return True
    fresh = {key for key, discount in known.items() if booked.get(key, -1) < discount}
    if not fresh:
        return False
    made = house.decisions.decided_between(campaign.campaign_id, start, start + WEEK)
    return any(one.decision_id in fresh for one in made)


def release(house: House, now: datetime) -> int:
    """Let money of past promises go that nobody used; return how much had simply expired.

    What is known of the weeks that are over is booked first, orders that were read but not looked
    at yet included: money known to be owed is never promised again. What becomes known later is
    booked late; see ADR 9.
    """
    for campaign in house.campaigns.all():
        over = range(1, weeks_over(campaign, now) + 1)
        unbooked = [week for week in over if _name(campaign, week) not in house.tables.names()]
        if unbooked and _opened(house, campaign):
            collect_orders(house, campaign, now)
            for week in unbooked:
                settle_week(house, campaign, week)
    return house.ledger.expire(now)


def _opened(house: House, campaign: Campaign) -> bool:
    try:
        house.ledger.state(account_of(campaign))
    except InvalidError:
        return False
    return True


def _name(campaign: Campaign, week: int) -> str:
    return f"redeemed-{campaign.campaign_id}-{week:02d}"
