"""Minimum exposure: refused in words where it cannot be had."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from promoloop.core import RefusedError
from promoloop.decide.problem import Floats, Ints, Problem, uses

__all__ = ["require_met", "require_possible"]


def require_possible(problem: Problem, names: Sequence[str]) -> None:
    """Refuse minimum exposures that no plan can give, as far as counting tells.

    Raises
    ------
    RefusedError
        Naming the column, or the limit that is too small even for the minimum alone.
    """
    if problem.floored.size == 0:
        return
    needed = -problem.limits[problem.limits.size - problem.floored.size :]
    allowed = np.isfinite(problem.value)
    for column, count in zip(problem.floored.tolist(), needed, strict=True):
        if allowed[:, column].sum() < count:
            raise RefusedError(
                f"{count:g} shoppers at least for action {column}",
                f"only {allowed[:, column].sum()} may get it within eligibility and limits",
                "Lower at_least for it, or widen who is eligible.",
            )
    if needed.sum() > len(problem.value):
        raise RefusedError(
            f"{needed.sum():g} shoppers at least over all actions",
            f"there are {len(problem.value)} shoppers and each gets one action at most",
            "Lower at_least.",
        )
    _require_affordable(problem, needed, names)


def require_met(problem: Problem, choice: Ints, names: Sequence[str]) -> None:
    """Refuse a plan that misses a limit because minimum exposure left no way that was found."""
    taken = np.flatnonzero(choice >= 0)
    left = problem.limits - uses(problem, taken, choice[taken]).sum(axis=0)
    if (left >= 0).all():
        return
    limit = int(np.flatnonzero(left < 0)[0])
    raise RefusedError(
        "the minimum exposure asked for",
        f"no plan was found that keeps the limit {names[limit]} as well: it misses by "
        f"{-left[limit]:g}",
        "Lower at_least, or raise that limit.",
    )


def _require_affordable(problem: Problem, needed: Floats, names: Sequence[str]) -> None:
    """The cheapest rows of each column alone must fit, with every saving elsewhere taken."""
    for limit in range(problem.limits.size - problem.floored.size):
        cost = _use_of(problem, limit)
        least = sum(
            float(np.sort(cost[np.isfinite(problem.value[:, column]), column])[: int(count)].sum())
            for column, count in zip(problem.floored.tolist(), needed, strict=True)
        )
        relief = -float(np.minimum(cost, 0.0).min(axis=1).sum())
        if least > problem.limits[limit] + relief:
            raise RefusedError(
                f"the minimum exposure asked for, under the limit {names[limit]}",
                f"it takes {least:g} at the least and there is {problem.limits[limit]:g}",
                "Lower at_least, or raise that limit.",
            )


def _use_of(problem: Problem, limit: int) -> Floats:
    dense = len(problem.costs)
    if limit < dense:
        cost: Floats = problem.costs[limit]
        return cost
    return np.broadcast_to(problem.column_use[:, limit - dense], problem.value.shape)
