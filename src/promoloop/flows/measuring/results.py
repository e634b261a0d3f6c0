"""What a campaign of a real shop brought, arm by arm, for its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.decide import Decision
from promoloop.evaluate import Estimate
from promoloop.feedback import filter_scanner_clicks
from promoloop.flows.books.settling import owed_of
from promoloop.flows.history.audience import Audience
from promoloop.flows.history.learn import product_frame
from promoloop.flows.house import House
from promoloop.flows.measuring.measure import Panel, lift, panel
from promoloop.flows.schedule import WEEK, weeks_over
from promoloop.offers import Campaign
from promoloop.report import ArmResult
from promoloop.respond import MarginAssumptions

__all__ = ["arm_results", "margin_before", "reactions"]

#: Weeks before the campaign whose purchases say what to expect of a shopper.
_WEEKS_BEFORE = 52


def arm_results(
    house: House, campaign: Campaign, now: datetime, audience: Audience
) -> tuple[ArmResult, ...]:
    """Every arm over the weeks that are over by ``now``; none before the first is.

    Expected margins are those of the year before the campaign: the baseline is learnt anew every
    week, from weeks that the campaign has changed, and would take part of its effect away.

    Raises
    ------
    InvalidError
        When one of the weeks was not closed: run ``loop_back`` first.
    """
    weeks = weeks_over(campaign, now)
    if not weeks:
        return ()
    seen = panel(house, campaign, audience, weeks)
    seen = replace(seen, expected=margin_before(house, campaign, audience))
    messages, redemptions, spend = _counts(house, campaign, weeks)
    return tuple(
        ArmResult(
            arm=arm,
            shoppers=int((seen.arms == arm).sum()),
            messages=messages[arm],
            redemptions=redemptions[arm],
            spend_minor=spend[arm],
            margin=float(seen.margin[seen.arms == arm].mean()),
            against_holdout=_difference(seen, arm, "holdout", campaign.weeks),
            against_bau=_difference(seen, arm, "bau", campaign.weeks),
            true_incremental_minor=None,
        )
        for arm in campaign.arms
        if np.any(seen.arms == arm)
    )


def margin_before(house: House, campaign: Campaign, audience: Audience) -> NDArray[np.float64]:
    """Weekly margin of the promoted groups in the year before the campaign; (n,) minor units."""
    margins = MarginAssumptions.with_own(house.margins)
    groups = {house.offers.get(offer_id).group for offer_id in campaign.offer_ids}
    products = product_frame(house).filter(pl.col("category").is_in(sorted(groups)))
    percent = [margins.of(department) for department in products["department"]]
    start = campaign.starts_at - _WEEKS_BEFORE * WEEK
    earned = (
        house.history.scan()
        .filter(
            (pl.col("event") == "Order Completed")
            & pl.col("timestamp").is_between(start, campaign.starts_at, closed="left")
        )
        .join(
            products.lazy().select("product_id", percent=pl.Series(percent, dtype=pl.Float64)),
            on="product_id",
        )
        .group_by("shopper_id")
        .agg((pl.col("revenue_minor") * pl.col("percent")).sum() / (100.0 * _WEEKS_BEFORE))
        .collect()
    )
    ids = pl.DataFrame({"shopper_id": audience.ids}, schema={"shopper_id": pl.String()})
    found = ids.join(earned, on="shopper_id", how="left", maintain_order="left")
    return found["revenue_minor"].fill_null(0.0).to_numpy()


def reactions(
    house: House, decisions: Sequence[Decision], start: datetime, end: datetime
) -> Counter[str]:
    """How many messages of ``decisions`` were sent, opened, clicked and redeemed, each once.

    Opens and clicks of mail scanners are left out.
    """
    ids = {one.decision_id for one in decisions}
    left = house.deliveries.sent_between(start, end)
    sent = {key: at for key, at in left.items() if key in ids}
    people = filter_scanner_clicks(house.outcomes.between(start, end), sent)
    found = {(one.kind, one.decision_id) for one in people if one.decision_id in ids}
    return Counter({"sent": len(sent)}) + Counter(kind for kind, _ in found)


def _counts(
    house: House, campaign: Campaign, weeks: int
) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Messages, redemptions and the shop's own spend per arm."""
    start, end = campaign.starts_at, campaign.starts_at + weeks * WEEK
    made = house.decisions.decided_between(campaign.campaign_id, start, end)
    sent = house.deliveries.sent_between(start, end).keys()
    messages, redeemed, spend = Counter[str](), Counter[str](), Counter[str]()
    for one in owed_of(made, house.outcomes.between(start, end), sent, campaign.channels):
        arm = one.decision.arm
        messages[arm] += one.decision.decision_id in sent
        redeemed[arm] += one.redeemed
        spend[arm] += one.shop_minor
    return messages, redeemed, spend


def _difference(seen: Panel, arm: str, against: str, planned_weeks: int) -> Estimate | None:
    """The lift; ``None`` against itself and where an arm is too small for any interval."""
    if arm == against or min((seen.arms == one).sum() for one in (arm, against)) < 2:
        return None
    return lift(seen, arm, against, planned_weeks)
