"""How often a key may ask: a window that moves with time, in this process's memory."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

__all__ = ["MovingWindow"]


class MovingWindow:
    """At most so many hits of one name in any ``seconds`` on end.

    Exact, unlike windows that begin anew each minute. Bounded in names; a name that is forgotten
    begins afresh. No thread of its own, so an idle server does nothing.

    Parameters
    ----------
    seconds : float
    clock : callable
        A monotonic clock in seconds.
    names : int, default 10_000
        Kept at most; the one not seen for longest is forgotten first.

    Examples
    --------
    >>> now = [0.0]
    >>> window = MovingWindow(60, lambda: now[0])
    >>> window.hit("a", 2), window.hit("a", 2), window.hit("a", 2)
    (0.0, 0.0, 60.0)
    >>> now[0] = 60.5
    >>> window.hit("a", 2)
    0.0
    """

    def __init__(self, seconds: float, clock: Callable[[], float], names: int = 10_000) -> None:
        self._seconds = seconds
        self._clock = clock
        self._names = names
        self._hits: OrderedDict[str, deque[float]] = OrderedDict()

    def hit(self, name: str, limit: int) -> float:
        """Count a hit; 0 when there was room, else the seconds until there is."""
        wait = self.wait(name, limit)
        if wait == 0.0:
            self._hits[name].append(self._clock())
        return wait

    def wait(self, name: str, limit: int) -> float:
        """The seconds until there is room for a hit, without counting one."""
        hits = self._hits.get(name)
        if hits is None:
            hits = self._hits[name] = deque()
            if len(self._hits) > self._names:
                self._hits.popitem(last=False)
        else:
            self._hits.move_to_end(name)
        begin = self._clock() - self._seconds
        while hits and hits[0] <= begin:
            hits.popleft()
        return 0.0 if len(hits) < limit else hits[len(hits) - limit] - begin
