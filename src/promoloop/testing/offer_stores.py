"""What every catalogue, offer store and campaign store must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from promoloop.core import InvalidError
from promoloop.offers import CampaignStore, Catalogue, Guardrail, OfferStore, Pause, PauseBook
from promoloop.testing.samples import campaign, expecting, offer, product

__all__ = ["CampaignStoreSuite", "CatalogueSuite", "OfferStoreSuite", "PauseBookSuite"]


class CatalogueSuite(ABC):
    """Derive from this and say how to make an empty catalogue."""

    @abstractmethod
    def make(self) -> Catalogue:
        """An empty catalogue."""

    def test_products_come_back_whole_and_by_id(self) -> None:
        catalogue = self.make()
        catalogue.put([product("p2"), product("p10"), product("P3")])
        assert catalogue.all() == (product("P3"), product("p10"), product("p2"))

    def test_a_product_put_again_replaces_the_old_one(self) -> None:
        catalogue = self.make()
        catalogue.put([product("p1", 499), product("p2")])
        catalogue.put([product("p1", 399)])
        assert catalogue.all() == (product("p1", 399), product("p2"))

    def test_of_one_id_twice_in_a_call_the_last_counts(self) -> None:
        catalogue = self.make()
        catalogue.put([product("p1", 1), product("p1", 2)])
        assert catalogue.all() == (product("p1", 2),)

    def test_an_empty_call_changes_nothing(self) -> None:
        catalogue = self.make()
        catalogue.put([])
        assert catalogue.all() == ()


class OfferStoreSuite(ABC):
    """Derive from this and say how to make an empty offer store."""

    @abstractmethod
    def make(self) -> OfferStore:
        """An empty offer store."""

    def test_an_offer_comes_back_equal(self) -> None:
        store = self.make()
        store.put([offer("o1")])
        assert store.get("o1") == offer("o1")

    def test_a_changed_offer_gets_the_next_revision(self) -> None:
        store = self.make()
        store.put([offer("o1", 20)])
        store.put([offer("o1", 25)])
        assert store.get("o1") == replace(offer("o1", 25), revision=2)

    def test_the_same_offer_again_makes_no_revision(self) -> None:
        store = self.make()
        store.put([offer("o1")])
        store.put([offer("o1"), replace(offer("o1"), revision=7)])
        assert store.get("o1").revision == 1

    def test_changing_back_is_a_revision_too(self) -> None:
        store = self.make()
        for percent in (20, 25, 20):
            store.put([offer("o1", percent)])
        assert store.get("o1") == replace(offer("o1", 20), revision=3)

    def test_all_gives_the_latest_of_each_by_id(self) -> None:
        store = self.make()
        store.put([offer("o2"), offer("o1"), offer("o1", 30)])
        assert store.all() == (replace(offer("o1", 30), revision=2), offer("o2"))

    def test_an_unknown_offer_is_an_error(self) -> None:
        store = self.make()
        with expecting(InvalidError):
            store.get("nowhere")


class CampaignStoreSuite(ABC):
    """Derive from this and say how to make an empty campaign store."""

    @abstractmethod
    def make(self) -> CampaignStore:
        """An empty campaign store."""

    def test_a_campaign_comes_back_equal(self) -> None:
        store = self.make()
        store.put(campaign("c1"))
        assert store.get("c1") == campaign("c1")

    def test_its_guardrails_come_back_equal(self) -> None:
        store = self.make()
        guarded = replace(
            campaign("c1"), guardrails=(Guardrail("unsubscribe_rate", "above", 0.005),)
        )
        store.put(guarded)
        assert store.get("c1") == guarded

    def test_a_campaign_put_again_replaces_the_old_one(self) -> None:
        store = self.make()
        store.put(campaign("c1", 100))
        store.put(campaign("c1", 200))
        assert store.all() == (campaign("c1", 200),)

    def test_all_come_by_id(self) -> None:
        store = self.make()
        store.put(campaign("c2"))
        store.put(campaign("c1"))
        assert [found.campaign_id for found in store.all()] == ["c1", "c2"]

    def test_an_unknown_campaign_is_an_error(self) -> None:
        store = self.make()
        with expecting(InvalidError):
            store.get("nowhere")


class PauseBookSuite(ABC):
    """Derive from this and say how to make an empty book of pauses."""

    @abstractmethod
    def make(self) -> PauseBook:
        """An empty book."""

    def test_a_campaign_that_was_never_paused_has_no_entry(self) -> None:
        book = self.make()
        assert book.of("c1") == ()
        assert book.paused() == {}

    def test_a_pause_comes_back_whole_and_counts_until_it_is_lifted(self) -> None:
        book, stop = self.make(), pause("c1", 1)
        book.write(stop)
        assert book.paused() == {"c1": stop}
        go = Pause("c1", NOON + timedelta(hours=2), False)
        book.write(go)
        assert book.paused() == {}
        assert book.of("c1") == (stop, go)

    def test_entries_come_in_order_of_time_whenever_they_were_written(self) -> None:
        book = self.make()
        for hour in (3, 1, 2):
            book.write(pause("c1", hour))
        assert [one.at.hour for one in book.of("c1")] == [13, 14, 15]

    def test_the_same_pause_again_changes_nothing(self) -> None:
        book = self.make()
        book.write(pause("c1", 1))
        book.write(replace(pause("c1", 1), reason="another"))
        assert book.of("c1") == (pause("c1", 1),)

    def test_campaigns_are_paused_apart(self) -> None:
        book = self.make()
        book.write(pause("c1", 1))
        book.write(pause("c2", 1))
        book.write(Pause("c2", NOON + timedelta(hours=2), False))
        assert list(book.paused()) == ["c1"]


#: When pauses of the suite are made, and hours after it.
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def pause(campaign_id: str, hours: int) -> Pause:
    """A pause so many hours after noon."""
    at = NOON + timedelta(hours=hours)
    return Pause(campaign_id, at, True, "unsubscribe_rate", 0.02, 0.01, 0.03, "too many left")
