"""Subscriptions and seen webhooks in memory, for tests."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from promoloop.deliver import PushSubscription

__all__ = ["MemorySeenWebhooks", "MemorySubscriptions"]


class MemorySubscriptions:
    """See ``promoloop.deliver.Subscriptions``."""

    def __init__(self) -> None:
        self._kept: dict[str, PushSubscription] = {}
        self._turn = threading.Lock()

    def put(self, subscriptions: Sequence[PushSubscription]) -> None:
        """Keep them, by endpoint."""
        with self._turn:
            self._kept.update({one.endpoint: one for one in subscriptions})

    def of(self, shopper_ids: Sequence[str]) -> Mapping[str, tuple[PushSubscription, ...]]:
        """Theirs, oldest first."""
        with self._turn:
            kept = sorted(self._kept.values(), key=lambda one: (one.added_at, one.endpoint))
        theirs = {key: tuple(one for one in kept if one.shopper_id == key) for key in shopper_ids}
        return {key: found for key, found in theirs.items() if found}

    def remove(self, endpoints: Sequence[str]) -> int:
        """Drop endpoints."""
        with self._turn:
            return sum(self._kept.pop(one, None) is not None for one in set(endpoints))

    def forget(self, shopper_id: str) -> int:
        """Drop a shopper's."""
        return self.remove([one.endpoint for one in self.of([shopper_id]).get(shopper_id, ())])


class MemorySeenWebhooks:
    """See ``promoloop.deliver.SeenWebhooks``."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], datetime] = {}
        self._turn = threading.Lock()

    def first_time(self, source: str, webhook_id: str, at: datetime) -> bool:
        """Remember the id; whether it is new."""
        with self._turn:
            new = (source, webhook_id) not in self._seen
            self._seen.setdefault((source, webhook_id), at)
            return new

    def forget_before(self, moment: datetime) -> int:
        """Drop old ids."""
        with self._turn:
            old = [key for key, at in self._seen.items() if at < moment]
            for key in old:
                del self._seen[key]
            return len(old)
