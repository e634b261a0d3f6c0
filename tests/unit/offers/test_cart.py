"""Carts hold only what can be bought, and discounts are shared without losing a cent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promoloop.offers as room
from promoloop.core import InvalidError
from promoloop.offers import (
    BuyXGetY,
    Cart,
    CartLine,
    FlashWindow,
    Gift,
    InCategories,
    PercentOff,
    TieredAmountOff,
    price_cart,
)
from promoloop.offers.cart import spread

from .made import FROM, UNTIL, cart, coffee, offer, steady


@steady
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=8), st.integers(0, 100))
def test_shares_add_up_and_none_exceeds_its_weight(weights: list[int], percent: int) -> None:
    total = sum(weights) * percent // 100
    shares = spread(total, tuple(weights))
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert 0 <= share <= weight
        assert abs(share * sum(weights) - total * weight) < max(1, sum(weights))


def test_a_discount_on_nothing_cannot_be_shared() -> None:
    with pytest.raises(InvalidError, match="nothing to spread"):
        spread(5, (0, 0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CartLine("p", "C", -1), "cart line p, field unit_minor: -1 is out of range"),
        (lambda: CartLine("p", "C", 100, 0), "cart line p, field quantity: 0 is out of range"),
        (lambda: CartLine("", "C", 100), "cart line, field product_id"),
        (lambda: Cart((), "USD", -1), "cart, field shipping_minor: -1"),
        (lambda: PercentOff(101), "percent_off, field percent: 101"),
        (lambda: PercentOff(20, 0), "percent_off, field ceiling_minor: 0"),
        (lambda: BuyXGetY(0, 1), "buy_x_get_y, field buy: 0"),
        (lambda: TieredAmountOff(()), "tiered_amount_off, field tiers: there is no tier"),
        (lambda: Gift("g", {}, 1), "gift, field titles: it is empty"),
        (lambda: InCategories(()), "in_categories, field categories: () is no list"),
        (lambda: FlashWindow(UNTIL, FROM), "flash_window, field end"),
        (lambda: FlashWindow(UNTIL, UNTIL), "flash_window, field end"),
    ],
)
def test_a_part_that_makes_no_sense_cannot_be_made(
    make: Callable[[], object], message: str
) -> None:
    with pytest.raises(InvalidError, match=re.escape(message)):
        make()


def test_a_cart_is_priced_at_a_moment_in_utc_and_under_a_sane_ceiling() -> None:
    local = datetime.fromisoformat("2026-11-11T08:00:00+08:00")
    with pytest.raises(InvalidError, match="the moment of pricing"):
        price_cart(cart(coffee(100)), [], local)
    with pytest.raises(InvalidError, match="the overall ceiling in per cent: 0"):
        price_cart(cart(coffee(100)), [offer(PercentOff(20))], FROM, ceiling_percent=0)


def test_the_front_door_lists_exactly_what_can_be_imported_from_it() -> None:
    public = {
        name
        for name, value in vars(room).items()
        if not name.startswith("_") and type(value).__name__ != "module"
    }
    assert public == set(room.__all__)
