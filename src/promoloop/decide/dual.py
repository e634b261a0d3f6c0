"""Prices for budgets and caps: Newton steps on a smoothed Lagrangian dual.

The dual of the multiple-choice knapsack,

    D(x) = b.x + sum_i max(0, max_j (v_ij - x.a_ij)),   x >= 0,

bounds every feasible plan from above. It has kinks, so the maximum is replaced by
``tau * log(1 + sum_j exp(. / tau))``, whose Hessian is a sum of covariances, and ``tau`` is
lowered in steps. The bound handed out is always D itself, never the smoothed one.
See ``docs/math/allocation.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Problem", "dual_prices", "dual_value", "priced_values"]

Floats = NDArray[np.float64]

_TEMPERATURES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)
_MOST_STEPS = 40
_REACH = 5.0  # longest step per price, in temperatures


@dataclass(frozen=True, slots=True)
class Problem:
    """A validated multiple-choice knapsack.

    ``value`` (n, k) is -inf where an action may not be chosen and positive elsewhere; ``cost``
    (n, k); ``limits`` (1 + m,) holds the budget, then the caps; ``cap_of`` (k,) is the cap of
    each column, and there are none when m = 0.
    """

    value: Floats
    cost: Floats
    limits: Floats
    cap_of: NDArray[np.int64]

    @property
    def member(self) -> Floats:
        """Which cap each column counts against, (k, m), ones and zeros."""
        member = np.zeros((self.value.shape[1], self.limits.size - 1))
        if member.size:
            member[np.arange(member.shape[0]), self.cap_of] = 1.0
        return member


@dataclass(frozen=True, slots=True)
class _Smoothed:
    value: float
    gradient: Floats
    hessian: Floats


def priced_values(problem: Problem, prices: Floats) -> Floats:
    """Value of each action after paying the prices, (n, k); -inf where not allowed."""
    priced: Floats = problem.value - prices[0] * problem.cost
    if prices.size > 1:
        priced -= prices[1:][problem.cap_of]
    return priced


def dual_value(problem: Problem, prices: Floats) -> float:
    """D(prices): no feasible plan is worth more."""
    best = priced_values(problem, prices).max(axis=1, initial=0.0)
    return float(problem.limits @ prices + best.sum())


def dual_prices(problem: Problem) -> Floats:
    """Prices (1 + m,) that nearly minimise the dual: of the budget, then of each cap.

    Source: Bertsekas (1982), "Projected Newton methods for optimization problems with simple
    constraints", on the entropy-smoothed dual.
    """
    scale = _Scale.of(problem)
    scaled = scale.apply(problem)
    prices = np.zeros(problem.limits.size)
    best, best_value = prices, dual_value(scaled, prices)
    for temperature in _TEMPERATURES:
        prices = _newton(scaled, prices, temperature)
        value = dual_value(scaled, prices)
        if value < best_value:
            best, best_value = prices, value
    return scale.undo(best)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Units in which values and costs are about 1, so that one set of temperatures serves."""

    value: float
    cost: float

    @classmethod
    def of(cls, problem: Problem) -> _Scale:
        best = problem.value.max(axis=1, initial=0.0)
        costs = np.abs(problem.cost[np.isfinite(problem.value)])
        return cls(float(best[best > 0].mean()), float(costs.mean()) or 1.0)

    def apply(self, problem: Problem) -> Problem:
        limits = problem.limits.copy()
        limits[0] /= self.cost
        return Problem(problem.value / self.value, problem.cost / self.cost, limits, problem.cap_of)

    def undo(self, prices: Floats) -> Floats:
        prices = prices * self.value
        prices[0] /= self.cost
        return prices


def _newton(problem: Problem, prices: Floats, temperature: float) -> Floats:
    tolerance = max(0.1, 1e-5 * problem.value.shape[0])  # in rows
    here = _smoothed(problem, prices, temperature)
    for _ in range(_MOST_STEPS):
        free = (prices > 0) | (here.gradient < 0)
        if not free.any() or np.abs(here.gradient[free]).max() < tolerance:
            break
        step = _direction(here, free)
        # Beyond a few temperatures the curvature says nothing: a full step could land where
        # every action is priced out and the dual is flat.
        step *= min(1.0, _REACH * temperature / max(float(np.abs(step).max()), 1e-300))
        moved = _line_search(problem, prices, here, step, temperature)
        if moved is None:
            break
        prices, here = moved
    return prices


def _direction(here: _Smoothed, free: NDArray[np.bool_]) -> Floats:
    hessian = here.hessian[np.ix_(free, free)]
    ridge = 1e-7 * np.trace(hessian) / free.sum() + 1e-12
    step = np.zeros(free.size)
    step[free] = np.linalg.solve(hessian + ridge * np.eye(free.sum()), -here.gradient[free])
    return step


def _line_search(
    problem: Problem, prices: Floats, here: _Smoothed, step: Floats, temperature: float
) -> tuple[Floats, _Smoothed] | None:
    for halvings in range(12):
        trial = np.maximum(0.0, prices + step * 0.5**halvings)
        there = _smoothed(problem, trial, temperature)
        if there.value <= here.value + 1e-4 * float(here.gradient @ (trial - prices)):
            return trial, there
    return None


def _smoothed(problem: Problem, prices: Floats, temperature: float) -> _Smoothed:
    priced = priced_values(problem, prices)  # (n, k)
    top = priced.max(axis=1, initial=0.0)  # (n,)
    weight = np.exp((priced - top[:, None]) / temperature)
    total = weight.sum(axis=1) + np.exp(-top / temperature)
    weight /= total[:, None]
    value = problem.limits @ prices + top.sum() + temperature * np.log(total).sum()
    spent = weight * problem.cost
    member = problem.member
    use = np.column_stack([spent.sum(axis=1), weight @ member])  # (n, 1 + m)
    second = np.diag(np.concatenate([[(spent * problem.cost).sum()], use[:, 1:].sum(axis=0)]))
    second[0, 1:] = second[1:, 0] = spent.sum(axis=0) @ member
    return _Smoothed(
        float(value),
        problem.limits - use.sum(axis=0),
        (second - use.T @ use) / temperature,
    )
