"""Figures that take a while to count: kept for a time in keeping with what they cost.

Whoever asks meanwhile gets the last figures; once they are too old, the next are counted in the
background, or waited for where that is quick. So a page that many people leave open costs a tenth
of a processor at most.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLongError
from dataclasses import dataclass
from typing import Any, TypeVar, cast

__all__ = ["Kept"]

T = TypeVar("T")

_MOST = 64


@dataclass
class _Shelf:
    """The last figures of one key, what they cost, until when they are good; those to come."""

    figures: Future[Any] | None = None
    seconds: float = 0.0
    good_until: float = 0.0
    coming: Future[Any] | None = None


class Kept:
    """Figures by key, the newest asked for; one thread counts.

    Parameters
    ----------
    worth : float, default 10
        Figures are good for this many times as long as it took to count them.
    quick : float, default 0.25
        Seconds that a reader waits for figures that are not too old instead of being given old
        ones.

    Examples
    --------
    >>> kept = Kept()
    >>> kept.get("a", lambda: 1, patience=10.0)
    1
    """

    def __init__(self, worth: float = 10.0, quick: float = 0.25) -> None:
        self._worth, self._quick = worth, quick
        self._shelves: OrderedDict[Hashable, _Shelf] = OrderedDict()
        self._turn = threading.Lock()
        self._counter = ThreadPoolExecutor(1, thread_name_prefix="console-figures")

    def get(self, key: Hashable, count: Callable[[], T], patience: float) -> T | None:
        """The figures; ``None`` when the first are not there within ``patience`` seconds.

        What ``count`` raises is raised here, and counted again at the next asking.
        """
        try:
            return cast(T, self._asked_for(key, count).result(patience))
        except TooLongError:
            return None

    def _asked_for(self, key: Hashable, count: Callable[[], T]) -> Future[Any]:
        with self._turn:
            shelf = self._shelves.setdefault(key, _Shelf())
            self._shelves.move_to_end(key)
            while len(self._shelves) > _MOST:
                self._shelves.popitem(last=False)
            if shelf.coming is None and time.monotonic() >= shelf.good_until:
                shelf.coming = self._counter.submit(self._count, shelf, count)
            fresh = shelf.coming if shelf.seconds <= self._quick else None
            waited = fresh or shelf.figures or shelf.coming
            assert waited is not None
            return waited

    def _count(self, shelf: _Shelf, count: Callable[[], T]) -> T:
        begin = time.monotonic()
        try:
            found = count()
        except BaseException:
            with self._turn:
                shelf.coming = shelf.figures = None
            raise
        end = time.monotonic()
        done: Future[Any] = Future()
        done.set_result(found)
        with self._turn:
            shelf.figures, shelf.coming = done, None
            shelf.seconds = end - begin
            shelf.good_until = end + self._worth * shelf.seconds
        return found
