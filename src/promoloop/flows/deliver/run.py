"""A run: groups leased, looked at again, handed to their channels, booked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import partial

from promoloop.core import Clock, InvalidError
from promoloop.deliver import Message, Rendered, SendResult
from promoloop.flows.deliver.books import SendBooks
from promoloop.flows.deliver.desk import DeliverReport, Desk
from promoloop.flows.deliver.lanes import Lane
from promoloop.flows.deliver.rules import SendRules
from promoloop.flows.deliver.stops import Stop
from promoloop.flows.ports import Progress

__all__ = ["Run"]

#: Seconds that other channels wait for a full one before its messages go back to the queue,
#: and how long they then stay there.
PATIENCE = 2.0
SIDELINED = timedelta(minutes=1)
#: Groups that are leased and judged at a time; each is looked at again as it leaves.
BATCH = 5


class Run:
    """One call of ``deliver_due``. Only the calling thread touches the outbox."""

    def __init__(
        self,
        desk: Desk,
        owner: str,
        clock: Clock,
        progress: Progress,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._outbox = desk.outbox
        self._owner = owner
        self._clock = clock
        self._progress = progress
        self._lanes = {name: Lane(channel, pool) for name, channel in desk.channels.items()}
        self._rules = SendRules(desk, clock.now())
        self._books = SendBooks(desk, owner, clock, self._rules)
        self._taken = 0
        self._more = True

    def step(self, limit: int) -> bool:
        """Take a batch, start what can start, book what has ended; False when all is done."""
        if self._has_room(limit):
            self._sort(self._lease(BATCH * limit))
        for lane in self._lanes.values():
            self._start(lane, limit)
        self._await(limit)
        self._progress("deliver", self._books.done, self._taken)
        return self._more or any(lane.future or lane.waiting for lane in self._lanes.values())

    def _has_room(self, limit: int) -> bool:
        """Whether no channel has a group waiting, one is out of work, or a lease has run out."""
        lanes, now = self._lanes.values(), self._clock.now()
        crowded = any(len(lane.waiting) >= limit and not lane.slow for lane in lanes)
        return not crowded or any(lane.out_of_work or lane.overdue(now) for lane in lanes)

    def _lease(self, limit: int) -> list[Message]:
        """New messages; one whose lease ran out while it waited here waits on under the new one."""
        taken = self._outbox.lease(self._owner, self._clock.now(), limit)
        # Old ones alone may fill a group while new ones are due behind them.
        self._more = bool(taken)
        leased = {message.dedupe_key: message for message in taken}
        for lane in self._lanes.values():
            lane.waiting = [(leased.pop(one.dedupe_key, one), text) for one, text in lane.waiting]
            for one, _ in lane.flying:
                leased.pop(one.dedupe_key, None)
        self._taken += len(leased)
        return list(leased.values())

    def settle(self) -> None:
        """Wait for what is in the air, book it, and give back what never left."""
        wait(self._flying())
        for lane in self._lanes.values():
            self._land(lane)
            self._sideline(lane, 0)

    def report(self, seconds: float) -> DeliverReport:
        """The run so far."""
        away = {n: x.said for n, x in self._lanes.items() if x.said and not x.reached}
        return self._books.report(seconds, away)

    def _flying(self) -> list[Future[list[SendResult]]]:
        return [lane.future for lane in self._lanes.values() if lane.future is not None]

    def _await(self, limit: int) -> None:
        """Let channels finish: one at least when there is no other work, or one is full."""
        busy = [lane for lane in self._lanes.values() if lane.future is not None]
        full = [lane for lane in busy if len(lane.waiting) >= limit]
        stuck = [lane for lane in full if not lane.slow]
        others_idle = len(busy) < len(self._lanes)
        patience: float | None = PATIENCE if stuck else 0.0
        if not self._more or (full and not others_idle):
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
        self._rules.begin_batch(group, now)
        verdicts: dict[Stop, list[Message]] = {}
        for message in group:
            verdict = self._judge(message, now)
            if verdict is not None:
                verdicts.setdefault(verdict, []).append(message)
        for verdict, messages in verdicts.items():
            self._books.book(messages, verdict)

    def _judge(self, message: Message, now: datetime) -> Stop | None:
        """Why the message is not sent now; ``None`` once it waits in its lane."""
        try:
            verdict = self._rules.stopped(message, now)
            if verdict is None:
                pair = (message, self._rules.rendered(message, now))
                lane = self._lanes[message.channel]
                lane.waiting.append(pair)
                lane.used = True
                self._rules.count(message)
        except InvalidError as error:
            return Stop("failed", str(error))
        return verdict

    def _start(self, lane: Lane, limit: int) -> None:
        if lane.future is not None or not lane.waiting:
            return
        group, lane.waiting = lane.waiting[:limit], lane.waiting[limit:]
        lane.flying = self._still_mine(self._still_right(group))
        if lane.flying:
            messages = [rendered for _, rendered in lane.flying]
            lane.future = lane.pool.submit(partial(lane.channel.send, messages))

    def _still_right(
        self, group: Sequence[tuple[Message, Rendered]]
    ) -> list[tuple[Message, Rendered]]:
        """What may go out as things stand at this very moment; the rest is booked."""
        now = self._clock.now()
        self._rules.read([message for message, _ in group], now)
        kept: list[tuple[Message, Rendered]] = []
        for message, rendered in group:
            verdict = self._rules.barred(message, now)
            if verdict is None:
                kept.append((message, rendered))
            else:
                self._rules.uncount([message])
                self._books.book([message], verdict)
        return kept

    def _still_mine(
        self, group: Sequence[tuple[Message, Rendered]]
    ) -> list[tuple[Message, Rendered]]:
        """Mark ``sending`` what is still ours and under every cap; the rest does not leave."""
        if not group:
            return []
        said = self._books.begin([message for message, _ in group])
        begun: list[tuple[Message, Rendered]] = []
        for message, rendered in group:
            cap = said.get(message.dedupe_key)
            if cap == "":
                begun.append((message, rendered))
            elif cap is None:
                self._books.give_back([message], "lease-ran-out", self._clock.now())
            else:
                self._rules.uncount([message])
                self._books.book([message], Stop("capped", f"cap:{cap}"))
        return begun

    def _sideline(self, lane: Lane, keep: int) -> None:
        """Give back what waits behind a channel that is slow or away, beyond ``keep``."""
        late, lane.waiting = lane.waiting[keep:], lane.waiting[:keep]
        messages = [message for message, _ in late]
        if messages:
            self._books.give_back(messages, "channel-busy", self._clock.now() + SIDELINED)

    def _land(self, lane: Lane) -> None:
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
        self._books.record([message for message, _ in flying], results)
