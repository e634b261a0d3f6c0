"""Consent asked for, addresses never to be written to, erasures, subscriptions.

Revision ID: r0009
Revises: r0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0009"
down_revision = "r0008"

TEXT = sa.Text()
UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Tables only: nobody had asked for any of it before."""
    op.create_table(
        "consent_requests",
        _seq(),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("request_id", "shopper_id", "channel", "purpose", "digest")
        ),
        sa.Column("asked_at", UTC, nullable=False),
        sa.Column("expires_at", UTC, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("wording", TEXT, nullable=False),
        sa.Column("confirmed_at", UTC, nullable=True),
        sa.UniqueConstraint("request_id", name="uq_consent_requests"),
    )
    op.create_index("ix_consent_requests_shopper_id", "consent_requests", ["shopper_id"])
    op.create_index(
        "ix_consent_requests_digest_asked_at", "consent_requests", ["digest", "asked_at"]
    )
    op.create_table(
        "rests",
        _seq(),
        sa.Column("shopper_id", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("until", UTC, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.UniqueConstraint("shopper_id", "channel", "at", name="uq_rests"),
    )
    op.create_table(
        "suppressions",
        _seq(),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.UniqueConstraint("digest", name="uq_suppressions"),
    )
    op.create_table(
        "subscriptions",
        _seq(),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("shopper_id", "endpoint", "p256dh", "auth")
        ),
        sa.Column("added_at", UTC, nullable=False),
        sa.UniqueConstraint("endpoint", name="uq_subscriptions"),
    )
    op.create_index("ix_subscriptions_shopper_id", "subscriptions", ["shopper_id"])
    op.create_table(
        "webhooks",
        _seq(),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("webhook_id", TEXT, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.UniqueConstraint("source", "webhook_id", name="uq_webhooks"),
    )
    op.create_index("ix_webhooks_at", "webhooks", ["at"])
    _erasures()


def _erasures() -> None:
    op.create_table(
        "erasures",
        _seq(),
        sa.Column("erasure_id", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("begun_at", UTC, nullable=False),
        sa.Column("finished_at", UTC, nullable=True),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("pending", "counts", "models", "signature")
        ),
        sa.UniqueConstraint("erasure_id", name="uq_erasures"),
    )
    op.create_index("ix_erasures_digest", "erasures", ["digest"])
    op.create_table(
        "retraining",
        _seq(),
        sa.Column("version_id", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.UniqueConstraint("version_id", "reason", name="uq_retraining"),
    )


def _seq() -> sa.Column[int]:
    return sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)
