"""A validated multiple-choice knapsack and what prices make of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Floats",
    "Ints",
    "Problem",
    "best_columns",
    "best_values",
    "dual_value",
    "overdrawn",
    "priced_values",
    "uses",
    "worth_of",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Problem:
    """At most one action per row, under limits of the form: the sum of uses is at most so much.

    ``value`` (n, k) is -inf where an action may not be chosen. The first d limits are budgets
    whose use varies by row, ``costs`` (d, n, k); the other r use the same of every row,
    ``column_use`` (k, r). The last of these are minimum exposures, one per column in ``floored``
    (f,): use -1 of that column, and a limit below zero. ``limits`` (d + r,).
    """

    value: Floats
    costs: Floats
    column_use: Floats
    limits: Floats
    floored: Ints

    def rows(self, rows: Ints, limits: Floats | None = None) -> Problem:
        """The same with these rows alone, under other limits if any are given."""
        kept = self.limits if limits is None else limits
        return Problem(self.value[rows], self.costs[:, rows], self.column_use, kept, self.floored)


def column_price(problem: Problem, prices: Floats) -> Floats:
    """What each column pays for the limits that do not vary by row, (k,)."""
    price: Floats = problem.column_use @ prices[len(problem.costs) :]
    return price


def priced_values(problem: Problem, prices: Floats) -> Floats:
    """Value of each action after paying the prices, (n, k); -inf where not allowed."""
    priced: Floats = problem.value - column_price(problem, prices)
    for price, cost in zip(prices, problem.costs, strict=False):
        if price != 0:
            priced -= price * cost
    return priced


def best_values(priced: Floats) -> Floats:
    """The largest of each row, (n,), and 0 at least."""
    best = np.zeros(len(priced))
    for column in priced.T:  # over long columns, not over short rows
        np.maximum(best, column, out=best)
    return best


def dual_value(problem: Problem, prices: Floats) -> float:
    """D(prices): no feasible plan is worth more."""
    best = best_values(priced_values(problem, prices))
    return float(problem.limits @ prices + best.sum())


def best_columns(problem: Problem, prices: Floats) -> Ints:
    """The best action of each row at the prices, (n,); -1 where none is worth more than nothing."""
    priced = np.hstack([np.zeros((len(problem.value), 1)), priced_values(problem, prices)])
    best: Ints = priced.argmax(axis=1) - 1
    return best


def overdrawn(problem: Problem, choice: Ints) -> float:
    """By how much a plan misses its limits, summed over them; 0.0 where all are kept."""
    taken = np.flatnonzero(choice >= 0)
    used = uses(problem, taken, choice[taken]).sum(axis=0)
    return float(np.maximum(used - problem.limits, 0.0).sum())


def worth_of(problem: Problem, choice: Ints) -> float:
    """The sum of the values a plan takes."""
    taken = np.flatnonzero(choice >= 0)
    return float(problem.value[taken, choice[taken]].sum())


def uses(problem: Problem, rows: Ints, columns: Ints) -> Floats:
    """What each cell takes of each limit, (cells, d + r)."""
    return np.hstack([problem.costs[:, rows, columns].T, problem.column_use[columns]])
