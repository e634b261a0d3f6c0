"""What is not to be sent whatever was decided.

Erased shoppers, suppressed addresses, shoppers at rest, reductions that the price history does
not support.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from promoloop.deliver import Message
from promoloop.flows.deliver.desk import Desk
from promoloop.flows.deliver.stops import Stop
from promoloop.flows.privacy.records import shopper_digest
from promoloop.profiles import Suppression, address_digest

__all__ = ["Refusals"]


class Refusals:
    """What the lists say of a group of messages, read just before it leaves."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._digests: dict[str, str] = {}
        self._suppressed: Mapping[str, Suppression] = {}
        self._resting: dict[str, Mapping[str, datetime]] = {}
        self._erased: dict[str, datetime] = {}
        self._offers: dict[str, str] = {}
        self._now: datetime | None = None

    def read(self, group: Sequence[Message], now: datetime) -> None:
        """Look every address of the group up, and the rests on its channels."""
        desk = self._desk
        self._now = now
        if desk.suppressions is not None:
            self._digests = {
                message.dedupe_key: address_digest(message.address, desk.address_key)
                for message in group
            }
            self._suppressed = desk.suppressions.among(set(self._digests.values()))
        if desk.rests is not None:
            channels = {message.channel for message in group}
            self._resting = {name: desk.rests.resting(name, now) for name in channels}
        if desk.erasures is not None:
            key = desk.address_key
            names = {one.shopper_id: shopper_digest(one.shopper_id, key) for one in group}
            erased = desk.erasures.among(set(names.values()))
            self._erased = {
                one: erased[digest] for one, digest in names.items() if digest in erased
            }

    def stop(self, message: Message) -> Stop | None:
        """Why the message must not go out, if it must not."""
        if message.shopper_id in self._erased and not self._came_back(message):
            return Stop("capped", "erased")
        entry = self._suppressed.get(self._digests.get(message.dedupe_key, ""))
        if entry is not None:
            return Stop("capped", f"suppressed:{entry.reason}")
        until = self._resting.get(message.channel, {}).get(message.shopper_id)
        if until is None:
            return self._unsupported(message)
        if until >= message.expires_at:
            return Stop("expired", "offer-over-before-rest-ends")
        return Stop("held", "resting", until)

    def _came_back(self, message: Message) -> bool:
        """Whether the shopper has said yes anew since the erasure, of their own accord."""
        since = self._erased[message.shopper_id]
        said = self._desk.consents.of(message.shopper_id)
        return any(one.granted and one.at > since for one in said if one.channel == message.channel)

    def _unsupported(self, message: Message) -> Stop | None:
        """Whether the offer's reduction is one that the price history does not bear out."""
        if self._desk.claims is None or self._now is None:
            return None
        if message.copy_id not in self._offers:
            self._offers[message.copy_id] = self._desk.copies.get(message.copy_id).offer_id
        code = self._desk.claims(self._offers[message.copy_id], self._now)
        return Stop("capped", code) if code else None
