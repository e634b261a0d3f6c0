"""Who gets which action under budgets, caps and minimum exposure: a multiple-choice knapsack.

Source: Lagrangian relaxation (Sinha and Zoltners 1979, "The multiple-choice knapsack problem"),
prices by ``dual.py``, plan by ``repair.py``, mathematics in ``docs/math/allocation.md``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError
from promoloop.decide.checking import Matrix, checked_matrix, eligible_mask
from promoloop.decide.dual import dual_prices
from promoloop.decide.exposure import require_met, require_possible
from promoloop.decide.frame import Frame, frame_of
from promoloop.decide.polish import searched_plan, settle_ties
from promoloop.decide.problem import Floats, Ints, Problem, dual_value, uses
from promoloop.decide.records import Allocation
from promoloop.decide.repair import feasible_plan
from promoloop.decide.terms import Terms

__all__ = ["allocate"]

_TINY = 1e-12
_GOOD = 3e-4  # a gap not worth polishing
_MOST_CELLS = 2_000_000


def allocate(
    value: ArrayLike,
    cost: ArrayLike,
    budget: float | Terms,
    caps: ArrayLike | None = None,
    cap_of: ArrayLike | None = None,
    eligible: ArrayLike | None = None,
) -> Allocation:
    """Choose at most one action per row so that the sum of values is as large as may be.

    Parameters
    ----------
    value : array, shape (n, k)
        What each action is worth, in minor units. An action worth nothing or less is chosen only
        where it relieves a limit: by a negative cost, or by counting towards ``at_least``.
    cost : array, shape (n, k)
        Expected spend of each action, in minor units; may be negative.
    budget : float or Terms
        The most the chosen costs may sum to, >= 0; or all limits at once: several budgets, caps,
        minimum exposure, caution, prices to start from, threads. With ``Terms`` leave ``caps``
        and ``cap_of`` out here.
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
    RefusedError
        When no plan can give, or none was found that gives, every column its minimum exposure
        within the other limits.

    Examples
    --------
    Two shoppers, one action, money for one of them: the better one gets it.

    >>> plan = allocate([[5.0], [8.0]], [[2.0], [2.0]], budget=2.0)
    >>> plan.choice.tolist(), plan.value, plan.spend
    ([-1, 0], 8.0, 2.0)

    The second action is paid by a partner who has money for one shopper:

    >>> from promoloop.decide import Budget, Terms
    >>> partner = Budget("partner", 3.0, [[0.0, 3.0], [0.0, 3.0]])
    >>> plan = allocate([[1.0, 6.0], [2.0, 9.0]], [[2.0, 0.0], [2.0, 0.0]], Terms(2.0, (partner,)))
    >>> plan.choice.tolist(), dict(plan.spends)
    ([0, 1], {'campaign': 2.0, 'partner': 3.0})
    """
    terms = _terms(budget, caps, cap_of)
    values = checked_matrix(value, "value")
    costs, frame = _costs(cost, terms, values.shape)
    allowed = eligible_mask(eligible, values.shape)
    problem = _problem(_cautious(values, terms), costs, frame, allowed)
    require_possible(problem, frame.names)
    return _solved(problem, frame)


def _solved(problem: Problem, frame: Frame) -> Allocation:
    rows = np.flatnonzero(np.isfinite(problem.value).any(axis=1))
    nothing = np.full(problem.value.shape[0], -1, dtype=np.int64)
    free_prices = np.zeros(problem.limits.size)
    if rows.size == 0:
        return _allocation(problem, frame, nothing, free_prices)
    small = problem.rows(rows)
    free = _spread(problem, frame, rows, feasible_plan(small, free_prices), free_prices)
    if free.gap <= _TINY and _short(problem, free.choice) <= 0:
        return free
    prices = dual_prices(small, frame.start)
    plan = _spread(problem, frame, rows, feasible_plan(small, prices), prices)
    if (plan.gap > _GOOD and small.value.size <= _MOST_CELLS) or _short(problem, plan.choice) > 0:
        plan = _polished(problem, frame, rows, prices, plan)
    if _short(problem, plan.choice) > 0:
        plan = _spread(problem, frame, rows, searched_plan(small), prices)
    require_met(problem, plan.choice, frame.names)
    return plan


def _polished(
    problem: Problem, frame: Frame, rows: Ints, prices: Floats, priced: Allocation
) -> Allocation:
    """The better of two plans: ``priced``, and the one with its near ties searched."""
    small = problem.rows(rows)
    choice = feasible_plan(small, prices, settle_ties(small, prices))
    searched = _spread(problem, frame, rows, choice, prices)
    before, after = _short(problem, priced.choice), _short(problem, searched.choice)
    better = after < before or (after == before and searched.value > priced.value)
    return searched if better else priced


def _short(problem: Problem, choice: Ints) -> float:
    """By how much a plan misses its limits, summed over them; 0.0 where all are kept."""
    taken = np.flatnonzero(choice >= 0)
    used = uses(problem, taken, choice[taken]).sum(axis=0)
    return float(np.maximum(used - problem.limits, 0.0).sum())


def _spread(problem: Problem, frame: Frame, rows: Ints, chosen: Ints, prices: Floats) -> Allocation:
    choice = np.full(problem.value.shape[0], -1, dtype=np.int64)
    choice[rows] = chosen
    return _allocation(problem, frame, choice, prices)


def _allocation(problem: Problem, frame: Frame, choice: Ints, prices: Floats) -> Allocation:
    taken = np.flatnonzero(choice >= 0)
    worth = float(problem.value[taken, choice[taken]].sum())
    used = uses(problem, taken, choice[taken]).sum(axis=0)
    return frame.sealed(choice, worth, used, prices, dual_value(problem, prices))


def _terms(budget: float | Terms, caps: ArrayLike | None, cap_of: ArrayLike | None) -> Terms:
    if not isinstance(budget, Terms):
        return Terms(float(budget), caps=caps, cap_of=cap_of)
    if caps is not None or cap_of is not None:
        raise InvalidError(
            "allocating under terms", "caps are given beside them", "Give the caps in the terms."
        )
    return budget


def _costs(
    cost: ArrayLike, terms: Terms, shape: tuple[int, ...]
) -> tuple[tuple[Matrix, ...], Frame]:
    """Costs that vary by row, the campaign's first, and the limits of all."""
    by_row = [one for one in terms.budgets if np.ndim(one.cost) == 2]
    costs = [checked_matrix(cost, "cost", shape)]
    costs += [checked_matrix(one.cost, f"the cost of {one.name}", shape) for one in by_row]
    return tuple(costs), frame_of(terms, shape[1], tuple(one.name for one in by_row))


