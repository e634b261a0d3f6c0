"""How much each shopper is inclined to each product group: what picks candidate offers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.core import InvalidError, require_utc

__all__ = ["group_scores"]

_HALF_LIFE_DAYS = 60.0
_PRIOR_BASKETS = 2.0


def group_scores(
    lines: pl.DataFrame, products: pl.DataFrame, groups: Sequence[str], now: datetime
) -> tuple[NDArray[np.str_], NDArray[np.float64]]:
    """Share of a shopper's baskets that hold the group, lately, drawn towards everybody's share.

    ``(d_ig + a·p_g) / (d_i + a)``: d counts baskets weighted by ``0.5 ** (age / 60 days)``, of
    the shopper with the group and in all; p is the share among all shoppers; a = 2 baskets. So
    a shopper with little history is like the average one. It is the posterior mean of a beta
    distribution with a pseudo-baskets, in [0, 1].

    Parameters
    ----------
    lines : DataFrame in the ``EVENT_LINES`` schema
    products : DataFrame with columns product_id and category
    groups : sequence of str
        Categories, in the order of the columns returned.
    now : datetime, UTC
        Lines at or after it are left out.

    Returns
    -------
    (shopper_ids, scores) : arrays of shape (n,) and (n, g)
        Every shopper with an order, sorted by id.

    Raises
    ------
    InvalidError
        When a group is named twice.
    """
    require_utc(now, "now")
    if len(set(groups)) != len(groups):
        raise InvalidError("the product groups", "one is named twice", "Name each group once.")
    baskets = _baskets(lines, products, groups, now)
    orders = baskets.group_by("shopper_id", "order").agg(pl.col("weight").first())
    totals = orders.group_by("shopper_id").agg(pl.col("weight").sum()).sort("shopper_id")
    held = _held(baskets, totals["shopper_id"], groups)  # (n, g)
    total = totals["weight"].to_numpy()[:, None]  # (n, 1)
    prior = held.sum(axis=0) / max(float(total.sum()), 1e-300)  # (g,)
    scores = (held + _PRIOR_BASKETS * prior) / (total + _PRIOR_BASKETS)
    return totals["shopper_id"].to_numpy().astype(np.str_), scores


def _baskets(
    lines: pl.DataFrame, products: pl.DataFrame, groups: Sequence[str], now: datetime
) -> pl.DataFrame:
    """One row per shopper, order and group (null: none of them), with the order's weight."""
    age = (pl.lit(now) - pl.col("timestamp")).dt.total_seconds() / 86_400
    wanted = products.lazy().filter(pl.col("category").is_in(list(groups)))
    return (
        lines.lazy()
        .filter(
            (pl.col("event") == "Order Completed")
            & (pl.col("timestamp") < now)
            & pl.col("shopper_id").is_not_null()
        )
        .join(wanted.select("product_id", "category"), on="product_id", how="left")
        .with_columns(pl.col("order_id").fill_null(pl.col("message_id")).alias("order"))
        .with_columns(age.min().over("shopper_id", "order").alias("age"))
        .group_by("shopper_id", "order", "category")
        .agg(pl.lit(2.0).pow(-pl.col("age").first() / _HALF_LIFE_DAYS).alias("weight"))
        .sort("shopper_id", "order", "category")
        .collect()
    )


def _held(baskets: pl.DataFrame, shoppers: pl.Series, groups: Sequence[str]) -> NDArray[np.float64]:
    row = pl.DataFrame({"shopper_id": shoppers}).with_row_index("i")
    column = pl.DataFrame({"category": list(groups)}, schema={"category": pl.String})
    sums = (
        baskets.join(row, on="shopper_id")
        .join(column.with_row_index("g"), on="category")
        .group_by("i", "g")
        .agg(pl.col("weight").sum())
    )
    held = np.zeros((shoppers.len(), len(groups)))
    held[sums["i"].to_numpy(), sums["g"].to_numpy()] = sums["weight"].to_numpy()
    return held
