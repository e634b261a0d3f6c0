"""What the flows need from outside, beyond the rooms' own ports."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from promoloop.decide import Decision, Reservation
from promoloop.deliver import Message

__all__ = ["LiveCommit", "LivePromise", "Progress", "Tables", "silent"]


class Tables(Protocol):
    """Derived tables (profiles, baselines, contexts) by name; each is replaced whole."""

    def put(self, name: str, frame: pl.DataFrame) -> None:
        """Replace the table in one step: a killed ``put`` leaves the old one."""
        ...

    def get(self, name: str) -> pl.DataFrame:
        """The table; ``InvalidError`` naming the command that makes it when there is none."""
        ...

    def find(self, name: str, column: str, value: str) -> pl.DataFrame:
        """The rows of the table whose ``column`` is ``value``, without reading the others whole.

        Fails like ``get`` when there is no table.
        """
        ...

    def names(self) -> tuple[str, ...]:
        """The tables there are, sorted."""
        ...


@dataclass(frozen=True, slots=True)
class LivePromise:
    """One decision with all that belongs to it.

    ``shown`` is the message as the page showed it, state ``sent``; it and the reservation are
    ``None`` where nothing was promised.

    What else could have been drawn must have been payable too, or the odds that are logged would
    not be those it was drawn with. ``room`` is the most that any of it takes of each account,
    ``limited`` are its offers with units in the ledger, ``pools`` those with codes.
    """

    account: str
    decision: Decision
    reservation: Reservation | None = None
    shown: Message | None = None
    room: Mapping[str, int] = field(default_factory=dict)
    limited: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()


class LiveCommit(Protocol):
    """Where decisions of real time are kept, each with its money and its units, or not at all."""

    def submit(self, promise: LivePromise) -> Future[Decision]:
        """Begin to store; the future is done when it is durable.

        It holds the decision that stands: the given one, or the one that was there before under
        the same id, and then nothing is written. It holds a ``RefusedError`` when money, units or
        codes do not suffice for all that could have been drawn; nothing is written then either.
        May be called from many threads.
        """
        ...


class Progress(Protocol):
    """How far a step has come; drawn as a bar by the command line."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """``done`` of ``total`` units of ``step`` are finished; 0 of 0: it has begun."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
