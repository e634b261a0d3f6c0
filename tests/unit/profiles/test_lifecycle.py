"""Lifecycle stages against hand-set rhythms."""

import polars as pl
import pytest

from promoloop.profiles import lifecycle_of


def stage(age, recency, orders, others=()):
    rows = [(age, recency, orders, 1.0), *others]
    names = ["age_days", "recency_days", "orders", "weekly_revenue_minor"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return lifecycle_of(frame.with_columns(pl.col("age_days", "recency_days").cast(float)))[0]


RICH = (200.0, 1.0, 21, 99.0)


@pytest.mark.parametrize(
    ("recency", "expected"), [(30, "active"), (31, "cooling"), (60, "cooling"), (61, "lapsed")]
)
def test_silence_is_measured_in_own_gaps(recency, expected):
    # Twenty gaps of ten days each: cooling after 30 days, lapsed after 60.
    assert stage(200 + recency, recency, 21, [RICH]) == expected


def test_a_shopper_of_four_weeks_is_new_whatever_the_silence():
    assert stage(28, 27, 4, [RICH]) == "new"


def test_the_best_tenth_by_weekly_revenue_are_vips():
    spenders = [(200.0, 1.0, 21, float(n)) for n in range(1, 21)]
    names = ["age_days", "recency_days", "orders", "weekly_revenue_minor"]
    stages = lifecycle_of(pl.DataFrame(spenders, schema=names, orient="row"))
    assert stages.to_list() == ["active"] * 18 + ["vip"] * 2


def test_a_daily_shopper_is_not_called_cooling_within_three_weeks():
    assert stage(100, 21, 80, [RICH]) == "active"


def test_one_order_is_measured_by_the_rhythm_of_the_others():
    # RICH has gaps of 9.95 days, so 59 days are cooling and 60 are lapsed.
    assert stage(59, 59, 1, [RICH]) == "cooling"
    assert stage(60, 60, 1, [RICH]) == "lapsed"
