"""What became of each message: entered in the outbox, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from promoloop.core import Clock
from promoloop.deliver import Message, Outbox, SendResult
from promoloop.flows.deliver.desk import DeliverReport
from promoloop.flows.deliver.rules import SendRules
from promoloop.flows.deliver.stops import Stop

__all__ = ["SendBooks"]

#: How long a message waits after the channel said "later", by attempt; then it has failed.
BACKOFF = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8))


class SendBooks:
    """The outbox as one worker marks it, with how many messages ended how.

    Parameters
    ----------
    outbox : Outbox
    owner : str
        The worker.
    clock : Clock
    rules : SendRules
        Told of messages that did not leave, so that they fill no cap.
    """

    def __init__(self, outbox: Outbox, owner: str, clock: Clock, rules: SendRules) -> None:
        self._outbox = outbox
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
        outcomes: dict[tuple[str, str], list[Message]] = {}
        for message, result in zip(messages, results, strict=True):
            detail = "" if result.state == "sent" else result.detail
            outcomes.setdefault((result.state, detail), []).append(message)
        for (state, detail), group in outcomes.items():
            if state == "retry":
                self._later(group, detail)
            else:
                self.book(group, Stop(state, detail))

    def give_back(self, messages: Sequence[Message], reason: str, again: datetime) -> None:
        """Back to the queue until ``again``: these never left."""
        self._rules.uncount(messages)
        self.book(messages, Stop("retry", reason, again))

    def book(self, messages: Sequence[Message], verdict: Stop) -> None:
        """Enter what becomes of these messages; one that is not ours any more is not counted."""
        state = "queued" if verdict.state == "retry" else verdict.state
        keys = [message.dedupe_key for message in messages]
        moved = self.mark(keys, state, verdict.reason, verdict.not_before)
        self._counts[verdict.state] += moved
        if verdict.reason:
            self._reasons[verdict.reason] += moved

    def mark(
        self, keys: Sequence[str], state: str, reason: str = "", not_before: datetime | None = None
    ) -> int:
        """Move messages that are this worker's to a state; return how many were."""
        return self._outbox.mark(keys, self._owner, state, self._clock.now(), reason, not_before)

    def _later(self, messages: Sequence[Message], detail: str) -> None:
        """Back to the queue, to be tried again later and later, and given up in the end."""
        waits: dict[int, list[Message]] = {}
        self._rules.uncount(messages)
        for message in messages:
            waits.setdefault(max(1, message.attempt), []).append(message)
        for attempt, group in waits.items():
            if attempt > len(BACKOFF):
                self.book(group, Stop("failed", f"gave up: {detail}"))
            else:
                again = self._clock.now() + BACKOFF[attempt - 1]
                self.book(group, Stop("retry", detail, again))
