"""Whether a text wears out: its lift over the others of its cell as a line in age or repetition.

    r - c = (1{sent} - p)·(lift + slope·a) + e,

p being the logged odds of the text among those of its cell and ``a`` its age or how often the
shopper has had it. With exact odds the two coefficients are consistent whatever the rest of the
reward depends on. Errors are those of the sandwich; the intervals may be looked at every week.

References
----------
Robinson (1988), "Root-N-consistent semiparametric regression". Nie and Wager (2021), "Quasi-oracle
estimation of heterogeneous treatment effects". White (1980). Waudby-Smith et al. (2021),
"Time-uniform central limit theory and asymptotic confidence sequences", for the intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.evaluate.experiments import sequence_times
from promoloop.evaluate.samples import Floats, require_level

__all__ = ["Wear", "wear_of"]


@dataclass(frozen=True, slots=True)
class Wear:
    """The lift of a text now and how it changes, each with an interval at ``level``.

    ``slope`` is per unit of age (or of repetition); ``now`` is the lift at the age ``at``.
    Unknown figures are 0 with an endless interval.
    """

    slope: float
    slope_low: float
    slope_high: float
    now: float
    now_low: float
    now_high: float
    at: float
    rows: int
    level: float

    @property
    def worn(self) -> bool:
        """It clearly falls, and is now no better than the others."""
        return self.slope_high < 0.0 and self.now <= 0.0


def wear_of(
    rewards: Floats, sent: NDArray[np.bool_], odds: Floats, age: Floats, level: float = 0.95
) -> Wear:
    """How the lift of a text over the others of its cell goes with ``age``.

    Parameters
    ----------
    rewards : ndarray, shape (n,)
        Of rows in which any text of the cell was sent; centred by what was foretold.
    sent : ndarray of bool, shape (n,)
        Whether it was this text.
    odds : ndarray, shape (n,)
        Logged probability of this text among those of its cell, in (0, 1).
    age : ndarray, shape (n,)
        Age of this text (or the shopper's earlier exposures to it) at that moment.
    level : float
        Of the intervals, each; they hold for looking every week.

    Raises
    ------
    InvalidError
        For misshapen or non-finite arrays, or odds outside (0, 1).
    """
    _check(rewards, sent, odds, age)
    times = sequence_times(1.0 - require_level(level))
    latest = float(age.max(initial=0.0))
    away = sent.astype(np.float64) - odds
    design = away[:, None] * np.column_stack([np.ones(len(age)), age - latest])
    gram = design.T @ design
    if len(rewards) < 3 or np.linalg.cond(gram) > 1e10:
        return Wear(0.0, -np.inf, np.inf, 0.0, -np.inf, np.inf, latest, len(rewards), level)
    inverse = np.linalg.inv(gram)
    now, slope = inverse @ (design.T @ rewards)
    left = rewards - design @ np.array([now, slope])
    meat = design.T @ (design * (left**2)[:, None])
    error = times * np.sqrt(np.diag(inverse @ meat @ inverse))
    return Wear(
        slope=float(slope),
        slope_low=float(slope - error[1]),
        slope_high=float(slope + error[1]),
        now=float(now),
        now_low=float(now - error[0]),
        now_high=float(now + error[0]),
        at=latest,
        rows=len(rewards),
        level=level,
    )


def _check(rewards: Floats, sent: NDArray[np.bool_], odds: Floats, age: Floats) -> None:
    same = rewards.ndim == 1 and rewards.shape == sent.shape == odds.shape == age.shape
    finite = same and bool(np.isfinite(rewards).all() and np.isfinite(age).all())
    if not finite or not ((odds > 0.0) & (odds < 1.0)).all():
        raise InvalidError(
            f"the wear of a text over {rewards.shape} rows",
            "the arrays are misshapen or not finite, or odds are not within (0, 1)",
            "Leave out rows in which no other text of the cell could be sent.",
        )
