"""The first schema.

Revision ID: r0001
Revises:
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None

TEXT = sa.Text()
INT = sa.BigInteger()
REAL: sa.Double[float] = sa.Double()
BOOL = sa.Boolean()
UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table."""
    _offers()
    _people()
    _decisions()
    _money()
    _outbox()
    _models()


def _table(name: str, key: Sequence[str], columns: Sequence[sa.schema.SchemaItem]) -> None:
    seq = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        name,
        sa.Column("seq", seq, primary_key=True),
        *columns,
        sa.UniqueConstraint(*key, name=f"uq_{name}"),
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)


def _offers() -> None:
    _table(
        "products",
        ["product_id"],
        [
            sa.Column("product_id", TEXT, nullable=False),
            sa.Column("title", TEXT, nullable=False),
            sa.Column("category", TEXT, nullable=False),
            sa.Column("department", TEXT, nullable=False),
            sa.Column("brand", TEXT, nullable=False),
            sa.Column("price_minor", INT, nullable=False),
            sa.Column("currency", TEXT, nullable=False),
        ],
    )
    _table(
        "offers",
        ["offer_id", "revision"],
        [
            sa.Column("offer_id", TEXT, nullable=False),
            sa.Column("revision", INT, nullable=False),
            sa.Column("body", TEXT, nullable=False),
        ],
    )
    _table(
        "campaigns",
        ["campaign_id"],
        [
            sa.Column("campaign_id", TEXT, nullable=False),
            sa.Column("name", TEXT, nullable=False),
            sa.Column("offer_ids", TEXT, nullable=False),
            sa.Column("channels", TEXT, nullable=False),
            sa.Column("hours", TEXT, nullable=False),
            sa.Column("budget_minor", INT, nullable=False),
            sa.Column("currency", TEXT, nullable=False),
            sa.Column("arms", TEXT, nullable=False),
            sa.Column("starts_at", UTC, nullable=False),
            sa.Column("weeks", INT, nullable=False),
            sa.Column("salt", TEXT, nullable=False),
            sa.Column("floor", REAL, nullable=False),
            sa.Column("contacts_per_week", INT, nullable=False),
            sa.Column("lifecycle", TEXT, nullable=False),
        ],
    )
    _table(
        "copies",
        ["copy_id"],
        [
            sa.Column("copy_id", TEXT, nullable=False),
            sa.Column("brief_id", TEXT, nullable=False),
            sa.Column("offer_id", TEXT, nullable=False),
            sa.Column("offer_revision", INT, nullable=False),
            sa.Column("locale", TEXT, nullable=False),
            sa.Column("channel", TEXT, nullable=False),
            sa.Column("moment", TEXT, nullable=False),
            sa.Column("variant", TEXT, nullable=False),
            sa.Column("parts", TEXT, nullable=False),
            sa.Column("source", TEXT, nullable=False),
            sa.Column("model", TEXT, nullable=False),
            sa.Column("prompt_hash", TEXT, nullable=False),
            sa.Column("verdict", TEXT, nullable=False),
            sa.Column("refused", TEXT, nullable=False),
            sa.Column("created_at", UTC, nullable=False),
        ],
    )


def _people() -> None:
    _table(
        "consents",
        ["channel", "purpose", "shopper_id", "at", "granted", "source"],
        [
            sa.Column("shopper_id", TEXT, nullable=False),
            sa.Column("channel", TEXT, nullable=False),
            sa.Column("purpose", TEXT, nullable=False),
            sa.Column("granted", BOOL, nullable=False),
            sa.Column("at", UTC, nullable=False),
            sa.Column("source", TEXT, nullable=False),
        ],
    )
    _table(
        "outcomes",
        ["outcome_id"],
        [
            sa.Column("outcome_id", TEXT, nullable=False),
            sa.Column("shopper_id", TEXT, nullable=False),
            sa.Column("decision_id", TEXT, nullable=False),
            sa.Column("kind", TEXT, nullable=False),
            sa.Column("group", TEXT, nullable=False),
            sa.Column("at", UTC, nullable=False),
            sa.Column("revenue_minor", INT, nullable=False),
            sa.Column("margin_minor", INT, nullable=False),
            sa.Column("discount_minor", INT, nullable=False),
            sa.Column("source", TEXT, nullable=False),
        ],
    )
    _index("outcomes", "at")


