"""The first pass over an audience: is it sound, how dear is it, and a sample of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.decide.checking import require_finite, require_spread
from promoloop.decide.frame import Frame
from promoloop.decide.ports import ShardSource
from promoloop.decide.problem import Floats, Ints, Problem
from promoloop.decide.records import Matrix, Shard
from promoloop.decide.screen import over_blocks

__all__ = ["Audience", "Survey", "cells_of", "joined", "require_sound", "survey"]

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Audience:
    """Shards, with ``caution`` standard deviations taken off their values as they are read."""

    source: ShardSource
    caution: float = 0.0
    threads: int = 1

    def each(self, work: Callable[[int, Shard], Found]) -> Iterator[Found]:
        """``work(first row, block)`` of every block, in order."""

        def careful(first: int, block: Shard) -> Found:
            return work(first, self.cautious(block))

        return over_blocks(self.source.shards(), careful, self.threads)

    def cautious(self, block: Shard) -> Shard:
        """The block with its uncertainty taken off its values."""
        if block.value_sd is None or self.caution == 0:
            return block
        taken = block.value_sd * block.value_sd.dtype.type(self.caution)
        return Shard(block.value - taken, block.costs, block.eligible)


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass found.

    ``sample`` holds evenly spread rows; ``ceilings`` (d,) are costs that no plan could pay,
    infinite where no cost comes near; ``able`` (k,) counts the rows that may get each column.
    No plan is worth less than ``least``.
    """

    sample: Shard
    ceilings: Floats
    able: Ints
    least: float

    def impossible(self, dual: float) -> bool:
        """Whether a value of the dual proves that no plan keeps all limits.

        It bounds every plan from above; below what the worst plan is worth there can be none.
        """
        return dual < self.least


@dataclass(frozen=True, slots=True)
class _Seen:
    rows: int
    sampled: Shard
    dearest: Floats
    relief: Floats
    able: Ints
    least: float


def survey(audience: Audience, frame: Frame, size: int) -> Survey:
    """Check every row and keep ``size`` of them.

    Raises
    ------
    InvalidError
        For numbers that are not finite, shapes that do not fit, fewer or more rows than said.
    """
    n, k = audience.source.shape
    spread = (np.arange(size) + np.random.default_rng(0).random(size)) * (n / max(1, size))
    wanted = np.minimum(spread.astype(np.int64), n - 1)  # one of each stretch of rows

    def look(first: int, block: Shard) -> _Seen:
        require_sound(block, first, k, frame.dense)
        start, stop = np.searchsorted(wanted, [first, first + len(block.value)])
        able = np.full(k, len(block.value)) if block.eligible is None else block.eligible.sum(0)
        return _Seen(
            len(block.value),
            audience.cautious(block.part(wanted[start:stop] - first)),
            np.array([cost.max(initial=0.0) for cost in block.costs]),
            np.array([_relief(cost) for cost in block.costs]),
            able,
            -len(block.value) * float(np.abs(block.value).max(initial=0.0)),
        )

    seen = list(over_blocks(audience.source.shards(), look, audience.threads))
    if not seen or sum(one.rows for one in seen) != n:
        raise InvalidError(
            "reading the shards",
            f"they hold {sum(one.rows for one in seen)} rows and {n} were announced",
            "Give the same shards at every pass.",
        )
    limits = frame.limits[: frame.dense]
    ceilings = limits + sum(one.relief for one in seen)
    dearest = np.max([one.dearest for one in seen], axis=0)
    sample = joined([one.sampled for one in seen])
    able = np.sum([one.able for one in seen], axis=0)
    least = sum(one.least for one in seen)
    return Survey(sample, np.where(dearest > ceilings, ceilings, np.inf), able, least)


def cells_of(shard: Shard, frame: Frame, ceilings: Floats) -> Problem:
    """Some rows as a problem under the limits of ``frame``."""
    costs = np.stack(shard.costs).astype(np.float64, copy=False)  # (d, b, k)
    allowed = ~frame.closed & (costs <= ceilings[:, None, None]).all(axis=0)
    if shard.eligible is not None:
        allowed &= shard.eligible
    helps = (frame.column_use < 0).any(axis=1) | (costs < 0).any(axis=0)
    allowed &= (shard.value > 0) | helps
    value = np.where(allowed, shard.value, -np.inf).astype(np.float64)
    costs = np.where(allowed, costs, 0.0)
    return Problem(value, costs, frame.column_use, frame.limits, frame.floored)


def joined(parts: list[Shard]) -> Shard:
    """Rows of several parts as one; eligibility is kept only where some part says it."""
    costs = zip(*(part.costs for part in parts), strict=True)
    value = np.concatenate([part.value for part in parts])
    masks = [part.eligible for part in parts if part.eligible is not None]
    if not masks:
        return Shard(value, tuple(np.concatenate(cost) for cost in costs))
    every = [
        np.ones(part.value.shape, np.bool_) if part.eligible is None else part.eligible
        for part in parts
    ]
    return Shard(value, tuple(np.concatenate(cost) for cost in costs), np.concatenate(every))


def _relief(cost: Matrix) -> float:
    """What the negative costs of a block could give back at most."""
    if cost.size == 0 or cost.min() >= 0:
        return 0.0
    return -float(np.minimum(cost, 0.0).min(axis=1).sum(dtype=np.float64))


def require_sound(block: Shard, first: int, columns: int, dense: int) -> None:
    """Refuse a shard whose matrices do not fit or hold NaN or infinity; the row is named."""
    if len(block.costs) != dense:
        raise InvalidError(
            f"the shard at row {first}",
            f"it brings {len(block.costs)} cost matrices and {dense} budgets vary by row",
            "Bring the campaign's cost, then one per budget named by the source.",
        )
    shape = (len(block.value), columns)
    if block.eligible is not None:
        _require_shape(block.eligible, "eligible", shape, first)
    numbers = {"value": block.value}
    numbers |= {f"cost {number}": cost for number, cost in enumerate(block.costs)}
    if block.value_sd is not None:
        numbers["value_sd"] = block.value_sd
    for name, matrix in numbers.items():
        _require_shape(matrix, name, shape, first)
        require_finite(matrix, name, first)
    require_spread(block.value_sd)


def _require_shape(
    matrix: NDArray[np.generic], name: str, shape: tuple[int, int], first: int
) -> None:
    boolean = matrix.dtype == np.bool_
    if matrix.shape != shape or boolean != (name == "eligible"):
        raise InvalidError(
            f"{name} of the shard at row {first}, shape {matrix.shape}, type {matrix.dtype}",
            f"the shape must be {shape}; eligible holds booleans and the others numbers",
            "Give one row per shopper and one column per action.",
        )
