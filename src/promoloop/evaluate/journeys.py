"""What a journey policy would have brought, from the logged journeys of another one.

A journey's weight after t weeks is the product of target / logged propensity up to t, so it
spreads fast: a log near the target says much of a few weeks, and no log says much of many. How
far the log reaches is settled from the weights alone, never from the rewards. The figure is the
value of following the target that far and of going on as the log does from there:

    value = mean of V(s_0) + sum_t discount^t w_t (r_t + discount V(s_{t+1}) - V(s_t))

with V the value of the logging policy, fitted on the other half of the journeys. What is summed
are the logging policy's advantages (Kakade and Langford 2002, lemma 6.1), so V need not be right
for the weeks that are followed; only what it says of their end is believed, and the error of its
fit is part of the interval. Below a month of reach the answer is refused.

References
----------
Precup, Sutton and Singh (2000), "Eligibility traces for off-policy policy evaluation" (per-decision
importance sampling). Thomas and Brunskill (2016), "Data-efficient off-policy policy evaluation for
reinforcement learning", equation 4 (weighted doubly robust, here with Q(s, a) = V(s)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import (
    JOURNEY_FEATURES,
    JOURNEY_TRAITS,
    JourneyLog,
    JourneyPolicy,
    LinearValue,
)
from promoloop.evaluate.overlaps import LEAST_EFFECTIVE_SHARE
from promoloop.evaluate.records import Estimate
from promoloop.evaluate.samples import require_level

__all__ = [
    "LEAST_EFFECTIVE_JOURNEYS",
    "LEAST_WEEKS",
    "journey_difference",
    "journey_value",
    "per_decision",
    "reach",
]

Floats = NDArray[np.float64]

#: A normal interval on fewer journeys than this, counted by their weights, would be made up.
LEAST_EFFECTIVE_JOURNEYS = 50.0
#: Weeks the log must reach into a target's journeys before a model may take over.
LEAST_WEEKS = 4


@dataclass(frozen=True, slots=True)
class _Paths:
    """Rows of a log laid out by journey and week, (n, T); what is past a journey's end is 0.

    ``weight`` is carried on after a shopper has left: leaving is a known end, not a gap.
    """

    weight: Floats
    effective: Floats
    place: NDArray[np.int64]
    there: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Baseline:
    """V of the logging policy per row (m,), what weeks brought beyond it, and who fitted it.

    A fold is a model, the rows it was fitted on and those it was asked about.
    """

    discount: float
    value: Floats
    gained: Floats
    folds: tuple[tuple[LinearValue, NDArray[np.bool_], NDArray[np.bool_]], ...]


def per_decision(
    log: JourneyLog,
    policy: JourneyPolicy,
    discount: float,
    weeks: int | None = None,
    level: float = 0.95,
) -> Estimate:
    """Discounted reward of the first ``weeks`` weeks by per-decision importance sampling.

    Unbiased with exact propensities, of high variance; there is no model and no tail in it.

    Parameters
    ----------
    discount : float
        In (0, 1].
    weeks : int, optional
        All logged weeks by default.

    Raises
    ------
    RefusedError
        When the log is worth too few journeys to the policy after so many weeks.
    """
    paths = _paths(log, policy)
    horizon = _weeks(paths, weeks)
    _require_reach(paths, horizon)
    reward = _laid(paths, log.reward)[:, :horizon]
    scores = (paths.weight[:, :horizon] * reward) @ _discounts(discount, horizon)
    return _estimate(scores, float(paths.effective[horizon - 1]), level, "per-decision IS")


def reach(log: JourneyLog, policy: JourneyPolicy) -> int:
    """How many weeks of the policy's journeys the log can speak of; 0 when not even one."""
    return _reach(_paths(log, policy))


