"""What was known of each shopper before a campaign began: features no decision of it could move."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.flows.history.audience import Audience
from promoloop.flows.house import House
from promoloop.flows.measuring.results import margin_before
from promoloop.offers import Campaign

__all__ = ["BEFORE", "known_before"]

#: Columns of ``known_before``: margin a week in the promoted groups, orders in the last 4, 13 and
#: 52 weeks, weeks since the last order, each as log(1 + x); share of revenue given as discount.
BEFORE = ("margin", "orders_4", "orders_13", "orders_52", "weeks_since", "discount_share")

_WINDOWS = (4, 13, 52)


def known_before(house: House, campaign: Campaign, audience: Audience) -> NDArray[np.float64]:
    """Features ``BEFORE`` of the audience, (n, 6), from orders before the campaign's start."""
    start = campaign.starts_at
    weeks = (pl.lit(start) - pl.col("timestamp")).dt.total_seconds() / (7 * 86_400)
    order = pl.col("order_id")
    found = (
        house.history.scan()
        .filter(
            (pl.col("event") == "Order Completed")
            & pl.col("timestamp").is_between(
                start - timedelta(weeks=_WINDOWS[-1]), start, closed="left"
            )
        )
        .with_columns(ago=weeks)
        .group_by("shopper_id")
        .agg(
            *(order.filter(pl.col("ago") <= w).n_unique().alias(f"orders_{w}") for w in _WINDOWS),
            weeks_since=pl.col("ago").min(),
            revenue=pl.col("revenue_minor").sum(),
            discount=pl.col("discount_minor").fill_null(0).sum(),
        )
        .collect()
    )
    ids = pl.DataFrame({"shopper_id": audience.ids}, schema={"shopper_id": pl.String()})
    mine = ids.join(found, on="shopper_id", how="left", maintain_order="left").with_columns(
        pl.col("weeks_since").fill_null(float(_WINDOWS[-1]))
    )
    counts = mine.select(*(f"orders_{w}" for w in _WINDOWS), "weeks_since", "revenue", "discount")
    *logs, revenue, discount = counts.fill_null(0).to_numpy().astype(np.float64).T
    margin = np.maximum(margin_before(house, campaign, audience), 0.0)
    share = discount / np.maximum(revenue + discount, 1.0)
    return np.column_stack([np.log1p(margin), *(np.log1p(one) for one in logs), share])
