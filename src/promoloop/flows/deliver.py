"""Send what is due: lease, check again, render, hand over, record.

A message is marked ``sending`` in its own transaction just before it leaves, so a run killed at
any moment leaves each message either untouched (and sent by the next run) or in doubt (and parked
as ``unknown``); none is sent twice.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from promoloop.compose import CopyBank, ReviewLog, fill
from promoloop.core import Clock, InvalidError
from promoloop.decide import CONTACT_HOURS, ContactHours
from promoloop.deliver import (
    Channel,
    FrequencyCap,
    Message,
    Outbox,
    Rendered,
    Sender,
    SendResult,
    Tally,
    links_for,
    quiet_until,
    render_email,
    render_onsite,
)
from promoloop.flows.ports import Progress, silent
from promoloop.flows.stops import ApprovedTexts, Stop, in_quiet_hours
from promoloop.offers import Pause, PauseBook
from promoloop.profiles import ConsentLedger

__all__ = ["DeliverReport", "Desk", "deliver_due"]

#: How long a message waits after the channel said "later", by attempt; then it has failed.
BACKOFF = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8))

#: Seconds that other channels wait for a full one before its messages go back to the queue,
#: and how long they then stay there.
PATIENCE = 2.0
SIDELINED = timedelta(minutes=1)

#: How long a message of a paused campaign rests before it is looked at again.
PAUSED = timedelta(hours=1)

#: Consent and pauses are read anew after so many groups.
CONSENT_GROUPS = 25


@dataclass(frozen=True, slots=True)
class Desk:
    """What sending needs: stores, channels, the shop's letterhead and the rules.

    ``key`` signs the links; ``market`` picks the row of contact hours in ``quiet``; ``purpose`` is
    what shoppers must have agreed to; messages of campaigns that ``pauses`` names are held, and so
    are those whose text does not stand as approved in ``reviews`` any more.
    """

    outbox: Outbox
    copies: CopyBank
    consents: ConsentLedger
    channels: Mapping[str, Channel]
    sender: Sender
    shop_url: str
    key: bytes
    market: str
    caps: Sequence[FrequencyCap] = ()
    quiet: Sequence[ContactHours] = CONTACT_HOURS
    purpose: str = "marketing"
    pauses: PauseBook | None = None
    reviews: ReviewLog | None = None


@dataclass(frozen=True, slots=True)
class DeliverReport:
    """How many messages ended how, in this run; ``reasons`` counts each reason given.

    ``held`` waits for the end of quiet hours, ``retry`` for the channel. ``away`` names
    every channel that took nothing of what it was handed, with what it said.
    """

    sent: int
    failed: int
    unknown: int
    capped: int
    held: int
    expired: int
    retry: int
    reasons: Mapping[str, int]
    seconds: float
    away: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Lane:
    """One channel with the messages waiting for it; it works on one group at a time."""

    channel: Channel
    pool: ThreadPoolExecutor
    waiting: list[tuple[Message, Rendered]] = field(default_factory=list)
    flying: list[tuple[Message, Rendered]] = field(default_factory=list)
    future: Future[list[SendResult]] | None = None
    misses: int = 0
    slow: bool = False
    reached: bool = False
    said: str = ""

    @property
    def away(self) -> bool:
        """Whether two groups in a row came back whole: the provider is not there."""
        return self.misses >= 2


def deliver_due(
    desk: Desk,
    owner: str,
    clock: Clock,
    limit_group: int = 20,
    progress: Progress = silent,
    seconds: Callable[[], float] = time.perf_counter,
) -> DeliverReport:
    """Send every message that is due, as ``owner``; return when none is left.

    Each channel works in a thread of its own, so a slow one holds up nobody else. A channel that
    cannot be reached is left alone for the rest of the run and its messages go back to the queue.

    Parameters
    ----------
    desk : Desk
    owner : str
        Names this worker; no two workers at a time may share a name.
    clock : Clock
    limit_group : int, default 20
        Messages taken, marked and handed over together.
    progress : Progress
        Called as ``("deliver", done, total so far)``.
    seconds : callable
        A running count of seconds, to measure the run by; ``clock`` may stand still.
    """
    started = seconds()
    with ThreadPoolExecutor(max_workers=max(1, len(desk.channels))) as pool:
        run = _Run(desk, owner, clock, progress, pool)
        try:
            while run.step(limit_group):
                pass
        finally:
            # Also after Ctrl-C: what was handed over is recorded, the rest goes back.
            run.settle()
    return run.report(seconds() - started)


class _Run:
    """One call of ``deliver_due``. Only the calling thread touches the outbox."""

    def __init__(
        self,
        desk: Desk,
        owner: str,
        clock: Clock,
        progress: Progress,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._desk = desk
        self._owner = owner
        self._clock = clock
        self._progress = progress
        self._lanes = {name: _Lane(channel, pool) for name, channel in desk.channels.items()}
        self._counts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._texts = ApprovedTexts(desk.copies, desk.reviews)
        self._agreed: dict[str, frozenset[str]] = {}
        self._paused: Mapping[str, Pause] = {}
        self._taken = self._groups = 0
        now = clock.now()
        self._tally = Tally(desk.caps, [desk.outbox.contacts(cap.since(now)) for cap in desk.caps])

    def step(self, limit: int) -> bool:
        """Take one group, start what can start, book what has ended; False when all is done."""
        group = self._lease(limit)
        self._sort(group)
        for lane in self._lanes.values():
            self._start(lane, limit)
        self._await(limit, more=bool(group))
        self._progress("deliver", sum(self._counts.values()), self._taken)
        return bool(group or any(lane.future or lane.waiting for lane in self._lanes.values()))

    def _lease(self, limit: int) -> list[Message]:
        """New messages; one whose lease ran out while it waited here is not taken twice."""
        in_hand = {
            message.dedupe_key
            for lane in self._lanes.values()
            for message, _ in (*lane.waiting, *lane.flying)
        }
        leased = self._desk.outbox.lease(self._owner, self._clock.now(), limit)
        group = [message for message in leased if message.dedupe_key not in in_hand]
        self._taken += len(group)
        return group

    def settle(self) -> None:
        """Wait for what is in the air, book it, and give back what never left."""
        wait(self._flying())
        for lane in self._lanes.values():
            self._land(lane)
            self._sideline(lane, 0)

    def report(self, seconds: float) -> DeliverReport:
        """The run so far."""
        names = ("sent", "failed", "unknown", "capped", "held", "expired", "retry")
        counts = {name: self._counts[name] for name in names}
        silent_ones = {n: x.said for n, x in self._lanes.items() if x.said and not x.reached}
        return DeliverReport(
            **counts, reasons=dict(self._reasons), seconds=seconds, away=silent_ones
        )

    def _flying(self) -> list[Future[list[SendResult]]]:
        return [lane.future for lane in self._lanes.values() if lane.future is not None]

    def _await(self, limit: int, more: bool) -> None:
        """Let channels finish: one at least when there is no other work, or one is full."""
        full = [lane for lane in self._lanes.values() if len(lane.waiting) >= limit]
        stuck = [lane for lane in full if not lane.slow]
        others_idle = any(lane.future is None for lane in self._lanes.values())
        patience: float | None = PATIENCE if stuck else 0.0
        if not more or (full and not others_idle):
            patience = None
        done, _ = wait(self._flying(), timeout=patience, return_when=FIRST_COMPLETED)
        for lane in self._lanes.values():
            self._land(lane)
            if lane in stuck and not done:
                lane.slow = True
            if lane.slow or lane.away:
                self._sideline(lane, 0 if lane.away else limit)

    def _sort(self, group: Sequence[Message]) -> None:
        now = self._clock.now()
        if self._groups % CONSENT_GROUPS == 0:
            self._agreed.clear()
            self._texts.look_again()
            self._paused = self._desk.pauses.paused() if self._desk.pauses else {}
        self._groups += 1
        verdicts: dict[Stop, list[Message]] = {}
        for message in group:
            verdict = self._judge(message, now)
            if verdict is not None:
                verdicts.setdefault(verdict, []).append(message)
        for verdict, messages in verdicts.items():
            self._book(messages, verdict)

    def _agrees(self, message: Message) -> bool:
        if message.channel not in self._agreed:
            self._agreed[message.channel] = self._desk.consents.granted(
                message.channel, self._desk.purpose
            )
        return message.shopper_id in self._agreed[message.channel]

    def _judge(self, message: Message, now: datetime) -> Stop | None:
        """Why the message is not sent now; ``None`` once it waits in its lane."""
        try:
            verdict = self._stopped(message, now)
            if verdict is None:
                pair = (message, self._render(message, now))
                self._lanes[message.channel].waiting.append(pair)
                self._tally.add(message.shopper_id, message.channel)
        except InvalidError as error:
            return Stop("failed", str(error))
        return verdict

    def _stopped(self, message: Message, now: datetime) -> Stop | None:
        """The rule that stops the message, if one does."""
        if message.channel not in self._lanes:
            return Stop("failed", f"no-channel:{message.channel}")
        if message.expires_at <= now:
            return Stop("expired", "offer-over")
        if not self._agrees(message):
            return Stop("capped", "no-consent")
        if message.campaign_id in self._paused:
            return Stop("held", "campaign-paused", now + PAUSED)
        return self._texts.stop(message, now + PAUSED) or self._too_much(message, now)

    def _too_much(self, message: Message, now: datetime) -> Stop | None:
        """Why the shopper is not to be reached at this moment."""
        desk = self._desk
        until = quiet_until(now, message.time_zone, message.channel, desk.market, desk.quiet)
        if until is not None:
            return in_quiet_hours(message, until)
        cap = self._tally.full(message.shopper_id, message.channel)
        return Stop("capped", f"cap:{cap}") if cap else None

    def _render(self, message: Message, now: datetime) -> Rendered:
        parts = fill(self._texts.get(message.copy_id).parts, message.slots)
        if message.channel != "email":
            return render_onsite(message, parts)
        links = links_for(message, self._desk.sender, self._desk.shop_url, self._desk.key)
        return render_email(message, parts, self._desk.sender, links, now)

    def _start(self, lane: _Lane, limit: int) -> None:
        if lane.future is not None or not lane.waiting:
            return
        group, lane.waiting = lane.waiting[:limit], lane.waiting[limit:]
        lane.flying = self._still_mine(group)
        if lane.flying:
            messages = [rendered for _, rendered in lane.flying]
            lane.future = lane.pool.submit(partial(lane.channel.send, messages))

    def _still_mine(
        self, group: Sequence[tuple[Message, Rendered]]
    ) -> list[tuple[Message, Rendered]]:
        """Mark the group ``sending``, or send none of it when a lease ran out meanwhile."""
        messages = [message for message, _ in group]
        if self._mark([message.dedupe_key for message in messages], "sending") == len(group):
            return list(group)
        self._uncount(messages)
        self._book(messages, Stop("retry", "lease-ran-out", self._clock.now()))
        return []

    def _sideline(self, lane: _Lane, keep: int) -> None:
        """Give back what waits behind a channel that is slow or away, beyond ``keep``."""
        late, lane.waiting = lane.waiting[keep:], lane.waiting[:keep]
        messages = [message for message, _ in late]
        if messages:
            self._uncount(messages)
            again = self._clock.now() + SIDELINED
            self._book(messages, Stop("retry", "channel-busy", again))

    def _land(self, lane: _Lane) -> None:
        if lane.future is None or not lane.future.done():
            return
        error = lane.future.exception()
        flying, lane.flying = lane.flying, []
        if error is not None:
            # It broke half-way: what was handed over cannot be known.
            detail = f"channel broke: {type(error).__name__}"
            results = [SendResult("unknown", detail)] * len(flying)
        else:
            results = lane.future.result()
        lane.future = None
        missed = error is not None or all(result.state == "retry" for result in results)
        lane.misses = lane.misses + 1 if missed else 0
        lane.reached |= not missed
        lane.said = lane.said or results[0].detail
        self._record([message for message, _ in flying], results)

    def _record(self, messages: Sequence[Message], results: Sequence[SendResult]) -> None:
        outcomes: dict[tuple[str, str], list[Message]] = {}
        for message, result in zip(messages, results, strict=True):
            detail = "" if result.state == "sent" else result.detail
            outcomes.setdefault((result.state, detail), []).append(message)
        for (state, detail), group in outcomes.items():
            if state == "retry":
                self._later(group, detail)
            else:
                self._book(group, Stop(state, detail))

    def _later(self, messages: Sequence[Message], detail: str) -> None:
        """Back to the queue, to be tried again later and later, and given up in the end."""
        waits: dict[int, list[Message]] = {}
        self._uncount(messages)
        for message in messages:
            waits.setdefault(max(1, message.attempt), []).append(message)
        for attempt, group in waits.items():
            if attempt > len(BACKOFF):
                self._book(group, Stop("failed", f"gave up: {detail}"))
            else:
                again = self._clock.now() + BACKOFF[attempt - 1]
                self._book(group, Stop("retry", detail, again))

    def _uncount(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self._tally.remove(message.shopper_id, message.channel)

    def _book(self, messages: Sequence[Message], verdict: Stop) -> None:
        state = "queued" if verdict.state == "retry" else verdict.state
        keys = [message.dedupe_key for message in messages]
        moved = self._mark(keys, state, verdict.reason, verdict.not_before)
        self._counts[verdict.state] += moved
        if verdict.reason:
            self._reasons[verdict.reason] += moved

    def _mark(
        self, keys: Sequence[str], state: str, reason: str = "", not_before: datetime | None = None
    ) -> int:
        return self._desk.outbox.mark(
            keys, self._owner, state, self._clock.now(), reason, not_before
        )
