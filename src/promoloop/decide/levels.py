"""Prices and plan of an audience of any size: from a small sample up to everybody.

At good prices almost every row has one clear best action, and it stays best while prices move
less than its lead. So prices are found on a small sample; a look at ten times as many rows sets
the clear ones aside with what they use, and Newton's method runs on the few that are nearly
undecided, under what is left of the limits; and so on up to all rows. The last of these small
problems also takes the repair, and a last look gives the exact dual bound.
See ``docs/math/allocation.md``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from promoloop.decide.dual import dual_prices, price_reach
from promoloop.decide.exposure import require_able, require_met
from promoloop.decide.frame import Frame
from promoloop.decide.polish import best_plan
from promoloop.decide.problem import Floats, Ints, Problem, best_columns, uses
from promoloop.decide.records import Shard
from promoloop.decide.screen import PriceList, block_rows, glance
from promoloop.decide.survey import Audience, Survey, cells_of, joined, survey

__all__ = ["Held", "Rule", "Solved", "solve"]

_SIZES = (5_000, 50_000, 500_000)
_MOST_SAMPLED = 8_000_000  # cells
_DOUBT = 4.0  # share of rows looked at again, in standard errors of a sample's use
_MOST_MOVES = 6
_GOOD = 3e-4  # a gap not worth another look
_COOL, _COOL_NOISE = 1e-4, 3e-6  # the lowest temperature, without and with noise
_WIDER = 4.0
_NOISE = 2e-4  # of the mean value, where rows are alike


@dataclass(frozen=True, slots=True)
class Rule:
    """A plan in little space: what is best at the prices, but for the rows settled by hand."""

    prices: PriceList
    rows: Ints
    columns: Ints

    def choice(self, first: int, block: Shard) -> Ints:
        """The plan's columns for a block of the audience, (b,), -1 for nothing."""
        column = glance(block, self.prices).column
        start, stop = np.searchsorted(self.rows, [first, first + len(column)])
        column[self.rows[start:stop] - first] = self.columns[start:stop]
        return column


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan and its figures; ``prices`` and ``used`` (d + r,)."""

    rule: Rule
    prices: Floats
    worth: float
    used: Floats
    dual: float

    @property
    def gap(self) -> float:
        """As in ``Allocation``."""
        return (self.dual - self.worth) / max(abs(self.dual), 1e-12)


@dataclass(frozen=True, slots=True)
class Held:
    """Rows in memory, as a source of one shard."""

    shard: Shard
    budgets: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """See ``ShardSource``."""
        rows, columns = self.shard.value.shape
        return rows, columns

    def shards(self) -> Iterator[Shard]:
        """See ``ShardSource``."""
        return iter((self.shard,))


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Rows at given prices: those nearly undecided, and what the clear ones use and are worth."""

    prices: PriceList
    rows: Ints
    near: Shard
    noise: Floats
    used: Floats
    worth: float
    looked: int


