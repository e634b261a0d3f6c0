"""Quiet hours and send hours on days when clocks change, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.decide import ContactHours, QuietHours, ShopperFacts
from promoloop.deliver import quiet_until, send_moment
from promoloop.respond import Action

NEW_YORK = "America/New_York"  # clocks: 2026-03-08 02:00 -> 03:00, 2026-11-01 02:00 -> 01:00
SHANGHAI = "Asia/Shanghai"  # UTC+8 all year
ZONES = (NEW_YORK, SHANGHAI, "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
ONE_SHOPPER = ShopperFacts(
    shopper_ids=np.array(["s1"]),
    locale=np.array(["en-US"]),
    lifecycle=np.array(["active"]),
    contacts=np.array([0]),
    consent={},
    candidates={},
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MOMENTS = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minutes: utc("2024-01-01T00:00") + timedelta(minutes=minutes)
)


@pytest.mark.parametrize(
    ("moment", "zone", "market", "until"),
    [
        # Saturday 22:00 EST to Sunday 08:00 EDT: nine hours, not ten.
        ("2026-03-08T03:00", NEW_YORK, "US", "2026-03-08T12:00"),
        # Saturday 22:00 EDT to Sunday 08:00 EST: eleven hours.
        ("2026-11-01T02:00", NEW_YORK, "US", "2026-11-01T13:00"),
        ("2026-11-01T05:30", NEW_YORK, "US", "2026-11-01T13:00"),
        ("2026-11-01T13:00", SHANGHAI, "CN", "2026-11-02T01:00"),
        ("2026-03-08T00:59", SHANGHAI, "CN", "2026-03-08T01:00"),
    ],
)
def test_text_messages_wait_for_the_morning_of_the_shopper(
    moment: str, zone: str, market: str, until: str
) -> None:
    assert quiet_until(utc(moment), zone, "sms", market) == utc(until)


@pytest.mark.parametrize(
    ("moment", "zone"),
    [
        ("2026-03-08T12:00", NEW_YORK),  # 08:00 EDT sharp
        ("2026-11-02T01:59", NEW_YORK),  # 20:59 EST
        ("2026-11-01T12:59", SHANGHAI),  # 20:59
    ],
)
def test_the_day_is_not_quiet(moment: str, zone: str) -> None:
    assert quiet_until(utc(moment), zone, "sms", "US") is None


def test_onsite_messages_have_no_quiet_hours() -> None:
    assert quiet_until(utc("2026-11-01T05:30"), NEW_YORK, "onsite", "US") is None


def test_a_rule_counts_from_its_date_and_the_market_s_own_goes_first() -> None:
    rules = (
        ContactHours("*", "email", 6, 20, date(2020, 1, 1), "general"),
        ContactHours("CN", "email", 6, 23, date(2020, 1, 1), "old"),
        ContactHours("CN", "email", 7, 21, date(2026, 7, 1), "new"),
    )
    evening = "T14:00"  # 22:00 in Shanghai
    assert quiet_until(utc("2026-06-30" + evening), SHANGHAI, "email", "CN", rules) is None
    assert quiet_until(utc("2026-07-01" + evening), SHANGHAI, "email", "CN", rules) == utc(
        "2026-07-01T23:00"
    )
    assert quiet_until(utc("2026-06-30" + evening), SHANGHAI, "email", "DE", rules) == utc(
        "2026-06-30T22:00"
    )


@pytest.mark.parametrize(
    ("decided", "hour", "zone", "expected"),
    [
        ("2026-03-08T05:00", 9, NEW_YORK, "2026-03-08T13:00"),  # 00:00 EST -> 09:00 EDT
        ("2026-03-08T05:00", 2, NEW_YORK, "2026-03-08T07:00"),  # 02:00 is left out: 03:00 EDT
        ("2026-11-01T04:00", 1, NEW_YORK, "2026-11-01T05:00"),  # the first 01:00
        ("2026-11-01T05:30", 1, NEW_YORK, "2026-11-01T06:00"),  # the second 01:00
        ("2026-11-01T04:00", 9, NEW_YORK, "2026-11-01T14:00"),  # 09:00 EST
        ("2026-11-01T04:00", 9, SHANGHAI, "2026-11-02T01:00"),
        ("2026-11-01T01:00", 9, SHANGHAI, "2026-11-01T01:00"),  # now
        ("2026-11-01T01:01", 9, SHANGHAI, "2026-11-02T01:00"),
    ],
)
def test_the_send_hour_is_the_next_on_the_shopper_s_clock(
    decided: str, hour: int, zone: str, expected: str
) -> None:
    assert send_moment(utc(decided), hour, zone) == utc(expected)


@given(
    MOMENTS,
    st.integers(0, 23),
    st.sampled_from(ZONES),
)
def test_the_send_moment_is_within_a_day_and_strikes_the_hour(
    decided: datetime, hour: int, zone: str
) -> None:
    moment = send_moment(decided, hour, zone)
    assert timedelta(0) <= moment - decided <= timedelta(hours=25)
    wall = moment.astimezone(ZoneInfo(zone))
    just_before = (moment - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    left_out = just_before.utcoffset() != wall.utcoffset()
    assert wall.hour == hour or left_out


@given(
    MOMENTS,
    st.sampled_from(ZONES),
)
def test_a_held_message_may_go_at_the_moment_it_is_held_to(moment: datetime, zone: str) -> None:
    until = quiet_until(moment, zone, "sms", "US")
    if until is not None:
        assert moment < until <= moment + timedelta(hours=13)
        assert quiet_until(until, zone, "sms", "US") is None


@pytest.mark.parametrize("market", ["US", "CN", "DE"])
@pytest.mark.parametrize("channel", ["email", "sms", "push", "onsite"])
@pytest.mark.parametrize("day", ["2018-03-05", "2026-11-20"])
def test_deciding_and_sending_agree_on_every_hour(day: str, channel: str, market: str) -> None:
    midnight = utc(day + "T00:00")
    actions = [Action("coffee", channel, hour, "a") for hour in range(24)]
    guard = QuietHours(market, midnight.date())
    cut = guard.blocks(ONE_SHOPPER, actions)[0].tolist()
    held = [
        quiet_until(midnight + timedelta(hours=hour), "UTC", channel, market) is not None
        for hour in range(24)
    ]
    assert held == cut
    assert held[12] is False
    assert held[3] is (channel != "onsite")


def test_a_channel_without_contact_hours_is_not_used() -> None:
    with pytest.raises(InvalidError, match="pigeon"):
        quiet_until(utc("2026-11-01T12:00"), NEW_YORK, "pigeon", "US")


@pytest.mark.parametrize(("first", "last"), [(21, 8), (9, 9), (-1, 8), (9, 25)])
def test_contact_hours_lie_within_a_day(first: int, last: int) -> None:
    with pytest.raises(InvalidError, match="within one day"):
        ContactHours("US", "email", first, last, date(2026, 1, 1), "odd")


def test_an_unknown_time_zone_is_named() -> None:
    with pytest.raises(InvalidError, match="Mars/Base"):
        send_moment(utc("2026-11-01T04:00"), 9, "Mars/Base")


def test_an_hour_that_no_day_has_is_refused() -> None:
    with pytest.raises(InvalidError, match="24"):
        send_moment(utc("2026-11-01T04:00"), 24, NEW_YORK)


def test_a_moment_outside_utc_is_refused() -> None:
    with pytest.raises(InvalidError, match="UTC"):
        quiet_until(utc("2026-11-01T04:00").astimezone(ZoneInfo(NEW_YORK)), NEW_YORK, "sms", "US")
