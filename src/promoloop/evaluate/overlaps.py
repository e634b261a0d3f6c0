"""Can this log answer for that policy? Weights, overlap, and the checks that refuse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError, RefusedError, numbers
from promoloop.evaluate.intervals import Interval, Normal
from promoloop.evaluate.records import Overlap
from promoloop.evaluate.samples import Floats, line

__all__ = [
    "LEAST_ARM_ROWS",
    "LEAST_EFFECTIVE_SHARE",
    "LEAST_ROWS",
    "Rules",
    "coverage",
    "overlap",
    "require_overlap",
    "units_of",
    "weights",
]

#: Below this effective share of the log's rows an answer would be noise, and is refused.
LEAST_EFFECTIVE_SHARE = 0.01

#: Fewer independent units than this and intervals are too narrow (docs/math/off-policy.md).
LEAST_ROWS = 200

#: How often something must have been done before a policy that does it is judged.
LEAST_ARM_ROWS = 20

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rules:
    """How an off-policy question is answered, and when it is refused.

    Parameters
    ----------
    interval : Interval
        ``Normal()``, ``Bernstein(...)`` or ``Bootstrap(rng)``.
    effective_share : float
        Effective sample size the log must have, as a share of its rows.
    rows : int
        Independent units (rows, or shoppers where they are named) the log must have.
    arm_rows : int
        How often each thing the policy does must stand in the log, where
    arm_mass : float
        only things count that make up at least this share of what the policy does.
    outside : float
        The largest share of what the policy does that the log had no odds for.
    """

    interval: Interval = field(default_factory=Normal)
    effective_share: float = LEAST_EFFECTIVE_SHARE
    rows: int = LEAST_ROWS
    arm_rows: int = LEAST_ARM_ROWS
    arm_mass: float = 0.01
    outside: float = 0.001


def overlap(
    propensity: ArrayLike, target: ArrayLike, *, shoppers: ArrayLike | None = None
) -> Overlap:
    """How well the log covers the target policy; refuses nothing but bad propensities.

    Parameters
    ----------
    propensity, target : array, shape (n,)
        Exact logged propensity, and the target policy's probability of the logged action.
    shoppers : array, shape (n,), optional
        Whose row it is; rows of one shopper are not independent.

    Examples
    --------
    >>> overlap([0.5, 0.5, 0.5, 0.5], [1.0, 1.0, 0.0, 0.0]).effective_n
    2.0
    """
    weight = weights(propensity, target)
    effective = _effective(weight)
    n = weight.size
    units = units_of(shoppers, n)[1]
    return Overlap(n, effective, effective / n, float(weight.max()), float(weight.mean()), units)


def coverage(
    logged: ArrayLike,
    target: ArrayLike,
    chosen: ArrayLike,
    names: Sequence[str],
    *,
    shoppers: ArrayLike | None = None,
) -> Overlap:
    """``overlap``, and how well each single action is covered.

    Parameters
    ----------
    logged, target : array, shape (n, k)
        Both policies' whole distributions, each row summing to 1 at most.
    chosen : array of int, shape (n,)
        The column that was taken.
    names : sequence of str
        What the columns are called; columns of one name are one arm.

    Raises
    ------
    RefusedError
        When the taken action has no propensity in (0, 1].

    Examples
    --------
    >>> seen = coverage([[0.5, 0.5, 0.0]] * 2, [[0.6, 0.0, 0.4]] * 2, [0, 1], ["a", "b", "c"])
    >>> seen.outside, dict(seen.arm_rows)
    (0.4, {'a': 1, 'b': 1, 'c': 0})
    """
    p, t = _odds(logged, "logged odds"), _odds(target, "target odds")
    column = np.asarray(chosen, dtype=np.int64)
    n, k = p.shape
    if t.shape != p.shape or len(names) != k or column.shape != (n,) or not _inside(column, k):
        raise InvalidError(
            f"odds of shapes {p.shape} and {t.shape}, {column.size} choices, {len(names)} names",
            "they are not of the same rows and columns",
            "Give one row per logged decision and one name per column.",
        )
    rows = np.arange(n)
    seen = overlap(p[rows, column], t[rows, column], shoppers=shoppers)
    weight = t[rows, column] / p[rows, column]
    arms, place = np.unique(np.asarray(names, dtype=np.str_), return_inverse=True)
    mine = [place[column] == arm for arm in range(len(arms))]
    mass = np.bincount(place, weights=t.mean(axis=0), minlength=len(arms))
    return Overlap(
        seen.n,
        seen.effective_n,
        seen.share,
        seen.max_weight,
        seen.mean_weight,
        seen.units,
        outside=float(np.where(p > 0, 0.0, t).sum() / n),
        arm_rows={str(arm): int(mine[at].sum()) for at, arm in enumerate(arms)},
        arm_mass={str(arm): float(mass[at]) for at, arm in enumerate(arms)},
        arm_effective_n={str(arm): _effective(weight[mine[at]]) for at, arm in enumerate(arms)},
    )


def require_overlap(seen: Overlap, rules: Rules) -> None:
    """Refuse when the log cannot answer, naming every check that failed.

    Raises
    ------
    RefusedError
        Too few units, too small an effective sample, arms that were hardly tried, or a target
        that does what the log could not have done.
    """
    failed = list(_failures(seen, rules))
    if failed:
        raise RefusedError(
            f"judging a policy on {seen.n} logged rows",
            "; ".join(failed),
            "Wait for more rows, let the log explore more, or judge a policy nearer to it.",
        )


def weights(propensity: ArrayLike, target: ArrayLike) -> Floats:
    """(n,) target over logged propensity, both checked."""
    logged = numbers(propensity, "propensities")
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


def units_of(shoppers: ArrayLike | None, n: int) -> tuple[Integers | None, int]:
    """(n,) the unit of each row, and how many there are; ``None`` when every row is its own."""
    if shoppers is None:
        return None, n
    labels = np.asarray(shoppers)
    if labels.shape != (n,):
        raise InvalidError(
            f"shoppers of shape {labels.shape}",
            f"there are {n} rows",
            "Say of every row whose it is.",
        )
    known, place = np.unique(labels.astype(np.str_), return_inverse=True)
    return place.astype(np.int64), len(known)


def _failures(seen: Overlap, rules: Rules) -> Iterator[str]:
    units = seen.units or seen.n
    if units < rules.rows:
        yield f"size: there are {units} independent rows, {rules.rows} are needed"
    if seen.share < rules.effective_share:
        yield (
            f"effective sample size: they are worth {seen.effective_n:.1f} rows to it"
            f" ({seen.share:.2%} of the log, {rules.effective_share:.2%} are needed)"
        )
    if seen.outside > rules.outside:
        yield (
            f"support: {seen.outside:.2%} of what the policy does had zero propensity in the log"
            f" ({rules.outside:.2%} may)"
        )
    for arm, rows in seen.arm_rows.items():
        if rows < rules.arm_rows and seen.arm_mass[arm] >= rules.arm_mass:
            yield (
                f"rows per arm: {arm} was logged {rows} times and is {seen.arm_mass[arm]:.1%} of"
                f" the policy ({rules.arm_rows} rows are needed)"
            )


def _effective(weight: Floats) -> float:
    squares = float(weight @ weight)
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def _odds(given: ArrayLike, name: str) -> Floats:
    odds = numbers(given, name)
    holds = odds.ndim == 2 and np.isfinite(odds).all() and (odds >= 0).all()
    if not holds or (odds.sum(axis=1) > 1 + 1e-6).any():
        raise InvalidError(
            f"{name} of shape {odds.shape}",
            "they are no distributions: finite, not negative, each row summing to 1 at most",
            "Give one row per decision and one column per action.",
        )
    return odds


def _inside(column: Integers, k: int) -> bool:
    return bool(column.size and column.min() >= 0 and column.max() < k)
