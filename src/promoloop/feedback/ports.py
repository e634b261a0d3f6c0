"""What the feedback room needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from promoloop.feedback.records import Click, Outcome

__all__ = ["ClickLog", "OutcomeLog"]


class OutcomeLog(Protocol):
    """Everything reported after decisions; only what a till rolled back is taken out again."""

    def append(self, outcomes: Sequence[Outcome]) -> int:
        """Add outcomes not there yet by ``outcome_id``; return how many were new."""
        ...

    def take_back(self, outcome_ids: Sequence[str]) -> int:
        """Take out what turned out not to be; return how many were there."""
        ...

    def between(self, start: datetime, end: datetime) -> tuple[Outcome, ...]:
        """Outcomes with ``start <= at < end``, in order of ``at``."""
        ...


class ClickLog(Protocol):
    """Every link that was followed, by whomever; append-only."""

    def add(self, clicks: Sequence[Click]) -> int:
        """Add clicks not there yet by ``click_id``; return how many were new."""
        ...

    def of(self, decision_id: str) -> tuple[Click, ...]:
        """Every click of one decision's message, in order of ``at``."""
        ...

    def between(self, start: datetime, end: datetime) -> tuple[Click, ...]:
        """Clicks with ``start <= at < end``, in order of ``at``."""
        ...
