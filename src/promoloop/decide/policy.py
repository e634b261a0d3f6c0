"""Which eligible action is chosen, and with what exact probability.

Every policy sees the final, constrained action set, "nothing" included as its last option, so
that the propensity it reports is the one off-policy evaluation needs.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.decide.records import Choices

__all__ = ["FixedPolicy", "InverseGapPolicy", "Policy", "UniformPolicy", "drawn"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Policy(Protocol):
    """A rule that chooses one column per row, or nothing."""

    def choose(
        self,
        priced: Floats,
        eligible: Mask,
        rng: np.random.Generator,
        greedy: Ints | None = None,
    ) -> Choices:
        """Choose for every row of ``priced`` (n, k) among its ``eligible`` columns."""
        ...


class InverseGapPolicy:
    """Try an action the less, the further its priced value is behind the best.

    Each option a but the favoured one gets probability ``max(floor, 1 / (c + gamma * gap_a))``,
    where c counts the eligible actions and nothing, and ``gap_a`` is the best priced value minus
    its own; the favoured one (the best, or ``greedy``) gets the rest, which is at least 1 / c.

    Parameters
    ----------
    floor : float, default 0.005
        Least propensity of every eligible action and of nothing, in [0, 1). With c options at
        least ``floor * (c - 1)`` of the choices explore, so narrow the action set first.
    gamma : float, default 10.0
        Weight of one minor unit of gap; larger is greedier.

    References
    ----------
    Foster and Rakhlin (2020), "Beyond UCB", Algorithm 1 (SquareCB). Its regret bound asks for
    gaps measured from the argmax: with a ``greedy`` column that the budget forced away from it,
    the propensities stay exact but the bound no longer holds.

    Examples
    --------
    >>> policy = InverseGapPolicy(floor=0.1, gamma=1.0)
    >>> choices = policy.choose(
    ...     np.array([[3.0, 2.0]]), np.array([[True, True]]), np.random.default_rng(0))
    >>> choices.probabilities.round(4).tolist()
    [[0.5833, 0.25, 0.1667]]
    """

    def __init__(self, floor: float = 0.005, gamma: float = 10.0) -> None:
        if not 0.0 <= floor < 1.0:
            raise InvalidError(f"floor {floor}", "it is not in [0, 1)", "Use 0.005, say.")
        if not (np.isfinite(gamma) and gamma >= 0.0):
            raise InvalidError(f"gamma {gamma}", "it is not a finite number >= 0", "Use 10, say.")
        self.floor = floor
        self.gamma = gamma

    def choose(
        self,
        priced: Floats,
        eligible: Mask,
        rng: np.random.Generator,
        greedy: Ints | None = None,
    ) -> Choices:
        """Choose for every row; ``greedy`` (n,) is the column the leftover mass goes to.

        Raises
        ------
        InvalidError
            For misshapen or non-finite values, a greedy column that is not eligible, or a floor
            that leaves no room for so many options.
        """
        return _draw(self.probabilities(priced, eligible, greedy), rng)

    def probabilities(self, priced: Floats, eligible: Mask, greedy: Ints | None = None) -> Floats:
        """The distribution ``choose`` draws from, nothing last: (n, k + 1); same errors."""
        values, options = _options(priced, eligible)
        count = options.sum(axis=1)
        self._require_room(count)
        values = np.where(options, values, -np.inf)
        favoured = values.argmax(axis=1) if greedy is None else _column(greedy, options)
        gap = np.where(options, values.max(axis=1, keepdims=True) - values, 0.0)  # (n, k + 1)
        shares = np.maximum(self.floor, 1.0 / (count[:, None] + self.gamma * gap))
        shares = np.where(options, shares, 0.0)
        rows = np.arange(count.size)
        shares[rows, favoured] = 0.0
        shares[rows, favoured] = 1.0 - shares.sum(axis=1)
        return shares

    def _require_room(self, count: Ints) -> None:
        most = int(count.max(initial=1))
        if self.floor * most >= 1.0:
            raise InvalidError(
                f"a floor of {self.floor:g} for {most} options, nothing included",
                f"they would need {self.floor * most:.0%} of the choices",
                "Lower the floor or offer fewer actions at a time.",
            )


class UniformPolicy:
    """Choose every eligible action, and nothing, equally often: the random arm.

    Examples
    --------
    >>> choices = UniformPolicy().choose(
    ...     np.zeros((1, 3)), np.array([[True, False, False]]), np.random.default_rng(0))
    >>> choices.probabilities.tolist()
    [[0.5, 0.0, 0.0, 0.5]]
    """

    def choose(
        self,
        priced: Floats,
        eligible: Mask,
        rng: np.random.Generator,
        greedy: Ints | None = None,
    ) -> Choices:
        """Choose for every row; neither the values nor ``greedy`` matter."""
        del greedy
        return _draw(self.probabilities(priced, eligible), rng)

    def probabilities(self, priced: Floats, eligible: Mask) -> Floats:
        """The distribution ``choose`` draws from, nothing last: (n, k + 1)."""
        options = _options(priced, eligible)[1]
        return np.asarray(options / options.sum(axis=1, keepdims=True))


class FixedPolicy:
    """Do what was settled beforehand where it is eligible, else nothing: business as usual.

    Propensities are 1: what this policy logs cannot be used to judge another one.

    Parameters
    ----------
    preferences : array of int, shape (n,)
        The settled column per row, -1 for nothing.
    """

    def __init__(self, preferences: Ints) -> None:
        self.preferences = preferences

    def choose(
        self,
        priced: Floats,
        eligible: Mask,
        rng: np.random.Generator,
        greedy: Ints | None = None,
    ) -> Choices:
        """Choose for every row; neither the values nor ``rng`` nor ``greedy`` matter."""
        del rng, greedy
        options = _options(priced, eligible)[1]
        n, k = eligible.shape
        column = _within(self.preferences, n, k)
        column = np.where(options[np.arange(n), column], column, k)
        shares = np.zeros((n, k + 1))
        shares[np.arange(n), column] = 1.0
        return Choices(np.where(column == k, -1, column), np.ones(n), shares)


def _options(priced: Floats, eligible: Mask) -> tuple[Floats, Mask]:
    """Values and eligibility with nothing, worth 0, as the last column: (n, k + 1) each."""
    if priced.ndim != 2 or priced.shape != eligible.shape or eligible.dtype != np.bool_:
        raise InvalidError(
            f"priced of shape {priced.shape} and eligible of shape {eligible.shape}",
            "both must be (shoppers, actions), eligible of booleans",
            "Give one entry per shopper and action.",
        )
    if not np.isfinite(priced[eligible]).all():
        raise InvalidError(
            "priced values", "an eligible action has NaN or infinity", "Give finite numbers."
        )
    n = priced.shape[0]
    return np.column_stack([priced, np.zeros(n)]), np.column_stack([eligible, np.ones(n, bool)])


def _within(index: Ints, n: int, k: int) -> Ints:
    """``index`` with -1 turned into the column of nothing."""
    if index.shape != (n,) or np.any((index < -1) | (index >= k)):
        raise InvalidError(
            f"chosen columns of shape {index.shape}",
            f"there must be {n}, each from -1 to {k - 1}",
            "Give one column per shopper, -1 for nothing.",
        )
    return np.where(index < 0, k, index).astype(np.int64)


def _column(greedy: Ints, options: Mask) -> Ints:
    n, width = options.shape
    column = _within(greedy, n, width - 1)
    allowed = np.take_along_axis(options, column[:, None], axis=1)
    if not allowed.all():
        raise InvalidError(
            f"the greedy column of row {int(allowed.argmin())}",
            "it is not eligible",
            "Allocate with the same eligibility the policy gets.",
        )
    return column


def _draw(shares: Floats, rng: np.random.Generator) -> Choices:
    return drawn(shares, rng.random((shares.shape[0],)))


def drawn(shares: Floats, draws: Floats) -> Choices:
    """One choice per row by inverting its distribution at a given uniform number.

    The same distribution and number give the same choice for ever, which is what makes a logged
    decision replayable. ``shares`` (n, k + 1) has nothing last; ``draws`` (n,) lie in [0, 1).
    """
    n, width = shares.shape
    edges = np.cumsum(shares, axis=1)
    # The last edge may be 1 - 1e-16; what lies beyond it is nothing, always an option.
    column = np.minimum((edges <= draws[:, None]).sum(axis=1), width - 1)
    return Choices(
        index=np.where(column == width - 1, -1, column).astype(np.int64),
        propensity=shares[np.arange(n), column],
        probabilities=shares,
    )
