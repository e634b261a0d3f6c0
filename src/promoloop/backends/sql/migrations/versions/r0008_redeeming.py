"""Codes issued and promises redeemed at the till.

Revision ID: r0008
Revises: r0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0008"
down_revision = "r0007"

TEXT = sa.Text()
INT = sa.BigInteger()
UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Tables, and an index by shopper; pools are filled from offers when they are first shown."""
    op.create_index("ix_decisions_shopper_id", "decisions", ["shopper_id"])
    op.create_table(
        "codes",
        _seq(),
        sa.Column("offer_id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("place", INT, nullable=False),
        sa.Column("decision_id", TEXT, nullable=False),
        sa.Column("shopper_id", TEXT, nullable=False),
        sa.Column("issued_at", UTC, nullable=True),
        sa.Column("used_by", TEXT, nullable=False),
        sa.UniqueConstraint("offer_id", "code", name="uq_codes"),
    )
    op.create_index("ix_codes_code", "codes", ["code"])
    _partial("uq_codes_decision", "codes", ["offer_id", "decision_id"], "decision_id <> ''")
    _partial("ix_codes_free", "codes", ["offer_id", "place"], "decision_id = ''", unique=False)
    op.create_table(
        "redemptions",
        _seq(),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in (
                *("use_id", "key", "shopper_id", "campaign_id", "offer_id", "decision_id"),
                *("code", "order_id"),
            )
        ),
        sa.Column("at", UTC, nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.Column("discount_minor", INT, nullable=False),
        sa.Column("partner_minor", INT, nullable=False),
        sa.Column("totals", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("rolled_back_at", UTC, nullable=True),
        sa.Column("single", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.UniqueConstraint("key", name="uq_redemptions"),
    )
    op.create_index("ix_redemptions_shopper_id", "redemptions", ["shopper_id"])
    op.create_index("ix_redemptions_at", "redemptions", ["at"])
    _partial("uq_redemptions_promise", "redemptions", ["decision_id"], "state = 'redeemed'")
    op.create_table(
        "offer_uses",
        _seq(),
        sa.Column("offer_id", TEXT, nullable=False),
        sa.Column("shopper_id", TEXT, nullable=False),
        sa.Column("used", INT, nullable=False),
        sa.UniqueConstraint("offer_id", "shopper_id", name="uq_offer_uses"),
        sa.CheckConstraint("used >= 0", name="ck_offer_uses_sign"),
    )


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = True) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)


def _seq() -> sa.Column[int]:
    return sa.Column("seq", INT.with_variant(sa.Integer(), "sqlite"), primary_key=True)
