"""What every catalogue, offer store and campaign store must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

from promoloop.core import InvalidError
from promoloop.offers import CampaignStore, Catalogue, OfferStore
from promoloop.testing.samples import campaign, expecting, offer, product

__all__ = ["CampaignStoreSuite", "CatalogueSuite", "OfferStoreSuite"]


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