def journey_value(
    log: JourneyLog,
    policy: JourneyPolicy,
    discount: float,
    weeks: int | None = None,
    level: float = 0.95,
) -> Estimate:
    """Long-term value per journey: weighted doubly robust, then on as the log does.

    Parameters
    ----------
    discount : float
        In (0, 1).
    weeks : int, optional
        How far the log is followed; by default as far as it reaches.

    Raises
    ------
    RefusedError
        When the log reaches less than ``LEAST_WEEKS`` weeks (or the whole log, if shorter).
    """
    paths = _paths(log, policy)
    horizon = _horizon([paths], weeks)
    scores = _scores(log, _baseline(log, discount), paths, horizon)
    effective = float(paths.effective[horizon - 1])
    return _estimate(scores, effective, level, f"weighted DR over {horizon} weeks")


def journey_difference(
    log: JourneyLog,
    challenger: JourneyPolicy,
    champion: JourneyPolicy,
    discount: float,
    weeks: int | None = None,
    level: float = 0.95,
) -> Estimate:
    """Long-term value of the challenger minus that of the champion, on the same journeys.

    As ``journey_value``, both followed as far as the log reaches for the one it reaches less for.
    """
    sides = [_paths(log, policy) for policy in (challenger, champion)]
    horizon = _horizon(sides, weeks)
    baseline = _baseline(log, discount)
    new, old = (_scores(log, baseline, paths, horizon) for paths in sides)
    effective = float(min(paths.effective[horizon - 1] for paths in sides))
    method = f"weighted DR difference over {horizon} weeks"
    return _estimate(new - old, effective, level, method)


def _paths(log: JourneyLog, policy: JourneyPolicy) -> _Paths:
    """Weights and effective sample size by week, shape (n, T) and (T,)."""
    starts = np.flatnonzero(log.week == 0)
    n, last = starts.size, int(log.week.max())
    row = np.cumsum(log.week == 0) - 1
    place = np.full((n, last + 1), -1)
    place[row, log.week] = np.arange(log.week.size)
    there = place >= 0
    wanted = policy.probabilities(log.observations, log.eligible)
    ratio = wanted[np.arange(log.option.size), log.option] / log.propensity
    steps = np.where(there, ratio[place], 1.0)
    gone = np.zeros(n, dtype=np.bool_)
    gone[row[log.left]] = True
    length = there.sum(axis=1)
    # A journey that was cut short while its shopper stayed says nothing after the cut.
    known = there | (gone[:, None] & (np.arange(last + 1) >= length[:, None]))
    weight = np.where(known, np.cumprod(steps, axis=1), 0.0)
    squares = np.square(weight).sum(axis=0)
    effective = np.where(squares > 0, weight.sum(axis=0) ** 2 / np.maximum(squares, 1e-300), 0.0)
    return _Paths(weight, effective, place, there)


def _baseline(log: JourneyLog, discount: float) -> _Baseline:
    """V of each row (m,), and what its week brought beyond it, by a model of the other half.

    Traits are held as they were in a journey's first week, so that an offer is not credited with
    what its purchase tells of the buyer, and V of one week's end is V of the next one's start.
    """
    if not 0.0 < discount < 1.0:
        raise InvalidError(f"discount {discount}", "it is not in (0, 1)", "Use 0.97, say.")
    half = np.cumsum(log.week == 0) % 2 == 0
    if not (half.any() and (~half).any()):
        raise InvalidError("judging by one journey", "two are needed", "Log more of them.")
    named = JOURNEY_FEATURES if log.observations.shape[1] == len(JOURNEY_FEATURES) else ()
    value, gained, folds = np.zeros(half.size), np.zeros(half.size), []
    for fitted, asked in ((half, ~half), (~half, half)):
        model = LinearValue(discount, features=named, lag=None)
        model.learn(log.rows(fitted))
        part = log.rows(asked)
        now, later = (model.value(view) for view in part.views(named, JOURNEY_TRAITS, None))
        value[asked] = now
        gained[asked] = part.reward + discount * np.where(part.left, 0.0, later) - now
        folds.append((model, fitted, asked))
    return _Baseline(discount, value, gained, tuple(folds))


