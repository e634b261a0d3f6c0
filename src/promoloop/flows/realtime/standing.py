"""What stands: the decision a shopper was shown a moment ago, and answers given before."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime

from promoloop.core import RefusedError
from promoloop.flows.realtime.drafting import Draft
from promoloop.flows.realtime.records import LiveAnswer, LiveCart, LiveRequest
from promoloop.flows.realtime.signals import Interest
from promoloop.flows.realtime.window import Window
from promoloop.offers import is_open

__all__ = ["Standing"]

#: Answers and standing decisions kept at most.
_ANSWERS, _STANDING = 50_000, 100_000


@dataclass(frozen=True, slots=True)
class _Answered:
    """What a request was answered, and whose it was."""

    shopper_id: str
    cart: LiveCart | None
    answer: LiveAnswer


@dataclass(frozen=True, slots=True)
class _Stands:
    """One decision that stands, and what it was made for."""

    answer: LiveAnswer
    interest: Interest
    until: datetime


class Standing:
    """Keeps what was said, so that it is said again.

    A decision stands while the shopper does nothing new, its offer runs, its campaign is not
    paused and its text is still approved.

    Parameters
    ----------
    window : Window
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._answers: OrderedDict[str, _Answered] = OrderedDict()
        self._standing: OrderedDict[tuple[str, str, str], _Stands] = OrderedDict()
        self._lock = threading.Lock()

    def same(self, request: LiveRequest) -> LiveAnswer | None:
        """What this very request was answered before.

        Raises
        ------
        RefusedError
            When its id came lately from another shopper, or with another cart.
        """
        before = self._answers.get(request.request_id)
        if before is None:
            return None
        if before.shopper_id != request.shopper_id or before.cart != request.cart:
            whose = "shopper" if before.shopper_id != request.shopper_id else "cart"
            raise RefusedError(
                f"deciding for the request {request.request_id!r}",
                f"the id stands for a request with another {whose}",
                "Give every request an id of its own.",
            )
        return replace(before.answer, repeated=True)

    def keep(self, request: LiveRequest, answer: LiveAnswer) -> None:
        """Remember the answer to a request."""
        kept = _Answered(request.shopper_id, request.cart, answer)
        with self._lock:
            self._answers[request.request_id] = kept
            if len(self._answers) > _ANSWERS:
                self._answers.popitem(last=False)

    def begin(self, draft: Draft, answer: LiveAnswer) -> None:
        """From now on this decision stands."""
        hold = self._window.rules.hold
        if not hold:
            return
        stands = _Stands(answer, draft.found.interest, draft.now + hold)
        with self._lock:
            self._standing[_key(draft.request)] = stands
            self._standing.move_to_end(_key(draft.request))
            if len(self._standing) > _STANDING:
                self._standing.popitem(last=False)

    def stands(self, request: LiveRequest, interest: Interest, now: datetime) -> LiveAnswer | None:
        """The decision that stands for the place, unless something has happened since."""
        found = self._standing.get(_key(request))
        if found is None or now >= found.until or not found.interest.same_as(interest):
            return None
        answer = found.answer
        shelf = self._window.shelf_of(answer.campaign_id)
        if shelf is None or answer.campaign_id in self._window.paused or now >= shelf.view.ends:
            return None
        if answer.offer is None:
            return answer
        row = shelf.view.rows.get(answer.shopper_id)
        offer = shelf.offer(answer.offer.offer_id)
        agreed = row is not None and shelf.agreed[answer.action.split("/")[1]][row]
        if offer is None or not agreed or not is_open(offer, now):
            return None
        same = offer.revision == answer.offer.revision
        approved = answer.copy is None or answer.copy.copy_id in shelf.copy_ids
        return answer if same and approved else None

    def forget(self, shopper_id: str) -> None:
        """Drop everything on one shopper."""
        with self._lock:
            mine = [key for key, one in self._answers.items() if one.shopper_id == shopper_id]
            for key in mine:
                del self._answers[key]
            for place in [one for one in self._standing if one[0] == shopper_id]:
                del self._standing[place]


def _key(request: LiveRequest) -> tuple[str, str, str]:
    return request.shopper_id, request.slot, request.campaign_id
