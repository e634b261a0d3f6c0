"""Do probabilities mean what they say?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from promoloop.core import InvalidError
from promoloop.evaluate.samples import line

__all__ = ["expected_calibration_error"]


def expected_calibration_error(p: ArrayLike, y: ArrayLike, bins: int = 10) -> float:
    """Mean distance, over rows, between predicted and observed share in equal-width bins.

    Parameters
    ----------
    p : array, shape (n,)
        Predicted probabilities, in [0, 1].
    y : array, shape (n,)
        Outcomes, 0 or 1.
    bins : int
        Number of bins of equal width over [0, 1].

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), "Obtaining well calibrated probabilities using
    Bayesian binning". The figure depends on the bins: compare like with like.

    Examples
    --------
    >>> expected_calibration_error([0.25, 0.25, 0.75, 0.75], [0, 1, 1, 1], bins=2)
    0.25
    """
    chance = line(p, "probabilities")
    outcome = line(y, "outcomes", chance.size)
    if bins < 1 or chance.min() < 0 or chance.max() > 1 or not np.isin(outcome, (0, 1)).all():
        raise InvalidError(
            "probabilities, outcomes or bins",
            "probabilities must be in [0, 1], outcomes 0 or 1, bins >= 1",
            "Check what was handed in.",
        )
    which = np.minimum((chance * bins).astype(np.int64), bins - 1)
    off = np.bincount(which, weights=outcome - chance, minlength=bins)
    return float(np.abs(off).sum() / chance.size)
