"""Where to leave the weights and trust the model: the threshold of Switch-DR.

Source: Wang, Agarwal and Dudik (2017), "Optimal and adaptive off-policy evaluation in contextual
bandits", section 4.1: the threshold least in estimated variance plus a squared upper bound of the
bias. Where their bound needs the target's mass on actions of large weight, the mean of the logged
weights beyond the threshold stands for it, of which it is the expectation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.evaluate.intervals import Scores, summed
from promoloop.evaluate.samples import Floats

__all__ = ["Correction", "Switch", "switched"]

#: Thresholds tried: as many as in the paper, evenly in logarithm between these quantiles.
_TRIED = 21
_QUANTILES = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Switch:
    """Where Switch-DR leaves the weights.

    Parameters
    ----------
    threshold : float, optional
        The largest weight that is used. Not given, it is chosen by variance plus squared bias.
    residual : float, optional
        How far the model's expectation can be from the true one. Not given, the largest observed
        distance of a reward from the model: a bound far on the safe side.
    """

    threshold: float | None = None
    residual: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("threshold", self.threshold), ("residual", self.residual)):
            if value is not None and not value >= 0:
                raise InvalidError(
                    f"{name} {value} of Switch-DR", "it is below 0 or no number", "Give 0 or more."
                )


@dataclass(frozen=True, slots=True)
class Correction:
    """A doubly robust score before the switch.

    ``base`` (n,) is the model's answer, ``weights`` one signed array (n,) per policy in it,
    ``left`` (n,) what the model missed of each reward.
    """

    base: Floats
    weights: tuple[Floats, ...]
    left: Floats

    def scores(self, threshold: float) -> Floats:
        """(n,) scores that use no weight beyond ``threshold``."""
        kept = sum(np.where(np.abs(w) <= threshold, w, 0.0) for w in self.weights)
        scores: Floats = self.base + kept * self.left
        return scores

    def mass(self, threshold: float) -> float:
        """Share of the policies that ``threshold`` leaves to the model."""
        return float(
            sum(np.where(np.abs(w) > threshold, np.abs(w), 0.0).mean() for w in self.weights)
        )


def switched(
    correction: Correction, switch: Switch, place: NDArray[np.int64] | None, units: int
) -> tuple[float, Scores, float]:
    """The threshold, the scores per unit, and the bound on their bias."""
    residual = switch.residual
    if residual is None:
        residual = float(np.abs(correction.left).max())
    rows = summed(np.ones(correction.base.size), place, units)

    def at(threshold: float) -> tuple[float, Scores, float]:
        top = summed(correction.scores(threshold), place, units)
        return threshold, Scores(top, rows, _span(threshold)), residual * correction.mass(threshold)

    if switch.threshold is not None:
        return at(switch.threshold)
    tried = (at(threshold) for threshold in _candidates(correction))
    return min(tried, key=lambda found: found[1].error ** 2 + found[2] ** 2)


def _candidates(correction: Correction) -> list[float]:
    """Thresholds to try; the last one, without end, is plain DR."""
    sizes = np.abs(np.concatenate(correction.weights))
    sizes = sizes[sizes > 0]
    if not sizes.size:
        return [math.inf]
    low, high = np.quantile(sizes, _QUANTILES)
    return [*np.geomspace(low, high, _TRIED).tolist(), math.inf]


def _span(threshold: float) -> Callable[[float, float, float], tuple[float, float]]:
    """Bounds of one score, of one policy or of the difference of two."""

    def span(least: float, most: float, largest: float) -> tuple[float, float]:
        reach = (1 + min(largest, threshold)) * (most - least)
        return min(least, 0.0) - reach, max(most, 0.0) + reach

    return span
