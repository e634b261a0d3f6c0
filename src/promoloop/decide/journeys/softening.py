"""From a preferred action to exact propensities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError

__all__ = ["require_explore", "require_seen", "softened"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def softened(scores: Floats, eligible: Mask, explore: float) -> Floats:
    """The best eligible option with the rest of the mass, every option with an equal share.

    Parameters
    ----------
    scores : array, shape (n, k)
        What each action is worth beyond nothing, which is worth 0 and wins ties.
    eligible : array of bool, shape (n, k)
    explore : float
        Share of the choices made uniformly over the eligible actions and nothing, in [0, 1].

    Returns
    -------
    array, shape (n, k + 1)
        Nothing last; rows sum to 1.

    Examples
    --------
    >>> softened(np.array([[2.0, 3.0]]), np.array([[True, False]]), 0.2).tolist()
    [[0.9, 0.0, 0.1]]
    """
    n, k = eligible.shape
    options = np.c_[eligible, np.ones(n, dtype=np.bool_)]  # (n, k + 1)
    worth = np.where(options, np.c_[scores, np.zeros(n)], -np.inf)
    best = k - worth[:, ::-1].argmax(axis=1)  # the last of equals, so nothing wins ties
    shares = np.where(options, explore / options.sum(axis=1, keepdims=True), 0.0)
    rows = np.arange(n)
    shares[rows, best] = 0.0
    shares[rows, best] = 1.0 - shares.sum(axis=1)
    return shares


def require_seen(observations: Floats, eligible: Mask, width: int, actions: int) -> None:
    """Refuse what does not have ``width`` features and ``actions`` actions, all of it finite."""
    for name, given in (("observations", observations), ("eligible", eligible)):
        if not isinstance(given, np.ndarray) or given.dtype.kind not in "fiub":
            raise InvalidError(name, "it is not an array of numbers", "Give numpy arrays.")
    n = len(observations)
    if observations.shape != (n, width) or eligible.shape != (n, actions):
        raise InvalidError(
            f"observations of shape {observations.shape} and eligible of {eligible.shape}",
            f"the policy knows {width} features and {actions} actions",
            "Give one row per shopper, as in the log it learnt from.",
        )
    if eligible.dtype != np.bool_:
        raise InvalidError("eligible", f"it is of {eligible.dtype}", "Give booleans.")
    if not np.isfinite(observations).all():
        raise InvalidError(
            "observations", "there are NaN or infinite entries", "Give finite numbers."
        )


def require_explore(explore: float) -> float:
    """``explore`` unchanged when it lies in [0, 1]."""
    if not 0.0 <= explore <= 1.0:
        raise InvalidError(f"explore {explore}", "it is not in [0, 1]", "Use 0.02, say.")
    return explore
