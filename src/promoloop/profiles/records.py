"""What is known of one consenting shopper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

__all__ = [
    "LIFECYCLES",
    "PROFILE",
    "SUPPRESSED",
    "Consent",
    "ConsentRequest",
    "ContactRest",
    "Suppression",
]

LIFECYCLES = ("new", "active", "vip", "cooling", "lapsed")

#: One row per shopper. ``categories`` and ``brands`` are the ten strongest with recency-decayed
#: weights summing to at most 1; ``hours`` and ``days`` are shares of orders by local hour (24)
#: and weekday (7, Monday first); shares are in [0, 1].
PROFILE = pl.Schema(
    {
        "shopper_id": pl.String(),
        "first_seen": pl.Datetime("us", "UTC"),
        "last_seen": pl.Datetime("us", "UTC"),
        "recency_days": pl.Float64(),
        "orders": pl.Int32(),
        "monetary_minor": pl.Int64(),
        "basket_minor": pl.Int64(),
        "weekly_revenue_minor": pl.Float64(),
        "discount_share": pl.Float64(),
        "coupon_share": pl.Float64(),
        "price_index": pl.Float64(),
        "categories": pl.List(pl.Struct({"name": pl.String(), "weight": pl.Float64()})),
        "brands": pl.List(pl.Struct({"name": pl.String(), "weight": pl.Float64()})),
        "hours": pl.List(pl.Float64()),
        "days": pl.List(pl.Float64()),
        "best_hour": pl.Int32(),
        "lifecycle": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the consent ledger; the latest per shopper, channel and purpose counts."""

    shopper_id: str
    channel: str
    purpose: str
    granted: bool
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """A yes that was asked for and counts only once the link in the message is followed.

    ``digest`` is that of the address the message went to (``address_digest``), ``source`` where
    the yes was given (``checkout``, ``newsletter form``) and ``wording`` the text that was agreed
    to. From ``expires_at`` on the link confirms nothing.
    """

    request_id: str
    shopper_id: str
    channel: str
    purpose: str
    digest: str
    asked_at: datetime
    expires_at: datetime
    source: str
    wording: str = ""
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContactRest:
    """A shopper wants to hear nothing on ``channel`` (``"*"`` is every one) until ``until``.

    The latest entry of a channel counts; one whose ``until`` is not after ``at`` ends the rest.
    """

    shopper_id: str
    channel: str
    until: datetime
    at: datetime


#: Why an address is never written to again.
SUPPRESSED = ("bounced", "complained", "erased", "unreachable", "stopped", "by_hand")


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that is never written to again, on any channel; the address itself is not kept.

    ``digest`` comes from ``address_digest``, ``reason`` is one of ``SUPPRESSED``, ``channel`` and
    ``source`` say where it became known.
    """

    digest: str
    reason: str
    channel: str
    at: datetime
    source: str
