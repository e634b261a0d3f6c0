"""Who may use the console, and what they did.

Revision ID: r0011
Revises: r0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0011"
down_revision = "r0010"

TEXT = sa.Text()
UTC = sa.DateTime(timezone=True)


def _seq() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", kind, primary_key=True)


def upgrade() -> None:
    """Nobody may sign in until `promoloop console add-user` has been run."""
    op.create_table(
        "users",
        _seq(),
        sa.Column("user_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("password_hash", TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("changed_at", UTC, nullable=False),
        sa.UniqueConstraint("user_id", name="uq_users"),
    )
    op.create_table(
        "audit",
        _seq(),
        sa.Column("entry_id", TEXT, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("user_id", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("details", TEXT, nullable=False),
        sa.UniqueConstraint("entry_id", name="uq_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
    # what is shown of one shopper must not cost a look at everybody's
    op.create_index("ix_outcomes_shopper_id", "outcomes", ["shopper_id"])
    op.create_index("ix_outbox_shopper_id", "outbox", ["shopper_id"])
