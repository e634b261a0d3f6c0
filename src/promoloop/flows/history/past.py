"""What shoppers brought week by week before anything was decided, read from history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.flows.history.learn import product_frame
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK
from promoloop.respond import MarginAssumptions

__all__ = ["first_order_at", "margins_between"]

_ORDERED = pl.col("event") == "Order Completed"


def margins_between(
    house: House, groups: Collection[str], ids: Sequence[str], start: datetime, weeks: int
) -> NDArray[np.float64]:
    """(n, weeks) margin in minor units that each shopper's orders of ``groups`` brought."""
    margins = MarginAssumptions.with_own(house.margins)
    products = product_frame(house).filter(pl.col("category").is_in(sorted(groups)))
    percent = [margins.of(department) for department in products["department"]]
    rates = products.lazy().select("product_id", percent=pl.Series(percent, dtype=pl.Float64))
    end = start + weeks * WEEK
    earned = (
        house.history.scan()
        .filter(_ORDERED & pl.col("timestamp").is_between(start, end, closed="left"))
        .join(rates, on="product_id")
        .with_columns(week=(pl.col("timestamp") - start).dt.total_days() // WEEK.days)
        .group_by("shopper_id", "week")
        .agg(minor=(pl.col("revenue_minor") * pl.col("percent")).sum() / 100.0)
        .collect()
    )
    places = pl.DataFrame({"shopper_id": list(ids), "row": range(len(ids))}, schema=_PLACES)
    found = earned.join(places, on="shopper_id")
    table = np.zeros((len(ids), weeks))
    table[found["row"].to_numpy(), found["week"].to_numpy()] = found["minor"]
    return table


_PLACES = pl.Schema({"shopper_id": pl.String(), "row": pl.Int64()})


def first_order_at(house: House) -> datetime | None:
    """When history begins; ``None`` while it holds no order."""
    first = house.history.scan().filter(_ORDERED).select(pl.col("timestamp").min()).collect().item()
    return first if isinstance(first, datetime) else None
