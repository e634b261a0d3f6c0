"""After a week: what its promises cost, what they brought, and what is open no longer.

Each week is read once and what came of it is kept as a small table, so that the twelfth week takes
no longer than the first:

==========================  ======================================================================
table                       what it holds
==========================  ======================================================================
``margins-CAMPAIGN-WEEK``   the week's net margin of every shopper who bought or was written to
``rewards-CAMPAIGN-WEEK``   what each message of the week brought, once nothing can change it
``promises-CAMPAIGN-WEEK``  what was promised to whom how often, and how often it was redeemed
==========================  ======================================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import polars as pl

from promoloop.core import InvalidError
from promoloop.decide import Decision
from promoloop.feedback import (
    Outcome,
    Reward,
    attribute,
    filter_scanner_clicks,
    weekly_margins,
)
from promoloop.flows.books.given import keep_promises
from promoloop.flows.books.refunds import has_refunds, keep_refunds
from promoloop.flows.books.settling import Owed, settle_week
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK, cycle_start
from promoloop.offers import Campaign

__all__ = [
    "SETTLED_AFTER",
    "Closed",
    "Decided",
    "close_week",
    "decided_by_week",
    "margins_of_week",
    "open_rewards",
    "rewards_of_week",
    "take_back_refunds",
]

#: The decisions of a week, by its number.
Decided = Callable[[int], Sequence[Decision]]

#: A message leaves within its week and its window is one more; reports may be late by this much.
_LATE = timedelta(days=2)

#: After how long from its beginning nothing can change what a week brought.
SETTLED_AFTER = 2 * WEEK + _LATE

_REWARD = pl.Schema(
    {
        "decision_id": pl.String(),
        "shopper_id": pl.String(),
        "group": pl.String(),
        "matured_at": pl.Datetime("us", "UTC"),
        "bought": pl.Boolean(),
        "redeemed": pl.Boolean(),
        "clicked": pl.Boolean(),
        "margin_minor": pl.Int64(),
        "discount_minor": pl.Int64(),
        "contact_minor": pl.Int64(),
        "reward_minor": pl.Int64(),
        "left_minor": pl.Int64(),
    }
)


@dataclass(frozen=True, slots=True)
class Closed:
    """One week's account after it was closed. Money in minor units.

    ``discounts_minor`` are whole; ``partners_minor`` is the part of them that partners pay.
    """

    week: int
    redemptions: int
    discounts_minor: int
    contacts_minor: int
    over_promise: int
    partners_minor: int = 0


def close_week(house: House, campaign: Campaign, week: int) -> Closed:
    """Settle every promise of the week: redeemed ones cost their discount, sent ones a contact.

    A promise that nobody redeemed frees its unit of stock. To be called when the week is over.
    Closing it again settles what was redeemed and reported late, and takes it into its margins.
    """
    start = cycle_start(campaign, week)
    owed = settle_week(house, campaign, week)
    used = {one.decision.decision_id for one in owed if one.redeemed}
    keep_promises(house, campaign, week, [one.decision for one in owed], used)
    outcomes = house.outcomes.between(start, start + WEEK)
    house.tables.put(_margins(campaign, week), _net(owed, outcomes, start))
    return Closed(
        week=week,
        redemptions=len(used),
        discounts_minor=sum(one.discount_minor or 0 for one in owed),
        contacts_minor=sum(one.contact_minor for one in owed),
        over_promise=sum(one.over_promise for one in owed),
        partners_minor=sum(one.partner_minor for one in owed),
    )


def margins_of_week(house: House, campaign: Campaign, week: int) -> pl.DataFrame:
    """``shopper_id, margin_minor``: discounts and contacts off; who is not in it brought nothing.

    Raises
    ------
    InvalidError
        When the week was not closed.
    """
    name = _margins(campaign, week)
    if name not in house.tables.names():
        raise InvalidError(
            f"the margins of week {week} of the campaign {campaign.campaign_id}",
            "that week has not been closed",
            "Run `promoloop learn` first: it closes every week that is over.",
        )
    return house.tables.get(name)


def decided_by_week(house: House, campaign: Campaign) -> Decided:
    """Look up a week's decisions by its number, reading each week once only."""

    @cache
    def decided(week: int) -> tuple[Decision, ...]:
        start = cycle_start(campaign, week)
        return house.decisions.decided_between(campaign.campaign_id, start, start + WEEK)

    return decided


