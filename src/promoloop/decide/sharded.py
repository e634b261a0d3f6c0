"""An allocation of an audience larger than memory: read shard by shard, a few times over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from promoloop.core import InvalidError
from promoloop.decide.frame import Frame, frame_of
from promoloop.decide.levels import Rule, solve
from promoloop.decide.ports import ShardSource
from promoloop.decide.problem import Ints
from promoloop.decide.records import Allocation, Shard
from promoloop.decide.screen import over_blocks
from promoloop.decide.survey import Audience
from promoloop.decide.terms import Terms

__all__ = ["ShardedPlan", "allocate_shards"]


@dataclass(frozen=True, slots=True)
class ShardedPlan:
    """A plan in little space: prices, and the rows that the prices alone do not settle.

    ``summary`` is its allocation but for ``choice``, which is empty: ask ``choices``.
    """

    summary: Allocation
    audience: Audience
    rule: Rule

    def choices(self) -> Iterator[Ints]:
        """The chosen columns of each shard, (b,), -1 for nothing, as often as asked for."""
        first = 0
        for shard in self.audience.source.shards():
            yield self._of(first, shard)
            first += len(shard.value)

    def _of(self, first: int, shard: Shard) -> Ints:
        def look(start: int, block: Shard) -> Ints:
            return self.rule.choice(first + start, self.audience.cautious(block))

        return np.concatenate(list(over_blocks([shard], look, self.audience.threads)))


def allocate_shards(source: ShardSource, terms: Terms) -> ShardedPlan:
    """``allocate`` for shards that do not fit in memory together.

    The source is read about four times: to check and sample it, to set aside the rows that are
    clear at the sample's prices (again where the sample misled), for the dual bound, and by
    ``choices``. In memory are one shard, a sample of 500,000 rows at most, and the undecided rows,
    one or two in a hundred. Limits and the bound are exact as in ``allocate``; the plan itself is
    the same but for ties and for what the order of sums does to the last bits of prices.

    Parameters
    ----------
    source : ShardSource
    terms : Terms
        A budget whose cost varies by row is named by the source and has no ``cost`` here.

    Raises
    ------
    InvalidError
        For numbers, shapes or terms that are not sound; the row is named.
    RefusedError
        When minimum exposure cannot be had.
    """
    columns = source.shape[1]
    frame = _frame(source, terms, columns)
    audience = Audience(source, terms.caution, terms.threads)
    solved = solve(audience, frame)
    none = np.zeros(0, dtype=np.int64)
    sealed = frame.sealed(none, solved.worth, solved.used, solved.prices, solved.dual)
    return ShardedPlan(sealed, audience, solved.rule)


def _frame(source: ShardSource, terms: Terms, columns: int) -> Frame:
    known = {one.name for one in terms.budgets}
    for name in source.budgets:
        if name not in known:
            raise InvalidError(
                f"the budget {name} of the shards", "the terms do not name it", "Give its limit."
            )
    if terms.value_sd is not None:
        raise InvalidError(
            "value_sd beside shards", "each shard brings its own", "Give it with the shards."
        )
    ordered = [one.name for one in terms.budgets if one.name in source.budgets]
    if tuple(ordered) != tuple(source.budgets):
        raise InvalidError(
            f"budgets in the order {ordered}",
            f"the shards bring them in the order {list(source.budgets)}",
            "Give both in one order.",
        )
    return frame_of(terms, columns, source.budgets)
