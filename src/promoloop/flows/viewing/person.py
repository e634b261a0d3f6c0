"""One shopper looked up and laid out: profile, consent, and what happened in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from promoloop.core import InvalidError
from promoloop.flows.consent.person import CHANNELS
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.flows.reads.ports import Views
from promoloop.profiles import Consent, ConsentRequest, address_digest

__all__ = ["ConsentLine", "Seen", "Step", "find_shopper", "seen_of"]

#: The newest entries of each kind on the timeline.
_NEWEST = 60
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One channel: the entry that counts, a request that still waits, a rest that is on."""

    channel: str
    entry: Consent | None
    waiting: ConsentRequest | None
    confirmed: ConsentRequest | None
    rests_until: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing on the timeline. ``kind`` says which fields ``said`` holds."""

    at: datetime
    kind: str
    name: str
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything the page of one shopper shows; ``profile`` is empty before the first learning."""

    shopper_id: str
    profile: Mapping[str, object]
    contact: Mapping[str, str]
    consents: tuple[ConsentLine, ...]
    steps: tuple[Step, ...]

    @property
    def known(self) -> bool:
        """Whether anything is held on somebody of this id."""
        told = any(line.entry or line.waiting or line.confirmed for line in self.consents)
        return bool(self.profile or self.contact or self.steps or told)


def find_shopper(house: House, text: str) -> str:
    """The id of the shopper with this id, e-mail address or address digest; "" for nobody.

    An address is looked up by its digest, as the lists of suppressed addresses know it.
    """
    wanted = text.strip()
    if not wanted:
        return ""
    is_digest = _DIGEST.fullmatch(wanted.lower()) is not None
    if "@" not in wanted and not is_digest:
        return wanted
    contacts = "contacts" in house.tables.names()
    if contacts and not is_digest:
        for address in (wanted, wanted.lower()):
            mine = house.tables.find("contacts", "email", address)
            if len(mine):
                return str(mine["shopper_id"][0])
    if not contacts:
        return ""
    digest = wanted.lower() if is_digest else address_digest(wanted, house.address_key)
    every = house.tables.get("contacts").select("shopper_id", "email")
    for shopper_id, address in every.iter_rows():
        if address and address_digest(address, house.address_key) == digest:
            return str(shopper_id)
    return ""


def seen_of(house: House, views: Views, shopper_id: str, now: datetime) -> Seen:
    """What is held on one shopper, newest first."""
    steps = (*_events(house, shopper_id), *_decisions(house, shopper_id))
    steps = (*steps, *_messages(views, shopper_id), *_outcomes(views, shopper_id))
    ranked = sorted(steps, key=lambda step: step.at, reverse=True)
    contact = _row(house, "contacts", shopper_id)
    return Seen(
        shopper_id,
        _row(house, "profiles", shopper_id),
        {name: str(value) for name, value in contact.items() if value and name != "shopper_id"},
        _consents(house, shopper_id, now),
        tuple(ranked[: 2 * _NEWEST]),
    )


def _row(house: House, name: str, shopper_id: str) -> Mapping[str, object]:
    """The shopper's row of a table; empty where there is none, or no table yet."""
    try:
        mine = house.tables.find(name, "shopper_id", shopper_id).to_dicts()
    except InvalidError:
        return {}
    return mine[0] if mine else {}


def _consents(house: House, shopper_id: str, now: datetime) -> tuple[ConsentLine, ...]:
    stands = {one.channel: one for one in house.consents.of(shopper_id) if one.purpose == PURPOSE}
    asked = () if house.consent_requests is None else house.consent_requests.of(shopper_id)
    rests = () if house.rests is None else house.rests.of(shopper_id)
    names = [*CHANNELS, *sorted(stands.keys() - set(CHANNELS))]
    lines = []
    for name in names:
        mine = [one for one in asked if one.channel == name]
        open_ = [one for one in mine if one.confirmed_at is None and one.expires_at > now]
        done = [one for one in mine if one.confirmed_at is not None]
        until = [one.until for one in rests if one.channel in (name, "*")][-1:]
        lines.append(
            ConsentLine(
                name,
                stands.get(name),
                open_[-1] if open_ else None,
                done[-1] if done else None,
                until[0] if until and until[0] > now else None,
            )
        )
    return tuple(lines)


def _events(house: House, shopper_id: str) -> Sequence[Step]:
    """Events of the history, an order's lines together."""
    lines = (
        house.history.scan()
        .filter(pl.col("shopper_id") == shopper_id)
        .group_by("message_id")
        .agg(
            pl.col("event", "timestamp", "order_id", "currency").first(),
            pl.col("product_id").drop_nulls().unique(maintain_order=True).head(4),
            products=pl.col("product_id").n_unique(),
            revenue=pl.col("revenue_minor").sum(),
            discount=pl.col("discount_minor").sum(),
        )
        .top_k(_NEWEST, by="timestamp")
        .collect()
    )
    return [
        Step(row["timestamp"], "event", str(row["event"]), row)
        for row in lines.iter_rows(named=True)
    ]


def _decisions(house: House, shopper_id: str) -> Sequence[Step]:
    newest = sorted(house.decisions.of_shopper(shopper_id), key=lambda one: one.decided_at)
    return [
        Step(one.decided_at, "decision", one.decision_id, {"decision": one})
        for one in newest[-_NEWEST:]
    ]


def _messages(views: Views, shopper_id: str) -> Sequence[Step]:
    return [
        Step(one.sent_at or one.not_before, "message", one.state, {"message": one})
        for one in views.messages_of(shopper_id, _NEWEST)
    ]


def _outcomes(views: Views, shopper_id: str) -> Sequence[Step]:
    return [
        Step(one.at, "outcome", one.kind, {"outcome": one})
        for one in views.outcomes_of(shopper_id, _NEWEST)
    ]
