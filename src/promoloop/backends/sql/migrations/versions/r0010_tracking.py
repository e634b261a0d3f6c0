"""Clicks, recorded prices and what providers reported.

Revision ID: r0010
Revises: r0009
"""

from __future__ import annotations

revision = "r0010"
down_revision = "r0009"


def upgrade() -> None:
    """Nothing yet."""