def solve(audience: Audience, frame: Frame) -> Solved:
    """The plan for an audience.

    Raises
    ------
    InvalidError
        For rows that are not sound.
    RefusedError
        When minimum exposure cannot be had, or no plan was found that keeps it and all limits.
    """
    n, k = audience.source.shape
    most = max(_SIZES[0], _MOST_SAMPLED // max(1, k))
    sizes = [size for size in _SIZES if size <= most and size < n]
    seen = survey(audience, frame, max(sizes, default=n))
    require_able(frame, seen.able, n)
    solver = _Solver(audience, frame, seen)
    prices, sampled = solver.climb()
    share = solver.share(sampled)
    best = base = solver.attempt(prices, share)
    while share < 1.0 and not solver.settled(best) and not seen.impossible(best.dual):
        # From the best prices known, but with more rows looked at.
        share = min(1.0, share * _WIDER)
        if share * n * k > _MOST_SAMPLED and not frame.missed(best.used):
            break
        found = solver.attempt(base.prices, share)
        base = min(base, found, key=lambda one: one.dual)
        best = min(best, found, key=lambda one: (len(frame.missed(one.used)), -one.worth))
    require_met(frame, best.used, proven=seen.impossible(best.dual))
    return replace(best, prices=base.prices, dual=base.dual)


class _Solver:
    """Solves on samples, then on everybody."""

    def __init__(self, audience: Audience, frame: Frame, found: Survey) -> None:
        self._audience = audience
        self._frame = frame
        self._found = found
        self._noise: Floats | None = None
        self._noise = self._tell_apart()

    def share(self, sampled: int) -> float:
        """Of the rows, those that prices of a sample of that size leave in doubt."""
        doubt = _DOUBT * math.sqrt(len(self._frame.limits) / max(1, sampled))
        return min(1.0, doubt) if sampled else 1.0

    def settled(self, solved: Solved) -> bool:
        """Whether another look is not worth its time."""
        return solved.gap <= _GOOD and not self._frame.missed(solved.used)

    def climb(self) -> tuple[Floats, int]:
        """Prices from samples of rising size, and the size of the last; 0 where none was needed."""
        prices, n = self._frame.start, self._audience.source.shape[0]
        sampled = 0
        for size in _SIZES:
            held = len(self._found.sample.value)
            if size > held or size >= n:
                break
            sample = self._found.sample.part(np.arange(size) * held // size)
            audience = Audience(Held(sample))
            limits = self._frame.limits * (size / n)
            prices = self._refined(audience, limits, prices, self.share(sampled))[2]
            sampled = size
        return prices, sampled

    def attempt(self, prices: Floats, share: float) -> Solved:
        """A plan for everybody out of prices; the ``share`` of rows least clear is looked at."""
        limits = self._frame.limits
        sorted_, problem, found = self._refined(self._audience, limits, prices, share)
        start = best_columns(replace(problem, value=problem.value + sorted_.noise), found)
        columns = best_plan(problem, found, start, sorted_.worth)
        taken = np.flatnonzero(columns >= 0)
        worth = sorted_.worth + float(problem.value[taken, columns[taken]].sum())
        used = sorted_.used + uses(problem, taken, columns[taken]).sum(axis=0)
        rule = Rule(sorted_.prices, sorted_.rows, columns)
        return Solved(rule, found, worth, used, self._dual(found))

    def _refined(
        self, audience: Audience, limits: Floats, prices: Floats, share: float
    ) -> tuple[_Sorted, Problem, Floats]:
        """Better prices: the rows by clearness, the problem of the unclear ones, its prices."""
        for _ in range(_MOST_MOVES):
            lead = self._lead(prices, share)
            sorted_ = _sort(audience, self._price_list(prices), lead, self._frame)
            problem = cells_of(sorted_.near, self._frame, self._found.ceilings)
            # Of the rest nothing could ever be chosen, whatever the prices.
            open_ = np.flatnonzero(np.isfinite(problem.value).any(axis=1))
            sorted_ = replace(sorted_, rows=sorted_.rows[open_], noise=sorted_.noise[open_])
            problem = problem.rows(open_, limits - sorted_.used)
            found, inside = self._moved(problem, sorted_, prices, lead)
            if inside:
                break
            prices = found
        return sorted_, problem, found

    def _moved(
        self, problem: Problem, sorted_: _Sorted, prices: Floats, lead: float
    ) -> tuple[Floats, bool]:
        """Better prices within reach, and whether none of them would go further."""
        noisy = replace(problem, value=problem.value + sorted_.noise)
        # A sample does not tell prices apart more finely than its standard error.
        coolest = (
            _COOL
            if sorted_.looked == self._audience.source.shape[0]
            else max(_COOL, 0.3 / math.sqrt(sorted_.looked))
        )
        coolest = _COOL_NOISE if self._noise is not None else coolest
        if math.isinf(lead) or problem.value.size == 0:
            return dual_prices(noisy, prices, coolest), True
        radius = price_reach(problem, lead)
        found = dual_prices(noisy, prices, coolest, radius)
        return found, bool((np.abs(found - prices) < 0.99 * radius).all())

    def _lead(self, prices: Floats, share: float) -> float:
        """The lead that ``share`` of the rows do not have; infinite for all rows."""
        if share >= 1.0:
            return math.inf
        leads = self._leads(Audience(Held(self._found.sample)), prices)
        return float(np.quantile(leads, share)) if leads.size else math.inf

    def _tell_apart(self) -> Floats | None:
        """Noise for rows that are alike, else None.

        Of a group of equal rows all change their mind at one price, so that no price gives some
        of them an action and others none. A little noise spreads the group over a range of
        prices, in which its share can be found.
        """
        sample = self._found.sample.part(slice(0, 4 * _SIZES[0]))
        prices = np.full(self._frame.limits.size, 0.0)
        leads = self._leads(Audience(Held(sample)), prices)
        if leads.size == 0 or np.unique(leads).size > 0.5 * leads.size:
            return None
        rows = block_rows(len(self._frame.closed))
        noise = np.random.default_rng(1).random((rows, len(self._frame.closed)))
        noise *= _NOISE * (float(np.abs(sample.value).mean()) or 1.0)
        return noise

    def _leads(self, audience: Audience, prices: Floats) -> Floats:
        listed = self._price_list(prices)
        parts = list(audience.each(lambda _, block: glance(block, listed).lead))
        leads: Floats = np.concatenate(parts)
        known: Floats = leads[np.isfinite(leads)]
        return known

    def _price_list(self, prices: Floats, *, noisy: bool = True) -> PriceList:
        dense = self._frame.dense
        columns: Floats = self._frame.column_use @ prices[dense:]
        noise = self._noise if noisy else None
        ceilings = self._found.ceilings
        return PriceList(prices[:dense], columns, self._frame.closed, ceilings, noise)

    def _dual(self, prices: Floats) -> float:
        listed = self._price_list(prices, noisy=False)
        best = self._audience.each(lambda _, block: float(glance(block, listed).best.sum()))
        return float(self._frame.limits @ prices) + math.fsum(best)


def _sort(audience: Audience, prices: PriceList, lead: float, frame: Frame) -> _Sorted:
    """Tell the rows apart that lead by more than ``lead`` from those that do not."""

    def look(first: int, block: Shard) -> _Sorted:
        seen = glance(block, prices)
        clear = seen.lead > lead
        near = np.flatnonzero(~clear & np.isfinite(seen.lead))
        taken = np.flatnonzero(clear & (seen.column >= 0))
        columns = seen.column[taken]
        spent = [float(cost[taken, columns].sum(dtype=np.float64)) for cost in block.costs]
        counts = np.bincount(columns, minlength=block.value.shape[1])
        worth = float(block.value[taken, columns].sum(dtype=np.float64))
        noise = np.zeros((near.size, 1)) if prices.noise is None else prices.noise[near]
        used = np.concatenate([spent, counts @ frame.column_use])
        return _Sorted(prices, first + near, block.part(near), noise, used, worth, len(seen.lead))

    parts = list(audience.each(look))
    return _Sorted(
        prices,
        np.concatenate([part.rows for part in parts]),
        joined([part.near for part in parts]),
        np.concatenate([part.noise for part in parts]),
        np.sum([part.used for part in parts], axis=0),
        math.fsum(part.worth for part in parts),
        sum(part.looked for part in parts),
    )
