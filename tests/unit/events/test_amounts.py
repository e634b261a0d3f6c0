"""Amounts are split without losing or inventing a cent."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.events import JsonLinesReader
from promoloop.events.amounts import minor_of, scale_of, shares
from promoloop.events.calls import FaultError

WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


@given(total=st.integers(0, 10**9), weights=WEIGHTS)
def test_shares_sum_to_the_total_and_are_within_one_of_their_proportion(
    total: int, weights: list[int]
) -> None:
    parts = shares(total, weights)
    assert sum(parts) == total
    assert min(parts) >= 0
    if sum(weights):
        exact = [Fraction(total * weight, sum(weights)) for weight in weights]
        assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


@given(weights=WEIGHTS.filter(any), data=st.data())
def test_no_line_is_reduced_below_nothing(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    parts = shares(total, weights)
    assert all(part <= weight for part, weight in zip(parts, weights, strict=True))


@given(minor=st.integers(0, 2**46), currency=st.sampled_from(["USD", "JPY", "KWD"]))
def test_an_amount_as_json_writes_it_comes_back_exactly(minor: int, currency: str) -> None:
    written = float(Decimal(minor) / scale_of(currency))
    assert minor_of(written, currency, "properties.", "price") == minor


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (float("nan"), "not an amount"),
        (float("inf"), "not an amount"),
        (1e300, "not an amount"),
        (-0.01, "negative"),
        (0.001, "decimal places"),
    ],
)
def test_an_amount_that_is_none_is_a_fault_that_says_why(amount: float, told: str) -> None:
    with pytest.raises(FaultError, match=told):
        minor_of(amount, "USD", "properties.", "price")


def test_integers_are_amounts_too() -> None:
    call = (
        b'{"type":"track","event":"Product Viewed","messageId":"m","userId":"u",'
        b'"timestamp":"2026-11-01T09:00:00Z","properties":{"price":12,"currency":"JPY"}}'
    )
    assert JsonLinesReader("e.jsonl").read([call]).lines["revenue_minor"].to_list() == [12]
