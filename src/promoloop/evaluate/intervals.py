"""Intervals around a ratio of two sums over independent units: normal, bounded or resampled.

Every off-policy estimate is such a ratio: of scores to rows (IPS, DR), or of weighted rewards to
weights (SNIPS). Rows of one shopper are added up first, so that a unit is a shopper.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm, t

from promoloop.core import InvalidError
from promoloop.evaluate.samples import Floats

__all__ = ["Bernstein", "Bootstrap", "Interval", "Normal", "Scores", "biased_times", "summed"]

#: Resampled units held in memory at once.
_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Scores:
    """What an estimator adds up, per unit.

    ``top`` and ``bottom`` (units,) are sums per unit, and the estimate is the ratio of their
    totals. ``span`` gives the least and the most one row's score can be, from the bounds of the
    rewards and of the weights; ``None`` where ``bottom`` is not fixed by the design.
    """

    top: Floats
    bottom: Floats
    span: Callable[[float, float, float], tuple[float, float]] | None

    @property
    def value(self) -> float:
        """The estimate."""
        return float(self.top.sum() / self.bottom.sum())

    @property
    def error(self) -> float:
        """Its standard error, by linearisation; units are independent."""
        units = self.top.size
        left = self.top - self.value * self.bottom
        return math.sqrt(units / (units - 1) * float(left @ left)) / abs(float(self.bottom.sum()))


class Interval(Protocol):
    """A way from scores to an interval."""

    @property
    def name(self) -> str:
        """What it is called in the method of an estimate."""
        ...

    @property
    def asymptotic(self) -> bool:
        """Whether it holds for many units only."""
        ...

    def around(self, scores: Scores, level: float) -> tuple[float, float]:
        """The lower and the upper end."""
        ...


@dataclass(frozen=True, slots=True)
class Normal:
    """Student's interval: right when many units share the weight, too narrow when few do."""

    name: str = "normal"
    asymptotic: bool = True

    def around(self, scores: Scores, level: float) -> tuple[float, float]:
        """See ``Interval``."""
        half = float(t.isf((1 - level) / 2, scores.top.size - 1)) * scores.error
        return scores.value - half, scores.value + half


@dataclass(frozen=True, slots=True)
class Bernstein:
    """Empirical-Bernstein interval: holds at every sample size, for bounded rewards and weights.

    Parameters
    ----------
    least, most : float
        Bounds of the rewards, known beforehand; model values must lie within them too.
    largest_weight : float
        Bound of target over logged propensity, known beforehand (1 / the logging floor).

    References
    ----------
    Maurer and Pontil (2009), "Empirical Bernstein bounds and sample variance penalization",
    Theorem 4, both sides.
    """

    least: float
    most: float
    largest_weight: float
    name: str = "empirical Bernstein"
    asymptotic: bool = False

    def __post_init__(self) -> None:
        bounds = (self.least, self.most, self.largest_weight)
        if not all(map(math.isfinite, bounds)) or self.least >= self.most or bounds[2] <= 0:
            raise InvalidError(
                f"bounds of rewards {self.least} and {self.most}, of weights {self.largest_weight}",
                "they must be finite, in order, and the weight's above 0",
                "Give what no reward and no weight can leave.",
            )

    def around(self, scores: Scores, level: float) -> tuple[float, float]:
        """See ``Interval``.

        Raises
        ------
        InvalidError
            For an estimate that is no mean, or scores outside what the bounds allow.
        """
        if scores.span is None:
            raise InvalidError(
                "an empirical-Bernstein interval of a self-normalised estimate",
                "it is a ratio of two random sums, not a mean of bounded terms",
                "Use it with IPS or DR, or use Bootstrap.",
            )
        low, high = scores.span(self.least, self.most, self.largest_weight)
        mean = float(scores.bottom.mean())
        most_rows = float(scores.bottom.max()) / mean
        parts = scores.top / mean
        slack = 1e-9 * (high - low)
        if parts.min() < low * most_rows - slack or parts.max() > high * most_rows + slack:
            raise InvalidError(
                f"bounds of rewards {self.least} and {self.most}, of weights {self.largest_weight}",
                "some scores lie outside what they allow",
                "Give bounds that hold for every reward, model value and weight.",
            )
        units, log = parts.size, math.log(4 / (1 - level))
        half = math.sqrt(2 * float(parts.var(ddof=1)) * log / units)
        half += 7 * (max(high, 0.0) - min(low, 0.0)) * most_rows * log / (3 * (units - 1))
        return scores.value - half, scores.value + half


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Studentised bootstrap over units: follows skewness that the normal interval ignores.

    References
    ----------
    Efron and Tibshirani (1993), "An introduction to the bootstrap", section 12.5.
    """

    rng: np.random.Generator
    draws: int = 999
    name: str = "bootstrap-t"
    asymptotic: bool = True

    def __post_init__(self) -> None:
        if self.draws < 99:
            raise InvalidError(
                f"{self.draws} bootstrap draws", "the tails need 99 or more", "Use 999."
            )

    def around(self, scores: Scores, level: float) -> tuple[float, float]:
        """See ``Interval``."""
        if scores.error == 0.0:
            return scores.value, scores.value
        share = (1 - level) / 2
        pulls = self._studentised(scores)
        low, high = np.quantile(pulls, [share, 1 - share])
        return scores.value - float(high) * scores.error, scores.value - float(low) * scores.error

    def _studentised(self, scores: Scores) -> Floats:
        """(draws,) deviations of resampled estimates, in their own standard errors."""
        a, b = scores.top, scores.bottom
        moments = np.stack([a, b, a * a, a * b, b * b], axis=1)  # (units, 5)
        units = a.size
        even = np.full(units, 1.0 / units)
        step = max(1, _AT_ONCE // units)
        sums = np.concatenate(
            [
                self.rng.multinomial(units, even, min(step, self.draws - done)) @ moments
                for done in range(0, self.draws, step)
            ]
        )  # (draws, 5)
        value = sums[:, 0] / sums[:, 1]
        left = sums[:, 2] - 2 * value * sums[:, 3] + value**2 * sums[:, 4]
        error = np.sqrt(np.maximum(left, 0.0) * units / (units - 1)) / np.abs(sums[:, 1])
        # A resample without any spread has no studentised value; it counts as far out.
        floor = 1e-9 * scores.error
        pulls: Floats = (value - scores.value) / np.maximum(error, floor)
        return pulls


def biased_times(bias: float, level: float) -> float:
    """Standard errors that hold an estimate whose bias is at most ``bias`` standard errors.

    The ``level`` quantile of \\|N(bias, 1)\\|: less than z + bias, as a bias is to one side only.

    References
    ----------
    Armstrong and Kolesar (2018), "Optimal inference in a class of regression models".

    Examples
    --------
    >>> round(biased_times(0.0, 0.95), 3), round(biased_times(1.0, 0.95), 3)
    (1.96, 2.646)
    """
    if bias > 8:  # the other side has no weight left
        return bias + float(norm.isf(1 - level))

    def missing(times: float) -> float:
        return float(norm.cdf(times - bias) - norm.cdf(-times - bias)) - level

    return float(brentq(missing, 0.0, bias + 2 + float(norm.isf((1 - level) / 2))))


def summed(values: Floats, place: NDArray[np.int64] | None, units: int) -> Floats:
    """``values`` (n,) added up per unit, (units,)."""
    if place is None:
        return values
    totals: Floats = np.bincount(place, weights=values, minlength=units).astype(np.float64)
    return totals