def _scores(log: JourneyLog, baseline: _Baseline, paths: _Paths, horizon: int) -> Floats:
    """Each journey's part (n,) of the weighted DR value, as its influence on the mean."""
    weight = paths.weight[:, :horizon]
    share = weight / weight.mean(axis=0)  # (n, horizon), mean 1 each week
    gained = _laid(paths, baseline.gained)[:, :horizon]
    mean = (share * gained).mean(axis=0)
    influence = (mean + share * (gained - mean)) @ _discounts(baseline.discount, horizon)
    start = _laid(paths, baseline.value)[:, 0]
    return np.asarray(start + influence + _model_error(log, baseline, share))


def _model_error(log: JourneyLog, baseline: _Baseline, share: Floats) -> Floats:
    """Each journey's part (n,) in the error of V, as far as it does not cancel; mean 0."""
    journey = np.cumsum(log.week == 0) - 1
    horizon, discount = share.shape[1], baseline.discount
    inside = np.where(log.week < horizon, share[journey, np.minimum(log.week, horizon - 1)], 0.0)
    push = discount**log.week * inside
    on_now = (log.week == 0) - push
    on_later = discount * push * ~log.left
    error = np.zeros(log.week.size)
    for model, fitted, asked in baseline.folds:
        views = log.rows(asked).views(model.features, JOURNEY_TRAITS, None)
        now, later = (model.basis(view) for view in views)
        direction = on_now[asked] @ now + on_later[asked] @ later
        error[fitted] = model.influence(log.rows(fitted), direction)
    parts = np.bincount(journey, error)
    return np.asarray(parts - parts.mean())


def _laid(paths: _Paths, values: Floats) -> Floats:
    return np.where(paths.there, values[paths.place], 0.0)


def _discounts(discount: float, horizon: int) -> Floats:
    if not 0.0 < discount <= 1.0:
        raise InvalidError(f"discount {discount}", "it is not in (0, 1]", "Use 0.97, say.")
    return np.asarray(discount ** np.arange(horizon), dtype=np.float64)


def _reach(paths: _Paths) -> int:
    n = paths.weight.shape[0]
    least = max(LEAST_EFFECTIVE_SHARE * n, LEAST_EFFECTIVE_JOURNEYS)
    thin = np.flatnonzero(paths.effective < least)
    return int(thin[0]) if thin.size else paths.effective.size


def _horizon(sides: list[_Paths], weeks: int | None) -> int:
    """Weeks to follow both; what the log cannot reach is refused."""
    shortest = min(sides, key=_reach)
    horizon = _weeks(shortest, weeks) if weeks is not None else _reach(shortest)
    _require_reach(shortest, max(horizon, min(LEAST_WEEKS, shortest.effective.size)))
    return horizon


def _weeks(paths: _Paths, weeks: int | None) -> int:
    logged = paths.effective.size
    if weeks is not None and not 1 <= weeks <= logged:
        raise InvalidError(
            f"following journeys for {weeks} weeks",
            f"the log has {logged}",
            f"Ask for 1 to {logged}.",
        )
    return logged if weeks is None else weeks


def _require_reach(paths: _Paths, horizon: int) -> None:
    if _reach(paths) < horizon:
        n = paths.weight.shape[0]
        effective = float(paths.effective[:horizon].min())
        raise RefusedError(
            f"judging a journey policy over {horizon} weeks on {n} logged journeys",
            f"they are worth {effective:.1f} journeys to it ({effective / n:.2%} of the log)",
            "Let it run in shadow, log journeys nearer to it, or ask for fewer weeks.",
        )


def _estimate(scores: Floats, effective: float, level: float, method: str) -> Estimate:
    times = float(norm.isf((1.0 - require_level(level)) / 2))
    value = float(scores.mean())
    half = times * float(scores.std(ddof=1)) / scores.size**0.5
    return Estimate(value, value - half, value + half, scores.size, effective, level, method)
