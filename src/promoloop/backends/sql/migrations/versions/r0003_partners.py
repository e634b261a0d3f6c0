"""Decisions say on which terms a partner shares the cost.

Revision ID: r0003
Revises: r0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"


def upgrade() -> None:
    """Decisions of before were paid by the shop alone."""
    for column in (
        sa.Column("funding", sa.Text(), nullable=True),
        sa.Column("partner_spend_minor", sa.Double(), nullable=False, server_default="0"),
        sa.Column("partner_liability_minor", sa.BigInteger(), nullable=False, server_default="0"),
    ):
        op.add_column("decisions", column)
