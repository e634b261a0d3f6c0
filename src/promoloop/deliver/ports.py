"""What the deliver room needs from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from promoloop.deliver.caps import FrequencyCap
from promoloop.deliver.records import Message, PushSubscription, Rendered, SendResult

__all__ = [
    "Channel",
    "DeliveryLog",
    "Outbox",
    "ParkedMessages",
    "SeenWebhooks",
    "SendGate",
    "Subscriptions",
]


class Channel(Protocol):
    """A way to reach a shopper."""

    @property
    def name(self) -> str:
        """``email``, ``onsite``, ..."""
        ...

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Hand over messages; one result each, in order. Never raises for a single message."""
        ...


class Outbox(Protocol):
    """The transactional outbox: queued → leased → sending → result."""

    def enqueue(self, messages: Sequence[Message]) -> int:
        """Add messages not there yet by ``dedupe_key``; return how many were new."""
        ...

    def lease(self, owner: str, now: datetime, limit: int) -> list[Message]:
        """Take up to ``limit`` due messages for ``owner``, in order of ``not_before``.

        A ``leased`` message whose lease ran out is taken again; one left ``sending`` becomes
        ``unknown`` and is never sent blindly.
        """
        ...

    def mark(
        self,
        dedupe_keys: Sequence[str] | Mapping[str, int],
        owner: str,
        state: str,
        now: datetime,
        reason: str = "",
        not_before: datetime | None = None,
        *,
        tried: bool = False,
    ) -> int:
        """Move messages ``owner`` holds to ``state``; return how many it still held.

        A mapping names the attempt of each: one that was leased anew since, even by ``owner``,
        is not held any more. ``not_before`` is when to try again; ``tried`` adds one to ``tries``.
        """
        ...

    def contacts(self, since: datetime) -> Mapping[tuple[str, str], int]:
        """Messages sent (or in doubt) per (shopper_id, channel) since ``since``."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Messages per state; ``held`` counts messages that were ever held."""
        ...


class DeliveryLog(Protocol):
    """When messages left; kept by the outbox."""

    def sent_between(self, start: datetime, end: datetime) -> Mapping[str, datetime]:
        """Decision id and moment of everything sent with ``start <= sent_at < end``."""
        ...

    def copies_between(self, start: datetime, end: datetime) -> Mapping[str, str]:
        """Decision id and copy id of the same messages."""
        ...

    def copy_of(self, decision_id: str) -> str:
        """The copy id of one decision's message, sent or not; "" where there is no message."""
        ...


class ParkedMessages(Protocol):
    """Messages in doubt, and those that should have left; kept by the outbox."""

    def park(self, now: datetime) -> int:
        """Make ``unknown`` what a silent worker left ``sending``; return how many."""
        ...

    def parked(self, limit: int = 10_000) -> tuple[Message, ...]:
        """Messages whose state is ``unknown``, the longest in doubt first."""
        ...

    def resolve(self, dedupe_keys: Sequence[str], state: str, now: datetime, reason: str) -> int:
        """Say what became of messages in doubt; return how many still were.

        ``sent`` and ``failed`` end them. ``queued`` sends them again, for those alone that are
        proven never to have left.
        """
        ...

    def waiting_since(self, now: datetime) -> datetime | None:
        """When the oldest message fell due that nobody has taken by ``now``."""
        ...


class SendGate(Protocol):
    """Lets messages out under caps that hold for all workers together; kept by the outbox."""

    def begin(
        self, messages: Sequence[Message], owner: str, now: datetime, caps: Sequence[FrequencyCap]
    ) -> Mapping[str, str]:
        """Mark ``sending`` what ``owner`` holds in its attempt and no cap is against, atomically.

        Of each message still held, by ``dedupe_key``: "" where it may leave now, else the name of
        the cap that is full; it stays ``leased`` then. What is not held any more is left out.
        """
        ...


class Subscriptions(Protocol):
    """Browsers that agreed to notifications, by their endpoint."""

    def put(self, subscriptions: Sequence[PushSubscription]) -> None:
        """Keep them; one whose endpoint is there takes the place of the old one."""
        ...

    def of(self, shopper_ids: Sequence[str]) -> Mapping[str, tuple[PushSubscription, ...]]:
        """What these shoppers have, oldest first; shoppers without any are left out."""
        ...

    def remove(self, endpoints: Sequence[str]) -> int:
        """Drop those the push service no longer knows; return how many were there."""
        ...

    def forget(self, shopper_id: str) -> int:
        """Drop everything of one shopper; return how many there were."""
        ...


class SeenWebhooks(Protocol):
    """The ids of webhooks that were taken, so that none is taken twice."""

    def first_time(self, source: str, webhook_id: str, at: datetime) -> bool:
        """Remember the id; whether it is new. Atomic: of two at once one gets True."""
        ...

    def forget_before(self, moment: datetime) -> int:
        """Drop ids older than the replay window reaches; return how many were dropped."""
        ...
