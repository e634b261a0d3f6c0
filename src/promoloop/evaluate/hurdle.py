"""Mean payment per shopper under each arm, when few pay and those few pay very different amounts.

    value_a = P(pay | a) · b̃_a,   b̃_a between the arm's own mean payment and that of all payers

Most of the noise of mean spend comes from how much payers pay; most of what a message changes is
whether they pay. Each arm's mean payment is therefore drawn to the common one as far as the arms'
payments do not differ by more than chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from promoloop.core import InvalidError
from promoloop.evaluate.samples import Floats, line

__all__ = ["pooled_payments"]


def pooled_payments(paid: ArrayLike, arm: ArrayLike, odds: ArrayLike, arms: int) -> Floats:
    """Mean payment per shopper under arms 0 .. ``arms`` - 1, shape (arms,).

    Biased, by design, where an arm changes what payers pay by little: use it to choose between
    arms that the payments alone cannot tell apart, not as evidence.

    Parameters
    ----------
    paid : array, shape (n,)
        0 or more.
    arm, odds : array, shape (n,)
        What was given, and its exact probability.

    Raises
    ------
    InvalidError
        For misshapen or negative figures, or an arm with fewer than two payers.

    References
    ----------
    Cragg (1971), the two-part model. DerSimonian and Laird (1986), the variance between groups.

    Examples
    --------
    Both arms' payers pay 3 on average, two of four in the first and two of three in the second:

    >>> paid, arm = [2, 4, 0, 0, 2, 4, 0], [0, 0, 0, 0, 1, 1, 1]
    >>> pooled_payments(paid, arm, [0.5] * 7, 2).tolist()
    [1.5, 2.0]
    """
    y = line(paid, "payments")
    given, p = line(arm, "arms", y.size), line(odds, "odds", y.size)
    payers = [(given == one) & (y > 0) for one in range(arms)]
    wrong = y.min() < 0 or not ((p > 0) & (p <= 1)).all()
    if wrong or min(int(rows.sum()) for rows in payers) < 2:
        raise InvalidError(
            "payments by arm",
            "payments must be 0 or more, odds in (0, 1], and each arm have two payers",
            "Wait until every arm has payers, or compare their plain means.",
        )
    means, errors = (
        np.array(column) for column in zip(*(_mean(y[r], 1 / p[r]) for r in payers), strict=True)
    )
    shares = [
        float((1 / p[rows]).sum() / (1 / p[given == one]).sum()) for one, rows in enumerate(payers)
    ]
    return np.asarray(np.array(shares) * _pooled(means, errors), dtype=np.float64)


def _mean(paid: Floats, weight: Floats) -> tuple[float, float]:
    """Weighted mean payment and its squared standard error."""
    own = weight / weight.sum()
    mean = float(own @ paid)
    return mean, max(float(own**2 @ (paid - mean) ** 2), 1e-12)


def _pooled(means: Floats, errors: Floats) -> Floats:
    """Means drawn to the common one; errors are squared."""
    trust = 1.0 / errors
    common = float(trust @ means / trust.sum())
    excess = float(trust @ (means - common) ** 2) - (len(means) - 1)
    spread = max(0.0, excess / float(trust.sum() - trust @ trust / trust.sum()))
    pulled: Floats = (means * spread + common * errors) / (spread + errors)
    return pulled
