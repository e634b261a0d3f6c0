"""Who approved which text, and when.

Revision ID: r0005
Revises: r0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision = "r0004"

TEXT = sa.Text()
UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Texts of before were all in use: they stand as approved, by "before review"."""
    made = op.create_table(
        "reviews",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("copy_id", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("marks", TEXT, nullable=False),
        sa.Column("edited_from", TEXT, nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("copy_id", "step", name="uq_reviews"),
    )
    copies = sa.table("copies", sa.column("copy_id", TEXT), sa.column("created_at", UTC))
    says = ("approved", "before review", "before", "[]", "")
    names = ["copy_id", "at", "state", "by", "reason", "marks", "edited_from", "step"]
    entries = sa.select(
        copies.c.copy_id,
        copies.c.created_at,
        *(sa.literal(word, TEXT) for word in says),
        sa.literal(1, sa.BigInteger()),
    ).order_by(copies.c.copy_id)
    op.execute(made.insert().from_select(names, entries))
