"""What every outbox must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from promoloop.core import InvalidError
from promoloop.deliver import (
    DeliveryLog,
    FrequencyCap,
    Message,
    Outbox,
    ParkedMessages,
    SendGate,
)
from promoloop.testing.samples import NOON, expecting, message

__all__ = ["LoggingOutbox", "OutboxSuite"]

#: Longer than any lease.
_LATER = timedelta(hours=1)


def _keys(messages: list[Message]) -> list[str]:
    return [message.dedupe_key for message in messages]


class LoggingOutbox(Outbox, DeliveryLog, ParkedMessages, SendGate, Protocol):
    """An outbox that also says when messages left and which are in doubt, and keeps caps."""


class OutboxSuite(ABC):
    """Derive from this and say how to make an empty outbox, with leases under an hour."""

    @abstractmethod
    def make(self) -> LoggingOutbox:
        """An empty outbox."""

    def filled(self, *messages: Message) -> LoggingOutbox:
        """An outbox with ``messages``."""
        outbox = self.make()
        outbox.enqueue(messages)
        return outbox

    def sending(self, owner: str, now: datetime = NOON) -> LoggingOutbox:
        """An outbox whose message ``m1`` is being sent by ``owner``."""
        outbox = self.filled(message("m1"))
        outbox.lease(owner, now, 1)
        assert outbox.mark(["m1"], owner, "sending", now) == 1
        return outbox

    def test_a_message_is_enqueued_once(self) -> None:
        outbox = self.make()
        assert outbox.enqueue([message("m1"), message("m1"), message("m2")]) == 2
        assert outbox.enqueue([message("m2"), message("m3")]) == 1
        assert outbox.counts()["queued"] == 3

    def test_due_messages_are_leased_in_order_of_time(self) -> None:
        outbox = self.filled(message("m2", 2), message("m1", 1), message("m9", 9))
        leased = outbox.lease("w1", NOON + timedelta(minutes=5), 10)
        assert _keys(leased) == ["m1", "m2"]

    def test_a_leased_message_says_who_holds_it(self) -> None:
        leased = self.filled(message("m1")).lease("w1", NOON, 1)[0]
        assert leased.lease_until is not None
        assert leased.lease_until > NOON
        expected = replace(
            message("m1"), state="leased", owner="w1", attempt=1, lease_until=leased.lease_until
        )
        assert leased == expected

    def test_no_more_than_the_limit_is_leased(self) -> None:
        outbox = self.filled(*(message(f"m{n}", n) for n in range(5)))
        later = NOON + timedelta(minutes=9)
        assert _keys(outbox.lease("w1", later, 2)) == ["m0", "m1"]
        assert _keys(outbox.lease("w1", later, 2)) == ["m2", "m3"]

    def test_a_leased_message_is_nobody_elses(self) -> None:
        outbox = self.filled(message("m1"))
        outbox.lease("w1", NOON, 1)
        assert outbox.lease("w2", NOON, 1) == []
        assert outbox.mark(["m1"], "w2", "sending", NOON) == 0

    def test_a_lease_that_ran_out_is_taken_over(self) -> None:
        outbox = self.filled(message("m1"))
        outbox.lease("w1", NOON, 1)
        taken = outbox.lease("w2", NOON + _LATER, 1)
        assert [(one.owner, one.attempt) for one in taken] == [("w2", 2)]
        assert outbox.mark(["m1"], "w1", "sending", NOON + _LATER) == 0

    def test_a_lease_that_ran_out_gives_no_right_to_send(self) -> None:
        outbox = self.filled(message("m1"))
        outbox.lease("w1", NOON, 1)
        assert outbox.mark(["m1"], "w1", "sending", NOON + _LATER) == 0

    def test_what_was_left_sending_becomes_unknown_and_is_never_sent_again(self) -> None:
        outbox = self.sending("w1")
        assert outbox.lease("w2", NOON + _LATER, 1) == []
        assert outbox.counts()["unknown"] == 1
        assert outbox.mark(["m1"], "w1", "sent", NOON + _LATER) == 0

    def test_a_result_ends_the_message(self) -> None:
        for state in ("sent", "failed", "unknown"):
            outbox = self.sending("w1")
            assert outbox.mark(["m1"], "w1", state, NOON, "why") == 1
            assert outbox.mark(["m1"], "w1", state, NOON, "why") == 0
            assert outbox.lease("w1", NOON + _LATER, 1) == []
            assert outbox.counts()[state] == 1

    def test_nothing_is_sent_that_was_not_sending(self) -> None:
        outbox = self.filled(message("m1"))
        outbox.lease("w1", NOON, 1)
        assert outbox.mark(["m1"], "w1", "sent", NOON) == 0

    def test_a_message_can_be_stopped_before_it_leaves(self) -> None:
        for state in ("capped", "expired", "failed"):
            outbox = self.filled(message("m1"))
            outbox.lease("w1", NOON, 1)
            assert outbox.mark(["m1"], "w1", state, NOON, "rule") == 1
            assert outbox.lease("w1", NOON + _LATER, 1) == []

    def test_a_held_message_waits_and_stays_counted_as_held(self) -> None:
        outbox = self.filled(message("m1"))
        outbox.lease("w1", NOON, 1)
        until = NOON + _LATER
        assert outbox.mark(["m1"], "w1", "held", NOON, "quiet", until) == 1
        assert outbox.lease("w1", until - timedelta(seconds=1), 1) == []
        assert _keys(outbox.lease("w1", until, 1)) == ["m1"]
        assert outbox.counts()["held"] == 1

    def test_a_message_to_be_retried_goes_back_to_the_queue(self) -> None:
        outbox = self.sending("w1")
        outbox.mark(["m1"], "w1", "queued", NOON, "busy", NOON + _LATER)
        assert outbox.lease("w2", NOON, 1) == []
        again = outbox.lease("w2", NOON + _LATER, 1)
        assert [(one.attempt, one.sent_at) for one in again] == [(2, None)]
        assert outbox.counts()["held"] == 0

    def test_tries_are_counted_apart_from_leases(self) -> None:
        outbox = self.filled(message("m1"))
        for tried in (False, True, False, True):
            outbox.lease("w1", NOON, 1)
            outbox.mark(["m1"], "w1", "queued", NOON, "later", NOON, tried=tried)
        assert [(one.attempt, one.tries) for one in outbox.lease("w1", NOON, 1)] == [(5, 2)]

    def test_marking_counts_only_what_is_still_held(self) -> None:
        outbox = self.filled(message("m1"), message("m2"), message("m3"))
        outbox.lease("w1", NOON, 2)
        assert outbox.mark(["m1", "m2", "m3", "m4"], "w1", "sending", NOON) == 2
        assert outbox.mark([], "w1", "sending", NOON) == 0

    def test_contacts_count_what_may_have_arrived(self) -> None:
        outbox = self.filled(*(message(f"m{n}", shopper_id=f"s{n % 2}") for n in range(6)))
        outbox.lease("w1", NOON, 5)
        outbox.mark(["m0", "m1", "m2", "m3"], "w1", "sending", NOON)
        outbox.mark(["m0"], "w1", "sent", NOON)
        outbox.mark(["m1"], "w1", "failed", NOON)
        outbox.mark(["m2"], "w1", "unknown", NOON)
        # sent and unknown to s0, still sending to s1; failed, leased and queued do not count
        assert outbox.contacts(NOON) == {("s0", "email"): 2, ("s1", "email"): 1}
        assert outbox.contacts(NOON + timedelta(seconds=1)) == {}

    def test_what_was_sent_is_listed_by_decision_with_its_moment(self) -> None:
        outbox = self.filled(message("m1"), message("m2"))
        for minutes, key in enumerate(("m1", "m2")):
            at = NOON + timedelta(minutes=minutes)
            outbox.lease("w1", at, 1)
            outbox.mark([key], "w1", "sending", at)
            outbox.mark([key], "w1", "sent", at)
        end = NOON + timedelta(minutes=1)
        assert outbox.sent_between(NOON, end) == {"d-m1": NOON}
        assert outbox.sent_between(end, end + timedelta(minutes=1)) == {"d-m2": end}
        assert outbox.sent_between(NOON, NOON) == {}
        texts = outbox.copies_between(NOON, end)
        assert texts == {"d-m1": message("m1").copy_id}

    def test_the_text_of_a_decision_is_known_before_it_is_sent(self) -> None:
        outbox = self.filled(message("m1"), replace(message("m2"), copy_id="y2"))
        assert [outbox.copy_of(key) for key in ("d-m1", "d-m2", "d-m3")] == ["y1", "y2", ""]

    def test_only_what_surely_left_counts_as_sent(self) -> None:
        outbox = self.filled(*(message(f"m{n}") for n in range(5)))
        outbox.lease("w1", NOON, 4)
        outbox.mark(["m0", "m1", "m2"], "w1", "sending", NOON)
        outbox.mark(["m0"], "w1", "unknown", NOON)
        outbox.mark(["m1"], "w1", "failed", NOON)
        # in doubt, failed, still sending, leased and queued: none of them is known to have left
        assert outbox.sent_between(NOON - _LATER, NOON + _LATER) == {}

    def test_a_worker_that_slept_cannot_speak_for_a_later_attempt_of_its_own(self) -> None:
        outbox = self.filled(message("m1"))
        first = outbox.lease("w1", NOON, 1)[0]
        again = outbox.lease("w1", NOON + _LATER, 1)[0]
        assert (first.attempt, again.attempt) == (1, 2)
        late = NOON + _LATER
        assert outbox.mark({"m1": first.attempt}, "w1", "sending", late) == 0
        assert outbox.mark({"m1": again.attempt}, "w1", "sending", late) == 1
        assert outbox.mark({"m1": first.attempt}, "w1", "sent", late) == 0
        assert outbox.mark({"m1": again.attempt}, "w1", "sent", late) == 1

    def test_what_a_silent_worker_was_sending_is_parked_and_listed(self) -> None:
        outbox = self.sending("w1")
        assert outbox.park(NOON) == 0
        assert outbox.parked() == ()
        assert outbox.park(NOON + _LATER) == 1
        assert outbox.park(NOON + _LATER) == 0
        assert [(one.dedupe_key, one.state) for one in outbox.parked()] == [("m1", "unknown")]

    def test_doubt_is_resolved_once_and_for_messages_in_doubt_only(self) -> None:
        for state in ("sent", "failed"):
            outbox = self.filled(message("m1"), message("m2"))
            outbox.lease("w1", NOON, 1)
            outbox.mark(["m1"], "w1", "sending", NOON)
            outbox.mark(["m1"], "w1", "unknown", NOON)
            assert outbox.resolve(["m1", "m2", "m3"], state, NOON + _LATER, "by hand") == 1
            assert outbox.resolve(["m1"], state, NOON + _LATER, "by hand") == 0
            assert outbox.counts()[state] == 1
            left = {"d-m1": NOON} if state == "sent" else {}
            assert outbox.sent_between(NOON, NOON + _LATER) == left

    def test_what_is_proven_never_to_have_left_may_be_sent_again(self) -> None:
        outbox = self.sending("w1")
        outbox.park(NOON + _LATER)
        assert outbox.resolve(["m1"], "queued", NOON + _LATER, "not in the log") == 1
        assert outbox.contacts(NOON) == {}
        assert _keys(outbox.lease("w2", NOON + _LATER, 1)) == ["m1"]

    def test_a_cap_holds_for_all_workers_together(self) -> None:
        caps = [FrequencyCap("one-a-day", "email", 1, timedelta(days=1))]
        outbox = self.filled(message("m1"), message("m2"), message("m3", shopper_id="s2"))
        first = outbox.lease("w1", NOON, 1)
        second = outbox.lease("w2", NOON, 2)
        assert outbox.begin(first, "w1", NOON, caps) == {"m1": ""}
        assert outbox.begin(second, "w2", NOON, caps) == {"m2": "one-a-day", "m3": ""}
        assert outbox.mark(["m2"], "w2", "capped", NOON, "cap:one-a-day") == 1
        assert outbox.counts()["sending"] == 2

    def test_what_is_not_held_any_more_does_not_begin(self) -> None:
        outbox = self.filled(message("m1"), message("m2"))
        first = outbox.lease("w1", NOON, 1)
        outbox.lease("w1", NOON + _LATER, 1)
        assert outbox.begin(first, "w1", NOON + _LATER, []) == {}
        assert outbox.begin(first, "w2", NOON, []) == {}
        assert outbox.counts()["sending"] == 0

    def test_eight_workers_at_once_break_no_cap(self) -> None:
        caps = [FrequencyCap("two", "email", 2, timedelta(days=1))]
        outbox = self.filled(*(message(f"m{n}", shopper_id=f"s{n % 5}") for n in range(60)))

        def work(worker: int) -> None:
            while group := outbox.lease(f"w{worker}", NOON, 4):
                said = outbox.begin(group, f"w{worker}", NOON, caps)
                full = [key for key, cap in said.items() if cap]
                outbox.mark(full, f"w{worker}", "capped", NOON, "cap:two")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        assert outbox.contacts(NOON) == {(f"s{n}", "email"): 2 for n in range(5)}

    def test_the_oldest_message_without_a_worker_is_known(self) -> None:
        outbox = self.filled(message("m1", 1), message("m2", 2))
        assert outbox.waiting_since(NOON) is None
        due = NOON + timedelta(minutes=1)
        assert outbox.waiting_since(NOON + _LATER) == due
        outbox.lease("w1", due, 1)
        assert outbox.waiting_since(due) is None
        assert outbox.waiting_since(NOON + timedelta(minutes=2)) == NOON + timedelta(minutes=2)

    def test_states_that_no_worker_gives_are_errors(self) -> None:
        outbox = self.filled(message("m1"))
        with expecting(InvalidError):
            outbox.mark(["m1"], "w1", "leased", NOON)
        with expecting(InvalidError):
            outbox.enqueue([replace(message("m2"), state="sent")])
        with expecting(InvalidError):
            outbox.lease("", NOON, 1)
        with expecting(InvalidError):
            outbox.resolve(["m1"], "held", NOON, "")

    def test_eight_workers_share_the_messages_without_overlap(self) -> None:
        outbox = self.filled(*(message(f"m{n}") for n in range(80)))

        def work(worker: int) -> list[str]:
            taken: list[str] = []
            while group := outbox.lease(f"w{worker}", NOON, 7):
                taken += _keys(group)
            return taken

        with ThreadPoolExecutor(8) as pool:
            taken = [key for keys in pool.map(work, range(8)) for key in keys]
        assert sorted(taken) == sorted(f"m{n}" for n in range(80))
