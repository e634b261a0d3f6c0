"""Consent asked for, addresses never to be written to, erasures, subscriptions.

Revision ID: r0009
Revises: r0008
"""

from __future__ import annotations

revision = "r0009"
down_revision = "r0008"


def upgrade() -> None:
    """Nothing yet."""
