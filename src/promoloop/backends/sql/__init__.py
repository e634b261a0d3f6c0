"""Operational state on SQLite or PostgreSQL, through SQLAlchemy Core."""

from promoloop.backends.sql.migrations import upgrade
from promoloop.backends.sql.state import State, open_state

__all__ = ["State", "open_state", "upgrade"]
