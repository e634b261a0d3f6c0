"""Is it worth telling shoppers apart? A plan against one offer for all, and against nothing.

The plan says which treatment each shopper gets (0 for none). Its value, and that of every static
arm, is the mean doubly robust score of net outcomes against "nothing", on rows that neither the
plan nor the outcome model has seen. Mathematics: ``docs/math/uplift.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError
from promoloop.evaluate.off_policy import paired_difference
from promoloop.evaluate.records import Estimate, Target
from promoloop.evaluate.samples import Floats, line, table

__all__ = ["Targeting", "judge_targeting"]

Ints = NDArray[np.int64]
Verdict = Literal["personalise", "one_for_all", "nothing"]


@dataclass(frozen=True, slots=True)
class Targeting:
    """Whether to personalise, with the evidence.

    ``arm`` is the arm for all when ``verdict`` is "one_for_all", else 0; ``proved`` whether what is
    sent was shown to earn more than nothing, by a lower bound above zero. ``plan`` is the net value
    of the personalised plan per shopper above nothing; ``static[j - 1]`` that of arm j for all;
    ``advantage`` the plan's value above ``best_static``, the static choice (0 for nothing) it
    beats by least.
    """

    verdict: Verdict
    arm: int
    proved: bool
    plan: Estimate
    static: tuple[Estimate, ...]
    advantage: Estimate
    best_static: int

    def choice(self, plan: ArrayLike) -> Ints:
        """What to do for the shoppers of ``plan`` (n,): the plan itself, or one arm, or 0."""
        wanted = np.asarray(plan, dtype=np.int64)
        return wanted if self.verdict == "personalise" else np.full_like(wanted, self.arm)


@dataclass(frozen=True, slots=True)
class _Log:
    net: Floats
    arm: Ints
    odds: Floats
    expected: Floats
    shoppers: ArrayLike | None

    def above(self, choice: Ints, other: Ints, level: float) -> Estimate:
        """Value of ``choice`` (n,) above ``other`` (n,), per shopper."""
        logged = self.expected[np.arange(self.arm.size), self.arm]
        return paired_difference(
            self.net,
            self.odds,
            logged,
            self._target(choice),
            self._target(other),
            level,
            shoppers=self.shoppers,
        )

    def _target(self, choice: Ints) -> Target:
        taken = (choice == self.arm).astype(np.float64)
        return Target(taken, self.expected[np.arange(self.arm.size), choice])


def judge_targeting(
    net: ArrayLike,
    arm: ArrayLike,
    odds: ArrayLike,
    plan: ArrayLike,
    expected: ArrayLike,
    level: float = 0.95,
    *,
    worth: ArrayLike | None = None,
    prudent: bool = False,
    shoppers: ArrayLike | None = None,
) -> Targeting:
    """Compare a targeting plan with each static choice, on a randomised log.

    Parameters
    ----------
    net : array, shape (n,)
        What each row brought, less what its treatment cost (reward, contact).
    arm : array of int, shape (n,)
        What was given: 0 for nothing, 1..k.
    odds : array, shape (n,)
        Exact probability of that arm.
    plan : array of int, shape (n,)
        What the plan would give, 0..k; made without these rows' outcomes.
    expected : array, shape (n, k + 1)
        Net outcome foretold under each arm, nothing first, by a model that did not see the row.
        Zeros will do; a good model narrows the intervals.
    level : float
        Coverage of each interval, in (0, 1).
    worth : array, shape (k + 1,), optional
        Value of every arm for all by steadier evidence (``pooled_payments``, say), nothing first.
        It chooses between static choices that the log cannot tell apart.
    prudent : bool, default False
        Whether an arm for all must be shown to earn more than nothing before it is sent.
    shoppers : array, shape (n,), optional
        Who each row belongs to, when shoppers have several.

    Notes
    -----
    "personalise" only if the plan beats nothing and every arm for all, each with its lower bound
    above zero: telling shoppers apart must prove itself. All must hold, so no correction is needed
    for their number. Otherwise the static choice, an arm or nothing, with the highest value, costs
    being in it already; with ``worth``, the one worth most among those that are not significantly
    below it. ``proved`` holds when the arm's lower bound at ``1 - (1 - level) / k`` is above zero;
    a ``prudent`` judge sends nothing else.

    Raises
    ------
    InvalidError
        For misshapen, non-finite or unknown arms.
    RefusedError
        As ``paired_difference``, when the log does not cover the plan or an arm.
    """
    y, model = line(net, "net outcomes"), table(expected, "expected outcomes")
    n, k = y.size, model.shape[1] - 1
    if model.shape[0] != n:
        raise InvalidError(
            f"expected outcomes of {model.shape[0]} rows for {n} net outcomes",
            "they are not of the same rows",
            "Foretell every arm for every row of the log.",
        )
    log = _Log(y, _arms(arm, n, k), line(odds, "odds", n), model, shoppers)
    wanted = _arms(plan, n, k)
    statics = [np.full(n, j) for j in range(k + 1)]
    apart = [log.above(wanted, one, level) for one in statics]
    strict = 1.0 - (1.0 - level) / k
    static = tuple(log.above(one, statics[0], level) for one in statics[1:])
    hardest = min(range(k + 1), key=lambda j: apart[j].low)
    if apart[hardest].low > 0:
        return Targeting("personalise", 0, True, apart[0], static, apart[hardest], hardest)
    values = [0.0, *(one.value for one in static)]
    best = max(range(k + 1), key=lambda j: values[j])
    if worth is not None:
        steady = line(worth, "worth of the arms", k + 1)
        even = [j for j in range(k + 1) if log.above(statics[best], statics[j], level).low <= 0]
        best = max(even, key=lambda j: float(steady[j]))
    proved = best > 0 and log.above(statics[best], statics[0], strict).low > 0
    arm_for_all = best if proved or not prudent else 0
    verdict: Verdict = "one_for_all" if arm_for_all else "nothing"
    return Targeting(verdict, arm_for_all, proved, apart[0], static, apart[hardest], hardest)


def _arms(given: ArrayLike, size: int, k: int) -> Ints:
    array = line(given, "arms", size)
    whole = array.astype(np.int64)
    if k < 1 or (whole != array).any() or whole.min() < 0 or whole.max() > k:
        raise InvalidError(
            "the arms",
            f"they are not whole numbers from 0 to {k}",
            "Number the treatments as the columns of the expected outcomes, nothing first.",
        )
    return whole
