"""What the events room needs from outside."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

import polars as pl

from promoloop.events.records import Quarantined, Received
from promoloop.offers import Offer, Product

__all__ = ["Batch", "EventInbox", "ForgettingHistory", "History", "Source"]


class Batch(Protocol):
    """One chunk of a source: rows that are fine and rows that are not."""

    @property
    def lines(self) -> pl.DataFrame:
        """Rows in the ``EVENT_LINES`` schema."""
        ...

    @property
    def quarantined(self) -> tuple[Quarantined, ...]:
        """Rows that were set aside."""
        ...


class Source(Protocol):
    """Where behaviour, catalogue and offers come from; a plug-in."""

    @property
    def files(self) -> Mapping[str, int]:
        """The names rows in quarantine carry, with about how many rows each holds; 0 unknown."""
        ...

    def events(self) -> Iterator[Batch]:
        """Events in chunks, in file order."""
        ...

    def products(self) -> tuple[Product, ...]:
        """The catalogue; empty when the source has none."""
        ...

    def offers(self) -> tuple[Offer, ...]:
        """Offers; empty when the source has none."""
        ...


class History(Protocol):
    """The append-only store of event lines."""

    def append(self, lines: pl.DataFrame) -> int:
        """Add lines not seen before (by ``message_id`` and ``line``); return how many were new.

        Atomic: a killed append leaves the history as it was.
        """
        ...

    def scan(self) -> pl.LazyFrame:
        """All lines, lazily, in the ``EVENT_LINES`` schema."""
        ...


class ForgettingHistory(History, Protocol):
    """A history out of which people can be taken."""

    def forget(self, shopper_ids: Collection[str], message_ids: Collection[str]) -> int:
        """Remove all lines of these shoppers, and of these calls; return how many there were.

        Atomic for each part that is rewritten; killed between parts, the same call again does the
        rest. What was appended before stays known, so that the same file read again adds nothing.
        """
        ...


class EventInbox(Protocol):
    """Calls that were acknowledged and wait to be read: durable, in order, each once.

    Every call gets a place, a number that only rises. A reader keeps how far it has come under a
    name of its own; whoever has read up to a place misses nothing before it, however many
    processes write. Calls stay for other readers until they are forgotten.
    """

    def put(self, calls: Sequence[Received]) -> Future[int]:
        """Add calls whose ``message_id`` is not there yet, all or none; how many were new.

        The future is done once they are safe on disk: only then may they be acknowledged.
        """
        ...

    def read(
        self, after: int, most: int = 10_000, *, ours: bool = True
    ) -> Sequence[tuple[int, Received]]:
        """The next calls behind the place ``after`` (0: from the start), with their places.

        Without ``ours``: only those that did not come in through this very object. It costs
        nothing to follow an inbox that nobody else fills.
        """
        ...

    def place(self, reader: str) -> int:
        """How far ``reader`` has come; 0 at first."""
        ...

    def advance(self, reader: str, place: int) -> None:
        """Note that ``reader`` needs nothing up to ``place`` any more; never goes back."""
        ...

    def forget(self, before: datetime) -> int:
        """Drop what came before ``before`` and all readers have passed; return how many."""
        ...
