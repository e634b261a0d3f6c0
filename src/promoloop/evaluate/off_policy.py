"""What a policy would have earned, from the log of another one.

Notation on each row of the log: reward r, logged propensity p, the target policy's probability
t of the logged action, weight w = t / p. Assumes that p is the exact propensity of the final
action set and that one row's reward does not depend on another row's action. Mathematics and
measured coverage: ``docs/math/off-policy.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from promoloop.core import InvalidError
from promoloop.evaluate.intervals import Scores, biased_times, summed
from promoloop.evaluate.overlaps import Rules, overlap, require_overlap, units_of, weights
from promoloop.evaluate.records import Estimate, Overlap, Target
from promoloop.evaluate.samples import Floats, line, require_level
from promoloop.evaluate.switching import Correction, Switch, switched

__all__ = ["dr", "ips", "paired_difference", "pooled", "snips", "switch_dr"]

_RULES = Rules()
_BY_RULE = Switch()


def ips(
    rewards: ArrayLike,
    propensity: ArrayLike,
    target: ArrayLike,
    level: float = 0.95,
    *,
    shoppers: ArrayLike | None = None,
    rules: Rules = _RULES,
) -> Estimate:
    """Inverse propensity scoring: the mean of w r. Unbiased, of high variance.

    Parameters
    ----------
    rewards, propensity, target : array, shape (n,)
        Reward, exact logged propensity, and the target policy's probability of the logged action.
    level : float
        Coverage of the interval, in (0, 1).
    shoppers : array, shape (n,), optional
        Whose row it is. Rows of one shopper are not independent; the interval then stands on
        shoppers. Without it every row is taken for a shopper of its own.
    rules : Rules
        The kind of interval, and what the log must have.

    Raises
    ------
    RefusedError
        When propensities are missing or outside (0, 1], or the log cannot answer; it names the
        check that failed.
    InvalidError
        For misshapen or non-finite arrays.

    References
    ----------
    Horvitz and Thompson (1952).
    """
    reward, weight, seen = _checked(rewards, propensity, target, shoppers, rules)

    def span(least: float, most: float, largest: float) -> tuple[float, float]:
        return min(0.0, least * largest), max(0.0, most * largest)

    return _estimate(_scores(weight * reward, None, shoppers, span), seen, level, rules, "IPS")


def snips(
    rewards: ArrayLike,
    propensity: ArrayLike,
    target: ArrayLike,
    level: float = 0.95,
    *,
    shoppers: ArrayLike | None = None,
    rules: Rules = _RULES,
) -> Estimate:
    """Self-normalised IPS: sum w r / sum w, interval by the delta method. Same input as ``ips``.

    References
    ----------
    Swaminathan and Joachims (2015), "The self-normalized estimator for counterfactual learning".
    """
    reward, weight, seen = _checked(rewards, propensity, target, shoppers, rules)
    return _estimate(_scores(weight * reward, weight, shoppers, None), seen, level, rules, "SNIPS")


def dr(
    rewards: ArrayLike,
    propensity: ArrayLike,
    target: ArrayLike,
    q_logged: ArrayLike,
    q_target: ArrayLike,
    level: float = 0.95,
    *,
    shoppers: ArrayLike | None = None,
    rules: Rules = _RULES,
) -> Estimate:
    """Doubly robust: the mean of q_target + w (r - q_logged).

    Parameters
    ----------
    rewards, propensity, target, level, shoppers, rules
        As for ``ips``.
    q_logged : array, shape (n,)
        Expected reward of the logged action, by a model not fitted on the same shoppers.
    q_target : array, shape (n,)
        Expected reward under the target policy, by the same model.

    References
    ----------
    Dudik, Langford and Li (2011), "Doubly robust policy evaluation and learning". Unbiased with
    exact propensities whatever the model; a poor model only widens the interval.
    """
    reward, weight, seen = _checked(rewards, propensity, target, shoppers, rules)
    n = reward.size
    scores = line(q_target, "q_target", n) + weight * (reward - line(q_logged, "q_logged", n))
    return _estimate(_scores(scores, None, shoppers, _around_a_model), seen, level, rules, "DR")


def switch_dr(
    rewards: ArrayLike,
    propensity: ArrayLike,
    target: ArrayLike,
    q_logged: ArrayLike,
    q_target: ArrayLike,
    level: float = 0.95,
    *,
    switch: Switch = _BY_RULE,
    shoppers: ArrayLike | None = None,
    rules: Rules = _RULES,
) -> Estimate:
    """Doubly robust where w is at most a threshold, the model alone beyond it.

    Trusting the model where weights are large trades variance for bias. The threshold is given,
    or chosen by the estimated variance plus a squared bound on that bias, and the interval allows
    for the bound: it covers although the estimate is biased. Same input as ``dr``.

    References
    ----------
    Wang, Agarwal and Dudik (2017), "Optimal and adaptive off-policy evaluation in contextual
    bandits", sections 4 and 4.1.
    """
    reward, weight, seen = _checked(rewards, propensity, target, shoppers, rules)
    n = reward.size
    base, model = line(q_target, "q_target", n), line(q_logged, "q_logged", n)
    return _switched(
        Correction(base, (weight,), reward - model), switch, shoppers, seen, level, rules
    )


def paired_difference(
    rewards: ArrayLike,
    propensity: ArrayLike,
    q_logged: ArrayLike,
    challenger: Target,
    champion: Target,
    level: float = 0.95,
    *,
    switch: Switch | None = None,
    shoppers: ArrayLike | None = None,
    rules: Rules = _RULES,
) -> Estimate:
    """Doubly robust value of the challenger minus that of the champion, on the same rows.

    Pairing takes away what both have in common, so the interval is narrower than that of two
    separate estimates. The effective sample size is the smaller one of the two. With ``switch``
    the model alone answers where weights are large, as in ``switch_dr``.

    Raises
    ------
    RefusedError
        As ``ips``, for either policy.
    """
    reward, w1, seen1 = _checked(rewards, propensity, challenger.probability, shoppers, rules)
    _, w0, seen0 = _checked(rewards, propensity, champion.probability, shoppers, rules)
    n = reward.size
    q1, q0 = line(challenger.q, "the challenger's q", n), line(champion.q, "the champion's q", n)
    left = reward - line(q_logged, "q_logged", n)
    seen = min(seen1, seen0, key=lambda o: o.effective_n)
    if switch is not None:
        both = Correction(q1 - q0, (w1, -w0), left)
        return _switched(both, switch, shoppers, seen, level, rules, " difference")
    scores = _scores(q1 - q0 + (w1 - w0) * left, None, shoppers, _between_two)
    return _estimate(scores, seen, level, rules, "DR difference")


def pooled(estimates: Sequence[Estimate]) -> Estimate:
    """One estimate out of several independent ones of the same figure, weighed by precision.

    What the intervals allow for bias does not average out and is kept whole.

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
    share = precision / precision.sum()
    value = float(share @ np.array([one.value for one in estimates]))
    bias = float(share @ np.array([one.bias for one in estimates]))
    width = float(precision.sum() ** -0.5) + bias
    return Estimate(
        value,
        value - width,
        value + width,
        sum(one.n for one in estimates),
        sum(one.effective_n for one in estimates),
        estimates[0].level,
        estimates[0].method,
        bias=bias,
    )


