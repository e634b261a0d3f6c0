"""Once more, a little later: exponential backoff with full jitter around any channel.

The wait before attempt k is uniform in [0, min(cap, base 2^k)] seconds: workers that failed
together do not come back together. Source: M. Brooker, "Exponential Backoff And Jitter", AWS
Architecture Blog, 2015.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import blake2b

import numpy as np

from promoloop.core import InvalidError
from promoloop.deliver.ports import Channel
from promoloop.deliver.records import Rendered, SendResult

__all__ = ["Retrying", "full_jitter", "next_try"]

#: About how long the outbox waits after each "later" of a provider; after the last it gives up.
BACKOFF = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8))
#: The same for what we kept back ourselves, on top of the pause that is left.
KEPT_BACK = timedelta(minutes=1)


def full_jitter(
    attempt: int, base_seconds: float, cap_seconds: float, rng: np.random.Generator
) -> float:
    """Seconds to wait after the failed attempt number ``attempt``, counted from 0."""
    return float(rng.uniform(0.0, min(cap_seconds, base_seconds * 2.0 ** min(attempt, 60))))


def next_try(dedupe_key: str, tries: int, result: SendResult) -> timedelta | None:
    """How long the outbox leaves a message that got ``retry``; ``None``: it is given up.

    Half to one and a half times the backoff of the ``tries`` before, and never less than the
    provider asked for. What the provider never saw comes back within about a minute of the pause
    that is left, and is never given up. The jitter is drawn from the key, so that messages put off
    together do not come back together, and a test knows when each does.

    >>> wait = next_try("d-1", 0, SendResult("retry", "503", 3600.0))
    >>> timedelta(seconds=3600) <= wait < timedelta(seconds=3600 * 1.1)
    True
    >>> next_try("d-1", 4, SendResult("retry", "503")) is None
    True
    """
    drawn = blake2b(f"{dedupe_key}/{tries}".encode(), digest_size=8).digest()
    jitter = int.from_bytes(drawn, "big") / 2**64
    said = timedelta(seconds=result.after_seconds)
    if not result.asked:
        return said + KEPT_BACK * (0.5 + jitter)
    if tries >= len(BACKOFF):
        return None
    return max(BACKOFF[tries] * (0.5 + jitter), said * (1 + 0.1 * jitter))


class Retrying:
    """A channel that asks again at once-or-soon for what was ``retry``, and for nothing else.

    What is ``unknown`` may have arrived and is never sent again here. A provider that asked to be
    left alone longer than ``cap_seconds`` is not asked again: the outbox comes back to it.

    Parameters
    ----------
    channel : Channel
    rng : Generator
        Draws the waits.
    attempts : int, default 3
        In all, the first one included.
    base_seconds, cap_seconds : float
        The backoff's scale and its ceiling.
    sleep : callable
        How to wait.
    """

    def __init__(
        self,
        channel: Channel,
        rng: np.random.Generator,
        attempts: int = 3,
        base_seconds: float = 0.2,
        cap_seconds: float = 5.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if attempts < 1 or not 0 < base_seconds <= cap_seconds < float("inf"):
            raise InvalidError(
                f"{attempts} attempts with waits from {base_seconds} to {cap_seconds} s",
                "there would be no attempt, or no wait between them",
                "Give at least one attempt and 0 < base <= cap.",
            )
        self._channel = channel
        self._rng = rng
        self._attempts = attempts
        self._base = base_seconds
        self._cap = cap_seconds
        self._sleep = sleep

    @property
    def name(self) -> str:
        """The name of the channel within."""
        return self._channel.name

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Hand over, and again what is to be tried again; one result each, in order."""
        results = list(self._channel.send(messages))
        for attempt in range(self._attempts - 1):
            again = [
                place
                for place, result in enumerate(results)
                if result.state == "retry" and result.after_seconds <= self._cap
            ]
            if not again:
                break
            asked = max(results[place].after_seconds for place in again)
            self._sleep(max(asked, full_jitter(attempt, self._base, self._cap, self._rng)))
            fresh = self._channel.send([messages[place] for place in again])
            for place, result in zip(again, fresh, strict=True):
                results[place] = result
        return results
