"""Fresh words for the moment a shopper is in: asked for in the background, used from then on.

A page never waits for a language model. What it asks for is written later, proven against the
offer like every text, and read by a person where the review policy says so. Once approved it takes
the place of the older text of its cell, from the next look of the window on.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import NamedTuple

from promoloop.compose import CopyRequest, ReviewPolicy, Writers, open_reviews
from promoloop.core import InvalidError, stable_hash
from promoloop.flows.compose import write_requests
from promoloop.flows.house import House

__all__ = ["FreshWords", "Wanted"]


class Wanted(NamedTuple):
    """A cell for which fresh words are wanted."""

    offer_id: str
    locale: str
    channel: str
    moment: str


class FreshWords:
    """A short queue of cells, and who writes for them.

    Parameters
    ----------
    house : House
    writers : callable
        Opens the models that are asked.
    policy : ReviewPolicy
        Which texts a person reads first.
    most : int, default 32
        Cells that wait at most; one more is passed over.
    again : timedelta, default 6 hours
        A cell is asked for once in so long.
    """

    def __init__(
        self,
        house: House,
        writers: Callable[[], AbstractContextManager[Writers]],
        policy: ReviewPolicy,
        most: int = 32,
        again: timedelta = timedelta(hours=6),
    ) -> None:
        if most < 1 or again <= timedelta(0):
            raise InvalidError(
                f"a queue of {most} cells, each every {again}",
                "there must be room for one, and some time",
                "Leave them out to get the defaults.",
            )
        self._house, self._writers, self._policy = house, writers, policy
        self._most, self._again = most, again
        self._waiting: OrderedDict[Wanted, None] = OrderedDict()
        self._asked: dict[Wanted, datetime] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def want(self, wanted: Wanted, now: datetime) -> bool:
        """Ask for fresh words; whether there was room, and they were not asked for lately."""
        with self._lock:
            last = self._asked.get(wanted)
            lately = last is not None and now - last < self._again
            if lately or wanted in self._waiting or len(self._waiting) >= self._most:
                return False
            self._waiting[wanted] = None
            self._asked[wanted] = now
        return True

    def write(self, now: datetime) -> int:
        """Write for all that waits; return how many proven texts that brought."""
        with self._lock:
            cells = list(self._waiting)
            self._waiting.clear()
        if not cells:
            return 0
        with self._writers() as writers:
            return sum(self._written(cell, writers, now) for cell in cells)

    def _written(self, cell: Wanted, writers: Writers, now: datetime) -> int:
        house = self._house
        offer = house.offers.get(cell.offer_id)
        request = CopyRequest(offer, (cell.locale,), (cell.channel,), (cell.moment,))
        seed = stable_hash(*cell, now.isoformat()) >> 2
        found = write_requests([request], house.time_zone, writers, seed, now)
        known = {copy.copy_id for copy in house.copies.all()}
        fresh = tuple(copy for copy in found.copies if copy.copy_id not in known)
        house.copies.put(fresh)
        open_reviews(fresh, found.facts, self._policy, house.reviews, now, found.scores)
        return len(fresh)
