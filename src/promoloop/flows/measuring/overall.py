"""What all campaigns bring together: everybody they may write to, against the global holdout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.decide import held_out
from promoloop.evaluate import Estimate, SampleRatio, sample_ratio, weekly_lift
from promoloop.feedback import weekly_margins
from promoloop.flows.books.settling import owed_of
from promoloop.flows.history.past import margins_between
from promoloop.flows.house import House
from promoloop.flows.schedule import GRACE, WEEK, account_of
from promoloop.offers import Campaign

__all__ = ["Overall", "overall_lift"]

#: Looks that alpha spending can plan for; campaigns that began earlier are not looked at any more.
_MOST_WEEKS = 52


@dataclass(frozen=True, slots=True)
class Overall:
    """All campaigns together, over ``weeks`` weeks from ``since``.

    ``lift`` is the weekly margin per shopper, discounts and contacts off, of those whom campaigns
    may write to above that of the global holdout; minor units.
    """

    since: datetime
    weeks: int
    campaigns: tuple[str, ...]
    held_out: int
    others: int
    lift: Estimate
    ratio: SampleRatio


def overall_lift(house: House, now: datetime) -> Overall | None:
    """The effect of everything; ``None`` without a global holdout or before the first week ended.

    Every shopper with a profile counts, reached or not, over all product groups that any of the
    campaigns promotes. The holdout must have been in force since the first of them began.
    """
    campaigns = _looked_at(house, now) if house.holdout.share > 0.0 else []
    if not campaigns:
        return None
    since = min(one.starts_at for one in campaigns)
    planned = -((since - max(one.starts_at + one.weeks * WEEK for one in campaigns)) // WEEK)
    weeks = min(planned, (now - GRACE - since) // WEEK)
    ids = tuple(sorted(house.tables.get("profiles")["shopper_id"].to_list()))
    out = np.array(held_out(ids, house.holdout), dtype=np.bool_)
    if weeks < 1 or min(out.sum(), (~out).sum()) < 2:
        return None
    margin = _margins(house, campaigns, ids, since, weeks)
    groups = {house.offers.get(offer).group for one in campaigns for offer in one.offer_ids}
    start = since - _MOST_WEEKS * WEEK
    before = margins_between(house, groups, ids, start, _MOST_WEEKS).mean(axis=1)
    lift = weekly_lift(
        margin[~out], margin[out], before[~out], before[out], min(planned, _MOST_WEEKS)
    )
    share = house.holdout.share
    counts = {"held out": int(out.sum()), "others": int((~out).sum())}
    ratio = sample_ratio(counts, {"held out": share, "others": 1 - share})
    names = tuple(one.campaign_id for one in campaigns)
    return Overall(since, weeks, names, counts["held out"], counts["others"], lift, ratio)


def _looked_at(house: House, now: datetime) -> list[Campaign]:
    """Campaigns that have begun and decided, as many as fit the looks that can be planned."""
    begun = [one for one in house.campaigns.all() if one.starts_at <= now and _decided(house, one)]
    end = max((one.starts_at + one.weeks * WEEK for one in begun), default=now)
    return [one for one in begun if one.starts_at >= end - _MOST_WEEKS * WEEK]


def _decided(house: House, campaign: Campaign) -> bool:
    """Whether anything was; a campaign's account is opened by its first decisions."""
    try:
        house.ledger.state(account_of(campaign))
    except InvalidError:
        return False
    return True


def _margins(
    house: House, campaigns: Sequence[Campaign], ids: tuple[str, ...], since: datetime, weeks: int
) -> NDArray[np.float64]:
    """(n, weeks) margin of what was bought, less what campaigns' promises and messages cost."""
    end = since + weeks * WEEK
    outcomes = house.outcomes.between(since, end)
    bought = [one for one in outcomes if one.kind == "ordered"]
    margin = weekly_margins(bought, ids, since, weeks)
    place = {shopper: row for row, shopper in enumerate(ids)}
    sent = house.deliveries.sent_between(since, end + timedelta(days=1)).keys()
    for campaign in campaigns:
        made = house.decisions.decided_between(campaign.campaign_id, since, end)
        for owed in owed_of(made, outcomes, sent, campaign.channels):
            row = place.get(owed.decision.shopper_id)
            if row is not None:
                week = (owed.decision.decided_at - since) // WEEK
                margin[row, week] -= owed.shop_minor
    return margin
