"""The present, where nobody says which moment to act at."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["present"]


def present() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
