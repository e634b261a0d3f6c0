"""Who gets which action under a money budget and caps: a multiple-choice knapsack.

Source: Lagrangian relaxation (Sinha and Zoltners 1979, "The multiple-choice knapsack problem"),
prices by ``dual.py``, plan by ``repair.py``, mathematics in ``docs/math/allocation.md``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError
from promoloop.decide.dual import Floats, Problem, dual_prices, dual_value
from promoloop.decide.polish import settle_ties
from promoloop.decide.records import Allocation
from promoloop.decide.repair import feasible_plan

__all__ = ["allocate"]

_TINY = 1e-12
_GOOD = 3e-4  # a gap not worth polishing
_MOST_CELLS = 2_000_000


def allocate(
    value: ArrayLike,
    cost: ArrayLike,
    budget: float,
    caps: ArrayLike | None = None,
    cap_of: ArrayLike | None = None,
    eligible: ArrayLike | None = None,
) -> Allocation:
    """Choose at most one action per row so that the sum of values is as large as may be.

    Parameters
    ----------
    value : array, shape (n, k)
        What each action is worth, in minor units. Only positive values are ever chosen.
    cost : array, shape (n, k)
        Expected spend of each action, in minor units; may be negative.
    budget : float
        The most the chosen costs may sum to, >= 0.
    caps : array, shape (m,), optional
        The most rows that may be chosen per cap group.
    cap_of : array of int, shape (k,), optional
        The cap group of each column; by default column j has cap j, and m = k.
    eligible : array of bool, shape (n, k), optional
        False where the action may not be chosen.

    Returns
    -------
    Allocation
        A plan that keeps every limit, its prices, and the dual bound that certifies it.

    Raises
    ------
    InvalidError
        For NaN or infinite numbers, shapes that do not fit, a negative budget or cap.

    Examples
    --------
    Two shoppers, one action, money for one of them: the better one gets it.

    >>> plan = allocate([[5.0], [8.0]], [[2.0], [2.0]], budget=2.0)
    >>> plan.choice.tolist(), plan.value, plan.spend
    ([-1, 0], 8.0, 2.0)
    """
    problem = _problem(value, cost, budget, caps, cap_of, eligible)
    rows = np.flatnonzero(np.isfinite(problem.value).any(axis=1))
    choice = np.full(problem.value.shape[0], -1, dtype=np.int64)
    prices = np.zeros(problem.limits.size)
    if rows.size == 0:
        return _allocation(problem, choice, prices)
    small = Problem(problem.value[rows], problem.cost[rows], problem.limits, problem.cap_of)
    choice[rows] = feasible_plan(small, prices)
    free = _allocation(problem, choice, prices)
    if free.gap <= _TINY:
        return free
    prices = dual_prices(small)
    choice[rows] = feasible_plan(small, prices)
    priced = _allocation(problem, choice, prices)
    if priced.gap <= _GOOD or small.value.size > _MOST_CELLS:
        return priced
    return _polished(problem, small, rows, priced)


def _polished(
    problem: Problem, small: Problem, rows: NDArray[np.int64], priced: Allocation
) -> Allocation:
    """The better of two plans: ``priced``, and the one with its near ties searched."""
    prices = np.concatenate([[priced.budget_price], priced.cap_prices])
    choice = np.full(problem.value.shape[0], -1, dtype=np.int64)
    choice[rows] = feasible_plan(small, prices, settle_ties(small, prices))
    searched = _allocation(problem, choice, prices)
    return searched if searched.value > priced.value else priced


def _allocation(problem: Problem, choice: NDArray[np.int64], prices: Floats) -> Allocation:
    taken = np.flatnonzero(choice >= 0)
    worth = float(problem.value[taken, choice[taken]].sum())
    # The bound is a sum in another order: it may fall short of the value in the last bits.
    bound = max(dual_value(problem, prices), worth)
    return Allocation(
        choice=choice,
        value=worth,
        spend=float(problem.cost[taken, choice[taken]].sum()),
        budget_price=float(prices[0]),
        cap_prices=prices[1:],
        bound=bound,
        gap=(bound - worth) / max(bound, _TINY),
    )


def _problem(
    value: ArrayLike,
    cost: ArrayLike,
    budget: float,
    caps: ArrayLike | None,
    cap_of: ArrayLike | None,
    eligible: ArrayLike | None,
) -> Problem:
    values = _matrix(value, "value")
    costs = _matrix(cost, "cost", values.shape)
    allowed = _allowed(eligible, values.shape) & (values > 0)
    if not (np.isfinite(budget) and budget >= 0):
        raise InvalidError(
            f"the budget {budget}", "it is not a finite amount >= 0", "Give the money there is."
        )
    limits, groups = _caps(caps, cap_of, values.shape[1])
    # What no plan could pay for, even with every negative cost taken, is not in the game:
    # without this a budget of zero would need an infinite price.
    relief = -np.where(allowed, costs, 0.0).min(axis=1, initial=0.0).sum()
    allowed &= costs <= budget + relief
    if limits.size:
        allowed &= (limits[groups] >= 1)[None, :]
    return Problem(
        np.where(allowed, values, -np.inf),
        np.where(allowed, costs, 0.0),
        np.concatenate([[float(budget)], limits]),
        groups,
    )


def _matrix(given: ArrayLike, name: str, shape: tuple[int, ...] | None = None) -> Floats:
    matrix = np.asarray(given, dtype=np.float64)
    if matrix.ndim != 2 or (shape is not None and matrix.shape != shape):
        raise InvalidError(
            f"{name} of shape {matrix.shape}",
            f"the shape must be {shape or '(shoppers, actions)'}",
            "Give one row per shopper and one column per action.",
        )
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0].tolist()
        raise InvalidError(
            f"{name}, row {row}, column {column}",
            f"it is {matrix[row, column]}",
            "Give finite numbers; cut an action through eligible, not through its value.",
        )
    return matrix


def _allowed(eligible: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    if eligible is None:
        return np.ones(shape, dtype=np.bool_)
    allowed = np.asarray(eligible)
    if allowed.shape != shape or allowed.dtype != np.bool_:
        raise InvalidError(
            f"eligible of shape {allowed.shape} and type {allowed.dtype}",
            f"it must be of booleans with shape {shape}",
            "Give one boolean per shopper and action.",
        )
    return allowed


def _caps(
    caps: ArrayLike | None, cap_of: ArrayLike | None, columns: int
) -> tuple[Floats, NDArray[np.int64]]:
    if caps is None:
        return np.zeros(0), np.zeros(columns, dtype=np.int64)
    limits = np.asarray(caps, dtype=np.float64)
    if limits.ndim != 1 or not np.isfinite(limits).all() or (limits < 0).any():
        raise InvalidError(
            f"caps of shape {limits.shape}",
            "they must be one line of finite numbers >= 0",
            "Give one count per cap group; the number of shoppers is no cap.",
        )
    groups = np.arange(columns) if cap_of is None else np.asarray(cap_of)
    known = groups.dtype.kind in "iu" and groups.shape == (columns,)
    if not known or (columns and not np.isin(groups, np.arange(limits.size)).all()):
        raise InvalidError(
            f"cap_of of shape {groups.shape} with {limits.size} caps",
            f"each of the {columns} columns needs the number of one cap",
            "Give one integer per column, from 0 to the number of caps - 1.",
        )
    return np.floor(limits), groups.astype(np.int64)
