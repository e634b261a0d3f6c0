"""Stretches of rising numbers, joined where they touch."""

from __future__ import annotations

import threading
from bisect import bisect_left

__all__ = ["Stretches"]


class Stretches:
    """Numbers that came in runs; few of them stand for many. Safe to share between threads.

    Examples
    --------
    >>> mine = Stretches()
    >>> mine.add(0, 100), mine.add(100, 200), mine.add(250, 260)
    (None, None, None)
    >>> [place in mine for place in (1, 200, 201, 255)], mine.behind(0), mine.behind(205)
    ([True, True, False, True], 200, 205)
    """

    def __init__(self) -> None:
        self._before: list[int] = []
        self._last: list[int] = []
        self._turn = threading.Lock()

    def add(self, before: int, last: int) -> None:
        """All numbers behind ``before`` up to ``last``; no stretch overlaps another."""
        if last <= before:
            return
        with self._turn:
            at = bisect_left(self._before, before)
            if at and self._last[at - 1] == before:
                self._last[at - 1] = last
                at -= 1
            else:
                self._before.insert(at, before)
                self._last.insert(at, last)
            if at + 1 < len(self._before) and self._before[at + 1] == last:
                self._last[at] = self._last.pop(at + 1)
                del self._before[at + 1]

    def __contains__(self, number: int) -> bool:
        """Whether a stretch covers it."""
        with self._turn:
            at = bisect_left(self._before, number) - 1
            return at >= 0 and self._last[at] >= number

    def behind(self, number: int) -> int:
        """``number``, or the last of the stretch that begins right behind it or covers it."""
        with self._turn:
            at = bisect_left(self._before, number + 1) - 1
            return max(number, self._last[at]) if at >= 0 else number

    def forget(self, number: int) -> None:
        """Let go what lies up to ``number``."""
        with self._turn:
            at = bisect_left(self._last, number + 1)
            del self._before[:at], self._last[:at]
