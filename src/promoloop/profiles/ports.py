"""What the profiles room needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from promoloop.profiles.records import Consent

__all__ = ["ConsentLedger"]


class ConsentLedger(Protocol):
    """Who agreed to what; append-only."""

    def record(self, entries: Sequence[Consent]) -> None:
        """Append entries."""
        ...

    def granted(self, channel: str, purpose: str) -> frozenset[str]:
        """Shoppers whose latest entry for this channel and purpose is a yes."""
        ...
