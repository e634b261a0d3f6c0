"""Time comes in as an argument: rooms never ask what time it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from promoloop.core.errors import InvalidError

__all__ = ["Clock", "SteppedClock", "require_utc"]


class Clock(Protocol):
    """What time it is, in UTC."""

    def now(self) -> datetime:
        """The present moment, with tzinfo UTC."""
        ...


class SteppedClock:
    """A clock that stands still until it is moved: for simulated weeks and tests."""

    def __init__(self, start: datetime) -> None:
        self._now = require_utc(start, "the clock's start")

    def now(self) -> datetime:
        """The moment the clock was last moved to."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Move forward to ``moment``; an earlier moment is refused."""
        if moment < self._now:
            raise InvalidError(
                f"moving the clock to {moment.isoformat()}",
                f"it already shows {self._now.isoformat()}",
                "Time only goes forward.",
            )
        self._now = moment


def require_utc(moment: datetime, what: str) -> datetime:
    """``moment`` unchanged when it is in UTC; an error naming ``what`` otherwise."""
    if moment.utcoffset() != timedelta(0):
        raise InvalidError(
            f"{what} = {moment.isoformat()}",
            "it is not in UTC",
            "Give the time with its zone, for example 2026-11-30T18:00:00Z.",
        )
    return moment
