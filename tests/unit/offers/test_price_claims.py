"""Reductions against a price history, every case by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.offers import (
    LowestPrice,
    PricePoint,
    PriceRule,
    Product,
    check_price,
    lowest_price,
    price_changes,
    price_rule,
)

AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def rule(market: str) -> PriceRule:
    found = price_rule(market, AT.date())
    assert found
    return found


def point(days_before: float, price: int, kind: str = "offered", currency: str = "EUR"):
    return PricePoint("p1", kind, price, currency, AT - days_before * DAY, "catalogue")


def shelf(price: int, currency: str = "EUR") -> Product:
    return Product("p1", "Coffee", "COFFEE", "GROCERY", "", price, currency)


def code(points: list[PricePoint], price: int = 900, claimed: int | None = None, market="DE"):
    return check_price(shelf(price), points, rule(market), AT, claimed).code


@pytest.mark.parametrize(
    ("market", "on", "days"),
    [
        ("DE", date(2022, 5, 28), 30),
        ("DE", date(2022, 5, 27), None),
        ("PL", date(2026, 1, 1), 30),
        ("CN", date(2022, 7, 1), 7),
        ("CN", date(2022, 6, 30), None),
        ("US", date(2026, 1, 1), None),
        ("GB", date(2026, 1, 1), None),
    ],
)
def test_a_market_has_its_rule_from_its_day_on(market: str, on: date, days: int | None):
    found = price_rule(market, on)
    assert (found.days if found else None) == days


def test_the_lowest_price_of_the_thirty_days_counts():
    points = [point(60, 700), point(40, 1000), point(20, 850), point(3, 950)]
    found = lowest_price(points, rule("DE"), AT)
    assert isinstance(found, LowestPrice)
    assert (found.price_minor, found.at) == (850, AT - 20 * DAY)
    assert found.points == (points[1], points[2], points[3])


def test_a_price_that_ended_before_the_thirty_days_does_not_count():
    assert code([point(60, 100), point(31, 900)]) == ""


def test_a_price_that_still_stood_on_the_first_day_counts():
    assert code([point(60, 100), point(29, 900)]) == "price-claim:was-lower"


def test_a_price_raised_for_the_sale_supports_no_reduction():
    assert code([point(60, 900), point(5, 1200)], price=1200) == "price-claim:was-lower"


def test_an_unchanged_price_supports_one():
    assert code([point(90, 900)]) == ""


def test_without_a_history_nothing_may_be_announced():
    assert code([]) == "price-claim:no-history"


def test_a_history_of_29_days_is_too_short_and_one_of_30_is_not():
    assert code([point(29, 900)]) == "price-claim:too-short"
    assert code([point(30, 900)]) == ""


@pytest.mark.parametrize(
    ("claimed", "said"),
    [
        (1000, ""),
        (1200, "price-claim:was-lower"),
        (950, "price-claim:other-price"),
        (900, "price-claim:not-lower"),
        (800, "price-claim:not-lower"),
    ],
)
def test_a_named_former_price_is_the_lowest_one(claimed: int, said: str):
    points = [point(60, 1200), point(20, 1000), point(1, 900)]
    # The reduction began a day ago; it is announced against what stood before.
    before = points[:2]
    assert code(before, 900, claimed) == said


def test_another_currency_proves_nothing():
    assert code([point(60, 900, currency="USD")]) == "price-claim:other-currency"
    mixed = [point(60, 900, currency="USD"), point(20, 900)]
    assert code(mixed) == "price-claim:other-currency"


def test_in_china_the_lowest_paid_in_seven_days_counts():
    points = [point(20, 500, "sold"), point(6, 800, "sold"), point(2, 850, "sold")]
    found = lowest_price(points, rule("CN"), AT)
    assert isinstance(found, LowestPrice)
    assert found.price_minor == 800


def test_in_china_the_last_sale_counts_where_nothing_was_sold_in_seven_days():
    points = [point(30, 500, "sold"), point(9, 800, "sold")]
    found = lowest_price(points, rule("CN"), AT)
    assert isinstance(found, LowestPrice)
    assert found.price_minor == 800


def test_the_evidence_comes_with_the_refusal():
    claim = check_price(shelf(1200), [point(60, 900), point(5, 1200)], rule("DE"), AT)
    assert (claim.product_id, claim.from_minor) == ("p1", 1200)
    assert claim.lowest is not None
    assert [one.price_minor for one in claim.lowest.points] == [900, 1200]


def test_only_what_changed_is_recorded():
    standing = {"p1": point(5, 900)}
    other = Product("p2", "Tea", "TEA", "GROCERY", "", 300, "EUR")
    found = price_changes([shelf(900), other], standing, AT, "catalogue")
    assert [(one.product_id, one.price_minor) for one in found] == [("p2", 300)]
    assert len(price_changes([shelf(899), shelf(900, "USD")], standing, AT, "c")) == 2


def test_a_time_without_zone_is_refused():
    with pytest.raises(InvalidError):
        check_price(shelf(900), [], rule("DE"), AT.replace(tzinfo=None))


@given(
    st.lists(st.tuples(st.floats(0.01, 90), st.integers(1, 2000)), min_size=1, max_size=12).map(
        lambda rows: sorted(rows, reverse=True)
    )
)
def test_the_lowest_price_is_one_that_could_be_bought_at_in_the_days(rows):
    """Against a count day by day, a thousand moments."""
    points = [point(before, price) for before, price in rows]
    found = lowest_price(points, rule("DE"), AT)
    if rows[0][0] < 30:
        assert found == "price-claim:too-short"
        return
    assert isinstance(found, LowestPrice)
    standing = [
        [price for before, price in rows if before >= moment]
        for moment in [30.0, *(before for before, _ in rows if before < 30)]
    ]
    assert found.price_minor == min(prices[-1] for prices in standing if prices)
