"""What came of decisions, checked whole before anything is learnt from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError, numbers

__all__ = ["Outcomes", "outcomes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """``rewards`` and ``weights`` (m,) of m decisions."""

    rewards: Floats
    weights: Floats


def outcomes(
    m: int,
    arms: NDArray[np.int64],
    rewards: ArrayLike,
    propensities: ArrayLike,
    weights: ArrayLike | None,
) -> Outcomes:
    """The outcomes of m contexts.

    Raises
    ------
    InvalidError
        For arrays of another length, propensities outside (0, 1], or weights that are not
        finite and above 0. Rewards are checked by the reward model.
    """
    given = numbers(rewards, "rewards")
    chances = numbers(propensities, "propensities")
    weighed = np.ones(m) if weights is None else numbers(weights, "weights")
    if not arms.shape == given.shape == chances.shape == weighed.shape == (m,):
        raise InvalidError(
            f"{m} contexts, {arms.size} actions, rewards {given.shape}, "
            f"propensities {chances.shape}, weights {weighed.shape}",
            "there must be one of each per decision",
            "Give arrays of one length.",
        )
    if m and not (chances.min() > 0.0 and chances.max() <= 1.0):
        raise InvalidError(
            f"propensities from {chances.min():g} to {chances.max():g}",
            "they must lie in (0, 1]",
            "Give the propensity that was logged with the decision.",
        )
    if weights is not None and m and not (weighed.min() > 0.0 and np.isfinite(weighed.sum())):
        raise InvalidError(
            f"weights from {weighed.min():g} to {weighed.max():g}",
            "they must be finite and above 0",
            "Leave out decisions that weigh nothing.",
        )
    return Outcomes(given, weighed)
