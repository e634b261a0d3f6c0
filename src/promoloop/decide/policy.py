"""Drawing a choice from its exact distribution, so that it can be replayed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promoloop.decide.records import Choices

__all__ = ["drawn"]

Floats = NDArray[np.float64]


def drawn(shares: Floats, draws: Floats) -> Choices:
    """One choice per row by inverting its distribution at a given uniform number.

    The same distribution and number give the same choice for ever, which is what makes a logged
    decision replayable. ``shares`` (n, k + 1) has nothing last; ``draws`` (n,) lie in [0, 1).
    """
    n, width = shares.shape
    edges = np.cumsum(shares, axis=1)
    # The last edge may be 1 - 1e-16; what lies beyond it is nothing, always an option.
    column = np.minimum((edges <= draws[:, None]).sum(axis=1), width - 1)
    return Choices(
        index=np.where(column == width - 1, -1, column).astype(np.int64),
        propensity=shares[np.arange(n), column],
        probabilities=shares,
    )
