"""Two texts against each other on logged odds: to be looked at at will, and seldom misled by.

A row counts for a pair when one of the two was sent and the other could have been. Let q be the
logged probability of the rival, given that it was one of the two. Under the claim "the variant
earns no less than the rival"

    x = (1{rival} (1 - q) - 1{variant} q) · (r - c) / C,   |r - c| ≤ C,

has no mean above 0 given all that came before, since E[x] = q (1 - q) (difference) / C. So the
wealth Π (1 + g x), averaged over a fixed grid of stakes g in (0, 1), is a test supermartingale, and
by Ville's inequality it ever reaches 1/a with probability at most a, whatever the number of looks.

References
----------
Ville (1939). Waudby-Smith and Ramdas (2024), "Estimating means of bounded random variables by
betting". Li, Morgan and Zaslavsky (2018), "Balancing covariates via propensity score weighting"
(the weight q (1 - q): shoppers count by how open the choice was).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.evaluate.samples import Floats

__all__ = ["Race", "evidence_against", "race"]

#: Stakes: large ones catch large differences soon, small ones small differences in the end.
_STAKES = np.geomspace(1 / 512, 1 / 2, 12)


@dataclass(frozen=True, slots=True)
class Race:
    """Where one variant stands against one rival.

    ``difference`` is the rival's mean reward minus the variant's among shoppers who could have got
    either, with standard error ``error``; ``rows`` how often each was sent; ``evidence`` the
    e-value against "the variant earns no less".
    """

    difference: float
    error: float
    rows: tuple[int, int]
    evidence: float


def race(rewards: Floats, rival_sent: NDArray[np.bool_], rival_odds: Floats, most: float) -> Race:
    """Hold a variant against a rival on the rows in which one of the two was sent.

    Parameters
    ----------
    rewards : ndarray, shape (n,)
        In the order in which they came in. Less what was foretold without knowing the text, they
        vary less and the race is over sooner; what is taken off must not depend on the outcome.
    rival_sent : ndarray of bool, shape (n,)
        Whether it was the rival; else it was the variant.
    rival_odds : ndarray, shape (n,)
        q: logged probability of the rival, given one of the two; in (0, 1).
    most : float
        C > 0, settled beforehand: rewards further from 0 are cut to it, and the claim is about
        the rewards so cut.

    Raises
    ------
    InvalidError
        For misshapen or non-finite arrays, odds outside (0, 1) or ``most`` not above 0.

    Examples
    --------
    >>> race(np.zeros(2), np.array([True, False]), np.full(2, 0.5), 1.0).evidence
    1.0
    """
    _check(rewards, rival_sent, rival_odds, most)
    sent = rival_sent.astype(np.float64)
    away = sent - rival_odds  # 1 - q where the rival was sent, -q where it was not
    cut = np.clip(rewards, -most, most)
    x = away * cut / most
    wealth = np.log1p(_STAKES[:, None] * x[None, :]).sum(axis=1)
    value, error = _difference(cut, away, rival_odds)
    wins = int(rival_sent.sum())
    return Race(value, error, (len(sent) - wins, wins), _mean_of(wealth))


def evidence_against(evidence: Floats) -> float:
    """One e-value out of a variant's races with rivals, in the order in which these joined.

    The i-th rival (from 1) counts 1 / (i (i + 1)), and what is left of the weight bets nothing.
    So rivals may join for ever and the chance that a variant none of them beats is ever held to be
    beaten stays at most a, at the threshold 1/a.

    >>> evidence_against(np.array([20.0])), evidence_against(np.array([]))
    (10.5, 1.0)
    """
    place = np.arange(1, len(evidence) + 1)
    weight = 1.0 / (place * (place + 1.0))
    return float(weight @ evidence + 1.0 - weight.sum())


def _difference(rewards: Floats, away: Floats, odds: Floats) -> tuple[float, float]:
    """Weighted difference of the two means and its standard error."""
    weight = float((odds * (1.0 - odds)).sum())
    if weight == 0.0:
        return 0.0, np.inf
    share = float(np.average(rewards, weights=odds * (1.0 - odds)))
    parts = away * (rewards - share)  # centring changes no expectation and takes spread away
    value = float(parts.sum()) / weight
    left = parts - value * away**2
    return value, float(np.sqrt((left**2).sum())) / weight


def _mean_of(logs: Floats) -> float:
    """The mean of exp(logs), kept from overflowing."""
    top = float(logs.max())
    return float(np.exp(min(top, 700.0)) * np.exp(logs - top).mean())


def _check(rewards: Floats, rival_sent: NDArray[np.bool_], rival_odds: Floats, most: float) -> None:
    if not (rewards.ndim == 1 and rewards.shape == rival_sent.shape == rival_odds.shape):
        raise InvalidError(
            f"a race of {rewards.shape}, {rival_sent.shape} and {rival_odds.shape}",
            "the arrays must be of the same rows",
            "Give reward, which was sent and the odds of each row.",
        )
    odds = bool(((rival_odds > 0.0) & (rival_odds < 1.0)).all())
    if not odds or not np.isfinite(rewards).all() or not 0.0 < most < np.inf:
        raise InvalidError(
            f"a race with rewards cut to {most}",
            "a reward is not finite, or odds are not within (0, 1), or the cut is not above 0",
            "Leave out rows in which only one of the two could be sent.",
        )
