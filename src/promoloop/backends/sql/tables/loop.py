"""The tables of the loop: offers, campaigns, texts, decisions, money, messages, outcomes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Table, Text, UniqueConstraint, false

from promoloop.backends.sql.schema import Json, Mapped, Whole, index, index_where, seq_column
from promoloop.backends.sql.tables.metadata import METADATA
from promoloop.compose import Copy, ReviewEntry
from promoloop.decide import BudgetState, Decision, Reservation
from promoloop.deliver import Message
from promoloop.feedback import Outcome
from promoloop.learn import ModelVersion
from promoloop.offers import Campaign, Pause, Product
from promoloop.profiles import Consent

__all__ = [
    "ACCOUNTS",
    "CAMPAIGNS",
    "CONSENTS",
    "COPIES",
    "DECISIONS",
    "MODELS",
    "OFFERS",
    "OUTBOX",
    "OUTCOMES",
    "PAUSES",
    "PRODUCTS",
    "RESERVATIONS",
    "REVIEWS",
    "STOCK",
]

PRODUCTS = Mapped.derive(METADATA, "products", Product, ["product_id"])
CAMPAIGNS = Mapped.derive(METADATA, "campaigns", Campaign, ["campaign_id"])
PAUSES = Mapped.derive(METADATA, "pauses", Pause, ["campaign_id", "at", "paused"])
COPIES = Mapped.derive(METADATA, "copies", Copy, ["copy_id"])
#: ``step`` numbers the entries of one text from 1.
REVIEWS = Mapped.derive(
    METADATA,
    "reviews",
    ReviewEntry,
    ["copy_id", "step"],
    extra=[Column("step", Whole, nullable=False)],
)
OUTCOMES = Mapped.derive(METADATA, "outcomes", Outcome, ["outcome_id"])
DECISIONS = Mapped.derive(METADATA, "decisions", Decision, ["decision_id"])
MODELS = Mapped.derive(METADATA, "models", ModelVersion, ["version_id"])
CONSENTS = Mapped.derive(
    METADATA,
    "consents",
    Consent,
    ["channel", "purpose", "shopper_id", "at", "granted", "source"],
)

#: Offers travel as the JSON the offers room writes; the key makes revisions.
OFFERS = Table(
    "offers",
    METADATA,
    seq_column(),
    Column("offer_id", Text, nullable=False),
    Column("revision", Whole, nullable=False),
    Column("body", Json(dict[str, Any]), nullable=False),
    UniqueConstraint("offer_id", "revision", name="uq_offers"),
)

#: The checks only repeat what the conditional updates see to: a second lock on the money.
ACCOUNTS = Mapped.derive(
    METADATA,
    "accounts",
    BudgetState,
    ["account"],
    extra=[
        CheckConstraint(
            "reserved_minor + spent_minor - late_minor <= budget_minor", name="ck_accounts_budget"
        ),
        CheckConstraint(
            "reserved_minor >= 0 AND late_minor >= 0 AND late_minor <= spent_minor",
            name="ck_accounts_sign",
        ),
    ],
)
STOCK = Table(
    "stock",
    METADATA,
    seq_column(),
    Column("account", Text, nullable=False),
    Column("offer_id", Text, nullable=False),
    Column("units", Whole, nullable=False),
    Column("taken", Whole, nullable=False),
    Column("late", Whole, nullable=False, server_default="0"),
    UniqueConstraint("account", "offer_id", name="uq_stock"),
    CheckConstraint("taken >= 0 AND taken <= units + late", name="ck_stock_units"),
)
#: ``state`` is ``reserved``, ``settled`` or ``expired``; ``spent_minor`` and ``shared_spent`` say
#: what was spent in the account and in those it shares, ``redeemed`` whether it keeps its unit.
RESERVATIONS = Mapped.derive(
    METADATA,
    "reservations",
    Reservation,
    ["decision_id"],
    extra=[
        Column("account", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("spent_minor", Whole, nullable=False),
        Column("shared_spent", Json(dict[str, int]), nullable=False, server_default="{}"),
        Column("redeemed", Boolean, nullable=False, server_default=false()),
    ],
)
OUTBOX = Mapped.derive(
    METADATA,
    "outbox",
    Message,
    ["dedupe_key"],
    extra=[Column("ever_held", Boolean, nullable=False, server_default=false())],
)

index(DECISIONS.table, "campaign_id", "decided_at")
index(DECISIONS.table, "shopper_id")
index(OUTCOMES.table, "at")
index(OUTCOMES.table, "shopper_id")
index(RESERVATIONS.table, "state", "expires_at")
index(OUTBOX.table, "state", "not_before")
index(OUTBOX.table, "sent_at")
index(OUTBOX.table, "shopper_id")
index(MODELS.table, "kind")

#: At most one model of a kind is running, whoever writes.
index_where("uq_models_running", MODELS.table, "status = 'running'", "kind", unique=True)
