"""What the flows need from outside, beyond the rooms' own ports."""

from __future__ import annotations

from typing import Protocol

import polars as pl

__all__ = ["Progress", "Tables", "silent"]


class Tables(Protocol):
    """Derived tables (profiles, baselines, contexts) by name; each is replaced whole."""

    def put(self, name: str, frame: pl.DataFrame) -> None:
        """Replace the table in one step: a killed ``put`` leaves the old one."""
        ...

    def get(self, name: str) -> pl.DataFrame:
        """The table; ``InvalidError`` naming the command that makes it when there is none."""
        ...

    def names(self) -> tuple[str, ...]:
        """The tables there are, sorted."""
        ...


class Progress(Protocol):
    """How far a step has come; drawn as a bar by the command line."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """``done`` of ``total`` units of ``step`` are finished; 0 of 0: it has begun."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
