"""Consent on its way, rests and suppressed addresses in dictionaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from promoloop.core import InvalidError
from promoloop.profiles import ConsentRequest, ContactRest, Suppression

__all__ = ["MemoryConsentRequests", "MemoryRests", "MemorySuppressions"]


class MemoryConsentRequests:
    """See ``promoloop.profiles.ConsentRequests``."""

    def __init__(self) -> None:
        self._requests: dict[str, ConsentRequest] = {}

    def ask(self, requests: Sequence[ConsentRequest]) -> int:
        """Add new ones; return how many they were."""
        before = len(self._requests)
        for one in requests:
            self._requests.setdefault(one.request_id, one)
        return len(self._requests) - before

    def get(self, request_id: str) -> ConsentRequest:
        """The request."""
        if request_id not in self._requests:
            raise InvalidError(
                f"the consent request {request_id!r}", "there is none of this id", "Ask anew."
            )
        return self._requests[request_id]

    def confirm(self, request_id: str, at: datetime) -> bool:
        """Confirm an open request."""
        one = self._requests.get(request_id)
        if one is None or one.confirmed_at is not None or one.expires_at <= at:
            return False
        self._requests[request_id] = replace(one, confirmed_at=at)
        return True

    def of(self, shopper_id: str) -> tuple[ConsentRequest, ...]:
        """Every request of one shopper, oldest first."""
        mine = [one for one in self._requests.values() if one.shopper_id == shopper_id]
        return tuple(sorted(mine, key=lambda one: (one.asked_at, one.request_id)))

    def asked_since(self, digest: str, since: datetime) -> int:
        """How many requests went to one address."""
        return sum(
            one.digest == digest and one.asked_at >= since for one in self._requests.values()
        )


class MemoryRests:
    """See ``promoloop.profiles.RestBook``."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, datetime], ContactRest] = {}

    def write(self, entries: Sequence[ContactRest]) -> None:
        """Add entries."""
        for one in entries:
            self._entries.setdefault((one.shopper_id, one.channel, one.at), one)

    def resting(self, channel: str, now: datetime) -> Mapping[str, datetime]:
        """Shoppers at rest now, and until when."""
        latest: dict[tuple[str, str], ContactRest] = {}
        for one in sorted(self._entries.values(), key=lambda one: one.at):
            if one.channel in (channel, "*") and one.at <= now:
                latest[one.shopper_id, one.channel] = one
        ends: dict[str, datetime] = {}
        for one in latest.values():
            if one.until > now:
                ends[one.shopper_id] = max(one.until, ends.get(one.shopper_id, one.until))
        return ends

    def of(self, shopper_id: str) -> tuple[ContactRest, ...]:
        """Every entry of one shopper, oldest first."""
        mine = [one for one in self._entries.values() if one.shopper_id == shopper_id]
        return tuple(sorted(mine, key=lambda one: (one.at, one.channel)))


class MemorySuppressions:
    """See ``promoloop.profiles.SuppressionList``."""

    def __init__(self) -> None:
        self._entries: dict[str, Suppression] = {}

    def add(self, entries: Sequence[Suppression]) -> int:
        """Add new ones; return how many they were."""
        before = len(self._entries)
        for one in entries:
            self._entries.setdefault(one.digest, one)
        return len(self._entries) - before

    def among(self, digests: Collection[str]) -> Mapping[str, Suppression]:
        """Those that are suppressed, with why."""
        return {key: self._entries[key] for key in digests if key in self._entries}

    def lift(self, digests: Collection[str]) -> int:
        """Take entries back; return how many there were."""
        return sum(self._entries.pop(key, None) is not None for key in set(digests))

    def counts(self) -> Mapping[str, int]:
        """Entries per reason."""
        return dict(Counter(one.reason for one in self._entries.values()))
