"""What each arm earned: observed margins per shopper and week, and the differences that hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.decide import assign_arms
from promoloop.evaluate import Estimate, SampleRatio, sample_ratio, weekly_lift
from promoloop.flows.history.audience import Audience
from promoloop.flows.house import House
from promoloop.flows.measuring.close import margins_of_week
from promoloop.offers import Campaign

__all__ = ["Panel", "expected_margin", "lift", "panel", "ratio"]


@dataclass(frozen=True, slots=True)
class Panel:
    """Net margin (discounts and contacts off) per shopper and week, with what was to be expected.

    ``margin`` (n, weeks) in minor units, of the product groups that the campaign promotes;
    ``expected`` (n,) the weekly margin foretold before the campaign began, for CUPED.
    """

    arms: NDArray[np.str_]
    margin: NDArray[np.float64]
    expected: NDArray[np.float64]


def panel(house: House, campaign: Campaign, audience: Audience, weeks: int) -> Panel:
    """The campaign's first ``weeks`` weeks, over its whole audience.

    Raises
    ------
    InvalidError
        When one of them has not been closed.
    """
    margin = np.zeros((len(audience), weeks))
    ids = pl.DataFrame({"shopper_id": audience.ids}, schema={"shopper_id": pl.String()})
    for week in range(1, weeks + 1):
        closed = margins_of_week(house, campaign, week)
        found = ids.join(closed, on="shopper_id", how="left", maintain_order="left")
        margin[:, week - 1] = found["margin_minor"].fill_null(0).to_numpy()
    return Panel(
        arms=np.array(assign_arms(audience.ids, campaign.salt, campaign.arms)),
        margin=margin,
        expected=expected_margin(audience),
    )


def expected_margin(audience: Audience) -> NDArray[np.float64]:
    """Weekly margin of the promoted groups without any offer, per shopper; minor units."""
    baseline = audience.baseline
    return np.asarray((baseline.probability * baseline.margin_minor).sum(axis=1))


def lift(panel: Panel, arm: str, against: str, planned_weeks: int, level: float = 0.95) -> Estimate:
    """Difference of two arms per shopper and week, valid at every weekly look."""
    one, other = panel.arms == arm, panel.arms == against
    return weekly_lift(
        panel.margin[one],
        panel.margin[other],
        panel.expected[one],
        panel.expected[other],
        planned_weeks,
        level,
    )


def ratio(campaign: Campaign, panel: Panel) -> SampleRatio:
    """Whether the arms are as large as they should be."""
    counts = Counter(panel.arms.tolist())
    arms = [arm for arm, share in campaign.arms.items() if share > 0]
    return sample_ratio(
        {arm: counts[arm] for arm in arms}, {arm: campaign.arms[arm] for arm in arms}
    )
