"""Codes given away one by one, uses of promises, and how often each offer was used."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Table, Text, UniqueConstraint, false

from promoloop.backends.sql.schema import Mapped, Whole, index, index_where, seq_column
from promoloop.backends.sql.tables.metadata import METADATA
from promoloop.decide import OfferUse
from promoloop.offers import IssuedCode

__all__ = ["CODES", "OFFER_USES", "REDEMPTIONS"]

CODES = Mapped.derive(METADATA, "codes", IssuedCode, ["offer_id", "code"])
#: ``single`` says that the code is good for one use.
REDEMPTIONS = Mapped.derive(
    METADATA,
    "redemptions",
    OfferUse,
    ["key"],
    extra=[Column("single", Boolean, nullable=False, server_default=false())],
)
#: Uses that count towards the caps; ``shopper_id`` is "" in the row that counts all of them.
OFFER_USES = Table(
    "offer_uses",
    METADATA,
    seq_column(),
    Column("offer_id", Text, nullable=False),
    Column("shopper_id", Text, nullable=False),
    Column("used", Whole, nullable=False),
    UniqueConstraint("offer_id", "shopper_id", name="uq_offer_uses"),
    CheckConstraint("used >= 0", name="ck_offer_uses_sign"),
)

index(CODES.table, "code")
index(REDEMPTIONS.table, "shopper_id")
index(REDEMPTIONS.table, "at")

#: One code per promise, whoever writes.
index_where(
    "uq_codes_decision", CODES.table, "decision_id <> ''", "offer_id", "decision_id", unique=True
)
index_where("ix_codes_free", CODES.table, "decision_id = ''", "offer_id", "place")
#: A promise is used once, unless the use was rolled back.
index_where(
    "uq_redemptions_promise", REDEMPTIONS.table, "state = 'redeemed'", "decision_id", unique=True
)
