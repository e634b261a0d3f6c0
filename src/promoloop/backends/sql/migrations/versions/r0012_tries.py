"""How often a provider was asked to take a message and said "later".

Revision ID: r0012
Revises: r0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0012"
down_revision = "r0011"


def upgrade() -> None:
    """Messages of before start anew: how often they were only leased was counted with it."""
    column = sa.Column("tries", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("outbox", column)
