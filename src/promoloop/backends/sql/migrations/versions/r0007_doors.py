"""What the doors remember: API keys, answers given once, events not yet in the history.

Revision ID: r0007
Revises: r0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0007"
down_revision = "r0006"

TEXT = sa.Text()
INT = sa.BigInteger()
UTC = sa.DateTime(timezone=True)
BYTES = sa.LargeBinary()


def upgrade() -> None:
    """Tables only: there was no door before."""
    op.create_table(
        "inbox",
        _seq(),
        sa.Column("message_id", TEXT, nullable=False),
        sa.Column("shopper_id", TEXT, nullable=False),
        sa.Column("received_at", UTC, nullable=False),
        sa.Column("body", BYTES, nullable=False),
        sa.UniqueConstraint("message_id", name="uq_inbox"),
        sqlite_autoincrement=True,  # places rise for ever, even when all calls were forgotten
    )
    op.create_table(
        "inbox_readers",
        _seq(),
        sa.Column("reader", TEXT, nullable=False),
        sa.Column("place", INT, nullable=False),
        sa.UniqueConstraint("reader", name="uq_inbox_readers"),
    )
    op.create_table(
        "api_keys",
        _seq(),
        *(sa.Column(name, TEXT, nullable=False) for name in ("key_id", "digest", "name", "scopes")),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("last_used_at", UTC, nullable=True),
        sa.Column("revoked_at", UTC, nullable=True),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
        sa.UniqueConstraint("key_id", name="uq_api_keys"),
    )
    op.create_table(
        "answers",
        _seq(),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("owner", "route", "key", "fingerprint", "token")
        ),
        sa.Column("expires_at", UTC, nullable=False),
        sa.Column("status", INT, nullable=False),
        sa.Column("media", TEXT, nullable=False),
        sa.Column("body", BYTES, nullable=False),
        sa.UniqueConstraint("owner", "route", "key", name="uq_answers"),
    )
    op.create_index("ix_answers_expires_at", "answers", ["expires_at"])


def _seq() -> sa.Column[int]:
    kind = INT.with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", kind, primary_key=True)
