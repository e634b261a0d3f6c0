"""Leases that run out in the hands of a worker that is alive but slow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from promoloop.backends.sql import State
from promoloop.backends.sql.outbox import SqlOutbox
from promoloop.core import SteppedClock
from promoloop.deliver import Channel, Message, Rendered, SendResult
from promoloop.flows.deliver import Desk, deliver_due
from promoloop.profiles import Consent, ConsentLedger
from promoloop.testing import MemoryChannel

Desks = Callable[[Sequence[Channel]], Desk]
Many = Callable[[int], list[Message]]

LEASE = timedelta(seconds=1)


class SlowLedger:
    """The consents; the look-up of the number given takes longer than a lease."""

    def __init__(self, consents: ConsentLedger, clock: SteppedClock, slow: int) -> None:
        self._consents = consents
        self._clock = clock
        self._left = slow

    def record(self, entries: Sequence[Consent]) -> None:
        self._consents.record(entries)

    def granted(self, channel: str, purpose: str) -> frozenset[str]:
        return self._consents.granted(channel, purpose)

    def among(self, shopper_ids: Collection[str], channel: str, purpose: str) -> frozenset[str]:
        self._left -= 1
        if self._left == 0:
            self._clock.move_to(self._clock.now() + 1.2 * LEASE)
        return self._consents.among(shopper_ids, channel, purpose)

    def of(self, shopper_id: str) -> tuple[Consent, ...]:
        return self._consents.of(shopper_id)


class SlowChannel:
    """A channel whose first group takes longer than a lease."""

    name = "email"

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self._groups = 0

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        self._groups += 1
        if self._groups == 1:
            self._clock.move_to(self._clock.now() + 1.2 * LEASE)
        return [SendResult("sent", "")] * len(messages)


def test_a_worker_whose_leases_ran_out_goes_on_until_nothing_is_due(
    state: State, desk: Desks, clock: SteppedClock, many: Many
) -> None:
    """Four groups wait behind the first for longer than their lease, and are leased anew."""
    state.outbox.enqueue(many(200))
    outbox = SqlOutbox(state.database, lease=LEASE)
    at_work = replace(desk([SlowChannel(clock)]), outbox=outbox)
    report = deliver_due(at_work, "w", clock, limit_group=20)
    assert (report.sent, dict(report.reasons)) == (200, {})
    assert outbox.counts()["sent"] == 200


def test_a_channel_with_nothing_in_the_air_is_not_taken_for_a_slow_one(
    state: State, desk: Desks, clock: SteppedClock, many: Many
) -> None:
    """The fourth group's lease runs out at the last look, while the fifth waits behind it."""
    state.outbox.enqueue(many(200))
    slow = SlowLedger(state.consents, clock, slow=5)
    outbox = SqlOutbox(state.database, lease=LEASE)
    channels = [MemoryChannel("email"), MemoryChannel("onsite")]
    at_work = replace(desk(channels), outbox=outbox, consents=slow)
    report = deliver_due(at_work, "w", clock, limit_group=20)
    assert report.sent == 200
    assert dict(report.reasons) == {"lease-ran-out": 20}
