"""What the doors remember: API keys, answers given once, events not yet in the history.

Revision ID: r0007
Revises: r0006
"""

from __future__ import annotations

revision = "r0007"
down_revision = "r0006"


def upgrade() -> None:
    """Nothing yet."""
