"""What an allocation has to keep: budgets, caps, minimum exposure; and how it is to be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from numpy.typing import ArrayLike

__all__ = ["Budget", "Terms"]


@dataclass(frozen=True, slots=True)
class Budget:
    """One more budget beside the campaign's: a partner's money, a channel's contacts.

    ``limit`` >= 0 is the most the chosen costs may sum to. ``cost`` is what each action takes of
    it, in the unit of the limit: (n, k), or (k,) where it is the same for every shopper; zero for
    actions that take nothing, negative for those that give. Leave it out for ``allocate_shards``
    where the shards bring it.

    Examples
    --------
    A partner pays for the second action only, and the channel of both has ten contacts left:

    >>> shared = Budget("partner", 500.0, [[0.0, 250.0], [0.0, 180.0]])
    >>> contacts = Budget("email", 10, [1, 1])
    """

    name: str
    limit: float
    cost: ArrayLike = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """All limits of an allocation at once, given to ``allocate`` in place of the plain budget.

    Parameters
    ----------
    budget : float
        The most the ``cost`` given to ``allocate`` may sum to, >= 0.
    budgets : tuple of Budget
        Further budgets, each with a name of its own.
    caps, cap_of : array, optional
        As in ``allocate``.
    at_least : array of int, shape (k,), optional
        Minimum exposure: so many rows must get each column, whatever it costs in value.
    value_sd : array, shape (n, k), optional
        Standard deviation of each value, in minor units, >= 0. Shards bring their own.
    caution : float, default 0.0
        How many standard deviations are taken off each value before anything is chosen.
    start : mapping of str to float, optional
        Prices to begin from, such as ``Allocation.prices`` of yesterday's plan.
    threads : int, default 1
        Threads that share the passes over a large audience. The plan does not depend on it.
    """

    budget: float
    budgets: tuple[Budget, ...] = ()
    caps: ArrayLike | None = None
    cap_of: ArrayLike | None = None
    at_least: ArrayLike | None = None
    value_sd: ArrayLike | None = None
    caution: float = 0.0
    start: Mapping[str, float] = field(default_factory=dict)
    threads: int = 1