def rewards_of_week(
    house: House, campaign: Campaign, week: int, now: datetime, decided: Decided | None = None
) -> tuple[Reward, ...]:
    """Rewards of what the week's decisions sent, as far as their windows have closed by ``now``.

    Two weeks and two days after the week began they are complete; they are then kept and not
    looked at again. ``decided`` saves reading decisions that were read before.
    """
    name = f"rewards-{campaign.campaign_id}-{week:02d}"
    if name in house.tables.names():
        kept = _read(house.tables.get(name))
        return tuple(reward for reward in kept if reward.matured_at <= now)
    start = cycle_start(campaign, week)
    if start + WEEK > now:
        return ()
    rewards = _attributed(house, campaign, week, now, decided or decided_by_week(house, campaign))
    if start + SETTLED_AFTER <= now:
        _keep(house, name, rewards)
    return rewards


def open_rewards(house: House, campaign: Campaign, week: int, now: datetime) -> tuple[Reward, ...]:
    """Rewards of what the week's decisions sent as they stand, windows still open included.

    Those whose ``matured_at`` is after ``now`` may still grow.
    """
    return _attributed(house, campaign, week, now, decided_by_week(house, campaign), True)


def take_back_refunds(house: House, campaign: Campaign, week: int, now: datetime) -> bool:
    """Reckon the week's kept rewards anew when a refund came after they were kept.

    A refund of an order in the window of a message of the week before touches that week too.
    """
    if not has_refunds(house, campaign, week):
        return False
    for number in (week - 1, week):
        name = f"rewards-{campaign.campaign_id}-{number:02d}"
        if name in house.tables.names():
            decided = decided_by_week(house, campaign)
            _keep(house, name, _attributed(house, campaign, number, now, decided))
    keep_refunds(house, campaign, week)
    return True


def _keep(house: House, name: str, rewards: Sequence[Reward]) -> None:
    rows = [astuple(reward) for reward in rewards]
    house.tables.put(name, pl.DataFrame(rows, schema=_REWARD, orient="row"))


def _net(owed: Sequence[Owed], outcomes: Sequence[Outcome], start: datetime) -> pl.DataFrame:
    """The week's margin per shopper, less the shop's part of discounts, and contacts."""
    paid = Counter[str]()
    for one in owed:
        # Margins are less whole discounts already: what a partner pays comes back to the shop.
        paid[one.decision.shopper_id] += one.contact_minor - one.partner_minor
    ids = sorted({outcome.shopper_id for outcome in outcomes} | paid.keys())
    margin = weekly_margins(outcomes, ids, start, 1)[:, 0].astype(int)
    return pl.DataFrame(
        {
            "shopper_id": ids,
            "margin_minor": [whole - paid[id_] for id_, whole in zip(ids, margin, strict=True)],
        },
        schema={"shopper_id": pl.String(), "margin_minor": pl.Int64()},
    )


def _attributed(
    house: House,
    campaign: Campaign,
    week: int,
    now: datetime,
    decided: Decided,
    provisional: bool = False,
) -> tuple[Reward, ...]:
    """Rewards of one week; the next week's decisions end windows early."""
    start = cycle_start(campaign, week)
    own = decided(week)
    both = [*own, *decided(week + 1)]
    left = house.deliveries.sent_between(start, start + SETTLED_AFTER)
    outcomes = house.outcomes.between(start, start + SETTLED_AFTER)
    # What was bought counts from the decision on, not from the message: the baseline it is held
    # against is that of a whole week, and a shopper who bought before the mail came is no gain.
    counted = {one.decision_id: one.decided_at for one in both if one.decision_id in left}
    rewards = attribute(
        both,
        filter_scanner_clicks(outcomes, left),
        counted,
        {i: house.offers.get(i).group for i in campaign.offer_ids},
        campaign.channels,
        now,
        leaving_minor=house.leaving_minor,
        provisional=provisional,
    )
    ours = {one.decision_id for one in own}
    return tuple(reward for reward in rewards if reward.decision_id in ours)


def _read(frame: pl.DataFrame) -> list[Reward]:
    if "left_minor" not in frame.columns:
        # Kept before leaving cost anything.
        frame = frame.with_columns(left_minor=pl.lit(0, pl.Int64))
    rewards = [Reward(*row) for row in frame.select(_REWARD.names()).iter_rows()]
    return [replace(one, matured_at=one.matured_at.astimezone(UTC)) for one in rewards]


def _margins(campaign: Campaign, week: int) -> str:
    return f"margins-{campaign.campaign_id}-{week:02d}"
