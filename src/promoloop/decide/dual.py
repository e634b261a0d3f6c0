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

from promoloop.decide.problem import Floats, Problem, best_values, dual_value, priced_values

__all__ = ["dual_prices", "price_reach"]

_TEMPERATURES: tuple[float, ...] = (
    1.0,
    0.3,
    0.1,
    0.03,
    0.01,
    3e-3,
    1e-3,
    3e-4,
    1e-4,
    3e-5,
    1e-5,
    3e-6,
)
_COOLEST = 1e-4
_WARM = 0.03  # the temperature at which known prices are taken up
_MOST_STEPS = 40
_REACH = 5.0  # longest step per price, in temperatures


@dataclass(frozen=True, slots=True)
class _Smoothed:
    value: float
    gradient: Floats
    hessian: Floats


def dual_prices(
    problem: Problem,
    start: Floats | None = None,
    coolest: float = _COOLEST,
    radius: Floats | None = None,
) -> Floats:
    """Prices (d + r,) that nearly minimise the dual: one per limit.

    ``start`` are prices known from before, such as yesterday's or those of a sample, from which
    each price moves by ``radius`` (d + r,) at most; ``coolest`` is the lowest temperature, in mean
    best values. Where no plan can keep the limits the dual has no least value, and prices are
    given that prove it.

    Source: Bertsekas (1982), "Projected Newton methods for optimization problems with simple
    constraints", on the entropy-smoothed dual.
    """
    best = np.zeros(problem.limits.size)
    if problem.value.size == 0:
        return best if start is None else start
    scale = _Scale.of(problem)
    scaled = scale.apply(problem)
    box, hottest = _Box(best, np.full(best.size, np.inf)), np.inf
    if start is not None and radius is not None:
        best = scale.redo(start)
        step = scale.redo(radius)
        box, hottest = _Box(np.maximum(0.0, best - step), best + step), 2 * float(step.max())
    elif start is not None and dual_value(scaled, scale.redo(start)) < dual_value(scaled, best):
        best, hottest = scale.redo(start), _WARM
    return scale.undo(_cooled(scaled, best, box, (min(hottest, _TEMPERATURES[0]), coolest)))


def price_reach(problem: Problem, lead: float) -> Floats:
    """How far each price may move so that leads of ``lead`` hold, about, (d + r,)."""
    return 0.5 * lead / _Scale.of(problem).use


def _cooled(problem: Problem, best: Floats, box: _Box, span: tuple[float, float]) -> Floats:
    """The best prices met while the temperature falls over ``span``."""
    hottest, coolest = span
    best_value = dual_value(problem, best)
    values = np.where(np.isfinite(problem.value), problem.value, 0.0)
    least = -float(np.abs(values).max(axis=1).sum())  # below this no plan keeps the limits
    prices = best
    for temperature in _TEMPERATURES:
        if temperature > max(hottest, coolest):
            continue
        if temperature < coolest or best_value < least:
            break
        prices = _newton(problem, prices, temperature, box)
        value = dual_value(problem, prices)
        if value < best_value:
            best, best_value = prices, value
    return best


@dataclass(frozen=True, slots=True)
class _Box:
    """Where prices may be."""

    low: Floats
    high: Floats

    def free(self, prices: Floats, gradient: Floats) -> NDArray[np.bool_]:
        """Which prices may still move down the gradient."""
        return ((prices > self.low) | (gradient < 0)) & ((prices < self.high) | (gradient > 0))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Units in which values and uses are about 1, so that one set of temperatures serves."""

    value: float
    use: Floats

    @classmethod
    def of(cls, problem: Problem) -> _Scale:
        best = problem.value.max(axis=1, initial=0.0)
        open_ = np.isfinite(problem.value)
        best = best[best > 0] if (best > 0).any() else np.abs(problem.value[open_])
        used = [_mean_use(cost[open_]) for cost in problem.costs]
        used += [_mean_use(use) for use in problem.column_use.T]
        return cls(float(best.mean()) or 1.0, np.array(used))

    def apply(self, problem: Problem) -> Problem:
        dense = len(problem.costs)
        return Problem(
            problem.value / self.value,
            problem.costs / self.use[:dense, None, None],
            problem.column_use / self.use[dense:],
            problem.limits / self.use,
            problem.floored,
        )

    def redo(self, prices: Floats) -> Floats:
        """Prices in the units of the scaled problem."""
        return prices * self.use / self.value

    def undo(self, prices: Floats) -> Floats:
        return prices * self.value / self.use


def _mean_use(use: Floats) -> float:
    taken = np.abs(use[use != 0])
    return float(taken.mean()) if taken.size else 1.0


def _newton(problem: Problem, prices: Floats, temperature: float, box: _Box) -> Floats:
    tolerance = max(0.1, 1e-5 * problem.value.shape[0])  # in rows
    here = _smoothed(problem, prices, temperature)
    for _ in range(_MOST_STEPS):
        free = box.free(prices, here.gradient)
        if not free.any() or np.abs(here.gradient[free]).max() < tolerance:
            break
        step = _direction(here, free)
        # Beyond a few temperatures the curvature says nothing: a full step could land where
        # every action is priced out and the dual is flat.
        step *= min(1.0, _REACH * temperature / max(float(np.abs(step).max()), 1e-300))
        moved = _line_search(problem, (prices, here), step, temperature, box)
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
    problem: Problem,
    origin: tuple[Floats, _Smoothed],
    step: Floats,
    temperature: float,
    box: _Box,
) -> tuple[Floats, _Smoothed] | None:
    prices, here = origin
    for halvings in range(12):
        trial = np.clip(prices + step * 0.5**halvings, box.low, box.high)
        there = _smoothed(problem, trial, temperature)
        if there.value <= here.value + 1e-4 * float(here.gradient @ (trial - prices)):
            return trial, there
    return None


def _smoothed(problem: Problem, prices: Floats, temperature: float) -> _Smoothed:
    dense = len(problem.costs)
    priced = priced_values(problem, prices)  # (n, k)
    top = best_values(priced)  # (n,)
    weight = np.exp((priced - top[:, None]) / temperature)
    ones = np.ones(weight.shape[1])  # a product with it sums short rows faster than sum does
    total = weight @ ones + np.exp(-top / temperature)
    weight /= total[:, None]
    value = problem.limits @ prices + top.sum() + temperature * np.log(total).sum()
    spent = weight * problem.costs  # (d, n, k)
    use = np.column_stack([*(spent @ ones), weight @ problem.column_use])  # (n, d + r)
    second = np.empty((prices.size, prices.size))
    second[:dense, :dense] = np.einsum("dnk,enk->de", spent, problem.costs)
    second[:dense, dense:] = spent.sum(axis=1) @ problem.column_use
    second[dense:, :dense] = second[:dense, dense:].T
    second[dense:, dense:] = (problem.column_use.T * weight.sum(axis=0)) @ problem.column_use
    return _Smoothed(
        float(value),
        problem.limits - use.sum(axis=0),
        (second - use.T @ use) / temperature,
    )
