"""Figures that say how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Estimate", "Overlap", "SampleRatio", "Target"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval at ``level`` and the sample it stands on.

    ``p_value`` is how often chance alone would bring a figure as far from zero (at any look, where
    the interval holds at any look); ``None`` where no test was made. ``bias`` is what of the
    interval allows for an error that more rows would not take away; 0 for unbiased estimates.
    """

    value: float
    low: float
    high: float
    n: int
    effective_n: float
    level: float
    method: str
    p_value: float | None = None
    bias: float = 0.0


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Whether the arms are as large as they were meant to be.

    ``ok`` is False when ``p_value`` is below ``threshold``: then something between assignment
    and count loses or adds shoppers, and no figure of the experiment is to be trusted.
    """

    observed: Mapping[str, int]
    expected: Mapping[str, float]
    p_value: float
    threshold: float
    ok: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """How well a log covers the policy to be judged.

    ``effective_n`` is (sum w)^2 / sum w^2 of the weights w = target / logged propensity,
    ``share`` the same per row of the log, ``mean_weight`` is near 1 when propensities are right
    and the log offers all that the target wants. ``units`` is how many independent units
    (shoppers) the rows are of. ``outside`` is the share of what the target would do that the log
    could not have done. ``arm_rows``, ``arm_mass`` and ``arm_effective_n`` say for each thing
    that can be done how often it was logged, how large a part of the target it is, and how many
    rows its weights are worth; empty where only the logged actions' odds are known.
    """

    n: int
    effective_n: float
    share: float
    max_weight: float
    mean_weight: float
    units: int = 0
    outside: float = 0.0
    arm_rows: Mapping[str, int] = field(default_factory=dict)
    arm_mass: Mapping[str, float] = field(default_factory=dict)
    arm_effective_n: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """A policy to be judged, on the rows of one log.

    ``probability`` (n,) is its probability of the logged action, ``q`` (n,) the reward expected
    of it on each row by the outcome model.
    """

    probability: NDArray[np.float64]
    q: NDArray[np.float64]
