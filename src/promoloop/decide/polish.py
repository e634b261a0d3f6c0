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

from promoloop.decide.dual import Floats, Problem, priced_values

__all__ = ["settle_ties"]

Ints = NDArray[np.int64]

_NEAR = 0.1  # of the mean best value
_MOST_CELLS = 20_000


def settle_ties(problem: Problem, prices: Floats) -> Ints:
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
        left = problem.limits - _use(problem, settled, choice[settled]).sum(axis=1)
        taken = _relaxed(problem, rows, columns, left)
        choice[rows[taken]] = columns[taken]
    return choice


def _near_best(problem: Problem, prices: Floats) -> NDArray[np.bool_]:
    """Options within reach of the best of their row, nothing first: (n, 1 + k)."""
    priced = _best_per_cap(problem, priced_values(problem, prices))
    options = np.column_stack([np.zeros(priced.shape[0]), priced])
    behind = options.max(axis=1, keepdims=True) - options
    reach = _NEAR * float(problem.value.max(axis=1).mean())
    close = behind[(behind > 0) & (behind <= reach)]
    if close.size > _MOST_CELLS:
        reach = float(np.partition(close, _MOST_CELLS)[_MOST_CELLS])
    near: NDArray[np.bool_] = behind <= reach
    return near


def _best_per_cap(problem: Problem, priced: Floats) -> Floats:
    """Of the actions of a row under one cap only the best: the others would but repeat it."""
    if problem.limits.size == 1:
        return priced
    kept = np.full_like(priced, -np.inf)
    rows = np.arange(priced.shape[0])
    for cap in np.unique(problem.cap_of):
        columns = np.flatnonzero(problem.cap_of == cap)
        best = columns[priced[:, columns].argmax(axis=1)]
        kept[rows, best] = priced[rows, best]
    return kept


def _use(problem: Problem, rows: Ints, columns: Ints) -> Floats:
    """What each chosen cell takes of each limit, (1 + m, cells)."""
    return np.vstack([problem.cost[rows, columns], problem.member[columns].T])


def _relaxed(problem: Problem, rows: Ints, columns: Ints, left: Floats) -> NDArray[np.bool_]:
    """Which cells the linear programme takes by more than half; none where it found no plan."""
    lines = np.unique(rows, return_inverse=True)[1]
    cells = np.arange(rows.size)
    once = coo_array((np.ones(rows.size), (lines, cells)))
    value, use = problem.value[rows, columns], _use(problem, rows, columns)
    # HiGHS works with absolute tolerances: bring values and money to about 1.
    money = float(np.abs(use[0]).mean()) or 1.0
    use[0] /= money
    found = milp(
        -value / value.mean(),
        constraints=[
            LinearConstraint(use, -np.inf, np.concatenate([left[:1] / money, left[1:]])),
            LinearConstraint(once.tocsc(), -np.inf, 1.0),
        ],
        bounds=Bounds(0.0, 1.0),
    )
    if found.x is None:
        return np.zeros(rows.size, dtype=np.bool_)
    taken: NDArray[np.bool_] = found.x > 0.5
    return taken
