"""Not faster than the provider allows: a token bucket around any channel.

A bucket holds at most ``burst`` tokens and gains ``per_second`` of them; each message takes one.
So no span of t seconds sees more than ``burst + per_second * t`` messages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from promoloop.core import InvalidError
from promoloop.deliver.ports import Channel
from promoloop.deliver.records import Rendered, SendResult

__all__ = ["Paced", "TokenBucket"]


class TokenBucket:
    """Tokens that come back with time.

    Parameters
    ----------
    per_second : float
        Above 0.
    burst : int
        At least 1; the bucket starts full.
    now : float
        Seconds on the clock that later calls give, too.

    Examples
    --------
    >>> bucket = TokenBucket(per_second=2, burst=3, now=0.0)
    >>> bucket.take(5, now=0.0), bucket.take(5, now=0.0), bucket.take(5, now=1.0)
    (3, 0, 2)
    """

    def __init__(self, per_second: float, burst: int, now: float) -> None:
        if not 0 < per_second < float("inf") or burst < 1:
            raise InvalidError(
                f"a pace of {per_second} messages a second in bursts of {burst}",
                "no message would ever leave, or all at once",
                "Give a pace above 0 and a burst of at least 1.",
            )
        self._per_second = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._at = now

    def take(self, wanted: int, now: float) -> int:
        """Take up to ``wanted`` tokens; how many there were."""
        self._fill(now)
        taken = min(wanted, int(self._tokens))
        self._tokens -= taken
        return taken

    def wait(self, wanted: int, now: float) -> float:
        """Seconds until ``wanted`` tokens (at most a full bucket) are there."""
        self._fill(now)
        return max(0.0, (min(wanted, self._burst) - self._tokens) / self._per_second)

    def _fill(self, now: float) -> None:
        gained = max(0.0, now - self._at) * self._per_second
        self._tokens = min(float(self._burst), self._tokens + gained + 1e-9)
        self._at = max(self._at, now)


class Paced:
    """A channel that keeps to a pace, and leaves a provider alone for as long as it asks.

    Parameters
    ----------
    channel : Channel
    per_second : float
        What the provider allows.
    burst : int, default 20
        Messages that may leave at once after a rest.
    patience : float, default 5
        Seconds a group may be held here; what does not fit is ``retry``.
    monotonic, sleep : callables
        A running count of seconds, and how to wait.
    """

    def __init__(
        self,
        channel: Channel,
        per_second: float,
        burst: int = 20,
        patience: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._channel = channel
        self._bucket = TokenBucket(per_second, burst, monotonic())
        self._pace = per_second
        self._patience = patience
        self._monotonic = monotonic
        self._sleep = sleep
        self._not_before = 0.0
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        """The name of the channel within."""
        return self._channel.name

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Hand over as the pace allows; one result each, in order."""
        results: list[SendResult] = []
        until = self._monotonic() + self._patience
        while len(results) < len(messages):
            left = len(messages) - len(results)
            room, wait = self._room(left)
            if room:
                part = messages[len(results) : len(results) + room]
                results += self._heeded(self._channel.send(part))
            elif self._monotonic() + wait > until:
                detail = f"the pace of {self._pace:g} a second is full"
                return results + [SendResult("retry", detail, wait, asked=False)] * left
            else:
                self._sleep(wait)
        return results

    def _room(self, wanted: int) -> tuple[int, float]:
        """How many may leave now, and otherwise how long to wait."""
        with self._turn:
            now = self._monotonic()
            if now < self._not_before:
                return 0, self._not_before - now
            taken = self._bucket.take(wanted, now)
            return taken, 0.0 if taken else self._bucket.wait(wanted, now)

    def _heeded(self, results: list[SendResult]) -> list[SendResult]:
        """The results; a provider that asked for a rest gets it."""
        asked = max((result.after_seconds for result in results), default=0.0)
        if asked > 0:
            with self._turn:
                self._not_before = max(self._not_before, self._monotonic() + asked)
        return results
