"""Offers as plain JSON values and back, exactly: what a store keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from promoloop.core import (
    Readers,
    as_list,
    part_from_data,
    plain,
    record_from_data,
)
from promoloop.offers.funding import Funding
from promoloop.offers.parts import CONDITIONS, REWARDS, Condition, Part, Reward
from promoloop.offers.records import Caps, Offer

__all__ = ["OFFER_READERS", "offer_from_json", "offer_to_json"]


def offer_to_json(offer: Offer) -> dict[str, Any]:
    """The offer as values that ``json.dumps`` takes; ``offer_from_json`` gives it back equal.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from promoloop.offers import PercentOff
    >>> day = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    >>> offer = Offer("o1", {"en-US": "coffee"}, "COFFEE", PercentOff(20, 400), *day, "USD")
    >>> offer_to_json(offer)["reward"]
    {'code': 'percent_off', 'percent': 20, 'ceiling_minor': 400}
    >>> offer_from_json(offer_to_json(offer)) == offer
    True
    """
    whole = {field.name: plain(getattr(offer, field.name)) for field in fields(offer)}
    # Left out where there is none: offers stored before partners were known stay the same.
    written = {name: value for name, value in whole.items() if name != "funding"}
    partner = {} if offer.funding is None else {"funding": _plain_record(offer.funding)}
    return written | {
        "reward": _part_to_json(offer.reward),
        "conditions": [_part_to_json(condition) for condition in offer.conditions],
        "caps": _plain_record(offer.caps),
        **partner,
    }


def offer_from_json(data: Mapping[str, Any]) -> Offer:
    """The offer that ``offer_to_json`` wrote; ``InvalidError`` naming the field otherwise."""
    return record_from_data(Offer, data, f"stored offer {data.get('offer_id')!r}", OFFER_READERS)


def _part_to_json(part: Part) -> dict[str, Any]:
    return {"code": part.code} | _plain_record(part)


def _plain_record(record: Part | Caps) -> dict[str, Any]:
    return {field.name: plain(getattr(record, field.name)) for field in fields(record)}


def _reward(where: str, data: object) -> Reward:
    return part_from_data(data, REWARDS, where)


def _conditions(where: str, data: object) -> tuple[Condition, ...]:
    return tuple(
        part_from_data(one, CONDITIONS, f"{where}, item {at}")
        for at, one in enumerate(as_list(where, data), 1)
    )


def _caps(where: str, data: object) -> Caps:
    return record_from_data(Caps, data, where)


def _funding(where: str, data: object) -> Funding | None:
    return None if data is None else record_from_data(Funding, data, where)


#: How the fields of an offer that hold other records are read.
OFFER_READERS: Readers = {
    "reward": _reward,
    "conditions": _conditions,
    "caps": _caps,
    "funding": _funding,
}
