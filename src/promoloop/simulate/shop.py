"""A year of a shop that never was, for those who may not use the real data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.events import EVENT_LINES
from promoloop.offers import Product

__all__ = ["SimulatedShop", "simulated_shop"]

_OTHER_GROUPS = tuple(f"OTHER {number:02d}" for number in range(1, 19))
_PER_GROUP = 15  # products
_WEEKS = 52


@dataclass(frozen=True, slots=True)
class SimulatedShop:
    """Catalogue and history; ``lines`` has the columns of EVENT_LINES, ordered by time."""

    products: tuple[Product, ...]
    lines: pl.DataFrame
    shopper_ids: tuple[str, ...]


def simulated_shop(
    n: int, groups: Sequence[str], now: datetime, currency: str, rng: np.random.Generator
) -> SimulatedShop:
    """n simulated shoppers who bought from ``groups`` and 18 others in the year before ``now``.

    Shoppers differ in how often they come, at which hours, what they like and how much they mind
    prices; the latter shows in shares of discounted and of couponed lines, as it does in life.

    Raises
    ------
    InvalidError
        If ``n`` is not positive or there is no group.
    """
    if n < 1 or not groups:
        raise InvalidError(
            f"a simulated shop with {n} shoppers and {len(groups)} product groups",
            "there must be at least one of each",
            "Ask for one shopper or more, and give the groups of your offers.",
        )
    products = _catalogue(tuple(dict.fromkeys((*groups, *_OTHER_GROUPS))), currency, rng)
    shoppers = tuple(f"sim-{number:06d}" for number in range(n))
    return SimulatedShop(products, _history(products, shoppers, now, currency, rng), shoppers)


def _catalogue(
    groups: Sequence[str], currency: str, rng: np.random.Generator
) -> tuple[Product, ...]:
    level = rng.lognormal(5.7, 0.35, len(groups))  # about 3 in major units
    prices = rng.lognormal(0.0, 0.35, (len(groups), _PER_GROUP)) * level[:, None]
    return tuple(
        Product(
            product_id=f"p{row:02d}{column:02d}",
            title=f"{group.title()} {column + 1}",
            category=group,
            department="GROCERY",
            brand=f"Brand {(row * 7 + column) % 24:02d}",
            price_minor=max(10, round(float(prices[row, column]))),
            currency=currency,
        )
        for row, group in enumerate(groups)
        for column in range(_PER_GROUP)
    )


def _history(
    products: Sequence[Product],
    shoppers: Sequence[str],
    now: datetime,
    currency: str,
    rng: np.random.Generator,
) -> pl.DataFrame:
    n, g = len(shoppers), len(products) // _PER_GROUP
    visits = rng.gamma(1.6, 0.6, n)[:, None] * np.ones(_WEEKS)
    liking = rng.gamma(0.5, 0.28, (n, g)) * rng.gamma(4.0, 0.25, g)
    orders = rng.poisson(visits)  # (n, weeks)
    shopper, week = (
        np.repeat(part, orders.ravel()) for part in np.indices(orders.shape).reshape(2, -1)
    )
    picks = rng.random((len(shopper), g)) < np.minimum(liking[shopper], 0.9)
    order, group = np.nonzero(picks)
    favourite = rng.integers(_PER_GROUP, size=(n, g))
    mine = favourite[shopper[order], group]
    other = rng.integers(_PER_GROUP, size=len(order))
    item = group * _PER_GROUP + np.where(rng.random(len(order)) < 0.6, mine, other)
    at = _moments(now, shopper, week, n, rng)
    return _frame(products, shoppers, currency, (order, shopper[order], item, at[order]), rng)


def _moments(
    now: datetime,
    shopper: NDArray[np.int64],
    week: NDArray[np.int64],
    n: int,
    rng: np.random.Generator,
) -> NDArray[np.datetime64]:
    """When each order was placed: any day, around the shopper's own hour."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    start = np.datetime64(midnight - timedelta(weeks=_WEEKS), "us")
    usual = rng.choice([9.0, 13.0, 18.0, 20.0], size=n, p=[0.2, 0.2, 0.4, 0.2])
    hour = np.clip(usual[shopper] + rng.normal(0.0, 1.5, len(shopper)), 6.0, 23.0)
    day = week * 7 + rng.integers(7, size=len(shopper))
    seconds = (day * 86_400 + hour * 3_600).astype(np.int64)
    return np.asarray(start + seconds.astype("timedelta64[s]"), dtype="datetime64[us]")


def _frame(
    products: Sequence[Product],
    shoppers: Sequence[str],
    currency: str,
    lines: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.datetime64]],
    rng: np.random.Generator,
) -> pl.DataFrame:
    order, shopper, item, at = lines
    m = len(order)
    minds_price = rng.beta(1.5, 3.0, len(shoppers))[shopper]
    price = np.array([product.price_minor for product in products])[item]
    quantity = 1 + (rng.random(m) < 0.2)
    full = price * quantity
    discount = np.where(rng.random(m) < 0.15 + 0.5 * minds_price, full // 5, 0)
    coupon = np.where(rng.random(m) < 0.15 * minds_price**2, full // 10, 0)
    names = np.char.add("sim-order-", order.astype(np.str_))
    place = np.arange(m) - np.searchsorted(order, order)  # line within its order
    columns = {
        "message_id": names,
        "line": place,
        "shopper_id": np.array(shoppers)[shopper],
        "timestamp": at,
        "order_id": names,
        "product_id": np.array([product.product_id for product in products])[item],
        "quantity": quantity,
        "revenue_minor": full - discount - coupon,
        "discount_minor": discount + coupon,
        "coupon_minor": coupon,
    }
    return (
        pl.DataFrame(columns)
        .with_columns(
            event=pl.lit("Order Completed"),
            timestamp=pl.col("timestamp").dt.replace_time_zone("UTC"),
            coupon=pl.lit(None),
            campaign_id=pl.lit(None),
            currency=pl.lit(currency),
            properties=pl.lit("{}"),
        )
        .select(pl.col(name).cast(kind) for name, kind in EVENT_LINES.items())
        .sort("timestamp", "order_id", "line")
    )