def _decisions() -> None:
    _table(
        "decisions",
        ["decision_id"],
        [
            sa.Column("decision_id", TEXT, nullable=False),
            sa.Column("campaign_id", TEXT, nullable=False),
            sa.Column("shopper_id", TEXT, nullable=False),
            sa.Column("arm", TEXT, nullable=False),
            sa.Column("decided_at", UTC, nullable=False),
            sa.Column("send_at", UTC, nullable=True),
            sa.Column("action", TEXT, nullable=False),
            sa.Column("offer_id", TEXT, nullable=True),
            sa.Column("channel", TEXT, nullable=True),
            sa.Column("hour", INT, nullable=True),
            sa.Column("variant", TEXT, nullable=True),
            sa.Column("propensity", REAL, nullable=False),
            sa.Column("value_minor", REAL, nullable=False),
            sa.Column("spend_minor", REAL, nullable=False),
            sa.Column("liability_minor", INT, nullable=False),
            sa.Column("reasons", TEXT, nullable=False),
            sa.Column("weighed", TEXT, nullable=False),
            sa.Column("rejected", TEXT, nullable=False),
            sa.Column("prices", TEXT, nullable=False),
            sa.Column("features", TEXT, nullable=False),
            sa.Column("policy", TEXT, nullable=False),
            sa.Column("model_version", TEXT, nullable=False),
            sa.Column("seed", INT, nullable=False),
        ],
    )
    _index("decisions", "campaign_id", "decided_at")


def _money() -> None:
    _table(
        "accounts",
        ["account"],
        [
            sa.Column("account", TEXT, nullable=False),
            sa.Column("budget_minor", INT, nullable=False),
            sa.Column("reserved_minor", INT, nullable=False),
            sa.Column("spent_minor", INT, nullable=False),
            sa.CheckConstraint(
                "reserved_minor + spent_minor <= budget_minor", name="ck_accounts_budget"
            ),
            sa.CheckConstraint("reserved_minor >= 0 AND spent_minor >= 0", name="ck_accounts_sign"),
        ],
    )
    _table(
        "stock",
        ["account", "offer_id"],
        [
            sa.Column("account", TEXT, nullable=False),
            sa.Column("offer_id", TEXT, nullable=False),
            sa.Column("units", INT, nullable=False),
            sa.Column("taken", INT, nullable=False),
            sa.CheckConstraint("taken >= 0 AND taken <= units", name="ck_stock_units"),
        ],
    )
    _table(
        "reservations",
        ["decision_id"],
        [
            sa.Column("decision_id", TEXT, nullable=False),
            sa.Column("offer_id", TEXT, nullable=False),
            sa.Column("amount_minor", INT, nullable=False),
            sa.Column("expires_at", UTC, nullable=False),
            sa.Column("account", TEXT, nullable=False),
            sa.Column("state", TEXT, nullable=False),
            sa.Column("spent_minor", INT, nullable=False),
        ],
    )
    _index("reservations", "state", "expires_at")


def _outbox() -> None:
    _table(
        "outbox",
        ["dedupe_key"],
        [
            sa.Column("dedupe_key", TEXT, nullable=False),
            sa.Column("decision_id", TEXT, nullable=False),
            sa.Column("campaign_id", TEXT, nullable=False),
            sa.Column("shopper_id", TEXT, nullable=False),
            sa.Column("channel", TEXT, nullable=False),
            sa.Column("address", TEXT, nullable=False),
            sa.Column("time_zone", TEXT, nullable=False),
            sa.Column("locale", TEXT, nullable=False),
            sa.Column("copy_id", TEXT, nullable=False),
            sa.Column("slots", TEXT, nullable=False),
            sa.Column("not_before", UTC, nullable=False),
            sa.Column("expires_at", UTC, nullable=False),
            sa.Column("state", TEXT, nullable=False),
            sa.Column("attempt", INT, nullable=False),
            sa.Column("owner", TEXT, nullable=False),
            sa.Column("lease_until", UTC, nullable=True),
            sa.Column("sent_at", UTC, nullable=True),
            sa.Column("reason", TEXT, nullable=False),
            sa.Column("ever_held", BOOL, nullable=False, server_default=sa.false()),
        ],
    )
    _index("outbox", "sent_at")
    _index("outbox", "state", "not_before")


def _models() -> None:
    _table(
        "models",
        ["version_id"],
        [
            sa.Column("version_id", TEXT, nullable=False),
            sa.Column("kind", TEXT, nullable=False),
            sa.Column("created_at", UTC, nullable=False),
            sa.Column("trained_from", UTC, nullable=False),
            sa.Column("trained_until", UTC, nullable=False),
            sa.Column("parameters", TEXT, nullable=False),
            sa.Column("metrics", TEXT, nullable=False),
            sa.Column("status", TEXT, nullable=False),
            sa.Column("gate", TEXT, nullable=True),
        ],
    )
    _index("models", "kind")
    running = sa.text("status = 'running'")
    op.create_index(
        "uq_models_running",
        "models",
        ["kind"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
