"""Quiet hours and send hours, by the clock on the shopper's wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from promoloop.core import InvalidError, require_utc
from promoloop.decide import CONTACT_HOURS, ContactHours, contact_hours

__all__ = ["quiet_until", "send_moment"]

#: Longer than any stretch of closed days.
_MOST_DAYS = 15


def quiet_until(
    moment: datetime,
    time_zone: str,
    channel: str,
    market: str,
    rules: Sequence[ContactHours] = CONTACT_HOURS,
) -> datetime | None:
    """When the quiet stretch around ``moment`` (UTC) ends, in UTC; ``None`` outside of one.

    It is quiet whenever the contact hours in force on that day do not allow the hour. Days that
    are closed, or on which other hours come into force, are looked at one by one.

    Raises
    ------
    InvalidError
        When ``moment`` is not in UTC, the time zone is unknown or the channel has no contact
        hours.

    Examples
    --------
    >>> quiet_until(datetime(2026, 11, 30, 4, tzinfo=UTC), "America/New_York", "sms", "US")
    datetime.datetime(2026, 11, 30, 13, 0, tzinfo=datetime.timezone.utc)
    """
    zone = _zone(time_zone)
    wall = require_utc(moment, "the moment to send").astimezone(zone)
    if contact_hours(channel, market, wall.date(), rules).allows(wall.hour):
        return None
    for step in range(_MOST_DAYS):
        day = wall.date() + timedelta(days=step)
        row = contact_hours(channel, market, day, rules)
        later = [one for one in _strikes(day, time(row.first), zone) if one >= moment]
        if later and not row.closed:
            return min(later)
    raise InvalidError(
        f"the channel {channel!r} in market {market!r}",
        f"no hour is allowed on any of {_MOST_DAYS} days",
        "Mend the table of contact hours, or do not use the channel there.",
    )


def send_moment(decided_at: datetime, local_hour: int, time_zone: str) -> datetime:
    """The next time, at or after ``decided_at`` (UTC), that the shopper's clock strikes the hour.

    On the night clocks go forward the hour that is left out is sent at the moment it would have
    been; on the night they go back the first of the two counts, unless it has passed.

    Examples
    --------
    >>> send_moment(datetime(2026, 3, 8, 5, tzinfo=UTC), 9, "America/New_York")
    datetime.datetime(2026, 3, 8, 13, 0, tzinfo=datetime.timezone.utc)
    """
    if not 0 <= local_hour <= 23:
        raise InvalidError(
            f"sending at hour {local_hour}", "a day has hours 0 to 23", "Give one of these."
        )
    require_utc(decided_at, "the time of decision")
    return _next_wall_time(decided_at, time(local_hour), _zone(time_zone))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidError(
            f"the time zone {name!r}",
            "it is not in the time zone database",
            "Write it like America/New_York or Asia/Shanghai.",
        ) from error


def _next_wall_time(moment: datetime, wall: time, zone: ZoneInfo) -> datetime:
    day = moment.astimezone(zone).date()
    return min(
        strike
        for step in (0, 1)
        for strike in _strikes(day + timedelta(days=step), wall, zone)
        if strike >= moment
    )


def _strikes(day: date, wall: time, zone: ZoneInfo) -> Iterator[datetime]:
    """Every moment the clock shows ``wall`` on ``day``: one, two when clocks go back.

    When clocks go forward over ``wall``, the one moment it would have been (PEP 495, fold 0).
    """
    first = datetime.combine(day, wall, zone).astimezone(UTC)
    yield first
    second = datetime.combine(day, wall.replace(fold=1), zone).astimezone(UTC)
    if second > first:
        yield second
