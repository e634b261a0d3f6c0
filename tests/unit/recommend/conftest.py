"""Small shops for the rankers' tests."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from promoloop.events import EVENT_LINES

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def orders(rows):
    """Event lines from (shopper, product, days ago); one order per shopper and day."""
    return pl.DataFrame(
        [
            {
                "message_id": f"{shopper}-{days}",
                "line": 0,
                "event": "Order Completed",
                "shopper_id": shopper,
                "timestamp": NOW - timedelta(days=days),
                "order_id": f"{shopper}-{days}",
                "product_id": product,
                "quantity": 1,
                "revenue_minor": 100,
                "discount_minor": 0,
                "coupon_minor": 0,
                "currency": "USD",
            }
            for shopper, product, days in rows
        ],
        schema=EVENT_LINES,
    )


@pytest.fixture(scope="session")
def now():
    return NOW


@pytest.fixture(scope="session")
def make_orders():
    return orders


@pytest.fixture(scope="session")
def seeded_shop():
    """200 days of 120 shoppers with staples of their own, bought every 4 to 40 days.

    Each staple has its period: what is due is foretold by the gap, which counting cannot see.
    """
    rng = np.random.default_rng(7)
    rows = []
    for shopper in range(120):
        taste = rng.integers(0, 4)
        for product in rng.choice(np.arange(taste * 15, taste * 15 + 30), 18, replace=False):
            period = rng.uniform(4, 40)
            days = np.arange(rng.uniform(0, period), 200, period) + rng.normal(0, 0.5)
            rows += [(f"s{shopper:03}", f"p{product:02}", float(d)) for d in days if d > 0]
    return orders(rows)
