"""What a policy would have earned, from the log of another one.

Notation on each row of the log: reward r, logged propensity p, the target policy's probability
t of the logged action, weight w = t / p. Assumes that p is the exact propensity of the final
action set and that one row's reward does not depend on another row's action.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from promoloop.core import InvalidError, RefusedError
from promoloop.evaluate.records import Estimate, Overlap, Target
from promoloop.evaluate.samples import Floats, line, require_level

__all__ = ["LEAST_EFFECTIVE_SHARE", "dr", "ips", "overlap", "paired_difference", "pooled", "snips"]

#: Below this effective share of the log's rows an answer would be noise, and is refused.
LEAST_EFFECTIVE_SHARE = 0.01


def ips(
    rewards: ArrayLike, propensity: ArrayLike, target: ArrayLike, level: float = 0.95
) -> Estimate:
    """Inverse propensity scoring: the mean of w r. Unbiased, of high variance.

    Parameters
    ----------
    rewards, propensity, target : array, shape (n,)
        Reward, exact logged propensity, and the target policy's probability of the logged action.
    level : float
        Coverage of the normal interval, in (0, 1).

    Raises
    ------
    RefusedError
        When propensities are missing or outside (0, 1], or the effective sample size is below
        1 % of the log.

    References
    ----------
    Horvitz and Thompson (1952).
    """
    reward, weight, seen = _weights(rewards, propensity, target)
    return _mean(weight * reward, seen, level, "IPS")


def snips(
    rewards: ArrayLike, propensity: ArrayLike, target: ArrayLike, level: float = 0.95
) -> Estimate:
    """Self-normalised IPS: sum w r / sum w, interval by the delta method. Same input as ``ips``.

    References
    ----------
    Swaminathan and Joachims (2015), "The self-normalized estimator for counterfactual learning".
    """
    reward, weight, seen = _weights(rewards, propensity, target)
    value = float(weight @ reward / weight.sum())
    influence = value + weight * (reward - value) / weight.mean()
    return _mean(influence, seen, level, "SNIPS")


def dr(
    rewards: ArrayLike,
    propensity: ArrayLike,
    target: ArrayLike,
    q_logged: ArrayLike,
    q_target: ArrayLike,
    level: float = 0.95,
) -> Estimate:
    """Doubly robust: the mean of q_target + w (r - q_logged).

    Parameters
    ----------
    rewards, propensity, target : array, shape (n,)
        As for ``ips``.
    q_logged : array, shape (n,)
        Expected reward of the logged action, by a model not fitted on the same rows.
    q_target : array, shape (n,)
        Expected reward under the target policy, by the same model.
    level : float
        Coverage of the normal interval, in (0, 1).

    References
    ----------
    Dudik, Langford and Li (2011), "Doubly robust policy evaluation and learning". Unbiased with
    exact propensities whatever the model; a poor model only widens the interval.
    """
    reward, weight, seen = _weights(rewards, propensity, target)
    n = reward.size
    scores = line(q_target, "q_target", n) + weight * (reward - line(q_logged, "q_logged", n))
    return _mean(scores, seen, level, "DR")


def paired_difference(
    rewards: ArrayLike,
    propensity: ArrayLike,
    q_logged: ArrayLike,
    challenger: Target,
    champion: Target,
    level: float = 0.95,
) -> Estimate:
    """Doubly robust value of the challenger minus that of the champion, on the same rows.

    Pairing takes away what both have in common, so the interval is narrower than that of two
    separate estimates. The effective sample size is the smaller one of the two.

    Raises
    ------
    RefusedError
        As ``ips``, for either policy.
    """
    reward, w1, seen1 = _weights(rewards, propensity, challenger.probability)
    _, w0, seen0 = _weights(rewards, propensity, champion.probability)
    n = reward.size
    q1, q0 = line(challenger.q, "the challenger's q", n), line(champion.q, "the champion's q", n)
    scores = q1 - q0 + (w1 - w0) * (reward - line(q_logged, "q_logged", n))
    return _mean(scores, min(seen1, seen0, key=lambda o: o.effective_n), level, "DR difference")


def pooled(estimates: Sequence[Estimate]) -> Estimate:
    """One estimate out of several independent ones of the same figure, weighed by precision.

    Raises
    ------
    InvalidError
        When there is none, or they are at different levels.

    References
    ----------
    Agarwal et al. (2017), "Effective evaluation using logged bandit feedback from multiple
    loggers", the weighted estimator: parts logged with poor odds count for little.

    Examples
    --------
    >>> one = Estimate(1.0, 0.0, 2.0, 100, 80.0, 0.95, "DR")
    >>> both = pooled([one, one])
    >>> both.value, round(both.high - both.value, 4), both.n
    (1.0, 0.7071, 200)
    """
    if not estimates or len({one.level for one in estimates}) > 1:
        raise InvalidError(
            f"pooling {len(estimates)} estimates",
            "there must be one or more, all at the same level",
            "Estimate every part with the same level.",
        )
    half = np.array([(one.high - one.low) / 2 for one in estimates])
    precision = 1.0 / np.maximum(half, 1e-12) ** 2
    value = float(precision @ np.array([one.value for one in estimates]) / precision.sum())
    width = float(precision.sum() ** -0.5)
    return Estimate(
        value,
        value - width,
        value + width,
        sum(one.n for one in estimates),
        sum(one.effective_n for one in estimates),
        estimates[0].level,
        estimates[0].method,
    )


def overlap(propensity: ArrayLike, target: ArrayLike) -> Overlap:
    """How well the log covers the target policy; refuses nothing but bad propensities.

    Examples
    --------
    >>> overlap([0.5, 0.5, 0.5, 0.5], [1.0, 1.0, 0.0, 0.0]).effective_n
    2.0
    """
    return _overlap(_weight(propensity, target))


def _overlap(weight: Floats) -> Overlap:
    squares = float(weight @ weight)
    effective = float(weight.sum()) ** 2 / squares if squares > 0 else 0.0
    n = weight.size
    return Overlap(n, effective, effective / n, float(weight.max()), float(weight.mean()))


def _weights(
    rewards: ArrayLike, propensity: ArrayLike, target: ArrayLike
) -> tuple[Floats, Floats, Overlap]:
    reward = line(rewards, "rewards")
    weight = _weight(propensity, target)
    if weight.shape != reward.shape:
        raise InvalidError(
            f"{reward.size} rewards and {weight.size} propensities",
            "they are not of the same rows",
            "Give one of each per row of the log.",
        )
    seen = _overlap(weight)
    if seen.share < LEAST_EFFECTIVE_SHARE:
        raise RefusedError(
            f"judging a policy on {seen.n} logged rows",
            f"they are worth {seen.effective_n:.1f} rows to it ({seen.share:.2%} of the log)",
            "Let it run in shadow on a log that explores more, or judge a policy nearer to it.",
        )
    return reward, weight, seen


def _weight(propensity: ArrayLike, target: ArrayLike) -> Floats:
    logged = np.asarray(propensity, dtype=np.float64)
    if logged.ndim != 1 or not ((logged > 0) & (logged <= 1)).all():
        raise RefusedError(
            f"propensities of shape {logged.shape}",
            "some are missing or outside (0, 1]",
            "Only a log with the exact propensity of every choice can answer.",
        )
    wanted = line(target, "the target's probabilities", logged.size)
    if wanted.min() < 0 or wanted.max() > 1 + 1e-9:
        raise InvalidError(
            "the target's probabilities",
            f"they range from {wanted.min():g} to {wanted.max():g}",
            "Give probabilities of the logged action, in [0, 1].",
        )
    weight: Floats = wanted / logged
    return weight


def _mean(scores: Floats, seen: Overlap, level: float, method: str) -> Estimate:
    times = float(norm.isf((1.0 - require_level(level)) / 2))
    value = float(scores.mean())
    half = times * float(scores.std(ddof=1)) / scores.size**0.5
    return Estimate(value, value - half, value + half, seen.n, seen.effective_n, level, method)
