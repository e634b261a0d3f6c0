"""The delivery flow: what is checked, in which order, and what becomes of the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from promoloop.backends.sql import State
from promoloop.core import SteppedClock
from promoloop.deliver import Channel, FrequencyCap, Message, Rendered, SendResult
from promoloop.flows.deliver import Desk, deliver_due
from promoloop.offers import Pause
from promoloop.profiles import Consent
from promoloop.testing.channel import MemoryChannel

Desks = Callable[[Sequence[Channel]], Desk]
Many = Callable[[int], list[Message]]


def test_every_due_message_is_sent_once(
    state: State, desk: Desks, many: Many, clock: SteppedClock
) -> None:
    channel = MemoryChannel()
    state.outbox.enqueue(many(45))
    assert deliver_due(desk([channel]), "w1", clock).sent == 45
    assert deliver_due(desk([channel]), "w2", clock).sent == 0
    assert len(channel.taken) == 45
    assert channel.taken[0].subject == "Coffee: 20% off, ends Nov 30"


def test_the_report_says_how_long_sending_took_though_the_clock_stands_still(
    desk: Desks, clock: SteppedClock
) -> None:
    readings = iter([100.0, 102.5])
    report = deliver_due(desk([]), "w1", clock, seconds=lambda: next(readings))
    assert report.seconds == 2.5


def test_a_message_whose_offer_is_over_is_not_sent(
    state: State, desk: Desks, message: Message, clock: SteppedClock, noon: datetime
) -> None:
    state.outbox.enqueue([replace(message, expires_at=noon)])
    report = deliver_due(desk([MemoryChannel()]), "w1", clock)
    assert (report.sent, report.expired) == (0, 1)


def test_quiet_hours_hold_a_message_to_their_end(
    state: State, desk: Desks, message: Message, noon: datetime
) -> None:
    channel = MemoryChannel()
    late = SteppedClock(noon + timedelta(hours=11))  # 23:00 in New York
    state.outbox.enqueue([message])
    assert deliver_due(desk([channel]), "w1", late).held == 1
    late.move_to(noon + timedelta(hours=18, minutes=59))  # 06:59
    assert deliver_due(desk([channel]), "w2", late).sent == 0
    late.move_to(noon + timedelta(hours=19))  # 07:00
    assert deliver_due(desk([channel]), "w3", late).sent == 1


def test_a_message_of_a_paused_campaign_is_held_until_it_is_resumed(
    state: State, desk: Desks, many: Many, clock: SteppedClock, noon: datetime
) -> None:
    ours, other = many(2)
    state.outbox.enqueue([ours, replace(other, campaign_id="other")])
    state.pauses.write(Pause(ours.campaign_id, noon, True, "unsubscribe_rate"))
    guarded = replace(desk([MemoryChannel()]), pauses=state.pauses)
    report = deliver_due(guarded, "w1", clock)
    assert (report.sent, report.held, report.reasons) == (1, 1, {"campaign-paused": 1})
    state.pauses.write(Pause(ours.campaign_id, noon + timedelta(minutes=5), False))
    clock.move_to(noon + timedelta(hours=1))
    assert deliver_due(guarded, "w2", clock).sent == 1


def test_an_offer_that_ends_within_quiet_hours_expires_instead_of_waiting(
    state: State, desk: Desks, message: Message, noon: datetime
) -> None:
    state.outbox.enqueue([replace(message, expires_at=noon + timedelta(hours=13))])
    late = SteppedClock(noon + timedelta(hours=11))
    assert deliver_due(desk([MemoryChannel()]), "w1", late).expired == 1


def test_the_frequency_cap_counts_earlier_runs_and_this_one(
    state: State, desk: Desks, message: Message, clock: SteppedClock
) -> None:
    capped = replace(
        desk([MemoryChannel()]),
        caps=[FrequencyCap("email-per-7-days", "email", 2, timedelta(days=7))],
    )
    state.outbox.enqueue([replace(message, dedupe_key="first")])
    deliver_due(capped, "w1", clock)
    state.outbox.enqueue([replace(message, dedupe_key=f"later-{n}") for n in range(3)])
    report = deliver_due(capped, "w2", clock)
    assert (report.sent, report.capped) == (1, 2)
    assert report.reasons == {"cap:email-per-7-days": 2}


def test_consent_withdrawn_after_the_decision_stops_the_message(
    state: State, desk: Desks, many: Many, clock: SteppedClock, noon: datetime
) -> None:
    channel = MemoryChannel()
    state.outbox.enqueue(many(2))
    state.consents.record([Consent("s-1", "email", "marketing", False, noon, "unsubscribe")])
    report = deliver_due(desk([channel]), "w1", clock)
    assert (report.sent, report.capped, report.reasons) == (1, 1, {"no-consent": 1})
    assert [taken.address for taken in channel.taken] == ["s0@mail.example"]


@pytest.mark.parametrize(
    "change",
    [
        {"slots": {"reward": "20% off"}},
        {"slots": {"reward": "20% off", "deadline": "x\r\nBcc: all@mail.example"}},
        {"locale": "xx-XX"},
        {"time_zone": "Moon/Crater"},
        {"channel": "fax"},
        {"copy_id": "missing"},
    ],
)
def test_one_bad_message_fails_with_its_reason_and_the_rest_go_out(
    state: State, desk: Desks, many: Many, clock: SteppedClock, change: dict[str, str]
) -> None:
    messages = many(3)
    state.outbox.enqueue([messages[0], replace(messages[1], **change), messages[2]])
    report = deliver_due(desk([MemoryChannel()]), "w1", clock)
    assert (report.sent, report.failed + report.capped) == (2, 1)
    assert len(report.reasons) == 1


def test_what_the_channel_answers_is_what_is_recorded(
    state: State, desk: Desks, many: Many, clock: SteppedClock
) -> None:
    answers = {
        "s0@mail.example": "failed",
        "s1@mail.example": "unknown",
        "s2@mail.example": "retry",
    }
    state.outbox.enqueue(many(4))
    report = deliver_due(desk([MemoryChannel(answers=answers)]), "w1", clock)
    assert (report.sent, report.failed, report.unknown, report.retry) == (1, 1, 1, 1)
    counts = state.outbox.counts()
    assert (counts["sent"], counts["failed"], counts["unknown"], counts["queued"]) == (1, 1, 1, 1)


def test_a_channel_that_is_away_gets_its_messages_when_it_is_back(
    state: State, desk: Desks, many: Many, clock: SteppedClock, noon: datetime
) -> None:
    channel = MemoryChannel(away=True)
    state.outbox.enqueue(many(90))
    away = deliver_due(desk([channel]), "w1", clock)
    assert (away.retry, set(away.away)) == (90, {"email"})
    assert away.away["email"]
    channel.away = False
    clock.move_to(noon + timedelta(minutes=7.5))
    back = deliver_due(desk([channel]), "w2", clock)
    assert (back.sent, back.away) == (90, {})


@dataclass
class Stuck:
    """A channel that answers only when it is let go."""

    go: threading.Event
    name: str = "email"

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        assert self.go.wait(timeout=20)
        return [SendResult("sent", "at last")] * len(messages)


@dataclass
class LetsGo(MemoryChannel):
    """A channel that lets the stuck one go once it has sent everything of its own."""

    go: threading.Event = field(default_factory=threading.Event)
    total: int = 0

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        results = super().send(messages)
        if len(self.taken) == self.total:
            self.go.set()
        return results


def test_a_stuck_channel_does_not_hold_up_the_others(
    state: State, desk: Desks, many: Many, clock: SteppedClock
) -> None:
    messages = many(160)
    # Every e-mail is due before the first on-site message.
    onsite = [
        replace(m, channel="onsite", not_before=m.not_before + timedelta(minutes=1))
        for m in messages[80:]
    ]
    state.outbox.enqueue([*messages[:80], *onsite])
    go = threading.Event()
    fast = LetsGo(name="onsite", go=go, total=80)
    report = deliver_due(desk([Stuck(go), fast]), "w1", clock)
    assert len(fast.taken) == 80
    assert report.sent + report.retry == 160
    assert report.sent > 80


@dataclass
class Breaks:
    """A channel with a fault of its own."""

    name: str = "email"

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        raise KeyError("a fault in the channel")


def test_a_channel_that_raises_leaves_its_group_in_doubt_and_the_run_goes_on(
    state: State, desk: Desks, many: Many, clock: SteppedClock
) -> None:
    messages = many(10)
    onsite = [replace(m, channel="onsite") for m in messages[5:]]
    state.outbox.enqueue([*messages[:5], *onsite])
    report = deliver_due(desk([Breaks(), MemoryChannel(name="onsite")]), "w1", clock)
    assert (report.unknown, report.sent) == (5, 5)


def test_two_workers_share_the_work_and_send_nothing_twice(
    state: State, desk: Desks, many: Many, clock: SteppedClock
) -> None:
    channel = MemoryChannel()
    state.outbox.enqueue(many(120))
    reports = []

    def work(owner: str) -> None:
        reports.append(deliver_due(desk([channel]), owner, clock, limit_group=5))

    workers = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(report.sent for report in reports) == 120
    assert len(channel.taken) == 120


def test_progress_ends_at_everything_done(
    state: State, desk: Desks, many: Many, clock: SteppedClock
) -> None:
    seen: list[tuple[str, int, int]] = []
    state.outbox.enqueue(many(25))
    deliver_due(
        desk([MemoryChannel()]), "w1", clock, progress=lambda *at: seen.append(at), limit_group=10
    )
    assert seen[-1] == ("deliver", 25, 25)
