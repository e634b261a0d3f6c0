"""How often each offer was promised to each shopper, and what of that still counts.

A closed week is kept as the small table ``promises-CAMPAIGN-WEEK``; one that is missing is counted
anew from the logs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

import polars as pl

from promoloop.decide import Decision
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK, cycle_of, cycle_start
from promoloop.offers import Campaign

__all__ = ["keep_promises", "promises_so_far"]

_SCHEMA = pl.Schema(
    {
        "offer_id": pl.String(),
        "shopper_id": pl.String(),
        "promised": pl.Int64(),
        "held": pl.Int64(),
    }
)


def keep_promises(
    house: House,
    campaign: Campaign,
    week: int,
    decisions: Sequence[Decision],
    redeemed: Collection[str],
) -> None:
    """Keep what a week that is over promised; ``redeemed`` holds ids of decisions."""
    house.tables.put(_name(campaign, week), _counted(decisions, redeemed))


def promises_so_far(house: House, campaign: Campaign, now: datetime) -> pl.DataFrame:
    """``offer_id, shopper_id, promised, held``: one row per offer and shopper it was promised.

    ``promised`` counts every promise ever made, ``held`` those that are open at ``now`` or were
    redeemed: a promise whose week ended unused counts no longer.

    Raises
    ------
    RefusedError
        When ``now`` is outside the campaign's weeks.
    """
    week = cycle_of(campaign, now)
    kept = set(house.tables.names())
    past = [
        house.tables.get(_name(campaign, number))
        if _name(campaign, number) in kept
        else _recounted(house, campaign, number)
        for number in range(1, week)
    ]
    current = _decided(house, campaign, week)
    still_open = _counted(current, {one.decision_id for one in current})
    return (
        pl.concat([*past, still_open])
        .group_by("offer_id", "shopper_id")
        .agg(pl.col("promised", "held").sum())
        .sort("offer_id", "shopper_id")
    )


def _recounted(house: House, campaign: Campaign, week: int) -> pl.DataFrame:
    """A week that is over but was not closed yet, or whose table is lost."""
    start = cycle_start(campaign, week)
    outcomes = house.outcomes.between(start, start + WEEK)
    redeemed = {one.decision_id for one in outcomes if one.kind == "redeemed"}
    return _counted(_decided(house, campaign, week), redeemed)


def _decided(house: House, campaign: Campaign, week: int) -> tuple[Decision, ...]:
    start = cycle_start(campaign, week)
    return house.decisions.decided_between(campaign.campaign_id, start, start + WEEK)


def _counted(decisions: Sequence[Decision], held: Collection[str]) -> pl.DataFrame:
    """Promises per offer and shopper, and how many of them are among ``held``."""
    promised, counting = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for one in decisions:
        if one.offer_id is not None:
            promised[one.offer_id, one.shopper_id] += 1
            counting[one.offer_id, one.shopper_id] += one.decision_id in held
    rows = [(*key, count, counting[key]) for key, count in sorted(promised.items())]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _name(campaign: Campaign, week: int) -> str:
    return f"promises-{campaign.campaign_id}-{week:02d}"
