"""One shopper now: a decision out of memory, made durable with its money, and the answer.

Nothing is trained, scanned or asked of a model here. What is missing makes the answer poorer, with
a reason code, and never late: a decision that could not be stored in time is not shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from promoloop.core import (
    InvalidError,
    RefusedError,
    UnavailableError,
    unit_interval,
)
from promoloop.decide import BudgetLeft, Decision, held_out
from promoloop.flows.books.stock import code_pool
from promoloop.flows.measuring.guardrails import require_running
from promoloop.flows.ports import LiveCommit
from promoloop.flows.realtime.answering import Answers
from promoloop.flows.realtime.choosing import Drawing, arm_odds, pick
from promoloop.flows.realtime.drafting import Draft, decision_of, promise_of
from promoloop.flows.realtime.fresh import FreshWords, Wanted
from promoloop.flows.realtime.pacers import Arrival, elapsed_of
from promoloop.flows.realtime.records import LiveAnswer, LiveRequest
from promoloop.flows.realtime.remembering import Remembering
from promoloop.flows.realtime.requests import decision_id_of, midnight_of, require_decidable
from promoloop.flows.realtime.signals import Interest, Signals
from promoloop.flows.realtime.sorting import Sorted, channel_of, note_screened, sort_spots
from promoloop.flows.realtime.standing import Standing
from promoloop.flows.realtime.window import Shelf, Window, read_left

__all__ = ["Live"]

Mask: TypeAlias = NDArray[np.bool_]
Steps: TypeAlias = Generator[Future[Decision], Decision, LiveAnswer]

#: After so long without a look at the shop, pauses are asked for with every request.
_BLIND = timedelta(seconds=5)
#: After midnight yesterday's decisions are looked up for so long, for requests that come again.
_AGAIN = timedelta(hours=1)
#: How often a draw is taken back for want of money or units, before nothing is shown.
_ROUNDS = 4


class Live:
    """Decides for one shopper at a time; safe to share between threads.

    Parameters
    ----------
    window : Window
        Refreshed by whoever runs the shop.
    signals : Signals
        What shoppers did lately.
    commit : LiveCommit
        Where decisions are made durable.
    clock : callable
        Seconds that only grow, such as ``time.monotonic``: deadlines are told on it.
    fresh : FreshWords, optional
        Who is asked for words of the moment; nobody by default.
    """

    def __init__(
        self,
        window: Window,
        signals: Signals,
        commit: LiveCommit,
        clock: Callable[[], float],
        fresh: FreshWords | None = None,
    ) -> None:
        self.window, self.signals = window, signals
        self._commit, self._clock = commit, clock
        self._house = window.house
        self._answers = Answers(window)
        self._standing = Standing(window)
        self._remembering = Remembering(window.house)
        self._fresh = fresh

    def keep_contexts(self, now: datetime, *, whole: bool = False) -> int:
        """Keep what decisions saw, now and then or ``whole``; in the background."""
        return self._remembering.keep(now, whole=whole)

    def forget(self, shopper_id: str) -> None:
        """Drop everything on one shopper, who was erased."""
        self.window.forget(shopper_id)
        self.signals.forget(shopper_id)
        self._standing.forget(shopper_id)

    def decide(
        self, request: LiveRequest, now: datetime, deadline: float | None = None
    ) -> LiveAnswer:
        """Decide for one look at a page, in the time the request leaves.

        Parameters
        ----------
        request : LiveRequest
        now : datetime
            The moment, UTC.
        deadline : float, optional
            On the clock; by default ``request.deadline_ms`` from now on.

        Raises
        ------
        InvalidError
            For a request that cannot be meant: no id, an unknown slot or campaign, a cart with
            products nobody knows.
        """
        until = self._until(request, deadline)
        steps = self._steps(request, now, until)
        try:
            waited = next(steps)
            while True:
                try:
                    kept = waited.result(max(0.0, until - self._clock()))
                except TimeoutError:
                    steps.close()
                    return self._answers.nothing(request, now, "not_in_time")
                except (RefusedError, UnavailableError) as error:
                    waited = steps.throw(error)
                else:
                    waited = steps.send(kept)
        except StopIteration as done:
            return _answer_in(done)

    async def decide_async(
        self, request: LiveRequest, now: datetime, deadline: float | None = None
    ) -> LiveAnswer:
        """``decide`` for an event loop: waits for the store without holding the loop."""
        until = self._until(request, deadline)
        steps = self._steps(request, now, until)
        try:
            waited = next(steps)
            while True:
                try:
                    left = max(0.0, until - self._clock())
                    kept = await asyncio.wait_for(asyncio.wrap_future(waited), left)
                except TimeoutError:
                    steps.close()
                    return self._answers.nothing(request, now, "not_in_time")
                except (RefusedError, UnavailableError) as error:
                    waited = steps.throw(error)
                else:
                    waited = steps.send(kept)
        except StopIteration as done:
            return _answer_in(done)

    def _steps(self, request: LiveRequest, now: datetime, until: float) -> Steps:
        """Everything that decides; yields what is to be waited for."""
        require_decidable(request, now)
        gone = self.window.is_gone(request.shopper_id)
        again = None if gone else self._standing.same(request)
        if again is not None:
            return again
        answer = yield from self._decided(request, now, until)
        if answer.decision_id:
            self._standing.keep(request, answer)
        return answer

    def _decided(self, request: LiveRequest, now: datetime, until: float) -> Steps:
        reason = self._nobody(request)
        if reason:
            return self._answers.nothing(request, now, reason)
        interest = self._interest(request, now)
        stands = self._standing.stands(request, interest, now)
        if stands is not None:
            return self._answers.priced_again(stands, request, now)
        before = self._of_yesterday(request, now)
        if before is not None:
            return self._answers.of_stored(request, before, now)
        found = self._place(request, interest, now)
        if isinstance(found, str):
            return self._answers.nothing(request, now, found)
        if self._clock() >= until - self.window.rules.spare_seconds:
            return self._answers.nothing(request, now, "not_in_time")
        return (yield from self._promised(self._draft(request, found, now), until))

    def _promised(self, draft: Draft, until: float) -> Steps:
        """Make it durable; what cannot be paid is left out, and it is drawn again."""
        seed, request, now = self.window.rules.seed, draft.request, draft.now
        for _ in range(_ROUNDS):
            try:
                self._issue(draft)
                decision = decision_of(draft, seed)
                slots = self._answers.clauses(draft)
                kept = yield self._submit(draft, decision, slots)
            except RefusedError:
                self._again(draft)
                if self._clock() >= until:
                    return self._answers.nothing(request, now, "not_in_time")
                continue
            except UnavailableError:
                return self._answers.nothing(request, now, "store_unavailable")
            if kept != decision:
                return self._answers.of_stored(request, kept, now)
            answer = self._answers.of_draft(draft, decision)
            self._standing.begin(draft, answer)
            self._ask_for_words(draft)
            return answer
        return self._answers.nothing(request, now, BudgetLeft.code)

    def _ask_for_words(self, draft: Draft) -> None:
        """In the moment of a cart or a second look, have words written for the next one."""
        spot, found = draft.drawing.spot, draft.found
        if self._fresh is None or spot < 0:
            return
        offer = found.shelf.view.offers[int(found.shelf.view.offer_of[spot])]
        moment = found.interest.moment_of(offer.group)
        if moment:
            cell = Wanted(offer.offer_id, found.locale, found.channel, moment)
            self._fresh.want(cell, draft.now)

    def _submit(
        self, draft: Draft, decision: Decision, slots: Mapping[str, str]
    ) -> Future[Decision]:
        waited = self._commit.submit(promise_of(draft, decision, slots))
        waited.add_done_callback(lambda done: self._count(draft, decision, done))
        return waited

    def _count(self, draft: Draft, decision: Decision, done: Future[Decision]) -> None:
        """Once it is durable: count the promise, and let the prices follow."""
        if done.cancelled() or done.exception() is not None or done.result() != decision:
            return
        found = draft.found
        self._remembering.add(draft)
        if decision.offer_id is not None:
            found.shelf.count(decision.offer_id, decision.shopper_id)
            self.window.shown.add(decision.shopper_id, found.channel, draft.now)
        elapsed = elapsed_of(draft.now, self._house.time_zone)
        open_ = found.screened
        found.shelf.pacer.note(
            Arrival(draft.arm, elapsed, found.worth.value, open_, draft.drawing.spot)
        )

    def _draft(self, request: LiveRequest, found: Sorted, now: datetime) -> Draft:
        """The first draw, from what is permitted and, as far as is known, can be paid."""
        if found.arm == "policy":
            note_screened(found)
        draft = Draft(request, decision_id_of(request, now), found, now)
        self._draw(draft)
        return draft

    def _again(self, draft: Draft) -> None:
        """The draw as it comes out among what can be paid, looked at anew; its point stays."""
        if draft.code and self._house.codes is not None:
            self._house.codes.give_back([draft.decision_id])
        read_left(self._house, draft.found.shelf)
        self._draw(draft)

    def _draw(self, draft: Draft) -> None:
        found = draft.found
        final = found.final(draft.arm)
        draft.out, draft.code = self._short(found, final), ""
        odds = self._odds(found, final, draft.out)
        point = unit_interval(str(self.window.rules.seed), draft.decision_id)
        draft.drawing = Drawing(pick(odds, point), odds)

    def _odds(self, found: Sorted, final: Mask, out: Mapping[int, str]) -> NDArray[np.float64]:
        shelf = found.shelf
        rest = final.copy()
        rest[list(out)] = False
        usual = next((at for at in shelf.usual.get(found.channel, ()) if rest[at]), -1)
        return arm_odds(found.arm, shelf.view, found.priced, rest, usual, shelf.pacer.thin)

    def _short(self, found: Sorted, final: Mask) -> dict[int, str]:
        """Permitted spots that cannot be paid, as far as is known, with the reason."""
        shelf = found.shelf
        out = {at: code for at, code in enumerate(shelf.short) if code and final[at]}
        if found.arm == "bau":
            left = shelf.pacer.usual_left
            dear = np.flatnonzero(final & (shelf.view.promise > left)).tolist()
            out |= {at: BudgetLeft.code for at in dear if at not in out}
        return out

    def _issue(self, draft: Draft) -> None:
        """Take the next code of the pool, where the offer has one: nobody else gets it."""
        spot, view, codes = draft.drawing.spot, draft.found.shelf.view, self._house.codes
        if spot < 0 or codes is None:
            return
        offer = view.offers[int(view.offer_of[spot])]
        if code_pool(offer):
            draft.code = codes.issue(
                offer.offer_id, draft.decision_id, draft.request.shopper_id, draft.now
            )

    def _place(self, request: LiveRequest, interest: Interest, now: datetime) -> Sorted | str:
        """The campaign that the place is worth most to, whatever the shopper's arm there."""
        wanted = [
            (shelf, channel)
            for shelf in self.window.shelves
            if request.campaign_id in ("", shelf.view.campaign.campaign_id)
            for channel in (channel_of(request.slot, shelf.view),)
            if channel
        ]
        if not wanted:
            return "no_campaign"
        current = [(shelf, channel) for shelf, channel in wanted if now < shelf.view.ends]
        if not current:
            return "being_refreshed"
        running = [one for one in current if not self._paused(one[0], now)]
        if not running:
            return "campaign_paused"
        mine = [one for one in running if request.shopper_id in one[0].view.rows]
        if not mine:
            known = request.shopper_id in self.window.profiled
            return "not_in_audience" if known else "unknown_shopper"
        found = [
            sort_spots(self.window, shelf, request, interest, channel, now)
            for shelf, channel in mine
        ]
        return found[0] if len(found) == 1 else max(found, key=lambda one: one.best)

    def _paused(self, shelf: Shelf, now: datetime) -> bool:
        campaign_id = shelf.view.campaign.campaign_id
        looked = self.window.looked_at
        if looked is not None and now - looked <= _BLIND:
            return campaign_id in self.window.paused
        try:
            require_running(self._house, campaign_id)
        except RefusedError:
            return True
        return False

    def _nobody(self, request: LiveRequest) -> str:
        """Why there is nothing to decide for this shopper at all."""
        if self.window.made_at is None:
            return "starting"
        if request.campaign_id and request.campaign_id not in self.window.campaigns:
            raise InvalidError(
                f"the campaign {request.campaign_id!r}", "there is none of this id", "Check the id."
            )
        if held_out((request.shopper_id,), self._house.holdout)[0]:
            return "held_out"
        return "unknown_shopper" if self.window.is_gone(request.shopper_id) else ""

    def _interest(self, request: LiveRequest, now: datetime) -> Interest:
        window = self.window
        group = request.group or next(iter(window.groups_of((request.product_id,))), "")
        items = request.cart.items if request.cart is not None else ()
        given = {item.category for item in items if item.category}
        in_cart = window.groups_of(i.product_id for i in items if not i.category) | given
        return self.signals.of(request.shopper_id, now).with_page(group, frozenset(in_cart))

    def _of_yesterday(self, request: LiveRequest, now: datetime) -> Decision | None:
        """The decision of a request that came first just before midnight."""
        midnight = midnight_of(now)
        if now - midnight >= _AGAIN:
            return None
        try:
            return self._house.decisions.get(decision_id_of(request, midnight - timedelta(hours=1)))
        except InvalidError:
            return None

    def _until(self, request: LiveRequest, deadline: float | None) -> float:
        return self._clock() + request.deadline_ms / 1000.0 if deadline is None else deadline


def _answer_in(done: StopIteration) -> LiveAnswer:
    answer = done.value
    assert isinstance(answer, LiveAnswer)
    return answer
