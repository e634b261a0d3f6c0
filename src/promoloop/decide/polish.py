"""A second look at the rows the prices leave nearly undecided, by linear programming.

At good prices most rows have one clear best action. Those rows are settled; the near ties of
the others go to HiGHS with what is left of the limits. A vertex of that programme splits at
most as many rows as there are limits, however many rows are tied.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from promoloop.decide.problem import (
    Floats,
    Ints,
    Problem,
    dual_value,
    overdrawn,
    priced_values,
    uses,
    worth_of,
)
from promoloop.decide.repair import feasible_plan

__all__ = ["best_plan"]

_TINY = 1e-12
_GOOD = 3e-4  # a gap not worth polishing
_MOST_POLISHED = 2_000_000  # cells
_NEAR = 0.1  # of the mean best value
_MOST_CELLS = 20_000
_MOST_SEARCHED = 4_000  # cells given to branch and bound
_MOST_NODES = 2_000


def best_plan(problem: Problem, prices: Floats, start: Ints, elsewhere: float = 0.0) -> Ints:
    """The best plan found, (n,), out of ``start``; -1 for nothing.

    ``elsewhere`` is what rows that are settled already are worth: a gap that is small beside all
    is not worth polishing. Look at what is left: some limit may stay overdrawn where minimum
    exposure leaves no way that was found.
    """
    if problem.value.size == 0:
        return start
    best = feasible_plan(problem, prices, start)
    bound = dual_value(problem, prices)
    gap = (bound - worth_of(problem, best)) / max(abs(bound + elsewhere), _TINY)
    short = overdrawn(problem, best)
    if short == 0 and (gap <= _GOOD or problem.value.size > _MOST_POLISHED):
        return best
    searched = feasible_plan(problem, prices, _settle_ties(problem, prices))
    left = overdrawn(problem, searched)
    if (left, -worth_of(problem, searched)) < (short, -worth_of(problem, best)):
        best, short = searched, left
    return best if short == 0 else _searched_plan(problem)


def _settle_ties(problem: Problem, prices: Floats) -> Ints:
    """A plan, (n,), at the prices where they are clear and by linear programme where they are not.

    Rounding may leave it off the limits: repair it.
    """
    near = _near_best(problem, prices)
    rows, columns = np.nonzero(near[:, 1:])
    undecided = near.sum(axis=1) > 1
    choice: Ints = np.where(undecided, -1, near.argmax(axis=1) - 1)
    settled = np.flatnonzero(choice >= 0)
    rows, columns = rows[undecided[rows]], columns[undecided[rows]]
    if rows.size:
        left = problem.limits - uses(problem, settled, choice[settled]).sum(axis=0)
        taken = _programme(problem, rows, columns, left, whole=False)
        choice[rows[taken]] = columns[taken]
    return choice


def _near_best(problem: Problem, prices: Floats) -> NDArray[np.bool_]:
    """Options within reach of the best of their row, nothing first: (n, 1 + k)."""
    priced = _best_alike(problem, priced_values(problem, prices))
    options = np.column_stack([np.zeros(priced.shape[0]), priced])
    behind = options.max(axis=1, keepdims=True) - options
    reach = _NEAR * float(np.abs(problem.value.max(axis=1)).mean())
    close = behind[(behind > 0) & (behind <= reach)]
    if close.size > _MOST_CELLS:
        reach = float(np.partition(close, _MOST_CELLS)[_MOST_CELLS])
    near: NDArray[np.bool_] = behind <= reach
    return near


def _best_alike(problem: Problem, priced: Floats) -> Floats:
    """Of the actions of a row under the same caps only the best: the others would repeat it."""
    if problem.column_use.shape[1] == 0:
        return priced
    kept = np.full_like(priced, -np.inf)
    rows = np.arange(priced.shape[0])
    kinds = np.unique(problem.column_use, axis=0, return_inverse=True)[1].reshape(-1)
    for kind in np.unique(kinds):
        columns = np.flatnonzero(kinds == kind)
        best = columns[priced[:, columns].argmax(axis=1)]
        kept[rows, best] = priced[rows, best]
    return kept


def _searched_plan(problem: Problem) -> Ints:
    """A plan by branch and bound, (n,), for limits that repair cannot meet together.

    All nothing where none was found in as many nodes as are worth waiting for, or where the
    problem is too large to look at whole.
    """
    choice: Ints = np.full(len(problem.value), -1, dtype=np.int64)
    rows, columns = np.nonzero(np.isfinite(problem.value))
    if rows.size <= _MOST_SEARCHED:
        taken = _programme(problem, rows, columns, problem.limits, whole=True)
        choice[rows[taken]] = columns[taken]
    return choice


def _programme(
    problem: Problem, rows: Ints, columns: Ints, left: Floats, *, whole: bool
) -> NDArray[np.bool_]:
    """Which cells the programme takes by more than half; none where it found no plan."""
    lines = np.unique(rows, return_inverse=True)[1]
    cells = np.arange(rows.size)
    once = coo_array((np.ones(rows.size), (lines, cells)))
    value, use = problem.value[rows, columns], uses(problem, rows, columns).T
    # HiGHS works with absolute tolerances: bring values and money to about 1.
    unit = np.maximum(np.abs(use).mean(axis=1), np.finfo(float).tiny)
    unit[np.abs(use).max(axis=1) == 0] = 1.0
    found = milp(
        -value / (np.abs(value).mean() or 1.0),
        constraints=[
            LinearConstraint(use / unit[:, None], -np.inf, left / unit),
            LinearConstraint(once.tocsc(), -np.inf, 1.0),
        ],
        bounds=Bounds(0.0, 1.0),
        integrality=np.full(rows.size, int(whole)),
        options={"node_limit": _MOST_NODES},
    )
    if found.x is None:
        return np.zeros(rows.size, dtype=np.bool_)
    taken: NDArray[np.bool_] = found.x > 0.5
    return taken
