"""What the arms of a campaign earned, week by week, as far as weeks are closed.

Every figure holds at every weekly look (``evaluate.weekly_lift``), so a page that shows them may
be opened as often as anybody likes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.evaluate import Estimate
from promoloop.flows.history.audience import load_audience
from promoloop.flows.house import House
from promoloop.flows.measuring.measure import Panel, lift, panel
from promoloop.flows.measuring.results import margin_before
from promoloop.flows.schedule import weeks_over
from promoloop.offers import Campaign

__all__ = ["AGAINST", "ArmLift", "Lifts", "closed_weeks", "lifts_of"]

#: What every other arm is held against, where the campaign has it.
AGAINST = ("holdout", "bau")


@dataclass(frozen=True, slots=True)
class ArmLift:
    """One arm over the closed weeks; minor units per shopper and week, costs off."""

    arm: str
    shoppers: int
    margin_minor: float
    against: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Lifts:
    """The arms now, and the policy's lift against each of ``AGAINST`` after every closed week."""

    weeks: int
    arms: tuple[ArmLift, ...]
    path: Mapping[str, Sequence[Estimate]]


def closed_weeks(house: House, campaign: Campaign, now: datetime) -> int:
    """How many of the weeks that are over have been counted, from the first on without a gap."""
    names = set(house.tables.names())
    for week in range(weeks_over(campaign, now)):
        if f"margins-{campaign.campaign_id}-{week + 1:02d}" not in names:
            return week
    return weeks_over(campaign, now)


def lifts_of(house: House, campaign: Campaign, weeks: int) -> Lifts:
    """The arms over the first ``weeks`` closed weeks, 1 or more."""
    audience = load_audience(house, campaign)
    seen = replace(
        panel(house, campaign, audience, weeks),
        expected=margin_before(house, campaign, audience),
    )
    arms = [arm for arm in campaign.arms if np.any(seen.arms == arm)]
    return Lifts(
        weeks,
        tuple(_arm(seen, arm, arms, campaign.weeks) for arm in arms),
        {
            other: [
                lift(_until(seen, week), "policy", other, campaign.weeks)
                for week in range(1, weeks + 1)
            ]
            for other in AGAINST
            if _comparable(seen, "policy", other)
        },
    )


def _arm(seen: Panel, arm: str, arms: Sequence[str], planned: int) -> ArmLift:
    mine: NDArray[np.bool_] = seen.arms == arm
    return ArmLift(
        arm,
        int(mine.sum()),
        float(seen.margin[mine].mean()),
        {
            other: lift(seen, arm, other, planned)
            for other in AGAINST
            if other in arms and _comparable(seen, arm, other)
        },
    )


def _comparable(seen: Panel, arm: str, other: str) -> bool:
    """Whether both arms have enough shoppers for any interval."""
    return arm != other and min(int((seen.arms == one).sum()) for one in (arm, other)) >= 2


def _until(seen: Panel, week: int) -> Panel:
    return replace(seen, margin=seen.margin[:, :week])
