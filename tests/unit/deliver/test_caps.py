"""Frequency caps by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from promoloop.core import InvalidError
from promoloop.deliver import FrequencyCap, Tally

DAY = FrequencyCap("email-per-day", "email", 1, timedelta(days=1))
WEEK = FrequencyCap("email-per-7-days", "email", 3, timedelta(days=7))


def test_the_tightest_window_stops_first() -> None:
    tally = Tally((DAY, WEEK), ({}, {("s", "email"): 2}))
    assert tally.full("s", "email") == ""
    tally.add("s", "email")
    assert tally.full("s", "email") == "email-per-day"


def test_a_cap_is_of_one_channel_and_one_shopper() -> None:
    tally = Tally((DAY,), ({("s", "email"): 1},))
    assert tally.full("s", "email") == "email-per-day"
    assert tally.full("s", "onsite") == ""
    assert tally.full("t", "email") == ""


def test_a_message_that_came_back_makes_room_again() -> None:
    tally = Tally((DAY,), ({},))
    tally.add("s", "email")
    tally.remove("s", "email")
    assert tally.full("s", "email") == ""


def test_a_limit_of_zero_lets_nothing_out() -> None:
    none = FrequencyCap("no-email", "email", 0, timedelta(days=1))
    assert Tally((none,), ({},)).full("s", "email") == "no-email"


def test_windows_roll() -> None:
    now = datetime(2026, 3, 8, 12, tzinfo=UTC)
    assert WEEK.since(now) == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("limit", "days"), [(-1, 1), (1, 0), (1, -7)])
def test_a_cap_that_cannot_be_kept_is_refused(limit: int, days: int) -> None:
    with pytest.raises(InvalidError, match="odd"):
        FrequencyCap("odd", "email", limit, timedelta(days=days))
