"""Do predicted effects mean what they say? Said against seen by bins, a line, and a correction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from promoloop.core import InvalidError, Saved, numbers
from promoloop.respond.uplift.trial import Floats, Trial

__all__ = ["Correction", "UpliftBin", "UpliftCalibration", "calibrate"]


@dataclass(frozen=True, slots=True)
class UpliftBin:
    """One slice of shoppers by predicted effect: mean ``said``, ``seen`` with its interval."""

    said: float
    seen: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A straight line through the mean effect that predictions are laid on.

    ``mean_said`` is what the predictions said on average, ``mean_seen`` what was seen.
    """

    mean_said: float
    mean_seen: float
    slope: float

    def apply(self, effect: Floats) -> Floats:
        """Corrected effects, of any shape."""
        return self.mean_seen + self.slope * (effect - self.mean_said)

    def to_parameters(self) -> dict[str, object]:
        """As JSON types."""
        return {"mean_said": self.mean_said, "mean_seen": self.mean_seen, "slope": self.slope}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Correction:
        """The correction that ``to_parameters`` wrote."""
        saved = Saved(parameters, "a saved correction")
        return cls(*(saved.number(name) for name in ("mean_said", "mean_seen", "slope")))


@dataclass(frozen=True, slots=True)
class UpliftCalibration:
    """How predicted effects of one treatment compare with what an experiment saw.

    ``bins`` are of equal size by prediction. The seen effect is regressed on the said one:
    ``slope`` 1 means that shoppers differ as much as was said, 0 that the differences are noise;
    ``slope_low`` and ``slope_high`` bound it. ``error`` is the mean distance of said and seen over
    the bins, noise of the bins included. ``correction`` has the slope kept within [0, 1] after
    shrinking it by its own noise.
    """

    bins: tuple[UpliftBin, ...]
    slope: float
    slope_low: float
    slope_high: float
    error: float
    correction: Correction


def calibrate(
    effect: ArrayLike, trial: Trial, treatment: int, bins: int = 10, level: float = 0.95
) -> UpliftCalibration:
    """Hold predictions against an experiment that they were not learnt from.

    Parameters
    ----------
    effect : array, shape (n,)
        Predicted effect of ``treatment`` (1..k) on the rows of ``trial``.
    bins : int, default 10
    level : float, default 0.95
        Of the normal intervals.

    Notes
    -----
    Rows of other treatments count for nothing. The seen effect of a row is its doubly robust
    score with the arms' means as outcome model, so that only the odds need to be right.

    References
    ----------
    Chernozhukov, Demirer, Duflo and Fernandez-Val (2018), "Generic machine learning inference on
    heterogeneous treatment effects": best linear predictor and sorted groups.

    Raises
    ------
    InvalidError
        For misshapen predictions, an unknown treatment, or fewer rows than four per bin.
    """
    said = numbers(effect, "effects")
    n = len(trial.arm)
    if said.shape != (n,) or not np.isfinite(said).all() or not 1 <= treatment <= trial.treatments:
        raise InvalidError(
            f"effects of shape {said.shape} of treatment {treatment}",
            f"there must be {n} finite numbers of a treatment from 1 to {trial.treatments}",
            "Predict for the rows of the same experiment.",
        )
    if bins < 1 or n < 4 * bins or not 0 < level < 1:
        raise InvalidError(
            f"{bins} bins of {n} rows", "four rows a bin are needed", "Use fewer bins."
        )
    seen = _seen(trial, treatment)
    times = float(norm.isf((1.0 - level) / 2))
    slices = [_bin(part, said, seen, trial.weight, times) for part in _slices(said, bins)]
    mean_said = float(np.average(said, weights=trial.weight))
    mean_seen = float(np.average(seen, weights=trial.weight))
    slope, doubt = _slope(said - mean_said, seen - mean_seen, trial.weight)
    return UpliftCalibration(
        bins=tuple(slices),
        slope=slope,
        slope_low=slope - times * doubt,
        slope_high=slope + times * doubt,
        error=sum(one.n * abs(one.said - one.seen) for one in slices) / n,
        correction=Correction(mean_said, mean_seen, _shrunken(slope, doubt)),
    )


def _seen(trial: Trial, treatment: int) -> Floats:
    means = [
        np.average(trial.outcome[rows], weights=(trial.weight / trial.odds)[rows])
        for rows in (trial.arm == arm for arm in range(trial.treatments + 1))
    ]
    expected = np.broadcast_to(np.array(means), (len(trial.arm), len(means)))
    return trial.scores(expected)[:, treatment - 1]


def _slices(said: Floats, bins: int) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    return np.array_split(np.argsort(said, kind="stable"), bins)


def _bin(
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    said: Floats,
    seen: Floats,
    weight: Floats,
    times: float,
) -> UpliftBin:
    own = weight[rows] / max(float(weight[rows].sum()), 1e-300)
    mean = float(own @ seen[rows])
    half = times * float(np.sqrt(own**2 @ (seen[rows] - mean) ** 2))
    return UpliftBin(float(own @ said[rows]), mean, mean - half, mean + half, len(rows))


def _slope(said: Floats, seen: Floats, weight: Floats) -> tuple[float, float]:
    """Weighted least-squares slope and its heteroscedasticity-robust standard error."""
    spread = float(weight @ said**2)
    if spread <= 1e-20 * max(1.0, float(weight.sum())):
        return 0.0, 0.0  # nothing was told apart, so nothing can be wrong about it
    slope = float((weight * said) @ seen) / spread
    left = seen - slope * said
    return slope, float(np.sqrt(np.sum((weight * said * left) ** 2))) / spread


def _shrunken(slope: float, doubt: float) -> float:
    """Positive-part James-Stein towards 0, at most 1."""
    if slope <= 0:
        return 0.0
    return float(min(1.0, slope * max(0.0, 1.0 - (doubt / slope) ** 2)))
