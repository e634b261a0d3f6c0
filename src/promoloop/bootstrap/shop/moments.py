"""The present, where nobody says which moment to act at."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["PresentClock", "present"]


def present() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


class PresentClock:
    """The machine's clock, for work that goes on while time does."""

    def now(self) -> datetime:
        """This moment, in UTC."""
        return present()
