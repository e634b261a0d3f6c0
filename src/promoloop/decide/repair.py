"""From prices to a plan: choose at the prices, drop what overspends, use what is left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promoloop.decide.dual import Floats, Problem, priced_values

__all__ = ["feasible_plan"]

Ints = NDArray[np.int64]

_MOST_PASSES = 12
_MOST_MOVES = 20_000
_MOST_EXCHANGES = 60
_POOL = (200, 600)  # rows that may leave, cells that may enter


def feasible_plan(problem: Problem, prices: Floats, start: Ints | None = None) -> Ints:
    """A plan that keeps every limit: a column per row, (n,), -1 for nothing.

    It is made out of ``start``, by default what is best at the prices.
    """
    plan = _Plan(problem, priced_values(problem, prices))
    if start is not None:
        plan.choice = start.copy()
    plan.drop_over_caps()
    plan.drop_over_budget()
    for _ in range(_MOST_PASSES):
        if not plan.fill():
            break
    for _ in range(_MOST_EXCHANGES):
        if not plan.exchange():
            break
    return plan.choice


class _Plan:
    """A plan under repair, with what is left of each limit."""

    def __init__(self, problem: Problem, priced: Floats) -> None:
        self._problem = problem
        self._priced = priced
        self._rows = np.arange(priced.shape[0])
        best = priced.argmax(axis=1)
        self.choice: Ints = np.where(priced[self._rows, best] > 0, best, -1)

    def left(self) -> Floats:
        """What is left of the budget, then of each cap; negative where overdrawn."""
        taken = self.choice >= 0
        columns = self.choice[taken]
        spend = self._problem.cost[taken, columns].sum()
        counts = self._problem.member[columns].sum(axis=0)
        used: Floats = np.concatenate([[spend], counts])
        return self._problem.limits - used

    def drop_over_caps(self) -> None:
        """Take out the rows of least priced value until each cap holds."""
        left = self.left()
        for cap in np.flatnonzero(left[1:] < 0):
            rows = np.flatnonzero((self.choice >= 0) & (self._problem.cap_of[self.choice] == cap))
            order = np.argsort(self._regret(rows), kind="stable")
            self.choice[rows[order[: int(np.ceil(-left[1 + cap]))]]] = -1

    def drop_over_budget(self) -> None:
        """Take out rows by the least value per cost until the budget holds."""
        over = -self.left()[0]
        if over <= 0:
            return
        rows = np.flatnonzero(self.choice >= 0)
        cost = self._problem.cost[rows, self.choice[rows]]
        rows, cost = rows[cost > 0], cost[cost > 0]
        density = self._problem.value[rows, self.choice[rows]] / cost
        order = np.argsort(density, kind="stable")
        freed = np.cumsum(cost[order])
        self.choice[rows[order[: int(np.searchsorted(freed, over)) + 1]]] = -1
        self._guard_rounding(rows[order])

    def fill(self) -> bool:
        """One pass of moves that add value within what is left; whether any was made."""
        left = self.left()
        rows, columns = self._moves(left)
        made = False
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            made |= self._try(row, column, left)
        return made

    def exchange(self) -> bool:
        """Swap a chosen row against one left out, where that adds most; whether it was done.

        Where every cap is full, no single move can use what is left of the budget.
        """
        problem, left = self._problem, self.left()
        leaving, rows, columns = self._pool()
        if leaving.size == 0 or rows.size == 0:
            return False
        old = self.choice[leaving]
        gain = problem.value[rows, columns][None, :] - problem.value[leaving, old][:, None]
        extra = problem.cost[rows, columns][None, :] - problem.cost[leaving, old][:, None]
        fits = extra <= left[0]
        if left.size > 1:
            same = problem.cap_of[old][:, None] == problem.cap_of[columns][None, :]
            fits &= same | (left[1:][problem.cap_of[columns]] >= 1)[None, :]
        gain = np.where(fits, gain, 0.0)
        out, into = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[out, into] <= 0:
            return False
        self.choice[leaving[out]] = -1
        self.choice[rows[into]] = columns[into]
        if self.left()[0] >= 0:
            return True
        self.choice[leaving[out]], self.choice[rows[into]] = old[out], -1
        return False

    def _pool(self) -> tuple[Ints, Ints, Ints]:
        """Chosen rows that gain least at the prices, and the best cells of rows left out."""
        taken = np.flatnonzero(self.choice >= 0)
        order = np.argsort(self._priced[taken, self.choice[taken]], kind="stable")
        out = np.flatnonzero(self.choice < 0)
        columns = self._priced[out].argmax(axis=1)
        priced = self._priced[out, columns]
        best = np.argsort(-priced, kind="stable")[: _POOL[1]]
        best = best[np.isfinite(priced[best])]
        return taken[order[: _POOL[0]]], out[best], columns[best]

    def _regret(self, rows: Ints) -> Floats:
        """Priced value lost when each row falls back to its next best cap, or to nothing."""
        current = self.choice[rows]
        others = self._priced[rows].copy()
        others[self._problem.cap_of[None, :] == self._problem.cap_of[current][:, None]] = -np.inf
        fallback = others.max(axis=1, initial=0.0)
        regret: Floats = self._priced[rows, current] - fallback
        return regret

    def _guard_rounding(self, rows: Ints) -> None:
        # A long sum may differ in its last bits from the one the search used.
        for row in rows.tolist():
            if self.left()[0] >= 0:
                return
            self.choice[row] = -1

    def _current(self, values: Floats) -> Floats:
        taken = self.choice >= 0
        return np.where(taken, values[self._rows, np.maximum(self.choice, 0)], 0.0)

    def _moves(self, left: Floats) -> tuple[Ints, Ints]:
        """The best possible move of each row, those that lose least at the prices first."""
        problem = self._problem
        gain = problem.value - self._current(problem.value)[:, None]
        fits = problem.cost - self._current(problem.cost)[:, None] <= left[0]
        if left.size > 1:
            same = problem.cap_of[None, :] == np.where(
                self.choice >= 0, problem.cap_of[self.choice], -1
            ).reshape(-1, 1)
            fits &= same | (left[1:][problem.cap_of] >= 1)[None, :]
        score = np.where(fits & (gain > 0), self._priced, -np.inf)
        column = score.argmax(axis=1)
        loss = self._current(self._priced) - score[self._rows, column]
        rows = np.flatnonzero(np.isfinite(loss))
        rows = rows[np.argsort(loss[rows], kind="stable")][:_MOST_MOVES]
        return rows, column[rows]

    def _try(self, row: int, column: int, left: Floats) -> bool:
        problem, old = self._problem, int(self.choice[row])
        before = float(problem.cost[row, old]) if old >= 0 else 0.0
        extra = float(problem.cost[row, column]) - before
        if extra > left[0]:
            return False
        if left.size > 1:
            cap = 1 + int(problem.cap_of[column])
            back = 1 + int(problem.cap_of[old]) if old >= 0 else 0
            if cap != back and left[cap] < 1:
                return False
            left[cap] -= 1
            if back:
                left[back] += 1
        left[0] -= extra
        self.choice[row] = column
        return True
