"""Campaigns have guardrails; when they were paused and resumed is kept.

Revision ID: r0004
Revises: r0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"

TEXT = sa.Text()
REAL: sa.Double[float] = sa.Double()


def upgrade() -> None:
    """Campaigns of before have no guardrail and were never paused."""
    op.add_column("campaigns", sa.Column("guardrails", TEXT, nullable=False, server_default="[]"))
    op.create_table(
        "pauses",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("campaign_id", TEXT, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("metric", TEXT, nullable=False),
        sa.Column("figure", REAL, nullable=False),
        sa.Column("low", REAL, nullable=False),
        sa.Column("high", REAL, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.UniqueConstraint("campaign_id", "at", "paused", name="uq_pauses"),
    )
