"""How wide the interval of each look must be, so that all looks together hold.

Source: Lan and DeMets (1983), "Discrete sequential boundaries for clinical trials", with the
power family alpha * (t / planned)^2 and the joint normal law of the looks integrated by
quasi-random points.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, qmc

from promoloop.core import InvalidError

__all__ = ["critical_values"]

Floats = NDArray[np.float64]

_POWER = 2.0
_POINTS = 14  # log2 of their number
_MOST_LOOKS = 52


def critical_values(correlation: Floats, planned: int, alpha: float) -> Floats:
    """Critical value of each look so far, in standard errors, shape (t,).

    Parameters
    ----------
    correlation : array, shape (t, t)
        Correlation of the estimates at the looks so far. Its leading block at an earlier look
        was the same then, so earlier critical values come out unchanged.
    planned : int
        Number of looks at most, up to 52.
    alpha : float
        Error to be shared by all looks.

    Examples
    --------
    One look takes all of the error; two independent looks share it.

    >>> critical_values(np.eye(1), 1, 0.05).round(2).tolist()
    [1.96]
    >>> critical_values(np.eye(2), 2, 0.05).round(2).tolist()
    [2.5, 2.07]
    """
    if not 1 <= planned <= _MOST_LOOKS:
        raise InvalidError(
            f"{planned} planned looks", f"it must be from 1 to {_MOST_LOOKS}", "Look less often."
        )
    looks = np.abs(_paths(correlation, planned))  # (points, t)
    surviving = np.ones(looks.shape[0], dtype=np.bool_)
    values = np.zeros(correlation.shape[0])
    for look in range(values.size):
        values[look] = _value(looks[surviving, look], look, planned, alpha)
        surviving &= looks[:, look] <= values[look]
    return values


def _value(alive: Floats, look: int, planned: int, alpha: float) -> float:
    """The least value that spends no more than this look's share of the error.

    Paths that crossed before do not cross again; that is what makes correlated looks cheap.
    The plain share of the error is always valid, and serves where the points are too few.
    """
    spent = alpha * (look / planned) ** _POWER
    may_spend = alpha * ((look + 1) / planned) ** _POWER
    plain = float(norm.isf((may_spend - spent) / 2))
    points = 2**_POINTS
    may_cross = math.floor(may_spend * points) - (points - alive.size)
    if may_cross < 1:
        return plain
    at = alive.size - 1 - may_cross
    return min(plain, float(np.partition(alive, at)[at]))


def _paths(correlation: Floats, planned: int) -> Floats:
    normal = _normal_points(planned)[:, : correlation.shape[0]]
    # Looks that repeat each other make the matrix singular; the ridge keeps a factor of it.
    ridge = 1e-10 * np.eye(correlation.shape[0])
    paths: Floats = normal @ np.linalg.cholesky(correlation + ridge).T
    return paths


@lru_cache(maxsize=8)
def _normal_points(dimensions: int) -> Floats:
    """Quasi-random normal points: a fixed integration grid, not a source of chance."""
    sobol = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(20_260_101))
    uniform = np.clip(sobol.random_base2(_POINTS), 1e-12, 1 - 1e-12)
    points: Floats = norm.ppf(uniform)
    return points
