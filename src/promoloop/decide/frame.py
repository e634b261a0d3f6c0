"""The limits of an allocation, apart from its rows: names, amounts, what columns take of them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError, numbers
from promoloop.decide.problem import Floats, Ints
from promoloop.decide.records import Allocation
from promoloop.decide.terms import Budget, Terms

__all__ = ["CAMPAIGN", "Frame", "frame_of"]

#: The name of the budget that ``cost`` counts against.
CAMPAIGN = "campaign"

_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Frame:
    """What an allocation has to keep, apart from its rows.

    ``names`` and ``limits`` (d + r,): budgets that vary by row, then budgets by column, caps and
    minimum exposures, with their ``column_use`` (k, r). ``closed`` (k,) are columns that no plan
    may choose. ``start`` (d + r,) are the prices to begin from. ``caps`` and ``budgets`` say
    which limits those are.
    """

    names: tuple[str, ...]
    limits: Floats
    column_use: Floats
    floored: Ints
    closed: NDArray[np.bool_]
    start: Floats
    caps: slice
    budgets: tuple[int, ...]

    @property
    def dense(self) -> int:
        """How many budgets vary by row: d."""
        return len(self.limits) - len(self.column_use.T)

    def missed(self, used: Floats) -> tuple[str, ...]:
        """Names of the limits that such use misses."""
        return tuple(self.names[at] for at in np.flatnonzero(used > self.limits))

    def sealed(
        self, choice: Ints, worth: float, used: Floats, prices: Floats, dual: float
    ) -> Allocation:
        """The allocation of a plan: what it is worth and uses, and the bound that certifies it."""
        # The bound is a sum in another order: it may fall short of the value in the last bits.
        bound = max(dual, worth)
        return Allocation(
            choice=choice,
            value=worth,
            spend=float(used[0]),
            budget_price=float(prices[0]),
            cap_prices=prices[self.caps],
            bound=bound,
            gap=(bound - worth) / max(abs(bound), _TINY),
            prices=MappingProxyType(dict(zip(self.names, prices.tolist(), strict=True))),
            spends=MappingProxyType({self.names[at]: float(used[at]) for at in self.budgets}),
        )


def frame_of(terms: Terms, columns: int, dense: tuple[str, ...]) -> Frame:
    """The limits of ``terms`` over ``columns`` actions; ``dense`` names the further budgets
    whose cost varies by row."""
    _check_names(terms)
    _check_manner(terms)
    by_row = [one for one in terms.budgets if one.name in dense]
    by_column = [one for one in terms.budgets if one.name not in dense]
    caps, groups = _caps(terms.caps, terms.cap_of, columns)
    floors = _floors(terms.at_least, columns)
    floored = np.flatnonzero(floors > 0)
    names = [CAMPAIGN, *(one.name for one in [*by_row, *by_column])]
    names += [f"cap:{group}" for group in range(caps.size)]
    names += [f"least:{column}" for column in floored]
    money = [_amount(terms.budget, CAMPAIGN)]
    money += [_amount(one.limit, one.name) for one in [*by_row, *by_column]]
    flat = [_by_column(one, columns) for one in by_column]
    member = (groups[:, None] == np.arange(caps.size)).astype(np.float64)
    exposure = -np.eye(columns)[:, floored]
    first_cap = len(money)
    return Frame(
        names=tuple(names),
        limits=np.concatenate([money, caps, -floors[floored]]),
        column_use=np.column_stack([*flat, member, exposure]),
        floored=floored,
        closed=(member @ (caps < 1)) > 0,
        start=_start(terms, names),
        caps=slice(first_cap, first_cap + caps.size),
        budgets=tuple(range(first_cap)),
    )


def _check_names(terms: Terms) -> None:
    names = [CAMPAIGN, *(one.name for one in terms.budgets)]
    for name in names:
        if not name or ":" in name or names.count(name) > 1:
            raise InvalidError(
                f"a budget named {name!r}",
                "names must be there, differ, and hold no colon; the first budget is 'campaign'",
                "Give each budget a name of its own.",
            )


def _check_manner(terms: Terms) -> None:
    caution = numbers(terms.caution, "the caution")
    if caution.shape != () or not np.isfinite(caution) or caution < 0:
        raise InvalidError(
            f"a caution of {terms.caution}", "it must be a finite number >= 0", "Try 1.0."
        )
    if not isinstance(terms.threads, int) or terms.threads < 1:
        raise InvalidError(f"{terms.threads} threads", "one is the fewest", "Give 1 or more.")


def _amount(limit: float, name: str) -> float:
    given = numbers(limit, f"the limit of budget {name}")
    if given.shape != () or not np.isfinite(given) or given < 0:
        raise InvalidError(
            f"the budget {name}",
            f"its limit {limit} is not a finite amount >= 0",
            "Give what there is.",
        )
    return float(limit)


def _by_column(budget: Budget, columns: int) -> Floats:
    cost = numbers(budget.cost, f"the cost of budget {budget.name}")
    if cost.shape != (columns,) or not np.isfinite(cost).all():
        raise InvalidError(
            f"the cost of budget {budget.name}, of shape {cost.shape}",
            f"it must be finite, one number per action ({columns},) or per shopper and action",
            "Give zero where an action takes nothing of this budget.",
        )
    return cost


def _caps(caps: ArrayLike | None, cap_of: ArrayLike | None, columns: int) -> tuple[Floats, Ints]:
    if caps is None:
        return np.zeros(0), np.zeros(columns, dtype=np.int64)
    limits = _counts(caps, "caps", "one line of finite numbers >= 0")
    groups = np.arange(columns) if cap_of is None else np.asarray(cap_of)
    known = groups.dtype.kind in "iu" and groups.shape == (columns,)
    if not known or (columns and not np.isin(groups, np.arange(limits.size)).all()):
        raise InvalidError(
            f"cap_of of shape {groups.shape} with {limits.size} caps",
            f"each of the {columns} columns needs the number of one cap",
            "Give one integer per column, from 0 to the number of caps - 1.",
        )
    return np.floor(limits), groups.astype(np.int64)


def _floors(at_least: ArrayLike | None, columns: int) -> Floats:
    if at_least is None:
        return np.zeros(columns)
    floors = _counts(at_least, "at_least", f"one count >= 0 for each of {columns} columns")
    if floors.shape != (columns,):
        raise InvalidError(
            f"at_least of shape {floors.shape}",
            f"it must be one count >= 0 for each of {columns} columns",
            "Give 0 for columns without a minimum.",
        )
    return np.ceil(floors)


def _counts(given: ArrayLike, name: str, wanted: str) -> Floats:
    counts = numbers(given, name)
    if counts.ndim != 1 or not np.isfinite(counts).all() or (counts < 0).any():
        raise InvalidError(
            f"{name} of shape {counts.shape}",
            f"it must be {wanted}",
            "Give counts of shoppers; leave it out where there is no such limit.",
        )
    return counts


def _start(terms: Terms, names: list[str]) -> Floats:
    start = np.zeros(len(names))
    for name, price in terms.start.items():
        given = numbers(price, f"the start price of {name}")
        if given.shape != () or not np.isfinite(given) or given < 0:
            raise InvalidError(
                f"the start price of {name}", f"it is {price}", "Give finite prices >= 0."
            )
        # A limit that is gone since yesterday leaves its price behind: that is no error.
        if name in names:
            start[names.index(name)] = price
    return start
