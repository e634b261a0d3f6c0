"""Clicks, recorded prices and what providers reported.

Revision ID: r0010
Revises: r0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0010"
down_revision = "r0009"

TEXT = sa.Text()
UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Tables only: what products cost before is not known, and is not guessed."""
    op.create_table(
        "clicks",
        _seq(),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("click_id", "decision_id", "kind", "target")
        ),
        sa.Column("at", UTC, nullable=False),
        sa.Column("signs", TEXT, nullable=False),
        sa.UniqueConstraint("click_id", name="uq_clicks"),
    )
    op.create_index("ix_clicks_decision_id", "clicks", ["decision_id"])
    op.create_index("ix_clicks_at", "clicks", ["at"])
    op.create_table(
        "price_history",
        _seq(),
        sa.Column("product_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.UniqueConstraint("product_id", "kind", "at", "price_minor", name="uq_price_history"),
    )


def _seq() -> sa.Column[int]:
    return sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)
