"""Journeys run to their end: to log them, or to learn what a policy is truly worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.decide import JourneyLog, JourneyPolicy
from promoloop.simulate.journeys.state import JourneyState, observed
from promoloop.simulate.journeys.world import JourneyWorld

__all__ = ["LongTermValue", "Plan", "log_journeys", "long_term_value", "value_of_plan"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


#: What to do with every shopper (n,), -1 for nothing, hidden state and all: for simulation only.
Plan = Callable[[JourneyState, np.random.Generator], Ints]


@dataclass(frozen=True, slots=True)
class LongTermValue:
    """What a policy is worth over ``weeks``, simulated and discounted, per shopper.

    ``value`` is the margin net of discounts and contact costs, ``increment`` that less what the
    same shoppers bring with the same chance when nothing is ever sent; both in minor units, with
    their standard errors over shoppers. ``contacts`` counts messages per shopper, ``stayed`` and
    ``subscribed`` are shares at the end.
    """

    value: float
    value_error: float
    increment: float
    increment_error: float
    contacts: float
    stayed: float
    subscribed: float
    weeks: int


def log_journeys(
    world: JourneyWorld, policy: JourneyPolicy, weeks: int, rng: np.random.Generator
) -> JourneyLog:
    """What a shop would have logged of ``weeks`` weeks under ``policy``, until shoppers leave.

    Raises
    ------
    InvalidError
        When ``weeks`` is not positive.
    """
    _require_weeks(weeks)
    chance, choice = rng.spawn(2)
    state = world.begin(chance)
    parts: list[tuple[NDArray[Any], ...]] = []
    for week in range(weeks):
        here = np.flatnonzero(state.active)
        if here.size == 0:
            break
        seen, eligible = observed(state), world.eligible(state)
        choices = policy.choose(seen, eligible, choice)
        state, found = world.step(state, choices.index, chance)
        then, allowed = observed(state), world.eligible(state)
        of_all = (seen, eligible, choices.index, choices.probabilities, found.reward, then, allowed)
        rows = (column[here] for column in (*of_all, found.left))
        parts.append((here, np.full(here.size, week), *rows))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return JourneyLog(*(column[order] for column in columns))


def long_term_value(
    world: JourneyWorld, policy: JourneyPolicy, weeks: int, discount: float, seed: int
) -> LongTermValue:
    """The true discounted value of ``policy``, per shopper of ``world``.

    Parameters
    ----------
    discount : float
        What a minor unit a week later is worth now, in (0, 1].
    seed : int
        Settles all chance, also that of the comparison with sending nothing.

    Raises
    ------
    InvalidError
        When ``weeks`` is not positive or ``discount`` not in (0, 1].
    """

    def plan(state: JourneyState, rng: np.random.Generator) -> Ints:
        return policy.choose(observed(state), world.eligible(state), rng).index

    return value_of_plan(world, plan, weeks, discount, seed)


def value_of_plan(
    world: JourneyWorld, plan: Plan, weeks: int, discount: float, seed: int
) -> LongTermValue:
    """As ``long_term_value``, for a plan that may read the hidden state."""
    _require_weeks(weeks)
    if not 0.0 < discount <= 1.0:
        raise InvalidError(f"discount {discount}", "it is not in (0, 1]", "Use 0.97, say.")
    earned, contacts, end = _run(world, plan, weeks, discount, seed)
    without, _, _ = _run(world, _nothing, weeks, discount, seed)
    gained = earned - without
    return LongTermValue(
        value=float(earned.mean()),
        value_error=_error(earned),
        increment=float(gained.mean()),
        increment_error=_error(gained),
        contacts=float(contacts.mean()),
        stayed=float(end.active.mean()),
        subscribed=float((end.active & end.subscribed).mean()),
        weeks=weeks,
    )


def _run(
    world: JourneyWorld, plan: Plan, weeks: int, discount: float, seed: int
) -> tuple[Floats, Floats, JourneyState]:
    """Discounted earnings and contacts per shopper, and how they stand at the end."""
    chance, choice = np.random.default_rng(seed).spawn(2)
    state = world.begin(chance)
    n = len(state.active)
    earned, contacts = np.zeros(n), np.zeros(n)
    for week in range(weeks):
        state, found = world.step(state, plan(state, choice), chance)
        earned += discount**week * found.reward
        contacts += found.contacted
    return earned, contacts, state


def _nothing(state: JourneyState, rng: np.random.Generator) -> Ints:
    del rng
    return np.full(len(state.active), -1, dtype=np.int64)


def _error(values: Floats) -> float:
    """Standard error of the mean; infinite for a single shopper."""
    return float(values.std(ddof=1) / values.size**0.5) if values.size > 1 else float("inf")


def _require_weeks(weeks: int) -> None:
    if weeks < 1:
        raise InvalidError(f"journeys of {weeks} weeks", "there must be one", "Ask for more.")
