"""When the outbox comes back to what a provider put off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from promoloop.backends.sql import State
from promoloop.core import SteppedClock
from promoloop.decide import ContactHours
from promoloop.deliver import Channel, Message, Paced, Rendered, SendResult, next_try
from promoloop.flows.deliver import Desk, deliver_due
from promoloop.testing import MemoryChannel

Desks = Callable[[Sequence[Channel]], Desk]

ALL_DAY = (ContactHours("*", "email", 0, 24, date(2000, 1, 1), "test"),)
FAR = datetime(2030, 1, 1, tzinfo=UTC)


class Busy:
    """A provider that always says "later", and for how long."""

    name = "email"

    def __init__(self, after_seconds: float) -> None:
        self._after = after_seconds

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        return [SendResult("retry", "429 too many", self._after)] * len(messages)


def due(state: State) -> datetime:
    found = state.outbox.waiting_since(FAR)
    assert found is not None
    return found


def test_a_message_the_provider_never_takes_fails_after_five_tries(
    state: State, desk: Desks, message: Message, clock: SteppedClock
) -> None:
    at_work = replace(desk([MemoryChannel(away=True)]), quiet=ALL_DAY)
    state.outbox.enqueue([message])
    for minutes in (5, 30, 120, 480):
        assert deliver_due(at_work, "w", clock).retry == 1
        wait = due(state) - clock.now()
        assert timedelta(minutes=minutes / 2) <= wait < timedelta(minutes=1.5 * minutes)
        clock.move_to(due(state))
    assert deliver_due(at_work, "w", clock).failed == 1


def test_leases_and_holds_do_not_count_as_tries(
    state: State, desk: Desks, message: Message, clock: SteppedClock
) -> None:
    """It was leased and given back ten times before its provider was asked at all."""
    state.outbox.enqueue([message])
    for _ in range(10):
        state.outbox.lease("w", clock.now(), 1)
        state.outbox.mark([message.dedupe_key], "w", "held", clock.now(), "pause", clock.now())
    report = deliver_due(desk([MemoryChannel(away=True)]), "w", clock)
    assert (report.retry, report.failed) == (1, 0)


@pytest.mark.parametrize("hours", [1, 5])
def test_nothing_is_sent_before_the_moment_the_provider_named(
    hours: int, state: State, desk: Desks, message: Message, clock: SteppedClock
) -> None:
    state.outbox.enqueue([message])
    deliver_due(desk([Busy(3600.0 * hours)]), "w", clock)
    wait = due(state) - clock.now()
    assert timedelta(hours=hours) <= wait < timedelta(hours=1.1 * hours)


def test_what_our_own_pace_kept_back_is_never_given_up(
    state: State, desk: Desks, message: Message, clock: SteppedClock
) -> None:
    """One message a day, and none left for this one in ten runs."""
    paced = Paced(MemoryChannel(), per_second=1 / 86400, burst=1, monotonic=lambda: 0.0)
    paced.send([Rendered("m", "a@mail.example", "s", "t", "", {})])
    at_work = replace(desk([paced]), quiet=ALL_DAY)
    state.outbox.enqueue([replace(message, expires_at=FAR)])
    for _ in range(10):
        assert deliver_due(at_work, "w", clock).retry == 1
        wait = due(state) - clock.now()
        # the day until there is room again, and a minute, give or take the half of it
        assert timedelta(days=1, seconds=30) <= wait <= timedelta(days=1, seconds=90)
        clock.move_to(due(state))


def test_messages_put_off_together_come_back_apart() -> None:
    """Uniform on 2.5 to 7.5 minutes: the mean is 5, the deviation 5 / sqrt(12), to 4 errors."""
    waits = [next_try(f"d-{n}", 0, SendResult("retry", "451")) for n in range(20_000)]
    minutes = [wait.total_seconds() / 60 for wait in waits if wait is not None]
    mean = sum(minutes) / 20_000
    deviation = (sum((one - mean) ** 2 for one in minutes) / 20_000) ** 0.5
    assert (mean, deviation) == (pytest.approx(5, abs=0.04), pytest.approx(5 / 12**0.5, abs=0.03))
    assert 2.5 <= min(minutes) < max(minutes) <= 7.5
