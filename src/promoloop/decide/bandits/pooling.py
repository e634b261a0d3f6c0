"""What all actions teach together: θ_a = M z_a + δ_a, and how far each δ may stray.

    δ_a ~ N(0, diag(τ²)),   vec M ~ N(vec M₀, diag(ν²)),   z_a = (1, features of action a)

Given each action's statistics A_a = Σ w x xᵀ and b_a = Σ w x z the posterior of M is exact, and
so is that of θ_a given M. The variances τ² (one per context feature, learnt over actions) and ν²
move by one step of expectation maximisation per call.

References
----------
Lindley and Smith (1972), Bayes estimates for the linear model. Tipping (2001), Sparse Bayesian
learning and the relevance vector machine (a variance per feature).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pool", "Posterior", "pooled", "retuned"]

Floats = NDArray[np.float64]

_OWN, _SHARED = 0.04, 0.03  # first guess of τ² and ν², log odds per unit of a feature
_OWN_CONSTANT, _SHARED_CONSTANT = 0.1, 1.0
_GUESS_OWN, _GUESS_SHARED = 4.0, 10.0  # how many observed deviations a guess weighs as


@dataclass(frozen=True, slots=True)
class Pool:
    """Prior: ``own`` τ² (d,); ``mean`` M₀ and ``shared`` ν², both (q, d), q = 1 + features."""

    own: Floats
    mean: Floats
    shared: Floats

    @classmethod
    def fresh(cls, size: int, width: int, intercept: float) -> Pool:
        """Before anything was learnt: ``size`` context columns, ``width`` action features."""
        own = np.full(size, _OWN)
        own[0] = _OWN_CONSTANT
        shared = np.full((1 + width, size), _SHARED)
        shared[:, 0] = _SHARED_CONSTANT
        mean = np.zeros((1 + width, size))
        mean[0, 0] = intercept
        return cls(own, mean, shared)


@dataclass(frozen=True, slots=True)
class Posterior:
    """What the pool's prior and the statistics of k actions say.

    ``centre`` (k, d) are the posterior means of θ_a, ``expected`` (k, d) those of M z_a;
    ``covariance`` (k, d, d) is that of θ_a given M; ``blur`` (k, d, d) is what not knowing the
    coefficients of action features adds, None without features. The row of M that all actions
    share alike moves all scores together, so it is left out of ``blur``.
    ``shift`` (k, d) are the variances of δ_a, ``shared`` (q, d) and ``doubt`` (q, d) the mean and
    variance of M.
    """

    centre: Floats
    expected: Floats
    covariance: Floats
    blur: Floats | None
    shift: Floats
    shared: Floats
    doubt: Floats


def pooled(pool: Pool, traits: Floats, information: Floats, evidence: Floats) -> Posterior:
    """The posterior for ``traits`` z (k, q), ``information`` A (k, d, d), ``evidence`` b (k, d)."""
    q = traits.shape[1]
    size = pool.own.size
    tight = 1.0 / pool.own
    covariance = np.asarray(np.linalg.inv(information + np.diag(tight)), dtype=np.float64)
    weighed = (covariance @ evidence[:, :, None])[:, :, 0]  # (k, d)
    # What action a says about M z_a: (A⁻¹ + T)⁻¹, written so that A may be singular.
    heard = np.diag(tight) - tight[:, None] * covariance * tight
    pairs = traits[:, :, None] * traits[:, None, :]  # (k, q, q)
    precision = np.tensordot(pairs, heard, axes=(0, 0)).transpose(0, 2, 1, 3)
    precision = precision.reshape(q * size, q * size) + np.diag(1.0 / pool.shared.ravel())
    told = pool.mean / pool.shared + traits.T @ (tight * weighed)  # (q, d)
    spread = np.linalg.inv(precision)
    shared = (spread @ told.ravel()).reshape(q, size)
    expected = traits @ shared
    pull = covariance * tight  # (k, d, d)
    centre = weighed + (pull @ expected[:, :, None])[:, :, 0]
    away = pull - np.eye(size)
    corners = spread.reshape(q, size, q, size)
    common = np.tensordot(pairs, corners, axes=((1, 2), (0, 2)))  # (k, d, d), of M z_a
    shift = np.diagonal(covariance, axis1=1, axis2=2) + np.einsum(
        "kij,kij->ki", away @ common, away
    )
    blur = None
    if q > 1:
        apart = np.tensordot(pairs[:, 1:, 1:], corners[1:, :, 1:, :], axes=((1, 2), (0, 2)))
        blur = pull @ apart @ pull.transpose(0, 2, 1)
    doubt = np.diagonal(spread).reshape(q, size).copy()
    return Posterior(centre, expected, covariance, blur, np.asarray(shift), shared, doubt)


def retuned(pool: Pool, posterior: Posterior, heard: NDArray[np.bool_]) -> Pool:
    """One step towards the most probable variances, from the actions ``heard`` (k,) of.

    Each τ² is pulled to what it is for the other features, half their mean and half their
    geometric mean, by as much as four actions weigh.
    """
    strayed = (posterior.centre - posterior.expected) ** 2 + posterior.shift
    own = pool.own.copy()
    guess = np.full(own.size, _OWN_CONSTANT)
    guess[1:] = 0.5 * own[1:].mean() + 0.5 * np.exp(np.log(own[1:]).mean())
    own = (strayed[heard].sum(axis=0) + _GUESS_OWN * guess) / (heard.sum() + _GUESS_OWN)
    moved = ((posterior.shared - pool.mean) ** 2 + posterior.doubt)[:, 1:]
    shared = pool.shared.copy()
    step = (moved.sum(axis=1) + _GUESS_SHARED * _SHARED) / (moved.shape[1] + _GUESS_SHARED)
    shared[:, 1:] = step[:, None]
    return Pool(own, pool.mean, shared)
