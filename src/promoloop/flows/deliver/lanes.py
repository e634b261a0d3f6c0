"""A channel at work, with what waits for it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from promoloop.deliver import Channel, Message, Rendered, SendResult

__all__ = ["Lane"]


@dataclass(slots=True)
class Lane:
    """One channel with the messages waiting for it; it works on one group at a time."""

    channel: Channel
    pool: ThreadPoolExecutor
    waiting: list[tuple[Message, Rendered]] = field(default_factory=list)
    flying: list[tuple[Message, Rendered]] = field(default_factory=list)
    future: Future[list[SendResult]] | None = None
    misses: int = 0
    used: bool = False
    slow: bool = False
    reached: bool = False
    said: str = ""

    @property
    def out_of_work(self) -> bool:
        """Whether it has had messages and stands still now."""
        return self.used and self.future is None and not self.waiting

    def overdue(self, now: datetime) -> bool:
        """Whether the lease of what has waited longest here has run out."""
        until = self.waiting[0][0].lease_until if self.waiting else None
        return until is not None and until <= now

    @property
    def away(self) -> bool:
        """Whether two groups in a row came back whole: the provider is not there."""
        return self.misses >= 2
