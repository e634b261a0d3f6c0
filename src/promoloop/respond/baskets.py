"""How large the baskets of buyers are, and how many top up to earn a reward.

    log basket = b0 + b·x + s e,  e ~ N(0, 1)

Of the buyers whose basket would have ended a little short of the threshold, a share tops up to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from promoloop.core import InvalidError, Saved

__all__ = ["Baskets", "fit_baskets"]

Floats = NDArray[np.float64]

#: Buyers whose basket is at least this share of the threshold may top up to it. An assumption.
WITHIN_REACH = 0.7
_TOP_UP = (0.3, 0.15)  # mean and standard deviation believed before any threshold was tried
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class Baskets:
    """Log-normal baskets given standardised contexts with a leading one, (n, d + 1).

    ``slopes`` (d + 1,) and ``covariance`` (d + 1, d + 1) are of the logarithm in minor units,
    ``spread`` its residual standard deviation; ``top_up`` the share that tops up, with its doubt.
    """

    slopes: Floats
    covariance: Floats
    spread: float
    top_up: float
    top_up_sd: float

    def reach(self, design: Floats, thresholds: Floats) -> Floats:
        """Share of buyers at or above each threshold, topping up included, (n, m)."""
        natural, close = self._shares(design @ self.slopes, thresholds)
        return natural + self.top_up * close

    def expected(self, design: Floats, thresholds: Floats) -> Floats:
        """Expected basket, minor units, (n, m)."""
        centre = (design @ self.slopes)[:, None]
        mean = np.exp(centre + self.spread**2 / 2)
        limit = _log(thresholds)
        _, close = self._shares(centre[:, 0], thresholds)
        held = mean * (
            ndtr((limit - centre) / self.spread - self.spread)
            - ndtr((limit + np.log(WITHIN_REACH) - centre) / self.spread - self.spread)
        )
        added: Floats = mean + self.top_up * np.maximum(thresholds * close - held, 0.0)
        return added

    def doubt(self, design: Floats, expected: Floats) -> Floats:
        """Standard deviation of the expected basket to first order, (n, m)."""
        relative = np.sqrt(np.einsum("nd,de,ne->n", design, self.covariance, design))
        return np.asarray(expected * relative[:, None], dtype=np.float64)

    def sample(self, rng: np.random.Generator) -> Baskets:
        """Baskets that are sure of one draw from the posterior."""
        drawn = rng.multivariate_normal(self.slopes, self.covariance, method="svd")
        share = float(np.clip(rng.normal(self.top_up, self.top_up_sd), 0.0, 1.0))
        return Baskets(drawn, np.zeros_like(self.covariance), self.spread, share, 0.0)

    def _shares(self, centre: Floats, thresholds: Floats) -> tuple[Floats, Floats]:
        """(n, m) share of baskets at the threshold or above, and share a little short of it."""
        limit = _log(thresholds)
        below = ndtr((limit - centre[:, None]) / self.spread)
        far = ndtr((limit + np.log(WITHIN_REACH) - centre[:, None]) / self.spread)
        return 1.0 - below, below - far

    def to_parameters(self) -> dict[str, object]:
        """As JSON types."""
        return {
            "slopes": self.slopes.tolist(),
            "covariance": self.covariance.tolist(),
            "spread": self.spread,
            "top_up": self.top_up,
            "top_up_sd": self.top_up_sd,
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Baskets:
        """The baskets that ``to_parameters`` wrote."""
        saved = Saved(parameters, "saved baskets")
        slopes = saved.array("slopes", None)
        covariance = saved.array("covariance", len(slopes), len(slopes))
        spread, *top_up = (saved.number(name) for name in ("spread", "top_up", "top_up_sd"))
        return cls(slopes, covariance, spread, *top_up)


def fit_baskets(design: Floats, basket_minor: Floats, threshold_minor: Floats) -> Baskets:
    """Fit on buyers: (m, d + 1) design, (m,) baskets and thresholds, 0 where there was none.

    The law of baskets comes from buyers without a threshold, the share that tops up from those
    with one, by their excess over it.

    Raises
    ------
    InvalidError
        When fewer than ten (or d + 2) buyers had no threshold.
    """
    free = threshold_minor == 0
    fewest = max(_FEWEST, design.shape[1] + 1)
    if free.sum() < fewest:
        raise InvalidError(
            f"baskets of {int(free.sum())} buyers without a threshold",
            f"{fewest} are needed to know what baskets are like",
            "Keep a group without offer, or with offers on any basket.",
        )
    x, y = design[free], np.log(basket_minor[free])
    curvature = x.T @ x + np.diag(np.append(1e-6, np.ones(x.shape[1] - 1)))
    slopes = np.linalg.solve(curvature, x.T @ y)
    spread = float(max(np.std(y - x @ slopes, ddof=min(x.shape[1], len(y) - 1)), 1e-3))
    plain = Baskets(slopes, spread**2 * np.linalg.inv(curvature), spread, 0.0, 0.0)
    mean, doubt = _topping_up(plain, design[~free], basket_minor[~free], threshold_minor[~free])
    return Baskets(slopes, plain.covariance, spread, mean, doubt)


def _topping_up(
    plain: Baskets, design: Floats, basket: Floats, threshold: Floats
) -> tuple[float, float]:
    """Posterior mean and standard deviation of the share that tops up.

    Each buyer with a threshold reached it with chance natural + share * close: a least-squares
    line through known points, joined with the prior.
    """
    mean, sd = _TOP_UP
    if len(basket) == 0:
        return mean, sd
    centre = design @ plain.slopes
    below = ndtr((np.log(threshold) - centre) / plain.spread)
    close = below - ndtr((np.log(WITHIN_REACH * threshold) - centre) / plain.spread)
    excess = (basket >= threshold) - (1.0 - below)
    noise = np.maximum(below * (1.0 - below), 0.05)
    precision = sd**-2 + float(np.sum(close**2 / noise))
    found = (mean * sd**-2 + float(np.sum(close * excess / noise))) / precision
    return float(np.clip(found, 0.0, 1.0)), precision**-0.5


def _log(thresholds: Floats) -> Floats:
    """Logarithm of (m,) thresholds; minus infinity, which every basket passes, for none."""
    logs: Floats = np.log(thresholds, out=np.full(len(thresholds), -np.inf), where=thresholds > 0)
    return logs
