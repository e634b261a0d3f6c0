"""What shoppers did, row by row and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

__all__ = ["EVENT_LINES", "Event", "EventBatch", "Quarantined", "Received"]

#: The columns of history: one row per event and product. A ``Product Viewed`` has one row, an
#: ``Order Completed`` one per line of the order. Money in minor units of ``currency``:
#:
#: - ``revenue_minor`` is what the shop receives for the line, be it from the shopper or from a
#:   manufacturer who refunds a coupon.
#: - ``discount_minor`` is all that the shop itself took off, the shop's own coupons included. So
#:   the shelf price of the line is ``revenue_minor + discount_minor``.
#: - ``coupon_minor`` is what coupons spared the shopper, whoever bears it: the shop's own are a
#:   part of ``discount_minor``, a manufacturer's a part of ``revenue_minor``.
EVENT_LINES = pl.Schema(
    {
        "message_id": pl.String(),
        "line": pl.Int32(),
        "event": pl.String(),
        "shopper_id": pl.String(),
        "timestamp": pl.Datetime("us", "UTC"),
        "order_id": pl.String(),
        "product_id": pl.String(),
        "quantity": pl.Int32(),
        "revenue_minor": pl.Int64(),
        "discount_minor": pl.Int64(),
        "coupon_minor": pl.Int64(),
        "coupon": pl.String(),
        "campaign_id": pl.String(),
        "currency": pl.String(),
        "properties": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """One Segment-shaped ``track`` or ``identify`` call; ``message_id`` is its idempotency key."""

    message_id: str
    type: str
    event: str
    user_id: str | None
    anonymous_id: str | None
    timestamp: datetime
    properties: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One input row that was set aside: where it stood, what is wrong and what to do."""

    file: str
    line: int
    field: str
    reason: str
    remedy: str
    raw: str


@dataclass(frozen=True, slots=True)
class EventBatch:
    """A chunk of a source: ``lines`` in the ``EVENT_LINES`` schema, and rows set aside."""

    lines: pl.DataFrame
    quarantined: tuple[Quarantined, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """One call as it came in over the network, before it is in the history.

    Attributes
    ----------
    message_id : str
        Its idempotency key. A call without one, or malformed, has one made of its content.
    shopper_id : str
        Whom it is about, as in ``EVENT_LINES``; empty when that cannot be told.
    received_at : datetime
        UTC.
    body : bytes
        The JSON of the call, to the byte.
    """

    message_id: str
    shopper_id: str
    received_at: datetime
    body: bytes
