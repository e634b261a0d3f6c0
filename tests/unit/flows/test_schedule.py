"""Weeks of a campaign, and how long what is promised in them holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from promoloop.core import RefusedError
from promoloop.flows.schedule import account_of, cycle_of, cycle_start, issued
from promoloop.offers import is_open
from promoloop.testing.samples import campaign, offer

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
SUNDAY_NIGHT = datetime(2026, 11, 8, 23, 59, 59, tzinfo=UTC)
CAMPAIGN = replace(campaign("c1"), starts_at=MONDAY, weeks=2)


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=UTC)


def test_the_account_is_the_campaigns() -> None:
    assert account_of(CAMPAIGN) == "c1"


@pytest.mark.parametrize(
    ("now", "week"),
    [
        (MONDAY, 1),
        (SUNDAY_NIGHT, 1),
        (day(9), 2),
        (day(16) - timedelta(microseconds=1), 2),
    ],
)
def test_weeks_are_counted_from_one(now: datetime, week: int) -> None:
    assert cycle_of(CAMPAIGN, now) == week


@pytest.mark.parametrize("now", [MONDAY - timedelta(seconds=1), day(16)])
def test_nothing_is_decided_outside_the_campaign(now: datetime) -> None:
    with pytest.raises(RefusedError, match="c1"):
        cycle_of(CAMPAIGN, now)


def test_each_week_begins_seven_days_after_the_one_before() -> None:
    assert [cycle_start(CAMPAIGN, week) for week in (1, 2)] == [MONDAY, day(9)]


@pytest.mark.parametrize(
    ("first", "last", "opens", "closes"),
    [
        # runs all week, begins in it, ends in it, lies within it
        (datetime(2026, 10, 1, tzinfo=UTC), day(30), MONDAY, SUNDAY_NIGHT),
        (day(5), day(30), day(5), SUNDAY_NIGHT),
        (datetime(2026, 10, 1, tzinfo=UTC), day(6), MONDAY, day(6)),
        (day(4), day(5), day(4), day(5)),
    ],
)
def test_a_promise_holds_within_its_week(
    first: datetime, last: datetime, opens: datetime, closes: datetime
) -> None:
    stored = replace(offer("o1"), valid_from=first, valid_until=last)
    assert issued(stored, MONDAY) == replace(stored, valid_from=opens, valid_until=closes)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (datetime(2026, 10, 1, tzinfo=UTC), MONDAY),  # ends as the week begins
        (day(9), day(30)),  # begins with the next week
    ],
)
def test_an_offer_that_does_not_run_this_week_stays_as_it_is_and_shut(
    first: datetime, last: datetime
) -> None:
    stored = replace(offer("o1"), valid_from=first, valid_until=last)
    assert issued(stored, MONDAY) == stored
    hours = [MONDAY + timedelta(hours=hour) for hour in range(7 * 24)]
    assert not any(is_open(stored, hour) for hour in hours)
