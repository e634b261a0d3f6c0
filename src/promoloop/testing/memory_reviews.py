"""The log of reviews in memory, for tests."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from promoloop.compose import ReviewEntry, new_steps

__all__ = ["MemoryReviews"]


class MemoryReviews:
    """See ``promoloop.compose.ReviewLog``."""

    def __init__(self) -> None:
        self._entries: dict[str, list[ReviewEntry]] = {}
        self._turn = threading.Lock()

    def append(self, entries: Sequence[ReviewEntry]) -> int:
        """Add entries, all or none."""
        with self._turn:
            steps = new_steps(self.standing([one.copy_id for one in entries]), entries)
            for step in steps:
                self._entries.setdefault(step.copy_id, []).append(step)
            return len(steps)

    def of(self, copy_id: str) -> tuple[ReviewEntry, ...]:
        """Every entry of one text, oldest first."""
        return tuple(self._entries.get(copy_id, ()))

    def standing(self, copy_ids: Sequence[str]) -> Mapping[str, ReviewEntry]:
        """The last entry of each of these texts."""
        return {key: self._entries[key][-1] for key in copy_ids if key in self._entries}

    def standing_in(self, state: str) -> Mapping[str, ReviewEntry]:
        """The last entry of every text in ``state``, by id."""
        last = {key: self._entries[key][-1] for key in sorted(self._entries)}
        return {key: entry for key, entry in last.items() if entry.state == state}
