"""Orders folded into one profile per shopper."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from promoloop.core import InvalidError, require_utc
from promoloop.profiles.lifecycle import lifecycle_of
from promoloop.profiles.records import PROFILE

__all__ = ["fold_profiles"]

_STRONGEST = 10
_SHOPPER = "shopper_id"


def fold_profiles(
    lines: pl.LazyFrame,
    products: pl.DataFrame,
    now: datetime,
    half_life_days: float = 60.0,
    time_zone: str = "UTC",
) -> pl.DataFrame:
    """One profile per shopper who has ordered before ``now``.

    - ``discount_share`` and ``coupon_share``: of the full price, which is revenue plus discount.
      The shop's own coupons count in both.
    - ``price_index``: median over the shopper's lines of the revenue per piece, relative to the
      median over all shoppers' lines in the product's category; 1 where no price is known.
    - ``categories``, ``brands``: share of the shopper's lines, each weighted by
      ``0.5 ** (age / half_life_days)``; lines of unknown products count in the whole only.
    - ``weekly_revenue_minor``: revenue over the weeks since the first order, at least one week.
    - ``best_hour``: the hour with the most orders after smoothing round the clock with weights
      1/4, 1/2, 1/4, because one shopper has few orders; of equal hours the earlier.
    - ``lifecycle``: see :func:`lifecycle_of`.

    Parameters
    ----------
    lines : LazyFrame in the ``EVENT_LINES`` schema
        Only ``Order Completed`` lines with a shopper are read. Their order does not matter.
    products : DataFrame with columns product_id, category and brand
    now : datetime, UTC
        Lines at or after it are left out.
    half_life_days : float, default 60
        After so many days a purchase counts half for the preferences.
    time_zone : str, default "UTC"
        IANA zone in which hours and weekdays are read.

    Returns
    -------
    DataFrame in the ``PROFILE`` schema, sorted by shopper_id.

    Raises
    ------
    InvalidError
        When the half life is not positive or ``now`` is not in UTC.
    """
    require_utc(now, "now")
    if not half_life_days > 0:
        raise InvalidError(
            f"half_life_days = {half_life_days}", "it is not above 0", "Give a number of days."
        )
    read = _read(lines, products, now, half_life_days)
    orders = _orders(read)
    shoppers = (
        _spending(orders, now)
        .join(_clock_shares(orders, time_zone), on=_SHOPPER)
        .join(_price_index(read), on=_SHOPPER, how="left")
        .join(_preferences(read, "category", "categories"), on=_SHOPPER, how="left")
        .join(_preferences(read, "brand", "brands"), on=_SHOPPER, how="left")
        .with_columns(
            pl.col("price_index").fill_null(1.0), pl.col("categories", "brands").fill_null([])
        )
        .sort(_SHOPPER)
    )
    staged = shoppers.with_columns(lifecycle_of(shoppers))
    return staged.select([pl.col(name).cast(dtype) for name, dtype in PROFILE.items()])


def _days_since(column: str, now: datetime) -> pl.Expr:
    return (pl.lit(now) - pl.col(column)).dt.total_microseconds() / 86_400e6


def _read(
    lines: pl.LazyFrame, products: pl.DataFrame, now: datetime, half_life_days: float
) -> pl.DataFrame:
    """The lines that count, with category, brand and recency weight."""
    age = _days_since("timestamp", now)
    known = products.lazy().select("product_id", "category", "brand").unique("product_id")
    return (
        lines.filter(
            (pl.col("event") == "Order Completed")
            & (pl.col("timestamp") < now)
            & pl.col(_SHOPPER).is_not_null()
        )
        .select(
            _SHOPPER,
            pl.col("order_id").fill_null(pl.col("message_id")).alias("order"),
            "timestamp",
            "product_id",
            "quantity",
            pl.col("revenue_minor", "discount_minor", "coupon_minor").fill_null(0),
            pl.lit(2.0).pow(-age / half_life_days).alias("weight"),
        )
        .join(known, on="product_id", how="left")
        .collect()
    )


def _orders(read: pl.DataFrame) -> pl.DataFrame:
    money = pl.col("revenue_minor", "discount_minor", "coupon_minor").sum()
    return read.group_by(_SHOPPER, "order").agg(pl.col("timestamp").min(), money)


def _spending(orders: pl.DataFrame, now: datetime) -> pl.DataFrame:
    full = (pl.col("monetary_minor") + pl.col("discount")).clip(lower_bound=1)
    weeks = (pl.col("age_days") / 7).clip(lower_bound=1.0)
    return (
        orders.group_by(_SHOPPER)
        .agg(
            pl.col("timestamp").min().alias("first_seen"),
            pl.col("timestamp").max().alias("last_seen"),
            pl.len().alias("orders"),
            pl.col("revenue_minor").sum().alias("monetary_minor"),
            pl.col("discount_minor").sum().alias("discount"),
            pl.col("coupon_minor").sum().alias("coupon"),
        )
        .with_columns(
            _days_since("first_seen", now).alias("age_days"),
            _days_since("last_seen", now).alias("recency_days"),
            (pl.col("monetary_minor") / pl.col("orders")).round().alias("basket_minor"),
            (pl.col("discount") / full).clip(0, 1).alias("discount_share"),
            (pl.col("coupon") / full).clip(0, 1).alias("coupon_share"),
        )
        .with_columns((pl.col("monetary_minor") / weeks).alias("weekly_revenue_minor"))
    )


def _clock_shares(orders: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """Shares of orders by hour and weekday, and the best hour."""
    local = pl.col("timestamp").dt.convert_time_zone(time_zone)
    hour, day = local.dt.hour(), local.dt.weekday()
    # Counts are smoothed as whole numbers, so that equal hours stay equal.
    smooth = [
        (hour == h).sum() * 2 + (hour == (h - 1) % 24).sum() + (hour == (h + 1) % 24).sum()
        for h in range(24)
    ]
    return orders.group_by(_SHOPPER).agg(
        pl.concat_list([(hour == h).mean() for h in range(24)]).alias("hours"),
        pl.concat_list([(day == d).mean() for d in range(1, 8)]).alias("days"),
        pl.concat_list(smooth).list.arg_max().alias("best_hour"),
    )


def _price_index(read: pl.DataFrame) -> pl.DataFrame:
    priced = (
        read.lazy()
        .filter((pl.col("quantity") > 0) & (pl.col("revenue_minor") > 0))
        .filter(pl.col("category").is_not_null())
        .select(_SHOPPER, "category", (pl.col("revenue_minor") / pl.col("quantity")).alias("unit"))
    )
    usual = priced.group_by("category").agg(pl.col("unit").median().alias("usual"))
    return (
        priced.join(usual, on="category")
        .group_by(_SHOPPER)
        .agg((pl.col("unit") / pl.col("usual")).median().alias("price_index"))
        .collect()
    )


def _preferences(read: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
    """The strongest values of ``column`` per shopper with their share of the weighted lines."""
    whole = read.lazy().group_by(_SHOPPER).agg(pl.col("weight").sum().alias("whole"))
    share = (pl.col("weight") / pl.col("whole")).clip(0, 1).alias("weight")
    return (
        read.lazy()
        .filter(pl.col(column).is_not_null())
        .group_by(_SHOPPER, column)
        .agg(pl.col("weight").sum())
        .join(whole, on=_SHOPPER)
        .select(_SHOPPER, pl.col(column).alias("name"), share)
        .sort(["weight", "name"], descending=[True, False])
        .group_by(_SHOPPER, maintain_order=True)
        .agg(pl.struct("name", "weight").head(_STRONGEST).alias(name))
        .collect()
    )
