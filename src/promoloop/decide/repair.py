"""From prices to a plan: choose at the prices, drop what overspends, use what is left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promoloop.decide.problem import Floats, Ints, Problem, priced_values

__all__ = ["feasible_plan"]

_MOST_PASSES = 12
_MOST_MOVES = 20_000
_MOST_EXCHANGES = 60
_POOL = (200, 600)  # rows that may leave, cells that may enter


def feasible_plan(problem: Problem, prices: Floats, start: Ints | None = None) -> Ints:
    """A plan made to keep every limit: a column per row, (n,), -1 for nothing.

    It is made out of ``start``, by default what is best at the prices. Where minimum exposure
    leaves no way it can find, some limit stays overdrawn: look at what is left.
    """
    plan = _Plan(problem, prices, start)
    plan.meet_exposure()
    for limit in range(problem.limits.size - problem.floored.size):
        plan.drop_over(limit)
    for _ in range(_MOST_PASSES):
        if not plan.fill():
            break
    for _ in range(_MOST_EXCHANGES):
        if not plan.exchange():
            break
    return np.where(plan.choice == problem.value.shape[1], -1, plan.choice)


class _Plan:
    """A plan under repair. Column k stands for nothing: it is worth nothing and takes nothing."""

    def __init__(self, problem: Problem, prices: Floats, start: Ints | None) -> None:
        n, k = problem.value.shape
        nothing = np.zeros((n, 1))
        self._limits = problem.limits
        self._floored = problem.floored
        self._value = np.hstack([problem.value, nothing])
        self._priced = np.hstack([priced_values(problem, prices), nothing])
        self._costs = np.concatenate([problem.costs, np.zeros((len(problem.costs), n, 1))], axis=2)
        self._columns = np.vstack([problem.column_use, np.zeros((1, problem.column_use.shape[1]))])
        self._rows = np.arange(n)
        self._nothing = k
        if start is None:
            best = self._priced.argmax(axis=1)
            # Between nothing and an action that is worth no more, take nothing.
            self.choice: Ints = np.where(self._priced[self._rows, best] > 0, best, k)
        else:
            self.choice = np.where(start < 0, k, start)

    def left(self) -> Floats:
        """What is left of each limit; negative where overdrawn."""
        left: Floats = self._limits - self._use(self._rows, self.choice).sum(axis=0)
        return left

    def meet_exposure(self) -> None:
        """Give columns short of their minimum the rows that lose least by it."""
        for column, spare in zip(self._floored, self._exposure_left(), strict=True):
            if spare < 0:
                rows = np.flatnonzero(np.isfinite(self._value[:, column]))
                rows = rows[self.choice[rows] != column]
                loss = self._priced[rows, self.choice[rows]] - self._priced[rows, column]
                rows = self._free_to_leave(rows[np.argsort(loss, kind="stable")])
                self.choice[rows[: int(np.ceil(-spare))]] = column

    def _exposure_left(self) -> Floats:
        """How many rows each floored column has above its minimum, (f,)."""
        return self.left()[self._limits.size - self._floored.size :]

    def _free_to_leave(self, rows: Ints) -> Ints:
        """Those of ``rows``, in their order, that can all go and leave every minimum met."""
        kept = np.ones(rows.size, dtype=np.bool_)
        for column, spare in zip(self._floored, self._exposure_left(), strict=True):
            held = np.flatnonzero(self.choice[rows] == column)
            kept[held[max(0, int(spare)) :]] = False
        return rows[kept]

    def drop_over(self, limit: int) -> None:
        """Take out the rows that lose least, per unit they take of a limit, until it holds."""
        over = -self.left()[limit]
        if over <= 0:
            return
        rows = np.flatnonzero(self._use(self._rows, self.choice)[:, limit] > 0)
        taken = self._use(rows, self.choice[rows])[:, limit]
        order = np.argsort(self._regret(rows, limit) / taken, kind="stable")
        rows = self._free_to_leave(rows[order])
        freed = np.cumsum(self._use(rows, self.choice[rows])[:, limit])
        stop = int(np.searchsorted(freed, over)) + 1
        self.choice[rows[:stop]] = self._nothing
        # A long sum may differ in its last bits from the one the search used.
        for row in rows[stop:].tolist():
            if self.left()[limit] >= 0:
                return
            self.choice[row] = self._nothing

    def _regret(self, rows: Ints, limit: int) -> Floats:
        """Priced value lost when each row falls back to the best that takes none of the limit."""
        others = self._priced[rows]
        dense = len(self._costs)
        if limit < dense:
            others[self._costs[limit, rows] > 0] = -np.inf
        else:
            others[:, self._columns[:, limit - dense] > 0] = -np.inf
        regret: Floats = self._priced[rows, self.choice[rows]] - others.max(axis=1)
        return regret

    def fill(self) -> bool:
        """One pass of moves that add value within what is left; whether any was made."""
        left = self.left()
        rows, columns = self._moves(left)
        extra = self._use(rows, columns) - self._use(rows, self.choice[rows])
        made = False
        for spot, row in enumerate(rows.tolist()):
            if (extra[spot] <= np.maximum(left, 0.0)).all():
                left -= extra[spot]
                self.choice[row] = columns[spot]
                made = True
        return made

    def _moves(self, left: Floats) -> tuple[Ints, Ints]:
        """The best possible move of each row, those that lose least at the prices first."""
        fits = self._value > self._value[self._rows, self.choice][:, None]
        dense = len(self._costs)
        for cost, room in zip(self._costs, left, strict=False):
            fits &= cost - cost[self._rows, self.choice][:, None] <= room
        fits &= self._column_fits(left[dense:])[self.choice]
        score = np.where(fits, self._priced, -np.inf)
        column = score.argmax(axis=1)
        loss = self._priced[self._rows, self.choice] - score[self._rows, column]
        rows = np.flatnonzero(np.isfinite(loss))
        rows = rows[np.argsort(loss[rows], kind="stable")][:_MOST_MOVES]
        return rows, column[rows]

    def _column_fits(self, left: Floats) -> NDArray[np.bool_]:
        """Whether what is left lets a row change from one column to another, (k + 1, k + 1)."""
        extra = self._columns[None, :, :] - self._columns[:, None, :]
        fits: NDArray[np.bool_] = np.logical_and.reduce(extra <= np.maximum(left, 0.0), axis=2)
        return fits

    def exchange(self) -> bool:
        """Swap a chosen row against one left out, where that adds most; whether it was done.

        Where every cap is full, no single move can use what is left of the budget.
        """
        leaving, rows, columns = self._pool()
        if leaving.size == 0 or rows.size == 0:
            return False
        old, left, dense = self.choice[leaving], self.left(), len(self._costs)
        gain = self._value[rows, columns][None, :] - self._value[leaving, old][:, None]
        fits = self._column_fits(left[dense:])[old[:, None], columns[None, :]]
        for cost, room in zip(self._costs, left, strict=False):
            fits &= cost[rows, columns][None, :] - cost[leaving, old][:, None] <= room
        gain = np.where(fits, gain, 0.0)
        out, into = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[out, into] <= 0:
            return False
        self.choice[leaving[out]] = self._nothing
        self.choice[rows[into]] = columns[into]
        if (self.left() >= np.minimum(left, 0.0)).all():
            return True
        self.choice[leaving[out]], self.choice[rows[into]] = old[out], self._nothing
        return False

    def _pool(self) -> tuple[Ints, Ints, Ints]:
        """Chosen rows that gain least at the prices, and the best cells of rows left out."""
        taken = np.flatnonzero(self.choice < self._nothing)
        order = np.argsort(self._priced[taken, self.choice[taken]], kind="stable")
        out = np.flatnonzero(self.choice == self._nothing)
        if self._nothing == 0:
            return taken, out[:0], out[:0]
        columns = self._priced[out, :-1].argmax(axis=1)
        priced = self._priced[out, columns]
        best = np.argsort(-priced, kind="stable")[: _POOL[1]]
        best = best[np.isfinite(priced[best])]
        return taken[order[: _POOL[0]]], out[best], columns[best]

    def _use(self, rows: Ints, columns: Ints) -> Floats:
        """What each cell takes of each limit, (cells, d + r)."""
        return np.hstack([self._costs[:, rows, columns].T, self._columns[columns]])
