"""Lines from plug-in sources are held to the same rules as everybody's."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.events import check_lines
from promoloop.testing import event_lines


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"message_id": None}, "message_id"),
        ({"message_id": ""}, "message_id"),
        ({"shopper_id": None}, "shopper_id"),
        ({"event": ""}, "event"),
        ({"timestamp": None}, "timestamp"),
        ({"timestamp": datetime(1970, 12, 31, tzinfo=UTC)}, "timestamp"),
        ({"timestamp": datetime(9000, 1, 1, tzinfo=UTC)}, "timestamp"),
        ({"line": -1}, "line"),
        ({"quantity": -2}, "quantity"),
        ({"revenue_minor": -1, "currency": "USD"}, "revenue_minor"),
        ({"coupon_minor": -1, "currency": "USD"}, "coupon_minor"),
        ({"revenue_minor": 100}, "currency"),
        ({"currency": "XXY"}, "currency"),
    ],
)
def test_a_malformed_line_is_set_aside_with_its_place_and_field(
    fields: dict[str, object], field: str
) -> None:
    batch = check_lines(event_lines({}, fields, {}), "shop.parquet", first=11)
    assert batch.lines["message_id"].to_list() == ["m0", "m2"]
    told = [(entry.file, entry.line, entry.field) for entry in batch.quarantined]
    assert told == [("shop.parquet", 12, field)]


def test_a_time_beyond_the_calendar_is_set_aside_and_shown() -> None:
    lines = event_lines({}).with_columns(timestamp=pl.col("timestamp").dt.offset_by("-2100y"))
    (entry,) = check_lines(lines, "shop.parquet").quarantined
    assert entry.field == "timestamp"
    assert '"timestamp": "-' in entry.raw


def test_columns_may_come_in_any_order() -> None:
    lines = event_lines({}, {"quantity": 2})
    assert check_lines(lines.select(reversed(lines.columns)), "x").lines.equals(lines)


def test_a_missing_column_and_one_of_another_type_are_named() -> None:
    lines = event_lines({}).drop("coupon").with_columns(pl.col("line").cast(pl.Int64))
    with pytest.raises(InvalidError, match=r"(?s)line \(Int64 instead of Int32\).*coupon"):
        check_lines(lines, "shop.parquet")


@given(
    amounts=st.lists(st.none() | st.integers(-5, 5), max_size=20),
    first=st.integers(1, 1000),
)
@settings(max_examples=40, deadline=None)
def test_every_line_is_kept_or_set_aside_once(amounts: list[int | None], first: int) -> None:
    rows = [{"revenue_minor": amount, "currency": "USD"} for amount in amounts]
    batch = check_lines(event_lines(*rows), "x", first)
    bad = [first + i for i, amount in enumerate(amounts) if amount is not None and amount < 0]
    assert [entry.line for entry in batch.quarantined] == bad
    assert batch.lines.height == len(amounts) - len(bad)
