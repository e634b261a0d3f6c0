"""Who may use the console, and what they did.

Revision ID: r0011
Revises: r0010
"""

from __future__ import annotations

revision = "r0011"
down_revision = "r0010"


def upgrade() -> None:
    """Nothing yet."""
