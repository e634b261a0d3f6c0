"""A channel at work, with what waits for it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

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
    slow: bool = False
    reached: bool = False
    said: str = ""

    @property
    def away(self) -> bool:
        """Whether two groups in a row came back whole: the provider is not there."""
        return self.misses >= 2
