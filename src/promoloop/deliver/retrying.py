"""Once more, a little later: exponential backoff with full jitter around any channel.

The wait before attempt k is uniform in [0, min(cap, base 2^k)] seconds: workers that failed
together do not come back together. Source: M. Brooker, "Exponential Backoff And Jitter", AWS
Architecture Blog, 2015.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from promoloop.core import InvalidError
from promoloop.deliver.ports import Channel
from promoloop.deliver.records import Rendered, SendResult

__all__ = ["Retrying", "full_jitter"]


def full_jitter(
    attempt: int, base_seconds: float, cap_seconds: float, rng: np.random.Generator
) -> float:
    """Seconds to wait after the failed attempt number ``attempt``, counted from 0."""
    return float(rng.uniform(0.0, min(cap_seconds, base_seconds * 2.0 ** min(attempt, 60))))


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
