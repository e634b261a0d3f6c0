"""What became of each message: entered in the outbox, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from promoloop.core import Clock
from promoloop.deliver import Message, SendResult, next_try
from promoloop.flows.deliver.desk import DeliverReport, Desk
from promoloop.flows.deliver.rules import SendRules
from promoloop.flows.deliver.stops import Stop

__all__ = ["SendBooks"]

#: A message that ended so was never told to anybody.
UNTOLD = ("capped", "expired", "failed")


class SendBooks:
    """The outbox as one worker marks it, with how many messages ended how.

    Parameters
    ----------
    desk : Desk
    owner : str
        The worker.
    clock : Clock
    rules : SendRules
        Told of messages that did not leave, so that they fill no cap.
    """

    def __init__(self, desk: Desk, owner: str, clock: Clock, rules: SendRules) -> None:
        self._desk = desk
        self._owner = owner
        self._clock = clock
        self._rules = rules
        self._counts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()

    @property
    def done(self) -> int:
        """Messages with an end in this run."""
        return sum(self._counts.values())

    def report(self, seconds: float, away: Mapping[str, str]) -> DeliverReport:
        """The run so far."""
        names = ("sent", "failed", "unknown", "capped", "held", "expired", "retry")
        counts = {name: self._counts[name] for name in names}
        return DeliverReport(**counts, reasons=dict(self._reasons), seconds=seconds, away=away)

    def record(self, messages: Sequence[Message], results: Sequence[SendResult]) -> None:
        """What the channel said of each of these messages."""
        outcomes: dict[SendResult, list[Message]] = {}
        for message, result in zip(messages, results, strict=True):
            said = SendResult("sent", "") if result.state == "sent" else result
            outcomes.setdefault(said, []).append(message)
        for said, group in outcomes.items():
            if said.state == "retry":
                self._later(group, said)
            else:
                self.book(group, Stop(said.state, said.detail))

    def give_back(self, messages: Sequence[Message], reason: str, again: datetime) -> None:
        """Back to the queue until ``again``: these never left."""
        self._rules.uncount(messages)
        self.book(messages, Stop("retry", reason, again))

    def book(self, messages: Sequence[Message], verdict: Stop, *, tried: bool = False) -> None:
        """Enter what becomes of these messages; one that is not ours any more is not counted."""
        state = "queued" if verdict.state == "retry" else verdict.state
        moved = self.mark(messages, state, verdict.reason, verdict.not_before, tried=tried)
        if verdict.state in UNTOLD and moved == len(messages):
            self._let_go([message.decision_id for message in messages], verdict.state)
        self._counts[verdict.state] += moved
        if verdict.reason:
            self._reasons[verdict.reason] += moved

    def begin(self, messages: Sequence[Message]) -> Mapping[str, str]:
        """Mark messages ``sending``; see ``deliver.SendGate``. Without a gate: all, or none."""
        desk = self._desk
        if desk.gate is not None:
            return desk.gate.begin(messages, self._owner, self._clock.now(), desk.caps)
        if self.mark(messages, "sending") < len(messages):
            return {}
        return {message.dedupe_key: "" for message in messages}

    def mark(
        self,
        messages: Sequence[Message],
        state: str,
        reason: str = "",
        not_before: datetime | None = None,
        *,
        tried: bool = False,
    ) -> int:
        """Move messages that are this worker's in this attempt; return how many were."""
        attempts = {message.dedupe_key: message.attempt for message in messages}
        now = self._clock.now()
        return self._desk.outbox.mark(
            attempts, self._owner, state, now, reason, not_before, tried=tried
        )

    def _let_go(self, decision_ids: Sequence[str], state: str) -> None:
        """Money and units of promises that were never made go back, and codes nobody has seen."""
        if self._desk.book is not None:
            self._desk.book.release(decision_ids)
        if self._desk.codes is not None and state != "failed":
            self._desk.codes.give_back(decision_ids)

    def _later(self, messages: Sequence[Message], said: SendResult) -> None:
        """Back to the queue, to be tried again later and later, and given up in the end."""
        alike: dict[int, list[Message]] = {}
        self._rules.uncount(messages)
        for message in messages:
            alike.setdefault(message.tries, []).append(message)
        for tries, group in alike.items():
            wait = next_try(group[0].dedupe_key, tries, said)
            if wait is None:
                self.book(group, Stop("failed", f"gave up: {said.detail}"))
            else:
                later = Stop("retry", said.detail, self._clock.now() + wait)
                self.book(group, later, tried=said.asked)
