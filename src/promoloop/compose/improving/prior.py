"""A sensible start for a new variant: effect = cell + traits·β + its own deviation.

    y_v = m_c(v) + z_v·β + u_v + e_v,   β ~ N(0, ν² I),   u_v ~ N(0, τ²),   e_v ~ N(0, s_v²)

``y_v`` is what was measured of a variant in its cell (any unit: log odds, money), ``s_v`` its
standard error, ``m_c`` a free constant per cell, since only differences within a cell matter. The
posterior of every variant's deviation θ_v = z_v·β + u_v is exact; a variant that nobody has seen
yet has s_v = ∞ and gets z_v·β, with the doubt of both. τ² is its posterior mean (restricted
likelihood, with a half-normal prior on τ).

References
----------
Gelman and Hill (2007), "Data analysis using regression and multilevel/hierarchical models",
chapter 12. Patterson and Thompson (1971), restricted maximum likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError

__all__ = ["VariantBelief", "believed"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Spreads tried for τ, as parts of the scale.
_TRIED = np.geomspace(0.02, 3.0, 24)


@dataclass(frozen=True, slots=True)
class VariantBelief:
    """What is believed of n variants.

    ``mean`` and ``sd`` (n,) are of θ, each variant's deviation from an average text of its cell;
    ``slopes`` and ``slopes_sd`` (d,) of β; ``own_sd`` is τ.
    """

    mean: Floats
    sd: Floats
    slopes: Floats
    slopes_sd: Floats
    own_sd: float


def believed(
    traits: Floats, cell: Ints, estimate: Floats, error: Floats, scale: float = 0.1
) -> VariantBelief:
    """The posterior of every variant's deviation, seen or not.

    Parameters
    ----------
    traits : ndarray of float64, shape (n, d)
        From ``variant_traits``; columns of about unit size.
    cell : ndarray of int64, shape (n,)
        Which variants compete with each other.
    estimate, error : ndarray of float64, shape (n,)
        Measured effect and its standard error; ``error`` inf where nothing was measured (the
        estimate is then not read).
    scale : float
        How far variants differ, about: prior standard deviation of a slope, and the scale of τ's
        prior. 0.1 suits log odds.

    Raises
    ------
    InvalidError
        For misshapen or non-finite arrays, an error of 0 or less, or a scale of 0 or less.
    """
    _check(traits, cell, estimate, error, scale)
    seen = np.isfinite(error)
    data = _Data(traits, cell, np.where(seen, estimate, 0.0), error, scale**2)
    return data.posterior(_own_sd(data, scale * _TRIED))


def _own_sd(data: _Data, tried: Floats) -> float:
    """Root of the posterior mean of τ²: the most probable τ is often 0, which is never so."""
    logs = np.array([data.likelihood(float(sd)) for sd in tried]) + np.log(tried)
    share = np.exp(logs - logs.max())
    return float(np.sqrt((share / share.sum()) @ tried**2))


@dataclass(frozen=True, slots=True)
class _Fit:
    """The weighted regression of one τ: per-cell means taken out of both sides."""

    weight: Floats  # (n,) 1 / (τ² + s²), 0 where nothing was measured
    total: Floats  # (cells,)
    middle_y: Floats  # (cells,)
    middle_z: Floats  # (cells, d)
    slopes: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True)
class _Data:
    traits: Floats
    cell: Ints
    estimate: Floats
    error: Floats
    slope_variance: float

    def fit(self, own: float) -> _Fit:
        weight = 1.0 / (own**2 + self.error**2)
        cells = int(self.cell.max(initial=-1)) + 1
        total = np.bincount(self.cell, weight, cells).astype(np.float64)
        safe = np.where(total > 0, total, 1.0)
        middle_y = np.bincount(self.cell, weight * self.estimate, cells) / safe
        sums = np.zeros((cells, self.traits.shape[1]))
        np.add.at(sums, self.cell, weight[:, None] * self.traits)
        middle_z = sums / safe[:, None]
        y, z = self.estimate - middle_y[self.cell], self.traits - middle_z[self.cell]
        precision = z.T @ (weight[:, None] * z) + np.eye(z.shape[1]) / self.slope_variance
        covariance = np.asarray(np.linalg.inv(precision), dtype=np.float64)
        slopes = covariance @ (z.T @ (weight * y))
        return _Fit(weight, total, middle_y, middle_z, slopes, covariance)

    def likelihood(self, own: float) -> float:
        """Restricted log likelihood of τ = ``own``, constants left out, with its prior."""
        fit = self.fit(own)
        y = self.estimate - fit.middle_y[self.cell]
        z = self.traits - fit.middle_z[self.cell]
        seen, heard = fit.weight > 0, fit.total > 0
        left = y - z @ fit.slopes
        penalty = float(fit.slopes @ fit.slopes) / self.slope_variance
        _, size = np.linalg.slogdet(fit.covariance)
        return 0.5 * float(
            np.log(fit.weight[seen]).sum()
            - np.log(fit.total[heard]).sum()
            + size
            - (fit.weight * left**2).sum()
            - penalty
            - own**2 / self.slope_variance
        )

    def posterior(self, own: float) -> VariantBelief:
        fit = self.fit(own)
        keep = own**2 * fit.weight  # share of its own deviation that a measurement keeps
        heard = fit.total[self.cell] > 0
        middle = np.where(heard[:, None], fit.middle_z[self.cell], 0.0)
        lean = (1.0 - keep)[:, None] * self.traits + keep[:, None] * middle
        mean = lean @ fit.slopes + keep * (self.estimate - fit.middle_y[self.cell])
        total = np.where(heard, fit.total[self.cell], 1.0)
        variance = np.einsum("nd,de,ne->n", lean, fit.covariance, lean)
        variance = variance + keep**2 / total + own**2 * (1.0 - keep)
        return VariantBelief(
            mean, np.sqrt(variance), fit.slopes, np.sqrt(np.diag(fit.covariance)), own
        )


def _check(traits: Floats, cell: Ints, estimate: Floats, error: Floats, scale: float) -> None:
    n = len(cell)
    shapes = traits.ndim == 2 and len(traits) == n == len(estimate) == len(error)
    whole = shapes and bool(np.isfinite(traits).all()) and bool((error > 0).all())
    if not whole or not np.isfinite(estimate[np.isfinite(error)]).all() or (cell < 0).any():
        raise InvalidError(
            f"what is believed of {n} variants",
            "traits, estimates or errors are misshapen, not finite or not above 0",
            "Give one row per variant, and an error of infinity where nothing was measured.",
        )
    if not 0.0 < scale < np.inf:
        raise InvalidError(f"a scale of {scale}", "it must be above 0", "Use 0.1 for log odds.")
