"""Quiet hours and send hours, by the clock on the shopper's wall.

The rules are dated data per market and channel. They are our wording of what the named source
asks, or a plain courtesy of ours; take legal advice before you rely on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from promoloop.core import InvalidError, require_utc

__all__ = ["QUIET_HOURS", "QuietHours", "quiet_until", "send_moment"]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``begins`` to ``ends`` (local time, past midnight when ``begins > ends``) all is quiet.

    ``market`` is a country, or ``"*"`` for every market without a rule of its own. Of several
    rules for one market and channel the one with the latest ``since`` on or before the day counts.
    """

    market: str
    channel: str
    begins: time
    ends: time
    since: date
    source: str

    def covers(self, wall: time) -> bool:
        """Whether the wall clock ``wall`` lies in the quiet stretch."""
        if self.begins <= self.ends:
            return self.begins <= wall < self.ends
        return wall >= self.begins or wall < self.ends


#: Defaults. On-site messages have none: the shopper is there.
QUIET_HOURS = (
    QuietHours(
        "US", "sms", time(21), time(8), date(2013, 10, 16), "47 CFR 64.1200(c)(1), recipient time"
    ),
    QuietHours("*", "sms", time(21), time(9), date(2024, 1, 1), "courtesy, no law behind it"),
    QuietHours("*", "email", time(22), time(7), date(2024, 1, 1), "courtesy, no law behind it"),
    QuietHours("*", "push", time(22), time(8), date(2024, 1, 1), "courtesy, no law behind it"),
)


def quiet_until(
    moment: datetime,
    time_zone: str,
    channel: str,
    market: str,
    rules: Sequence[QuietHours] = QUIET_HOURS,
) -> datetime | None:
    """When the quiet stretch around ``moment`` (UTC) ends, in UTC; ``None`` outside of one.

    Raises
    ------
    InvalidError
        When ``moment`` is not in UTC or the time zone is unknown.

    Examples
    --------
    >>> quiet_until(datetime(2026, 11, 30, 4, tzinfo=UTC), "America/New_York", "sms", "US")
    datetime.datetime(2026, 11, 30, 13, 0, tzinfo=datetime.timezone.utc)
    """
    wall = require_utc(moment, "the moment to send").astimezone(_zone(time_zone))
    rule = _rule_in_force(wall.date(), channel, market, rules)
    if rule is None or not rule.covers(wall.time()):
        return None
    return _next_wall_time(moment, rule.ends, _zone(time_zone))


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


def _rule_in_force(
    day: date, channel: str, market: str, rules: Sequence[QuietHours]
) -> QuietHours | None:
    known = [rule for rule in rules if rule.channel == channel and rule.since <= day]
    own = [rule for rule in known if rule.market == market]
    return max(
        own or [rule for rule in known if rule.market == "*"],
        key=lambda rule: rule.since,
        default=None,
    )


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
