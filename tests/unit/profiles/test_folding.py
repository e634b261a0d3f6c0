"""Profiles folded from small tables whose figures are worked out by hand."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from promoloop.core import InvalidError
from promoloop.events import EVENT_LINES
from promoloop.profiles import LIFECYCLES, PROFILE, fold_profiles

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

PRODUCTS = pl.DataFrame(
    {
        "product_id": ["tea", "chai", "milk"],
        "category": ["TEA", "TEA", "MILK"],
        "department": ["GROCERY", "GROCERY", "DAIRY"],
        "brand": ["Leaf", "Spice", "Leaf"],
    }
)


def line(shopper, order, product, days_ago, paid, quantity=1, discount=0, coupon=0, hours=0):
    return {
        "message_id": order,
        "line": 0,
        "event": "Order Completed",
        "shopper_id": shopper,
        "timestamp": NOW - timedelta(days=days_ago, hours=-hours),
        "order_id": order,
        "product_id": product,
        "quantity": quantity,
        "revenue_minor": paid,
        "discount_minor": discount,
        "coupon_minor": coupon,
        "currency": "USD",
    }


def table(*rows):
    return pl.DataFrame(list(rows), schema=EVENT_LINES)


def fold(*rows, **options):
    return fold_profiles(table(*rows).lazy(), PRODUCTS, NOW, **options)


HISTORY = (
    line("ann", "o1", "tea", 70, 400, discount=100),
    line("ann", "o2", "milk", 10, 150, discount=50, coupon=50),
    line("ann", "o2", "tea", 10, 450, quantity=1),
    line("bob", "o3", "chai", 5, 1600, quantity=2),
)


def test_recency_frequency_and_money_are_those_of_the_orders():
    ann = fold(*HISTORY).row(0, named=True)
    assert (ann["shopper_id"], ann["orders"]) == ("ann", 2)
    assert (ann["monetary_minor"], ann["basket_minor"]) == (1000, 500)
    assert ann["recency_days"] == 10.0
    assert ann["weekly_revenue_minor"] == pytest.approx(100.0)  # 1000 over ten weeks
    assert ann["first_seen"] == NOW - timedelta(days=70)


def test_discounts_and_coupons_are_shares_of_the_full_price():
    ann = fold(*HISTORY).row(0, named=True)
    # Shelf prices 500 + 200 + 450; 100 came off by itself, 50 by a coupon of the shop.
    assert ann["discount_share"] == pytest.approx(150 / 1150)
    assert ann["coupon_share"] == pytest.approx(50 / 1150)


def test_a_manufacturers_coupon_is_part_of_what_the_shop_receives():
    only = fold(line("ann", "o1", "tea", 3, 400, discount=100, coupon=150)).row(0, named=True)
    # On the shelf 500; the shop receives 400, of which the manufacturer refunds 150.
    assert (only["discount_share"], only["coupon_share"]) == (100 / 500, 150 / 500)
    assert only["monetary_minor"] == 400


def test_preferences_halve_with_each_half_life():
    ann = fold(*HISTORY, half_life_days=60).row(0, named=True)
    # Lines at 10 days weigh w, the one at 70 days w / 2: tea 1.5 of 2.5, milk 1 of 2.5.
    assert [c["name"] for c in ann["categories"]] == ["TEA", "MILK"]
    assert [c["weight"] for c in ann["categories"]] == pytest.approx([0.6, 0.4])
    assert ann["brands"] == [{"name": "Leaf", "weight": pytest.approx(1.0)}]


def test_the_price_index_compares_unit_prices_with_the_median_of_the_category():
    profiles = fold(*HISTORY)
    # Tea units 400, 450 and 800: median 450. Ann: 400/450, 450/450 and milk 150/150, median 1.
    assert profiles["price_index"].to_list() == pytest.approx([1.0, 800 / 450])


def test_hours_and_weekdays_are_read_in_the_given_zone():
    rows = (line("ann", "o1", "tea", 1, 100), line("ann", "o2", "tea", 8, 100, hours=1))
    utc = fold(*rows).row(0, named=True)
    china = fold(*rows, time_zone="Asia/Shanghai").row(0, named=True)
    assert (utc["hours"][12], utc["hours"][13]) == (0.5, 0.5)
    assert (china["hours"][20], china["hours"][21]) == (0.5, 0.5)
    assert utc["days"] == [0, 0, 0, 0, 0, 1, 0]  # 28 and 21 February 2026 are Saturdays


def test_the_best_hour_sees_that_one_hour_borders_on_the_next():
    rows = [line("ann", f"a{n}", "tea", n + 1, 100, hours=8) for n in range(2)]
    rows += [line("ann", f"b{h}", "tea", h, 100, hours=h - 12) for h in (1, 2, 3)]
    # Two orders at 20:00 give 2·2 = 4; 1:00, 2:00 and 3:00 give the 2:00 hour 2 + 1 + 1 = 4.
    assert fold(*rows)["best_hour"].to_list() == [2]


def test_lines_after_now_and_other_events_are_left_out():
    viewed = line("cat", "v1", "tea", 3, 0) | {"event": "Product Viewed"}
    profiles = fold(*HISTORY, viewed, line("ann", "o9", "tea", -1, 99))
    assert_frame_equal(profiles, fold(*HISTORY))


def test_an_unknown_product_counts_in_money_and_not_among_the_preferences():
    only = fold(line("ann", "o1", "mystery", 3, 700)).row(0, named=True)
    assert (only["monetary_minor"], only["categories"], only["price_index"]) == (700, [], 1.0)


def test_a_free_line_without_quantity_does_no_harm():
    only = fold(line("ann", "o1", "tea", 3, 0, quantity=0)).row(0, named=True)
    assert (only["discount_share"], only["price_index"], only["basket_minor"]) == (0.0, 1.0, 0)


def test_no_orders_make_an_empty_table_with_the_right_columns():
    assert fold().schema == PROFILE


def test_a_half_life_of_zero_is_refused():
    with pytest.raises(InvalidError, match="half_life_days"):
        fold(*HISTORY, half_life_days=0)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(InvalidError, match="not in UTC"):
        fold_profiles(table().lazy(), PRODUCTS, NOW.replace(tzinfo=None))


purchase = st.builds(
    line,
    shopper=st.sampled_from(["ann", "bob", "cat"]),
    order=st.sampled_from([f"o{n}" for n in range(8)]),
    product=st.sampled_from(["tea", "chai", "milk", "mystery"]),
    days_ago=st.integers(1, 5000),
    paid=st.integers(0, 10_000),
    quantity=st.integers(0, 9),
    discount=st.integers(0, 500),
    coupon=st.integers(0, 500),
    hours=st.integers(-11, 11),
)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(purchase, min_size=1, max_size=25), seed=st.randoms(use_true_random=False))
def test_profiles_keep_their_promises_and_ignore_the_order_of_the_rows(rows, seed):
    profiles = fold(*rows)
    shuffled = seed.sample(rows, len(rows))
    assert_frame_equal(profiles, fold(*shuffled))
    assert profiles.schema == PROFILE
    assert profiles["monetary_minor"].sum() == sum(row["revenue_minor"] for row in rows)
    for one in profiles.iter_rows(named=True):
        for name in ("categories", "brands"):
            assert sum(part["weight"] for part in one[name]) <= 1 + 1e-9
        assert sum(one["hours"]) == pytest.approx(1)
        assert sum(one["days"]) == pytest.approx(1)
        assert 0 <= one["discount_share"] <= 1
        assert 0 <= one["coupon_share"] <= 1
        assert one["lifecycle"] in LIFECYCLES
        assert 0 <= one["best_hour"] < 24
