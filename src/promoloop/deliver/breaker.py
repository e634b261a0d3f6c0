"""A provider that is down is left alone: a circuit breaker around any channel.

closed: messages pass. After ``failures`` in a row that the provider did not decide, it is open:
nothing passes for ``rest_seconds``. Then it is half-open: one message goes ahead; if the provider
decides it (``sent`` or ``failed``), the circuit is closed again, else it rests twice as long, up
to ``longest_rest``. Source: M. Nygard, Release It!, 2nd ed. 2018, chapter 5.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from promoloop.core import InvalidError
from promoloop.deliver.ports import Channel
from promoloop.deliver.records import Rendered, SendResult

__all__ = ["Breaker", "Health"]

#: The provider was there and decided.
_DECIDED = ("sent", "failed")
#: Whose address it was is nobody's business here.
_ADDRESS = re.compile(r"\S*@\S*")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Health:
    """How a provider stands: ``state`` is ``closed``, ``open`` or ``half-open``.

    ``failures`` in a row, the ``cause`` of the last one, and for how long it rests since.
    """

    state: str
    failures: int = 0
    cause: str = ""
    rest_seconds: float = 0.0


def _quiet(health: Health) -> None:
    """Nobody wants to know."""


class Breaker:
    """A channel that stops asking a provider which does not answer.

    Parameters
    ----------
    channel : Channel
    failures : int, default 5
        Messages in a row, ``retry`` or ``unknown``, that open the circuit.
    rest_seconds, longest_rest : float
        How long it stays open the first time, and at most.
    monotonic : callable
        A running count of seconds.
    told : callable, optional
        Is told how the provider stands whenever its circuit opens or closes.
    """

    def __init__(
        self,
        channel: Channel,
        failures: int = 5,
        rest_seconds: float = 15.0,
        longest_rest: float = 600.0,
        monotonic: Callable[[], float] = time.monotonic,
        told: Callable[[Health], None] = _quiet,
    ) -> None:
        if failures < 1 or not 0 < rest_seconds <= longest_rest < float("inf"):
            raise InvalidError(
                f"a breaker after {failures} failures, resting {rest_seconds} to {longest_rest} s",
                "it would always be open, or never",
                "Give at least one failure and 0 < rest <= longest rest.",
            )
        self._channel = channel
        self._failures = failures
        self._first_rest = self._rest = rest_seconds
        self._longest = longest_rest
        self._monotonic = monotonic
        self._told = told
        self._misses = 0
        self._cause = ""
        self._open_until: float | None = None
        self._trying = False
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        """The name of the channel within."""
        return self._channel.name

    @property
    def state(self) -> str:
        """``closed``, ``open`` or ``half-open``."""
        with self._turn:
            return self._state()

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Hand over while the circuit is closed; one result each, in order."""
        results: list[SendResult] = []
        while len(results) < len(messages):
            rest = messages[len(results) :]
            allowed, wait = self._allowed(len(rest))
            if not allowed:
                away = SendResult("retry", self._why(), wait, asked=False)
                return results + [away] * len(rest)
            results += self._handed(rest[:allowed])
        return results

    def _handed(self, messages: Sequence[Rendered]) -> list[SendResult]:
        results: list[SendResult] = []
        try:
            results = self._channel.send(messages)
        finally:
            # A channel that breaks counts as one that does not answer.
            self._learn(results or [SendResult("unknown", "the channel broke")])
        return results

    def _allowed(self, wanted: int) -> tuple[int, float]:
        """How many may pass now, and otherwise the seconds until one may."""
        with self._turn:
            state = self._state()
            if state == "closed":
                return wanted, 0.0
            if state == "half-open" and not self._trying:
                self._trying = True
                return 1, 0.0
            left = (self._open_until or 0.0) - self._monotonic()
            return 0, max(left, 0.1)

    def _learn(self, results: Sequence[SendResult]) -> None:
        with self._turn:
            tried, self._trying = self._trying, False
            for result in results:
                self._misses = 0 if result.state in _DECIDED else self._misses + 1
            before = self._open_until
            if results[-1].state in _DECIDED:
                self._open_until, self._rest, self._cause = None, self._first_rest, ""
            else:
                self._cause = _ADDRESS.sub("…", results[-1].detail)[:_LONGEST]
                if tried or self._misses >= self._failures:
                    self._rest = min(self._longest, self._rest * 2) if tried else self._first_rest
                    self._open_until = self._monotonic() + self._rest
            changed = self._open_until != before
            health = Health(self._state(), self._misses, self._cause, self._rest)
        if changed:
            self._told(health)

    def _why(self) -> str:
        """Why nothing passes, with the real cause."""
        with self._turn:
            failures, cause = self._misses, self._cause
        count = "1 failure" if failures == 1 else f"{failures} failures"
        return f"resting after {count}" + (f"; the last: {cause}" if cause else "")

    def _state(self) -> str:
        if self._open_until is None:
            return "closed"
        return "open" if self._monotonic() < self._open_until else "half-open"
