"""Figures that say how sure they are."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Estimate"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval at ``level`` and the sample it stands on."""

    value: float
    low: float
    high: float
    n: int
    effective_n: float
    level: float
    method: str
