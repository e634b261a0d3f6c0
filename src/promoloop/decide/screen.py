"""One look at many rows at given prices: who is clear, who is nearly undecided.

Rows are taken in blocks that stay in the cache, column by column, so that every operation runs
over contiguous memory without making a copy of the input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.decide.problem import Floats, Ints
from promoloop.decide.records import Shard

__all__ = ["Glance", "PriceList", "block_rows", "glance", "over_blocks"]

Found = TypeVar("Found")

_BLOCK_CELLS = 65_536
_FEWEST = 256  # rows in a block, whatever their width


@dataclass(frozen=True, slots=True)
class PriceList:
    """What decides about a row: prices, what is closed, what is too dear for any plan.

    ``budgets`` (d,) price the costs that vary by row, ``columns`` (k,) is what each column pays
    besides; ``ceilings`` (d,) are costs that no plan could pay, infinite where none is so dear.
    ``noise`` (b, k) is added to the values of the rows of a block, so that equal rows differ;
    not to values of 0 or less, but in columns that are paid for being chosen.
    """

    budgets: Floats
    columns: Floats
    closed: NDArray[np.bool_]
    ceilings: Floats
    noise: Floats | None = None


@dataclass(frozen=True, slots=True)
class Glance:
    """A block of rows at given prices.

    ``column`` (b,) is the best action or -1, ``best`` (b,) its priced value, at least 0, and
    ``lead`` (b,) by how much it beats the next, nothing included.
    """

    column: Ints
    best: Floats
    lead: Floats


def glance(block: Shard, prices: PriceList) -> Glance:
    """Look at every row of a block once."""
    n, k = block.value.shape
    best, second = np.zeros(n), np.full(n, -np.inf)
    column = np.full(n, -1, dtype=np.int64)
    priced, work, flag = np.empty(n), np.empty(n), np.empty(n, dtype=np.bool_)
    for at in range(k):
        if prices.closed[at]:
            continue
        _priced(block, prices, at, priced, work)
        np.greater(priced, best, out=flag)
        np.copyto(column, at, where=flag)
        np.minimum(priced, best, out=work)
        np.maximum(second, work, out=second)
        np.maximum(best, priced, out=best)
    return Glance(column, best, np.subtract(best, second, out=second))


def _priced(block: Shard, prices: PriceList, at: int, out: Floats, work: Floats) -> None:
    """Into ``out``: the value of one column after paying the prices; -inf where not allowed."""
    np.subtract(block.value[:, at], prices.columns[at], out=out)
    for price, cost in zip(prices.budgets, block.costs, strict=True):
        if price != 0:
            np.multiply(cost[:, at], price, out=work)
            np.subtract(out, work, out=out)
    if prices.noise is not None:
        # Noise must not make worth choosing what is worth nothing and relieves no limit.
        told = (block.value[:, at] > 0) | bool(prices.columns[at] < 0)
        np.add(out, prices.noise[: len(out), at], out=out, where=told)
    if block.eligible is not None:
        np.copyto(out, -np.inf, where=~block.eligible[:, at])
    for ceiling, cost in zip(prices.ceilings, block.costs, strict=True):
        if np.isfinite(ceiling):
            np.copyto(out, -np.inf, where=cost[:, at] > ceiling)


def over_blocks(
    shards: Iterable[Shard], work: Callable[[int, Shard], Found], threads: int = 1
) -> Iterator[Found]:
    """``work(first row, block)`` of every block, in order, whatever the number of threads."""
    blocks = _blocks(shards)
    if threads == 1:
        yield from (work(first, block) for first, block in blocks)
        return
    with ThreadPoolExecutor(threads) as pool:
        # In batches: a pool takes all its input at once, and the input may not fit in memory.
        while batch := list(islice(blocks, 64 * threads)):
            yield from pool.map(lambda one: work(*one), batch)


def block_rows(columns: int) -> int:
    """How many rows of so many columns make a block."""
    return max(_FEWEST, _BLOCK_CELLS // max(1, columns))


def _blocks(shards: Iterable[Shard]) -> Iterator[tuple[int, Shard]]:
    first = 0
    for shard in shards:
        _require_matrices(shard, first)
        n, k = shard.value.shape
        size = block_rows(k)
        for start in range(0, max(1, n), size):
            yield first + start, shard.part(slice(start, start + size))
        first += n


def _require_matrices(shard: Shard, first: int) -> None:
    """Refuse what cannot even be cut into blocks; ``survey`` looks at the numbers themselves."""
    spread = () if shard.value_sd is None else (shard.value_sd,)
    for matrix in (shard.value, *shard.costs, *spread):
        if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.dtype.kind not in "fiu":
            raise InvalidError(
                f"the shard at row {first}",
                "its value, costs and value_sd are not all matrices of real numbers",
                "Give numpy arrays of shape (rows, actions).",
            )
