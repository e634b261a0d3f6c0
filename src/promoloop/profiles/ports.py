"""What the profiles room needs from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from promoloop.profiles.records import Consent, ConsentRequest, ContactRest, Suppression

__all__ = ["ConsentLedger", "ConsentRequests", "RestBook", "SuppressionList"]


class ConsentLedger(Protocol):
    """Who agreed to what; append-only."""

    def record(self, entries: Sequence[Consent]) -> None:
        """Append entries."""
        ...

    def granted(self, channel: str, purpose: str) -> frozenset[str]:
        """Shoppers whose latest entry for this channel and purpose is a yes."""
        ...

    def among(self, shopper_ids: Collection[str], channel: str, purpose: str) -> frozenset[str]:
        """Those of ``shopper_ids`` that ``granted`` would have."""
        ...

    def of(self, shopper_id: str) -> tuple[Consent, ...]:
        """Every entry of one shopper, oldest first; of equal times a no comes last."""
        ...


class ConsentRequests(Protocol):
    """Yeses that wait for their confirmation."""

    def ask(self, requests: Sequence[ConsentRequest]) -> int:
        """Add requests not there yet by ``request_id``; return how many were new."""
        ...

    def get(self, request_id: str) -> ConsentRequest:
        """The request; ``InvalidError`` when there is none."""
        ...

    def confirm(self, request_id: str, at: datetime) -> bool:
        """Set ``confirmed_at``, atomically, where it is open and not expired ``at``.

        True for the one call that did it, False for every other.
        """
        ...

    def of(self, shopper_id: str) -> tuple[ConsentRequest, ...]:
        """Every request of one shopper, oldest first."""
        ...

    def asked_since(self, digest: str, since: datetime) -> int:
        """How many requests went to one address at or after ``since``, whoever asked."""
        ...


class RestBook(Protocol):
    """Who wants to hear nothing for a while; append-only."""

    def write(self, entries: Sequence[ContactRest]) -> None:
        """Add entries; the same again changes nothing."""
        ...

    def resting(self, channel: str, now: datetime) -> Mapping[str, datetime]:
        """Shoppers at rest ``now`` on this channel or on every one, and until when."""
        ...

    def of(self, shopper_id: str) -> tuple[ContactRest, ...]:
        """Every entry of one shopper, oldest first."""
        ...


class SuppressionList(Protocol):
    """Addresses never to be written to again, as digests."""

    def add(self, entries: Sequence[Suppression]) -> int:
        """Add those not there yet by ``digest``; the first reason stays. Return how many."""
        ...

    def among(self, digests: Collection[str]) -> Mapping[str, Suppression]:
        """Those of ``digests`` that are suppressed, with why."""
        ...

    def lift(self, digests: Collection[str]) -> int:
        """Take entries back that were made in error; return how many there were."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Entries per reason."""
        ...
