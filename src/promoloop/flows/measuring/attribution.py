"""Two answers to "what did the campaign bring", side by side.

*Last touch* credits every purchase from an offer's group within the week after a message to the
latest message. It needs no control group, and counts those who would have bought anyway.
*Incremental* is the difference to shoppers who got nothing, by chance (the holdout arm); it is what
the campaign caused. Where the first is far above the second, messages were sent to buyers.

Both are net margin in minor units, discounts and contacts off, over the same shoppers and the same
decided weeks. What leaving cost stands beside them, in neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from promoloop.evaluate import Estimate
from promoloop.feedback import Reward
from promoloop.flows.history.audience import Audience
from promoloop.flows.house import House
from promoloop.flows.measuring.close import decided_by_week, open_rewards, rewards_of_week
from promoloop.flows.measuring.measure import Panel, lift, panel
from promoloop.flows.measuring.results import margin_before
from promoloop.flows.schedule import WEEK, weeks_over
from promoloop.offers import Campaign

__all__ = ["ArmAttribution", "CampaignAttribution", "attribution"]

_CONTROL = "holdout"


@dataclass(frozen=True, slots=True)
class ArmAttribution:
    """One arm over the weeks that are over; money in minor units, totals of the arm.

    ``last_touch`` has an interval over shoppers, ``incremental`` one that holds at every weekly
    look; the latter is ``None`` where there is no holdout to compare with. ``open_minor`` of the
    first is of ``open`` messages whose windows have not closed and may still grow or shrink.
    ``refunded_minor`` was taken back and ``left_minor`` is what leaving cost.
    """

    arm: str
    shoppers: int
    messages: int
    conversions: int
    last_touch: Estimate | None
    incremental: Estimate | None
    open: int
    open_minor: int
    refunded_minor: int
    left_minor: int


@dataclass(frozen=True, slots=True)
class CampaignAttribution:
    """Both figures of a campaign, arm by arm; ``weeks`` is how many are in it."""

    campaign_id: str
    weeks: int
    arms: tuple[ArmAttribution, ...]

    def of(self, arm: str) -> ArmAttribution | None:
        """One arm; ``None`` where it has nobody."""
        return next((one for one in self.arms if one.arm == arm), None)


def attribution(
    house: House, campaign: Campaign, now: datetime, audience: Audience, level: float = 0.95
) -> CampaignAttribution:
    """Last-touch and incremental margin of every arm that sends, up to ``now``.

    Raises
    ------
    InvalidError
        When one of the weeks that are over was not closed: run ``loop_back`` first.
    """
    weeks = weeks_over(campaign, now)
    if not weeks:
        return CampaignAttribution(campaign.campaign_id, 0, ())
    seen = panel(house, campaign, audience, weeks)
    seen = replace(seen, expected=margin_before(house, campaign, audience))
    by_shopper = _rewards(house, campaign, weeks, now)
    refunds = _refunds(house, campaign, weeks)
    arms = tuple(
        _arm(arm, seen, audience, by_shopper, refunds, now, campaign.weeks, level)
        for arm in campaign.arms
        if arm != _CONTROL and np.any(seen.arms == arm)
    )
    return CampaignAttribution(campaign.campaign_id, weeks, arms)


def _arm(
    arm: str,
    seen: Panel,
    audience: Audience,
    rewards: Mapping[str, Sequence[Reward]],
    refunds: Mapping[str, int],
    now: datetime,
    planned_weeks: int,
    level: float,
) -> ArmAttribution:
    rows = np.flatnonzero(seen.arms == arm)
    ids = [audience.ids[row] for row in rows]
    mine = [one for shopper in ids for one in rewards.get(shopper, ())]
    maturing = [one for one in mine if one.matured_at > now]
    earned = np.array(
        [sum(one.reward_minor + one.left_minor for one in rewards.get(id_, ())) for id_ in ids]
    )
    return ArmAttribution(
        arm=arm,
        shoppers=len(ids),
        messages=len(mine),
        conversions=sum(one.bought for one in mine),
        last_touch=_total(earned.astype(np.float64), level),
        incremental=_incremental(seen, arm, planned_weeks, level),
        open=len(maturing),
        open_minor=sum(one.reward_minor + one.left_minor for one in maturing),
        refunded_minor=sum(refunds.get(shopper, 0) for shopper in ids),
        left_minor=sum(one.left_minor for one in mine),
    )


def _total(values: NDArray[np.float64], level: float) -> Estimate | None:
    """The sum over shoppers, who are taken as drawn from more like them; Student's interval."""
    n = values.size
    if n < 2:
        return None
    half = float(t.isf((1 - level) / 2, n - 1)) * float(values.std(ddof=1)) * n**0.5
    total = float(values.sum())
    method = "last touch, Student's interval"
    return Estimate(total, total - half, total + half, n, n, level, method)


def _incremental(seen: Panel, arm: str, planned_weeks: int, level: float) -> Estimate | None:
    """The lift over the holdout per shopper and week, times shoppers and weeks of the arm."""
    size = int((seen.arms == arm).sum())
    if min(size, int((seen.arms == _CONTROL).sum())) < 2:
        return None
    found = lift(seen, arm, _CONTROL, planned_weeks, level)
    scale = size * seen.margin.shape[1]
    return replace(found, value=found.value * scale, low=found.low * scale, high=found.high * scale)


def _rewards(
    house: House, campaign: Campaign, weeks: int, now: datetime
) -> dict[str, list[Reward]]:
    """Rewards by shopper, of windows still open as they stand."""
    decided = decided_by_week(house, campaign)
    found: defaultdict[str, list[Reward]] = defaultdict(list)
    for week in range(1, weeks + 1):
        whole = rewards_of_week(house, campaign, week, now, decided)
        known = {one.decision_id for one in whole}
        # Only the last week's windows can still be open: a week is over a day after its end.
        late = open_rewards(house, campaign, week, now) if week >= weeks - 1 else ()
        for one in (*whole, *(each for each in late if each.decision_id not in known)):
            found[one.shopper_id].append(one)
    return dict(found)


def _refunds(house: House, campaign: Campaign, weeks: int) -> dict[str, int]:
    """Net margin given back by shopper, as a figure above zero."""
    groups = {house.offers.get(offer_id).group for offer_id in campaign.offer_ids}
    end = campaign.starts_at + weeks * WEEK
    found: defaultdict[str, int] = defaultdict(int)
    for one in house.outcomes.between(campaign.starts_at, end):
        if one.kind == "refunded" and one.group in groups:
            found[one.shopper_id] -= one.margin_minor - one.discount_minor
    return dict(found)
