"""A history in memory, for tests."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from promoloop.core import InvalidError
from promoloop.events import EVENT_LINES, resolve_identities

__all__ = ["MemoryHistory"]


class MemoryHistory:
    """Event lines in one table; gone with the process."""

    def __init__(self) -> None:
        self._lines = pl.DataFrame(schema=EVENT_LINES)

    def append(self, lines: pl.DataFrame) -> int:
        """Add lines not seen before; return how many were new."""
        if lines.schema != EVENT_LINES:
            raise InvalidError("appending to history", "the columns differ", "Use EVENT_LINES.")
        key = ["message_id", "line"]
        new = lines.unique(key, keep="first", maintain_order=True)
        new = new.join(self._lines, on=key, how="anti", maintain_order="left")
        self._lines = pl.concat([self._lines, new])
        return len(new)

    def forget(self, shopper_ids: Collection[str], message_ids: Collection[str]) -> int:
        """Remove all lines of these shoppers and calls."""
        gone = pl.col("shopper_id").is_in(list(shopper_ids))
        gone |= pl.col("message_id").is_in(list(message_ids))
        before = len(self._lines)
        self._lines = self._lines.filter(~gone)
        return before - len(self._lines)

    def scan(self) -> pl.LazyFrame:
        """All lines, with anonymous visitors resolved."""
        return resolve_identities(self._lines.lazy())
