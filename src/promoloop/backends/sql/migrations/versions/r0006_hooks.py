"""The line each text stands on, and its score.

Revision ID: r0006
Revises: r0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision = "r0005"

REAL: sa.Double[float] = sa.Double()


def upgrade() -> None:
    """Texts of before do not say their line, nor what the gate gave it."""
    op.add_column("copies", sa.Column("hook", sa.Text(), nullable=False, server_default=""))
    op.add_column("copies", sa.Column("score", REAL, nullable=True))
