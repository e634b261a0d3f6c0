"""What the feedback room needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from promoloop.feedback.records import Outcome

__all__ = ["OutcomeLog"]


class OutcomeLog(Protocol):
    """Everything reported after decisions; append-only."""

    def append(self, outcomes: Sequence[Outcome]) -> int:
        """Add outcomes not there yet by ``outcome_id``; return how many were new."""
        ...

    def between(self, start: datetime, end: datetime) -> tuple[Outcome, ...]:
        """Outcomes with ``start <= at < end``, in order of ``at``."""
        ...
