"""Read a source into history, catalogue and offers; set malformed rows aside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from promoloop.events import (
    ANONYMOUS,
    Batch,
    History,
    Quarantined,
    Source,
    lines_in_currency,
)
from promoloop.flows.ports import Progress, silent
from promoloop.offers import Catalogue, OfferStore, Product, require_known_funding

__all__ = ["IngestReport", "Quarantine", "ingest"]


class Quarantine(Protocol):
    """Where rows that were set aside are kept."""

    def replace(self, files: Iterable[str], entries: Iterable[Quarantined]) -> int:
        """Put ``entries`` in the place of all earlier ones of ``files``; return how many.

        The old entries stand until ``entries`` is used up.
        """
        ...


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What came in: ``events`` are lines read and fine, ``new_lines`` those not known before.

    ``shoppers`` counts known shoppers among the lines read, visitors without a user id not.
    """

    events: int
    new_lines: int
    quarantined: int
    shoppers: int
    products: int
    offers: int
    seconds: float


class _Intake:
    """Append batches to history, counting."""

    def __init__(
        self, history: History, progress: Progress, files: Mapping[str, int], currency: str | None
    ) -> None:
        self._history = history
        self._progress = progress
        self._total = sum(files.values())
        self._file = next(iter(files), "the source")
        self._currency = currency
        self._read = 0
        self.events = 0
        self.new_lines = 0
        self.shoppers: set[str] = set()

    def quarantined(self, batches: Iterable[Batch]) -> Iterator[Quarantined]:
        """Append the lines of each batch, pass its malformed rows on."""
        for batch in batches:
            # A source of one's own may not look at currencies; files have, and name the line.
            ours = lines_in_currency(batch.lines, self._file, self._read + 1, self._currency)
            self._read += len(batch.lines)
            self.new_lines += self._history.append(ours.lines)
            self.events += len(ours.lines)
            self.shoppers.update(ours.lines["shopper_id"].unique())
            self._progress("ingest", self.events, max(self._total, self.events))
            yield from (*batch.quarantined, *ours.quarantined)


def ingest(
    source: Source,
    history: History,
    catalogue: Catalogue,
    offers_store: OfferStore,
    quarantine: Quarantine,
    progress: Progress = silent,
    seconds: Callable[[], float] = time.perf_counter,
    currency: str | None = None,
    put_products: Callable[[Sequence[Product]], object] | None = None,
) -> IngestReport:
    """Read everything ``source`` has; running it again on the same source changes nothing.

    Catalogue and offers are read before the first event is stored, so an error in them leaves
    everything as it was. Killed in the middle of the events, it keeps whole batches and can be
    run again.

    Amounts in another currency than the shop's, which is ``currency``, are set aside; without one
    they are taken as they come. ``put_products`` stores the products instead of ``catalogue``, and
    records their prices.

    Raises
    ------
    InvalidError
        When a file as a whole cannot be read; the message names it. When an offer's funding
        contradicts what is stored of its partner.
    UnavailableError
        When a store cannot be written.
    """
    start = seconds()
    progress("ingest", 0, 0)
    products, offers = source.products(), source.offers()
    require_known_funding(offers, offers_store.all())
    intake = _Intake(history, progress, source.files, currency)
    set_aside = quarantine.replace(source.files, intake.quarantined(source.events()))
    (put_products or catalogue.put)(products)
    offers_store.put(offers)
    known = sum(not shopper.startswith(ANONYMOUS) for shopper in intake.shoppers)
    return IngestReport(
        intake.events,
        intake.new_lines,
        set_aside,
        known,
        len(products),
        len(offers),
        seconds() - start,
    )
