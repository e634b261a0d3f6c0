"""What the learn room needs from outside."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from promoloop.learn.records import ModelVersion, RetrainMark

__all__ = ["ModelRegistry", "RetrainBook"]


class ModelRegistry(Protocol):
    """Model versions; at most one of a kind is running."""

    def add(self, version: ModelVersion) -> None:
        """Store a version; the same id again changes nothing."""
        ...

    def running(self, kind: str) -> ModelVersion:
        """The running version of this kind; ``InvalidError`` when there is none."""
        ...

    def promote(self, version_id: str) -> None:
        """Make this version the running one; the one before is retired, in one transaction."""
        ...

    def all(self, kind: str) -> tuple[ModelVersion, ...]:
        """Every version of this kind, oldest first."""
        ...


class RetrainBook(Protocol):
    """Versions that are to be trained anew; kept by the registry."""

    def mark(self, since: datetime, reason: str, at: datetime) -> tuple[str, ...]:
        """Mark every version whose training data reaches to ``since`` or later; return their ids.

        The same reason again changes nothing, and gives the same ids.
        """
        ...

    def marked(self) -> tuple[RetrainMark, ...]:
        """All marks, oldest first."""
        ...
