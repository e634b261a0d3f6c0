"""Who gets which action under budgets, caps and minimum exposure: a multiple-choice knapsack.

Source: Lagrangian relaxation (Sinha and Zoltners 1979, "The multiple-choice knapsack problem"),
prices by ``dual.py``, plan by ``repair.py``, mathematics in ``docs/math/allocation.md``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from promoloop.core import InvalidError, numbers
from promoloop.decide.checking import as_matrix, eligible_mask
from promoloop.decide.frame import frame_of
from promoloop.decide.levels import Held, solve
from promoloop.decide.records import Allocation, Shard
from promoloop.decide.survey import Audience
from promoloop.decide.terms import Terms

__all__ = ["allocate"]


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
    values = as_matrix(value, "value")
    by_row = tuple(
        one
        for one in terms.budgets
        if numbers(one.cost, f"the cost of budget {one.name}").ndim == 2
    )
    costs = [as_matrix(cost, "cost", values.shape)]
    costs += [as_matrix(one.cost, f"the cost of {one.name}", values.shape) for one in by_row]
    if terms.value_sd is None and terms.caution:
        raise InvalidError(
            f"a caution of {terms.caution}",
            "there are no standard deviations to take off",
            "Give value_sd in the terms, or no caution.",
        )
    sds = None if terms.value_sd is None else as_matrix(terms.value_sd, "value_sd", values.shape)
    whole = Shard(values, tuple(costs), eligible_mask(eligible, values.shape), sds)
    frame = frame_of(terms, values.shape[1], tuple(one.name for one in by_row))
    audience = Audience(Held(whole), terms.caution, terms.threads)
    solved = solve(audience, frame)
    choice = np.concatenate([*audience.each(solved.rule.choice), np.zeros(0, dtype=np.int64)])
    return frame.sealed(choice, solved.worth, solved.used, solved.prices, solved.dual)


def _terms(budget: float | Terms, caps: ArrayLike | None, cap_of: ArrayLike | None) -> Terms:
    if not isinstance(budget, Terms):
        return Terms(budget, caps=caps, cap_of=cap_of)
    if caps is not None or cap_of is not None:
        raise InvalidError(
            "allocating under terms", "caps are given beside them", "Give the caps in the terms."
        )
    return budget