def _cautious(value: Matrix, terms: Terms) -> Matrix:
    """Values less ``caution`` standard deviations."""
    if not (np.isfinite(terms.caution) and terms.caution >= 0):
        raise InvalidError(
            f"a caution of {terms.caution}", "it must be a finite number >= 0", "Try 1.0."
        )
    if terms.value_sd is None:
        return value
    spread = checked_matrix(terms.value_sd, "value_sd", value.shape)
    if spread.size and spread.min() < 0:
        raise InvalidError(
            "value_sd", f"it goes down to {spread.min()}", "Give standard deviations, >= 0."
        )
    return value - value.dtype.type(terms.caution) * spread


def _problem(
    value: Matrix, costs: tuple[Matrix, ...], frame: Frame, eligible: NDArray[np.bool_] | None
) -> Problem:
    stacked = np.stack(costs, dtype=np.float64)  # (d, n, k)
    allowed = np.ones(value.shape, np.bool_) if eligible is None else eligible.copy()
    allowed &= ~frame.closed
    allowed &= _payable(stacked, allowed, frame)
    helps = (frame.column_use < 0).any(axis=1) | (stacked < 0).any(axis=0)
    allowed &= (value > 0) | helps
    return Problem(
        np.where(allowed, value, -np.inf).astype(np.float64),
        np.where(allowed, stacked, 0.0),
        frame.column_use,
        frame.limits,
        frame.floored,
    )


def _payable(costs: Floats, allowed: NDArray[np.bool_], frame: Frame) -> NDArray[np.bool_]:
    """False where no plan could pay for the action, even with every negative cost taken.

    Without this a budget of zero would need an infinite price.
    """
    payable = np.ones(allowed.shape, dtype=np.bool_)
    for cost, limit in zip(costs, frame.limits, strict=False):
        relief = -np.where(allowed, cost, 0.0).min(axis=1, initial=0.0).sum()
        payable &= cost <= limit + relief
    for at in frame.budgets[len(costs) :]:
        use = frame.column_use[:, at - len(costs)]
        relief = -np.where(allowed, use, 0.0).min(axis=1, initial=0.0).sum()
        payable &= use <= frame.limits[at] + relief
    return payable
