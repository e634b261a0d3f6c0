"""Rows of a table at times from which nothing can be reckoned are set aside."""

import polars as pl
import pytest

from promoloop.events import TableReader


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00+14:00",
        "1970-12-31T23:59:59Z",
        "9000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_row_at_an_impossible_time_is_set_aside(at: str) -> None:
    times = [at, "1971-01-01T00:00:00Z", "8999-12-31T23:59:59Z"]
    table = pl.DataFrame(
        {"message_id": ["a", "b", "c"], "event": "X", "user_id": "7", "timestamp": times}
    )
    batch = TableReader("e.csv").read(table, pl.Series([2, 3, 4]))
    assert batch.lines["message_id"].to_list() == ["b", "c"]
    assert [(one.line, one.field) for one in batch.quarantined] == [(2, "timestamp")]
