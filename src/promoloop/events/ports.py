"""What the events room needs from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import polars as pl

from promoloop.events.records import Quarantined
from promoloop.offers import Offer, Product

__all__ = ["Batch", "History", "Source"]


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
