"""How each arm's week is planned, from inputs that are kept: a plan can be made again.

``WeekInputs`` is all that the plans of one run depend on. ``runs.py`` keeps it, ``replay.py``
reads it back and plans again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promoloop.flows.books.purses import Purse
from promoloop.flows.deciding.arms import (
    ArmPlan,
    HoldoutPlan,
    PolicyPlan,
    plan_policy,
    plan_random,
    plan_usual,
)

__all__ = ["WeekInputs", "arm_plans", "named_prices"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class WeekInputs:
    """What the plans of one run are made of: n shoppers, k actions, offers as in ``offer_of``.

    ``arms`` (n,) is every shopper's arm and ``todo`` the rows still to decide, in order;
    ``value`` (n, k); ``promise`` (k,) the most each action can cost; ``eligible`` (n, k) what
    guards leave and ``allowed`` (n, k) what hard rules leave; ``units`` (offers,) what is left of
    each offer, -1 where it has no limit; ``money`` what may be promised, minor units; ``usual``
    the columns of the week's usual mail, one per variant of its text; ``everybody`` the size of
    the audience; ``purses`` what partners may be made to pay.
    """

    shares: Mapping[str, float]
    arms: NDArray[np.str_]
    todo: Ints
    value: Floats
    promise: Floats
    eligible: Mask
    allowed: Mask
    offer_of: Ints
    units: Ints
    money: int
    floor: float
    usual: tuple[int, ...]
    everybody: int
    purses: tuple[Purse, ...] = ()

    def rows(self, arm: str) -> Ints:
        """The rows of ``todo`` in ``arm``."""
        mine: Ints = self.todo[self.arms[self.todo] == arm]
        return mine


def arm_plans(inputs: WeekInputs) -> dict[str, ArmPlan]:
    """One plan per arm for those not decided yet, each with its share of money and stock."""
    arms = [arm for arm in inputs.shares if inputs.shares[arm] > 0]
    reached = max(1, sum(len(inputs.rows(arm)) for arm in arms if arm != "holdout"))
    return {arm: _plan(inputs, arm, len(inputs.rows(arm)) / reached, reached) for arm in arms}


def _plan(inputs: WeekInputs, arm: str, share: float, reached: int) -> ArmPlan:
    rows = inputs.rows(arm)
    budget = inputs.money / reached * len(rows)
    promise = np.broadcast_to(inputs.promise, inputs.eligible.shape)
    purses = [purse.part(len(rows) / reached) for purse in inputs.purses]
    if arm == "policy":
        caps = np.where(inputs.units < 0, inputs.everybody, np.floor(inputs.units * share))
        return plan_policy(
            inputs.value,
            promise,
            inputs.eligible,
            rows,
            budget,
            caps.astype(np.int64),
            inputs.offer_of,
            inputs.floor,
            purses,
        )
    if arm == "random":
        return plan_random(promise, inputs.eligible, rows, budget, purses)
    if arm == "bau":
        return plan_usual(promise, inputs.allowed, rows, budget, inputs.usual, purses)
    return HoldoutPlan()


def named_prices(
    plan: ArmPlan, offers: Sequence[str], purses: Sequence[Purse]
) -> Mapping[str, float]:
    """Dual prices in force: of the budget, of partners' money, of limited offers that are short."""
    if not isinstance(plan, PolicyPlan):
        return {}
    found = plan.allocation
    caps = zip(offers, found.cap_prices.tolist(), strict=True)
    stock = {offer: price for offer, price in caps if price > 0.0}
    return {
        "budget": found.budget_price,
        **stock,
        **{purse.account: found.prices[purse.account] for purse in purses},
    }