def _checked(
    rewards: ArrayLike,
    propensity: ArrayLike,
    target: ArrayLike,
    shoppers: ArrayLike | None,
    rules: Rules,
) -> tuple[Floats, Floats, Overlap]:
    reward = line(rewards, "rewards")
    weight = weights(propensity, target)
    if weight.shape != reward.shape:
        raise InvalidError(
            f"{reward.size} rewards and {weight.size} propensities",
            "they are not of the same rows",
            "Give one of each per row of the log.",
        )
    seen = overlap(propensity, target, shoppers=shoppers)
    require_overlap(seen, rules)
    return reward, weight, seen


def _scores(
    top: Floats,
    bottom: Floats | None,
    shoppers: ArrayLike | None,
    span: Callable[[float, float, float], tuple[float, float]] | None,
) -> Scores:
    """Scores (n,) and what they are divided by (rows, unless given), added up per shopper."""
    place, units = units_of(shoppers, top.size)
    whole = np.ones(top.size) if bottom is None else bottom
    return Scores(summed(top, place, units), summed(whole, place, units), span)


def _around_a_model(least: float, most: float, largest: float) -> tuple[float, float]:
    reach = largest * (most - least)
    return least - reach, most + reach


def _between_two(least: float, most: float, largest: float) -> tuple[float, float]:
    reach = (1 + largest) * (most - least)
    return -reach, reach


def _estimate(
    scores: Scores, seen: Overlap, level: float, rules: Rules, method: str, bias: float = 0.0
) -> Estimate:
    low, high = rules.interval.around(scores, require_level(level))
    value, error = scores.value, scores.error
    extra = bias
    if bias > 0 and error > 0 and rules.interval.asymptotic:
        extra = (biased_times(bias / error, level) - float(norm.isf((1 - level) / 2))) * error
    name = rules.interval.name
    away = max(0.0, abs(value) - bias)
    return Estimate(
        value,
        low - extra,
        high + extra,
        seen.n,
        seen.effective_n,
        level,
        method if name == "normal" else f"{method}, {name}",
        p_value=2 * float(norm.sf(away / error)) if error > 0 else float(away == 0),
        bias=extra,
    )


def _switched(
    correction: Correction,
    switch: Switch,
    shoppers: ArrayLike | None,
    seen: Overlap,
    level: float,
    rules: Rules,
    what: str = "",
) -> Estimate:
    place, units = units_of(shoppers, correction.base.size)
    threshold, scores, bias = switched(correction, switch, place, units)
    method = f"Switch-DR{what} at {threshold:.3g}"
    return _estimate(scores, seen, level, rules, method, bias)
