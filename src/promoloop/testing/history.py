"""What every history must do, whatever it is kept in.

Subclass it in your tests and say how to open an empty history::

    class TestMyHistory(HistoryContract):
        @pytest.fixture
        def history(self, tmp_path: Path) -> History:
            return MyHistory(tmp_path)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from promoloop.core import InvalidError
from promoloop.events import ANONYMOUS, EVENT_LINES, History

__all__ = ["HistoryContract", "event_lines"]

_START = datetime(2026, 1, 30, 12, tzinfo=UTC)


def event_lines(*rows: Mapping[str, object]) -> pl.DataFrame:
    """``rows`` in the ``EVENT_LINES`` schema; what they leave out is filled in.

    The i-th row is line 0 of message ``m<i>`` by shopper ``s1``, i days after 30 January 2026.
    """
    filled = [
        {
            "message_id": f"m{i}",
            "line": 0,
            "event": "Product Viewed",
            "shopper_id": "s1",
            "timestamp": _START + timedelta(days=i),
            **row,
        }
        for i, row in enumerate(rows)
    ]
    return pl.DataFrame(filled, schema=EVENT_LINES)


class HistoryContract:
    """The suite; give it a fixture ``history`` that opens an empty one."""

    def test_a_fresh_history_is_empty_and_has_the_schema(self, history: History) -> None:
        """Nothing in, nothing out, in the right columns."""
        found = history.scan().collect()
        assert found.is_empty()
        assert found.schema == EVENT_LINES

    def test_what_goes_in_comes_out(self, history: History) -> None:
        """Every value of every column survives."""
        lines = event_lines({"quantity": 2, "revenue_minor": 450, "currency": "USD"}, {})
        assert history.append(lines) == 2
        assert _sorted(history).equals(lines)

    def test_a_replayed_table_adds_nothing(self, history: History) -> None:
        """The same table again is no news."""
        lines = event_lines({}, {}, {})
        history.append(lines)
        assert history.append(lines) == 0
        assert history.scan().collect().height == 3

    def test_a_replayed_line_in_another_table_adds_nothing(self, history: History) -> None:
        """Lines count once by message and line, whatever they come with."""
        history.append(event_lines({}, {}, {}))
        assert history.append(event_lines({}, {}, {}, {}).reverse()) == 1
        assert history.scan().collect().height == 4

    def test_a_line_repeated_within_a_table_counts_once(self, history: History) -> None:
        """The first one stays."""
        lines = event_lines({"coupon": "A"}, {"message_id": "m0", "coupon": "B"})
        assert history.append(lines) == 1
        assert history.scan().collect()["coupon"].to_list() == ["A"]

    def test_lines_of_one_order_are_told_apart(self, history: History) -> None:
        """The line number is part of the key."""
        assert history.append(event_lines({}, {"message_id": "m0", "line": 1})) == 2

    def test_an_empty_table_adds_nothing(self, history: History) -> None:
        """No rows, no error."""
        assert history.append(event_lines()) == 0

    def test_other_columns_are_refused(self, history: History) -> None:
        """A table of another schema leaves the history as it was."""
        with pytest.raises(InvalidError):
            history.append(pl.DataFrame({"message_id": ["m0"]}))
        assert history.scan().collect().is_empty()

    def test_a_visitor_becomes_the_shopper_who_identifies(self, history: History) -> None:
        """Rows of an anonymous visitor belong to the user, over tables."""
        history.append(event_lines({"shopper_id": f"{ANONYMOUS}a1"}))
        said = '{"traits":{},"anonymousId":"a1"}'
        identify = {"message_id": "i1", "event": "identify", "properties": said}
        assert history.append(event_lines(identify)) == 1
        assert _sorted(history)["shopper_id"].to_list() == ["s1", "s1"]


def _sorted(history: History) -> pl.DataFrame:
    return history.scan().sort("message_id", "line").collect()
