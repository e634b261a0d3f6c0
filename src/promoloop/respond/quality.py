"""How good probabilities are: ranking and calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["calibration_error", "logit", "sigmoid"]


def logit(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds; probabilities are kept 1e-6 away from 0 and 1 so that they stay finite."""
    safe = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(safe) - np.log1p(-safe), dtype=np.float64)


def sigmoid(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of ``logit``, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)), dtype=np.float64)


def calibration_error(
    probability: NDArray[np.float64], happened: NDArray[np.float64], bins: int = 10
) -> float:
    """Mean distance between said and seen, over bins of equal size (ECE).

    Parameters
    ----------
    probability : ndarray of float64, shape (m,)
    happened : ndarray of float64, shape (m,)
        0 or 1, or a share of several trials.
    bins : int, default 10

    Examples
    --------
    >>> calibration_error(np.array([0.2, 0.2, 0.6, 0.6]), np.array([0.0, 0.0, 1.0, 1.0]), bins=2)
    0.3
    """
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, bins)
    gaps = [
        len(part) * abs(float(probability[part].mean() - happened[part].mean()))
        for part in parts
        if len(part)
    ]
    return round(sum(gaps) / len(probability), 12)
