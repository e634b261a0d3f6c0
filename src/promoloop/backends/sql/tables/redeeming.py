"""Codes given away one by one, uses of promises, and how often each offer was used."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from promoloop.backends.sql.schema import Mapped, Whole, index, seq_column
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

_TAKEN = text("decision_id <> ''")
#: One code per promise, whoever writes.
Index(
    "uq_codes_decision",
    CODES.table.c.offer_id,
    CODES.table.c.decision_id,
    unique=True,
    sqlite_where=_TAKEN,
    postgresql_where=_TAKEN,
)
_FREE = text("decision_id = ''")
Index(
    "ix_codes_free",
    CODES.table.c.offer_id,
    CODES.table.c.place,
    sqlite_where=_FREE,
    postgresql_where=_FREE,
)
_STANDS = text("state = 'redeemed'")
#: A promise is used once, unless the use was rolled back.
Index(
    "uq_redemptions_promise",
    REDEMPTIONS.table.c.decision_id,
    unique=True,
    sqlite_where=_STANDS,
    postgresql_where=_STANDS,
)
