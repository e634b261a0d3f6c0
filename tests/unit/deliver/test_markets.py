"""Quiet hours and caps per market: dated data, checked against the time zone database."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.decide import CONTACT_HOURS, ContactHours, contact_hours
from promoloop.deliver import FrequencyCap, Tally, market_caps, quiet_until

DAY = timedelta(days=1)
#: Clocks that change at 0, 1, 2 and 3 o'clock, by half an hour, or never; and the date line.
ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Shanghai",
    "Europe/Berlin",
    "Europe/London",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Asuncion",
    "Africa/Cairo",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)
#: Any minute of four years.
MOMENTS = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
MARKETS = ("US", "US-FL", "US-TX", "CN", "DE", "FR", "GB", "JP", "IN", "BR")


@settings(max_examples=300)
@given(
    MOMENTS,
    st.sampled_from(ZONES),
    st.sampled_from(MARKETS),
    st.sampled_from(("email", "sms", "push", "onsite")),
)
def test_what_is_sent_when_quiet_ends_is_sent_at_an_hour_the_market_allows(
    moment, zone, market, channel
):
    until = quiet_until(moment, zone, channel, market)
    at = moment if until is None else until
    assert at >= moment
    wall = at.astimezone(ZoneInfo(zone))
    row = contact_hours(channel, market, wall.date())
    assert not row.closed
    # Where the clock jumps over the first hour, it is the first moment after the jump.
    assert row.first <= wall.hour < row.last


@settings(max_examples=100)
@given(
    MOMENTS,
    st.sampled_from(ZONES),
    st.sampled_from(MARKETS),
)
def test_no_allowed_minute_is_missed_while_it_is_quiet(moment, zone, market):
    """Looked for minute by minute with nothing but the time zone database."""
    until = quiet_until(moment, zone, "sms", market)
    step = moment
    while step < (until or moment):
        wall = step.astimezone(ZoneInfo(zone))
        assert not contact_hours("sms", market, wall.date()).allows(wall.hour)
        step += timedelta(minutes=15)


@pytest.mark.parametrize(
    ("market", "day", "first", "last"),
    [
        ("US", date(2026, 11, 27), 8, 21),
        ("US-FL", date(2026, 11, 27), 8, 20),
        ("US-FL", date(2021, 6, 30), 8, 21),
        ("US-CA", date(2026, 11, 27), 8, 21),
        ("US-TX", date(2026, 11, 27), 9, 21),
        ("US-TX", date(2026, 11, 29), 12, 21),
        ("IN", date(2026, 11, 27), 10, 21),
        ("BR", date(2026, 11, 27), 9, 21),
    ],
)
def test_text_messages_have_the_hours_of_their_market(market, day, first, last):
    row = contact_hours("sms", market, day)
    assert (row.first, row.last) == (first, last)


def test_a_text_to_france_on_saturday_night_waits_for_monday():
    saturday = datetime(2026, 11, 28, 21, tzinfo=ZoneInfo("Europe/Paris"))
    until = quiet_until(saturday.astimezone(UTC), "Europe/Paris", "sms", "FR")
    assert until == datetime(2026, 11, 30, 8, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


def test_a_text_to_texas_on_sunday_morning_waits_for_noon():
    sunday = datetime(2026, 11, 29, 9, tzinfo=ZoneInfo("America/Chicago"))
    until = quiet_until(sunday.astimezone(UTC), "America/Chicago", "sms", "US-TX")
    assert until == datetime(2026, 11, 29, 12, tzinfo=ZoneInfo("America/Chicago")).astimezone(UTC)


def test_hours_that_come_into_force_tomorrow_count_tomorrow():
    rules = (
        ContactHours("US", "sms", 8, 21, date(2020, 1, 1), "old"),
        ContactHours("US", "sms", 10, 21, date(2026, 11, 28), "new"),
    )
    night = datetime(2026, 11, 27, 22, tzinfo=UTC)
    assert quiet_until(night, "UTC", "sms", "US", rules) == datetime(2026, 11, 28, 10, tzinfo=UTC)


def test_a_channel_that_is_closed_every_day_is_an_error():
    rules = (ContactHours("US", "sms", 8, 21, date(2020, 1, 1), "never", closed=True),)
    with pytest.raises(InvalidError, match="no hour is allowed"):
        quiet_until(datetime(2026, 11, 27, tzinfo=UTC), "UTC", "sms", "US", rules)


@pytest.mark.parametrize("rows", [CONTACT_HOURS])
def test_every_row_says_where_it_comes_from_and_whether_it_is_law(rows):
    for row in rows:
        assert row.source
        assert isinstance(row.since, date)
        assert row.law == (
            not any(word in row.source for word in ("courtesy", "practice", "shown"))
        )


def test_every_day_of_every_market_has_hours():
    for row in CONTACT_HOURS:
        for day in range(7):
            on = max(row.since, date(2026, 1, 1)) + day * DAY
            assert contact_hours(row.channel, row.market, on)


def test_every_cap_says_where_it_comes_from():
    source = files("promoloop.deliver").joinpath("data", "caps.toml").read_text("utf-8")
    for row in tomllib.loads(source)["cap"]:
        assert row["source"]
        assert row["law"] == ("courtesy" not in row["source"])


def test_a_cap_of_a_state_counts_there_and_from_its_day_on():
    names = [cap.name for cap in market_caps("US", date(2026, 1, 1))]
    assert "sms-per-day-florida" not in names
    assert "sms-per-day-florida" in [c.name for c in market_caps("US-FL", date(2026, 1, 1))]
    assert "sms-per-day-florida" not in [c.name for c in market_caps("US-FL", date(2021, 6, 30))]


def test_a_cap_on_all_channels_counts_them_together():
    every = FrequencyCap("all-per-day", "*", 3, DAY)
    tally = Tally((every,), ({("s1", "email"): 1, ("s1", "sms"): 1, ("s2", "email"): 9},))
    assert tally.full("s1", "push") == ""
    tally.add("s1", "push")
    assert tally.full("s1", "email") == "all-per-day"
    tally.remove("s1", "push")
    assert tally.full("s1", "email") == ""


def test_what_is_shown_on_the_site_fills_no_cap_on_all_channels():
    every = FrequencyCap("all-per-day", "*", 1, DAY)
    tally = Tally((every,), ({("s1", "onsite"): 5},))
    tally.add("s1", "onsite")
    assert tally.full("s1", "email") == ""
    tally.add("s1", "email")
    assert tally.full("s1", "onsite") == ""
    assert tally.full("s1", "sms") == "all-per-day"


@given(
    st.lists(st.tuples(st.sampled_from(("email", "sms", "push", "onsite")), st.booleans())),
    st.integers(0, 4),
)
def test_no_sequence_of_messages_breaks_a_cap(tries, limit):
    caps = (FrequencyCap("all", "*", limit, DAY), FrequencyCap("sms", "sms", 1, DAY))
    tally = Tally(caps, ({}, {}))
    sent: list[str] = []
    for channel, leaves in tries:
        if not tally.full("s1", channel):
            tally.add("s1", channel)
            sent.append(channel)
            if not leaves:
                tally.remove("s1", channel)
                sent.pop()
    assert sent.count("sms") <= 1
    assert len([one for one in sent if one != "onsite"]) <= limit
