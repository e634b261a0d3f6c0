"""What the learn room needs from outside."""

from __future__ import annotations

from typing import Protocol

from promoloop.learn.records import ModelVersion

__all__ = ["ModelRegistry"]


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
