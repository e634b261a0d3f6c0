"""A source comes in once, whole or up to the last whole batch."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from promoloop.core import InvalidError
from promoloop.events import Batch, EventBatch, History, Quarantined
from promoloop.flows.history.ingest import IngestReport, ingest
from promoloop.flows.ports import Progress, silent
from promoloop.offers import Funding, Offer, PercentOff, Product
from promoloop.testing import MemoryCatalogue, MemoryHistory, MemoryOffers, event_lines

TEA = Product("p1", "Tea", "TEA", "GROCERY", "Leaf", 499, "USD")
FROM, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
OFFER = Offer("tea-10", {"en-US": "tea"}, "TEA", PercentOff(10), FROM, UNTIL, "USD")
BAD = Quarantined("shop.jsonl", 4, "price", "it is negative", "Mend it.", "{}")


class Shop:
    """A source of two chunks; ``broken`` says after how many it cannot be read any further."""

    def __init__(self, broken: int = 2, bad_offers: bool = False) -> None:
        self._broken = broken
        self._bad_offers = bad_offers
        self.files: Mapping[str, int] = {"shop.jsonl": 4}

    def events(self) -> Iterator[Batch]:
        chunks = (
            EventBatch(event_lines({}, {"shopper_id": "anonymous:a"}), ()),
            EventBatch(event_lines({"message_id": "m9", "shopper_id": "s2"}), (BAD,)),
        )
        yield from chunks[: self._broken]
        if self._broken < len(chunks):
            raise InvalidError("shop.jsonl", "the file is cut off", "Copy it again.")

    def products(self) -> tuple[Product, ...]:
        return (TEA,)

    def offers(self) -> tuple[Offer, ...]:
        if self._bad_offers:
            raise InvalidError("offers.yaml", "it is not YAML", "Mend it.")
        return (OFFER,)


class Shelf:
    """Quarantine in memory; what a broken source leaves does not replace anything."""

    def __init__(self) -> None:
        self.entries: list[Quarantined] = []

    def replace(self, files: Mapping[str, int], entries: Iterator[Quarantined]) -> int:
        new = list(entries)
        self.entries = [one for one in self.entries if one.file not in files] + new
        return len(new)


class Stores:
    def __init__(self) -> None:
        self.history: History = MemoryHistory()
        self.catalogue, self.offers = MemoryCatalogue(), MemoryOffers()
        self.quarantine = Shelf()

    def ingest(
        self, source: Shop, progress: Progress = silent, currency: str | None = None
    ) -> IngestReport:
        ticks = iter([10.0, 12.5])
        stores = (self.history, self.catalogue, self.offers, self.quarantine)
        return ingest(source, *stores, progress, lambda: next(ticks), currency)

    @property
    def lines(self) -> int:
        return self.history.scan().collect().height


def test_everything_of_a_source_reaches_its_store() -> None:
    stores = Stores()
    report = stores.ingest(Shop())
    # Two shoppers are known by name; the third is an anonymous visitor.
    assert report == IngestReport(3, 3, 1, 2, 1, 1, 2.5)
    assert stores.lines == 3
    assert (stores.catalogue.all(), stores.offers.all()) == ((TEA,), (OFFER,))
    assert stores.quarantine.entries == [BAD]


def test_the_same_source_again_changes_nothing() -> None:
    stores = Stores()
    stores.ingest(Shop())
    again = stores.ingest(Shop())
    assert (again.events, again.new_lines, again.quarantined) == (3, 0, 1)
    assert stores.lines == 3
    assert stores.quarantine.entries == [BAD]
    assert stores.offers.get("tea-10").revision == OFFER.revision


def test_a_source_that_breaks_keeps_whole_batches_and_can_be_read_again() -> None:
    stores = Stores()
    with pytest.raises(InvalidError, match="cut off"):
        stores.ingest(Shop(broken=1))
    assert (stores.lines, stores.quarantine.entries) == (2, [])
    assert stores.ingest(Shop()).new_lines == 1
    assert stores.lines == 3


def test_an_error_in_the_offers_leaves_everything_as_it_was() -> None:
    stores = Stores()
    with pytest.raises(InvalidError, match=r"offers\.yaml"):
        stores.ingest(Shop(bad_offers=True))
    assert (stores.lines, stores.catalogue.all()) == (0, ())


def test_progress_is_told_at_the_beginning_and_after_every_batch() -> None:
    told: list[tuple[str, int, int]] = []
    Stores().ingest(Shop(), lambda *step: told.append(step))
    assert told == [("ingest", 0, 0), ("ingest", 2, 4), ("ingest", 3, 4)]


class Abroad(Shop):
    """A plug-in that knows nothing of the shop it is read into."""

    def events(self) -> Iterator[Batch]:
        euros = {"revenue_minor": 500, "currency": "EUR"}
        yield EventBatch(event_lines({"revenue_minor": 500, "currency": "USD"}), ())
        yield EventBatch(event_lines({"message_id": "m8", "currency": "EUR"}), (BAD,))
        yield EventBatch(event_lines({"message_id": "m9", "shopper_id": "s2", **euros}), ())


def test_orders_in_another_currency_than_the_shops_are_set_aside() -> None:
    """Counted as they stand, they would be added to dollars."""
    stores = Stores()
    report = stores.ingest(Abroad(), currency="USD")
    assert (report.events, report.new_lines, report.quarantined, report.shoppers) == (2, 2, 2, 1)
    assert stores.lines == 2
    foreign = stores.quarantine.entries[1]
    assert (foreign.file, foreign.line, foreign.field) == ("shop.jsonl", 3, "currency")
    assert foreign.reason == "it is not USD, which the shop counts in"
    assert '"m9"' in foreign.raw
    assert Stores().ingest(Abroad()).events == 3


def test_an_offer_that_contradicts_its_partners_stored_budget_stops_before_anything_is_read() -> (
    None
):
    stores = Stores()
    acme = Funding("acme", "Acme", 0.5, 50_000)
    stores.offers.put([replace(OFFER, offer_id="green-tea", funding=replace(acme, budget_minor=9))])

    class Funded(Shop):
        def offers(self) -> tuple[Offer, ...]:
            return (replace(OFFER, funding=acme),)

    with pytest.raises(InvalidError, match="'tea-10', field funding, field budget_minor: 50000"):
        stores.ingest(Funded())
    assert (stores.lines, stores.catalogue.all(), len(stores.offers.all())) == (0, (), 1)
