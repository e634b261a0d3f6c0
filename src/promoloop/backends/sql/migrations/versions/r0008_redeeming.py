"""Codes issued and promises redeemed at the till.

Revision ID: r0008
Revises: r0007
"""

from __future__ import annotations

revision = "r0008"
down_revision = "r0007"


def upgrade() -> None:
    """Nothing yet."""
