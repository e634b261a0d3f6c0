"""Trained parameters, and whether they may decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = ["GateResult", "ModelVersion", "RetrainMark"]


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether a challenger may replace the champion, and the figures that say so."""

    promote: bool
    reason: str
    difference: float
    low: float
    high: float
    effective_n: float
    n: int


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One trained model. ``status`` is ``shadow``, ``running`` or ``retired``."""

    version_id: str
    kind: str
    created_at: datetime
    trained_from: datetime
    trained_until: datetime
    parameters: Mapping[str, object]
    metrics: Mapping[str, float]
    status: str
    gate: GateResult | None = None


@dataclass(frozen=True, slots=True)
class RetrainMark:
    """A version that is to be trained anew, for ``reason``, such as an erasure."""

    version_id: str
    reason: str
    at: datetime
