"""What offer design needs to know of shoppers: how they answer any depth and threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["OfferedResponse", "ResponseCurve"]


@dataclass(frozen=True, slots=True)
class OfferedResponse:
    """How n shoppers are expected to answer m designs of an offer; every array is (n, m).

    ``probability`` is P(buy in the window), ``basket_minor`` the expected full-price basket of a
    buyer in minor units, before the reward, topping up to the threshold included; ``reach`` the
    share of buyers whose basket is at or above the threshold (1 where there is none). The
    ``_sd`` arrays are posterior standard deviations of those expectations: doubt about the
    model, not the spread of single purchases. Doubts of different shoppers share their cause, so
    the interval of a sum takes ``ResponseCurve.sample``, not a sum of variances.
    """

    probability: NDArray[np.float64]
    probability_sd: NDArray[np.float64]
    basket_minor: NDArray[np.float64]
    basket_sd_minor: NDArray[np.float64]
    reach: NDArray[np.float64]


class ResponseCurve(Protocol):
    """How shoppers answer an offer of a given depth and threshold.

    P(buy) never falls as the depth grows, whatever the shopper and the threshold; depth 0 is no
    offer, and what the curve says there is the baseline that an increment is measured from.
    """

    def response(
        self,
        contexts: NDArray[np.float64],
        depths: NDArray[np.float64],
        thresholds_minor: NDArray[np.float64],
    ) -> OfferedResponse:
        """Answers of shoppers ``contexts`` (n, d) to m designs.

        Parameters
        ----------
        depths : ndarray of float64, shape (m,)
            Reward as a share of the basket that earns it, in [0, 1]; R / T for "R off from T".
        thresholds_minor : ndarray of float64, shape (m,)
            Least basket that earns the reward, minor units; 0 for none.
        """
        ...

    def sample(self, rng: np.random.Generator) -> ResponseCurve:
        """A curve that is sure of one draw from the posterior: all its ``_sd`` are 0.

        Evaluating the same design on a few hundred samples gives the interval of any total.
        """
        ...
