"""Derived tables in memory, for tests."""

from __future__ import annotations

import polars as pl

from promoloop.core import InvalidError

__all__ = ["MemoryTables"]


class MemoryTables:
    """See ``promoloop.flows.ports.Tables``."""

    def __init__(self) -> None:
        self._frames: dict[str, pl.DataFrame] = {}

    def put(self, name: str, frame: pl.DataFrame) -> None:
        """Replace the table."""
        self._frames[name] = frame.clone()

    def get(self, name: str) -> pl.DataFrame:
        """The table."""
        if name not in self._frames:
            raise InvalidError(
                f"the table {name}", "it has not been made yet", "Run `promoloop learn` first."
            )
        return self._frames[name].clone()

    def find(self, name: str, column: str, value: str) -> pl.DataFrame:
        """Rows of the table."""
        return self.get(name).filter(pl.col(column) == value)

    def names(self) -> tuple[str, ...]:
        """The tables there are, sorted."""
        return tuple(sorted(self._frames))
