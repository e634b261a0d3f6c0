"""What treating the best share of shoppers gains and costs, for every share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from promoloop.core import InvalidError, numbers
from promoloop.evaluate.samples import Floats, line, require_level

__all__ = ["ReturnCurve", "return_curve"]


@dataclass(frozen=True, slots=True)
class ReturnCurve:
    """Gain and cost per shopper of treating the best-scored ``share``; every array is (m,).

    ``gain`` is the incremental outcome before cost, ``cost`` the incremental cost, ``roi`` their
    net over the cost, NaN where nothing is spent. ``_low`` and ``_high`` are pointwise.
    """

    share: Floats
    gain: Floats
    gain_low: Floats
    gain_high: Floats
    cost: Floats
    roi: Floats
    roi_low: Floats
    roi_high: Floats
    level: float


def return_curve(
    outcome: ArrayLike,
    cost: ArrayLike,
    score: ArrayLike,
    treated: ArrayLike,
    odds: ArrayLike,
    shares: ArrayLike,
    level: float = 0.95,
) -> ReturnCurve:
    """Gain, cost and return on cost by the share of shoppers treated, best score first.

    Parameters
    ----------
    outcome, cost : array, shape (n,)
        What each row of the experiment brought, before cost, and what it cost (contact, redeemed
        reward), in the same unit.
    score, treated, odds : array, shape (n,)
        ``treated`` 0 or 1; ``odds`` the exact probability of what was given.
    shares : array, shape (m,)
        Shares to treat, in (0, 1]. Rows tied at the edge count in part, as if drawn by lot.
    level : float
        Coverage of each pointwise normal interval, in (0, 1).

    Notes
    -----
    Mean over rows of (in the share) times the doubly robust effect score of the row, with the
    arms' means as outcome model; the return's interval is by the delta method. The share's edge
    counts as known.

    Examples
    --------
    >>> found = return_curve([3, 1, 1, 1], [1, 0, 1, 0], [2, 2, 1, 1], [1, 0, 1, 0],
    ...                      [0.5] * 4, [0.5, 1.0])
    >>> found.gain.tolist(), found.cost.tolist(), found.roi.tolist()
    ([1.0, 1.0], [0.5, 1.0], [1.0, 0.0])
    """
    y, spent = line(outcome, "outcomes"), line(cost, "costs")
    t, p = line(treated, "treated", y.size), line(odds, "odds", y.size)
    at = numbers(shares, "shares")
    _check(spent, y, t, p, at)
    inside = _inside(line(score, "scores", y.size), at)  # (m, n)
    gains, costs = inside * _scores(y, t, p), inside * _scores(spent, t, p)
    gain, charge = gains.mean(axis=1), costs.mean(axis=1)
    times = float(norm.isf((1.0 - require_level(level)) / 2)) / np.sqrt(y.size)
    half = times * gains.std(axis=1, ddof=1)
    safe = np.where(charge > 0, charge, np.nan)
    ratio = gain / safe
    spread = times * (gains - ratio[:, None] * costs).std(axis=1, ddof=1) / safe
    net = ratio - 1.0
    return ReturnCurve(
        at, gain, gain - half, gain + half, charge, net, net - spread, net + spread, level
    )


def _scores(y: Floats, t: Floats, p: Floats) -> Floats:
    """Doubly robust effect of each row, (n,), with the weighted arm means as outcome model."""
    m1 = float((t / p) @ y / (t / p).sum())
    m0 = float(((1 - t) / p) @ y / ((1 - t) / p).sum())
    scores: Floats = m1 - m0 + t * (y - m1) / p - (1 - t) * (y - m0) / p
    return scores


def _inside(score: Floats, shares: Floats) -> Floats:
    """(m, n) how much of each row is in the best share: 1, 0, or a part at a tied edge."""
    ordered = np.sort(score)
    better = score.size - np.searchsorted(ordered, score, "right")
    tied = np.searchsorted(ordered, score, "right") - np.searchsorted(ordered, score, "left")
    inside: Floats = np.clip((shares[:, None] * score.size - better) / tied, 0.0, 1.0)
    return inside


def _check(spent: Floats, y: Floats, t: Floats, p: Floats, shares: Floats) -> None:
    wrong = spent.shape != y.shape or not np.isin(t, (0, 1)).all() or t.min() == t.max()
    if wrong or not ((p > 0) & (p <= 1)).all():
        raise InvalidError(
            "a return curve",
            "costs must match the outcomes, treated be 0 or 1 with both there, odds in (0, 1]",
            "Give the rows of one treatment and of the control, with their exact odds.",
        )
    if shares.ndim != 1 or shares.size == 0 or not ((shares > 0) & (shares <= 1)).all():
        raise InvalidError("the shares", "they must be in (0, 1]", "Give 0.1, 0.2, ... 1, say.")
