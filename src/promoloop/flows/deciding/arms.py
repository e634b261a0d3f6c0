"""How each arm chooses: the policy by priced values, random evenly, business as usual by rote.

A plan is made once per week and arm, over all its shoppers; it then says the probability of every
action for any portion of them, given what is still affordable when the portion is committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from promoloop.decide import (
    Allocation,
    InverseGap,
    Scores,
    Terms,
    Uniform,
    allocate,
    with_nothing,
)
from promoloop.flows.books.purses import Purse
from promoloop.respond import Action

__all__ = [
    "ArmPlan",
    "HoldoutPlan",
    "PolicyPlan",
    "RandomPlan",
    "UsualPlan",
    "in_own_words",
    "plan_policy",
    "plan_random",
    "plan_usual",
    "usual_action",
    "usual_variants",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Inverse-gap weighting's greed per minor unit of priced value: an action five cents behind the
#: best gets a fraction of the floor, so only near ties are explored beyond it.
GREED = 40.0


class ArmPlan(Protocol):
    """What one arm does with its shoppers this week."""

    @property
    def policy(self) -> str:
        """The name under which decisions of this plan are logged."""
        ...

    def probabilities(self, rows: Ints, eligible: Mask) -> Floats:
        """Distribution over actions, nothing last, (m, k + 1), for ``rows`` of the audience.

        ``eligible`` (m, k) is the final action set; what it leaves out gets probability zero.
        """
        ...


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """Explore by inverse gaps of the priced value around the allocated action.

    ``priced`` is (n, k) over the whole audience; ``choice`` (n,) the allocation's, -1 for nothing.
    """

    priced: Floats
    choice: Ints
    allocation: Allocation
    floor: float
    policy: str = "inverse-gap"

    def probabilities(self, rows: Ints, eligible: Mask) -> Floats:
        """See ``ArmPlan``: at least ``floor`` for everything eligible and for nothing."""
        choice = self.choice[rows]
        still = (choice >= 0) & eligible[np.arange(len(rows)), choice]
        explorer = InverseGap(floor=self.floor, gamma=GREED, growth=0.0)
        priced, options = with_nothing(self.priced[rows], eligible)
        favoured = np.where(still, choice, -1)  # the last option is nothing
        return explorer.probabilities(Scores.known(priced), options, favoured)


@dataclass(frozen=True, slots=True)
class RandomPlan:
    """Every eligible action and nothing alike, contacts thinned to ``share`` for the budget.

    ``kept`` thins each of k actions further for partners' money; it is empty without partners.
    """

    share: float
    policy: str = "random-eligible"
    kept: tuple[float, ...] = ()

    def probabilities(self, rows: Ints, eligible: Mask) -> Floats:
        """See ``ArmPlan``."""
        del rows  # every shopper of this arm is treated alike
        nought, options = with_nothing(np.zeros(eligible.shape), eligible)
        even = Uniform().probabilities(Scores.known(nought), options)
        even[:, :-1] *= self.share
        if self.kept:
            even[:, :-1] *= np.array(self.kept)
        even[:, -1] = 1.0 - even[:, :-1].sum(axis=1)
        return even


@dataclass(frozen=True, slots=True)
class UsualPlan:
    """The week's one mail to everybody in ``sent`` (n,) who may still get it.

    ``column`` (n,) is it in each shopper's words: the first variant that runs there.
    """

    column: Ints
    sent: Mask
    policy: str = "business-as-usual"

    def probabilities(self, rows: Ints, eligible: Mask) -> Floats:
        """See ``ArmPlan``: 0 or 1."""
        result = np.zeros((len(rows), eligible.shape[1] + 1))
        each, column = np.arange(len(rows)), self.column[rows]
        result[each, column] = self.sent[rows] & eligible[each, column]
        result[:, -1] = 1.0 - result[each, column]
        return result


@dataclass(frozen=True, slots=True)
class HoldoutPlan:
    """Nothing, for everybody."""

    policy: str = "holdout"

    def probabilities(self, rows: Ints, eligible: Mask) -> Floats:
        """See ``ArmPlan``."""
        result = np.zeros((len(rows), eligible.shape[1] + 1))
        result[:, -1] = 1.0
        return result


def plan_policy(
    value: Floats,
    promise: Floats,
    eligible: Mask,
    rows: Ints,
    budget: float,
    caps: Ints,
    cap_of: Ints,
    floor: float,
    purses: Sequence[Purse] = (),
) -> PolicyPlan:
    """Allocate what exploration leaves of the money that can be set aside among ``rows``.

    ``value`` (n, k) is what each action is worth and ``promise`` (n, k) the most it can cost,
    both in minor units. The floor's expected promises are known beforehand and taken off the
    budget and off each of ``purses`` first, so that the whole plan keeps within them.
    """
    explored = floor * float((promise * eligible)[rows].sum())
    left = max(0.0, budget - explored)
    tried = floor * eligible[rows].sum(axis=0)  # (k,) how often each is explored
    further = tuple(purse.less(float(tried @ purse.promise)) for purse in purses)
    allocation = allocate(
        value[rows],
        promise[rows],
        Terms(left, further, caps=caps, cap_of=cap_of),
        eligible=eligible[rows],
    )
    prices = allocation.budget_price * promise + allocation.cap_prices[cap_of]
    for purse in purses:
        prices = prices + allocation.prices[purse.account] * purse.promise
    choice = np.full(len(eligible), -1, dtype=np.int64)
    choice[rows] = allocation.choice
    return PolicyPlan(value - prices, choice, allocation, floor)


def plan_random(
    promise: Floats, eligible: Mask, rows: Ints, budget: float, purses: Sequence[Purse] = ()
) -> RandomPlan:
    """Even odds, thinned where an even draw would promise more than ``budget``.

    Actions that partners pay for are thinned further where it would promise more of their money.
    """
    even = RandomPlan(1.0).probabilities(rows, eligible[rows])[:, :-1]
    kept = np.ones(even.shape[1])
    for purse in purses:
        asked = float((even.sum(axis=0) * kept) @ purse.promise)
        if asked > purse.money:
            kept[purse.promise > 0.0] *= purse.money / asked
    money = float((even * kept * promise[rows]).sum())
    share = min(1.0, budget / money) if money > 0.0 else 1.0
    return RandomPlan(share, kept=tuple(kept.tolist()) if purses else ())


def plan_usual(
    promise: Floats,
    allowed: Mask,
    rows: Ints,
    budget: float,
    columns: Sequence[int],
    purses: Sequence[Purse] = (),
) -> UsualPlan:
    """The same mail to everybody who may get it, in order, until some of the money is used.

    ``columns`` are the variants of its text; they promise alike.
    """
    column = in_own_words(allowed, columns)
    wanted = np.zeros(len(allowed), dtype=np.bool_)
    wanted[rows] = allowed[rows, column[rows]]
    money = np.where(wanted, promise[np.arange(len(allowed)), column], 0.0)
    sent = wanted & (np.cumsum(money) <= budget)
    for purse in purses:
        sent &= np.cumsum(wanted) * purse.promise[columns[0]] <= purse.money
    return UsualPlan(column, sent)


def in_own_words(allowed: Mask, columns: Sequence[int]) -> Ints:
    """(n,) the first of ``columns`` that is allowed to each shopper, the very first where none."""
    order = np.array(columns, dtype=np.int64)
    return np.asarray(order[allowed[:, order].argmax(axis=1)])


def usual_variants(keys: Sequence[str], column: int) -> tuple[int, ...]:
    """The columns of the same mail in other words, in the order of its variants.

    ``keys`` are those of all actions.

    >>> usual_variants(["o1/email/9/a", "o1/email/9/b", "o1/email/18/a"], 0)
    (0, 1)
    """
    mail = keys[column].rpartition("/")[0]
    return tuple(spot for spot, key in enumerate(keys) if key.rpartition("/")[0] == mail)


def usual_action(actions: Sequence[Action], offer_ids: Sequence[str], week: int) -> int:
    """The column of this week's usual mail: offers take turns, by e-mail, at the first hour."""
    offer = offer_ids[(week - 1) % len(offer_ids)]
    turns = [
        (action.channel != "email", action.hour, action.variant, column)
        for column, action in enumerate(actions)
        if action.offer_id == offer
    ]
    return min(turns)[-1]
