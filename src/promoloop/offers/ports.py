"""What the offers room needs from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from promoloop.offers.codes import IssuedCode
from promoloop.offers.records import Campaign, Offer, Pause, PricePoint, Product

__all__ = [
    "CampaignStore",
    "Catalogue",
    "CodePools",
    "OfferStore",
    "PauseBook",
    "PriceHistory",
]


class Catalogue(Protocol):
    """The products the shop sells."""

    def put(self, products: Sequence[Product]) -> None:
        """Insert or replace by ``product_id``, all or nothing."""
        ...

    def all(self) -> tuple[Product, ...]:
        """Every product, by ``product_id``."""
        ...


class OfferStore(Protocol):
    """Offers by id; a changed offer becomes a new revision, old ones stay readable."""

    def put(self, offers: Sequence[Offer]) -> None:
        """Insert; an offer that differs from the stored one gets the next revision."""
        ...

    def get(self, offer_id: str) -> Offer:
        """The latest revision; ``InvalidError`` when there is none."""
        ...

    def all(self) -> tuple[Offer, ...]:
        """The latest revision of every offer, by ``offer_id``."""
        ...


class CampaignStore(Protocol):
    """Campaigns by id."""

    def put(self, campaign: Campaign) -> None:
        """Insert or replace."""
        ...

    def get(self, campaign_id: str) -> Campaign:
        """The campaign; ``InvalidError`` when there is none."""
        ...

    def all(self) -> tuple[Campaign, ...]:
        """Every campaign, by ``campaign_id``."""
        ...


class PauseBook(Protocol):
    """When campaigns were paused and resumed; append-only."""

    def write(self, pause: Pause) -> None:
        """Add one; the same campaign, moment and state again changes nothing."""
        ...

    def of(self, campaign_id: str) -> tuple[Pause, ...]:
        """Everything of one campaign, in order of time; empty when it was never paused."""
        ...

    def paused(self) -> Mapping[str, Pause]:
        """Campaigns that are paused now, by id, with why."""
        ...


class PriceHistory(Protocol):
    """What every product cost, and when; append-only."""

    def record(self, points: Sequence[PricePoint]) -> int:
        """Add points not there yet; return how many were new.

        The key is product, kind, moment and price: two sales at one moment both stay.
        """
        ...

    def standing(self, product_ids: Collection[str]) -> Mapping[str, PricePoint]:
        """The newest price ``offered`` of each of these products that has one."""
        ...

    def between(
        self, product_ids: Collection[str], kind: str, start: datetime, end: datetime
    ) -> Mapping[str, tuple[PricePoint, ...]]:
        """Points with ``start <= at < end`` by product, in order of ``at``, every id there.

        Of prices ``offered`` also the last before ``start``, which stood when it began.
        """
        ...


class CodePools(Protocol):
    """Single-use codes: each given to one decision only, whatever the concurrency."""

    def fill(self, offer_id: str, codes: Sequence[str], given: int = 0) -> int:
        """Add codes that are not there yet, in their order; return how many were new.

        The first ``given`` of a pool that is filled for the first time count as given away.
        """
        ...

    def issue(self, offer_id: str, decision_id: str, shopper_id: str, at: datetime) -> str:
        """Give the pool's next free code away; the same decision is given the same one again.

        ``RefusedError`` when none is left.
        """
        ...

    def give_back(self, decision_ids: Sequence[str]) -> int:
        """Make codes free again that were issued for decisions nobody was ever told of.

        Return how many; one that was used stays used.
        """
        ...

    def find(self, code: str) -> tuple[IssuedCode, ...]:
        """The code in every pool that has it, by offer; empty when none has."""
        ...

    def left(self, offer_id: str) -> int:
        """How many of an offer's codes nobody has."""
        ...
