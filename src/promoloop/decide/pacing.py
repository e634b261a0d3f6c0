"""Prices that follow the day: dearer when spend runs ahead of what is left to come, else cheaper.

The prices of a plan serve one arriving shopper at a time. As the day goes on, the controller
corrects its forecast of the traffic still to come by what has come, and solves the plan's dual
anew on the most recent shoppers, under what is left of each limit per shopper to come. It only
proposes: the ledger's atomic reservation decides. See ``docs/math/allocation.md``.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError, numbers
from promoloop.decide.checking import as_matrix, eligible_mask
from promoloop.decide.dual import dual_prices
from promoloop.decide.frame import frame_of
from promoloop.decide.problem import Floats, Ints
from promoloop.decide.records import Shard
from promoloop.decide.survey import cells_of, require_sound
from promoloop.decide.terms import Terms

__all__ = ["Pace", "PacingController", "TrafficForecast"]


@dataclass(frozen=True, slots=True)
class TrafficForecast:
    """How many shoppers a day should bring, and when.

    ``shoppers`` > 0 in all; ``shares`` of them in equal stretches of the day, which sum to 1.
    """

    shoppers: float
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        shares = numbers(self.shares, "the shares of a forecast")
        sound = shares.size and np.isfinite(shares).all() and (shares >= 0).all()
        if not (sound and abs(shares.sum() - 1.0) < 1e-6 and 0 < self.shoppers < np.inf):
            raise InvalidError(
                f"a forecast of {self.shoppers} shoppers in {shares.size} stretches",
                "there must be some shoppers, and shares >= 0 that sum to 1",
                "Divide each stretch's count by the day's.",
            )

    def by(self, elapsed: float) -> float:
        """Shoppers expected until the day has ``elapsed``, in [0, 1]."""
        stretch, rest = self.stretch(elapsed)
        return self.shoppers * (sum(self.shares[:stretch]) + self.shares[stretch] * rest)

    def stretch(self, elapsed: float) -> tuple[int, float]:
        """The number of the stretch at that time of day, and how much of it is gone."""
        if not 0.0 <= elapsed <= 1.0:
            raise InvalidError(
                f"{elapsed} of the day", "it is not in [0, 1]", "Give the share of the day gone."
            )
        whole = min(int(elapsed * len(self.shares)), len(self.shares) - 1)
        return whole, elapsed * len(self.shares) - whole


@dataclass(frozen=True, slots=True)
class Pace:
    """How a controller follows the day.

    Prices are solved on ``recent`` shoppers at most: those of the sample who came later in the
    day than now, and the last of today. They are solved anew after ``every`` arrivals, and more
    often as the day runs out. Traffic against forecast is the median
    over the stretches of the last ``memory`` of the day, so that a short spike is not taken for a
    busy day; the forecast itself counts as a stretch of ``prior`` shoppers.
    """

    recent: int = 6_000
    every: int = 250
    memory: float = 0.25
    prior: float = 100.0

    def __post_init__(self) -> None:
        counts = self.recent >= 1 and self.every >= 1
        if not (counts and 0.0 <= self.memory <= 1.0 and 0.0 < self.prior < np.inf):
            raise InvalidError(
                f"{self}",
                "recent and every must be 1 or more, memory in [0, 1], prior above 0",
                "Leave them out to get the defaults.",
            )


class _Traffic:
    """Shoppers counted against their forecast."""

    def __init__(self, forecast: TrafficForecast, pace: Pace) -> None:
        self._forecast, self._pace = forecast, pace
        self._expected = forecast.shoppers * np.asarray(forecast.shares, dtype=np.float64)
        self._counts = np.zeros(len(self._expected))
        self._elapsed = 0.0

    def arrived(self, elapsed: float) -> None:
        """One more shopper; time does not go back."""
        self._forecast.stretch(elapsed)
        self._elapsed = max(elapsed, self._elapsed)
        self._counts[self._forecast.stretch(self._elapsed)[0]] += 1.0

    @property
    def gone(self) -> float:
        """Share of the forecast traffic that should be over by now."""
        return self._forecast.by(self._elapsed) / self._forecast.shoppers

    @property
    def to_come(self) -> float:
        """Shoppers expected in the rest of the day, one at least."""
        planned = self._forecast.shoppers - self._forecast.by(self._elapsed)
        return max(1.0, planned * self._ratio())

    def _ratio(self) -> float:
        """Shoppers seen per shopper forecast: a median over stretches, weighted by forecast."""
        now, part = self._forecast.stretch(self._elapsed)
        first = max(0, now - int(self._pace.memory * len(self._counts)))
        due = self._expected[first : now + 1].copy()
        due[-1] *= part
        known = due > 0
        ratios = np.append(self._counts[first : now + 1][known] / due[known], 1.0)
        weights = np.append(due[known], self._pace.prior)
        order = np.argsort(ratios, kind="stable")
        middle = np.searchsorted(np.cumsum(weights[order]), 0.5 * weights.sum())
        return float(ratios[order[middle]])


class PacingController:
    """Keeps prices in step with what is left of every limit and of the day.

    Safe to share between threads of one process; several processes keep one each, with their
    part of the limits and of the forecast.

    Parameters
    ----------
    terms : Terms
        The day's limits, as for ``allocate``; ``start`` are the prices of the plan.
    sample : Shard
        Shoppers like those expected, in the order in which they came over a day: yesterday's.
    forecast : TrafficForecast
    pace : Pace, optional

    Raises
    ------
    InvalidError
        For terms or a sample that are not sound.

    References
    ----------
    Agrawal, Wang and Ye (2014), "A dynamic near-optimal algorithm for online linear
    programming": solve the dual again on what has arrived, under what is left.
    """

    def __init__(
        self, terms: Terms, sample: Shard, forecast: TrafficForecast, pace: Pace | None = None
    ) -> None:
        self._pace = pace or Pace()
        self._traffic = _Traffic(forecast, self._pace)
        names = tuple(one.name for one in terms.budgets if np.ndim(one.cost) != 1)
        names = tuple(name for name in names if len(sample.costs) > 1)
        columns = as_matrix(sample.value, "the sample's value").shape[1]
        self._frame = frame_of(terms, columns, names)
        require_sound(sample, 0, columns, self._frame.dense)
        self._prices = self._frame.start
        self._left = self._frame.limits.copy()
        self._rows = _Likely(sample, self._pace)
        self._since = 0
        self._turn = threading.Lock()
        self._solve()

    @property
    def prices(self) -> Mapping[str, float]:
        """Prices in force, by the name of the limit."""
        return MappingProxyType(dict(zip(self._frame.names, self._prices.tolist(), strict=True)))

    @property
    def left(self) -> Mapping[str, float]:
        """What is left of each limit, as far as this controller knows."""
        return MappingProxyType(dict(zip(self._frame.names, self._left.tolist(), strict=True)))

    @property
    def to_come(self) -> float:
        """Shoppers expected in the rest of the day, by the forecast as corrected so far."""
        return self._traffic.to_come

    def rank(
        self, value: ArrayLike, costs: ArrayLike, eligible: ArrayLike | None = None
    ) -> tuple[int, ...]:
        """Actions worth more than their price to one shopper, best first.

        ``value`` (k,); ``costs`` (k,), or (d, k) with several budgets that vary by shopper.
        """
        values, paid = self._one(value, costs)
        frame, prices = self._frame, self._prices
        priced = values - prices[: frame.dense] @ paid - frame.column_use @ prices[frame.dense :]
        priced[frame.closed] = -np.inf
        allowed = self._open(eligible)
        if allowed is not None:
            priced[~allowed] = -np.inf
        order = np.argsort(-priced, kind="stable")
        return tuple(order[priced[order] > 0].tolist())

    def arrived(
        self,
        elapsed: float,
        value: ArrayLike,
        costs: ArrayLike,
        eligible: ArrayLike | None = None,
        *,
        solve: bool = True,
    ) -> None:
        """Note a shopper who came when so much of the day had ``elapsed``, in [0, 1].

        Without ``solve`` the prices stay as they are for now: for those who note many at once.
        """
        values, paid = self._one(value, costs)
        allowed = self._open(eligible)
        with self._turn:
            self._traffic.arrived(elapsed)
            self._rows.add(self._traffic.gone, values, paid, allowed)
            self._since += 1
            if solve and self._since >= min(self._pace.every, self.to_come / _SOLVES):
                self._solve()

    def took(self, column: int, costs: ArrayLike) -> None:
        """Note that an action was reserved for a shopper; errors as ``rank``."""
        paid = self._paid(costs)
        if not 0 <= column < paid.shape[1]:
            raise InvalidError(
                f"column {column}", f"there are {paid.shape[1]} actions", "Number them from 0."
            )
        with self._turn:
            self._left -= np.concatenate([paid[:, column], self._frame.column_use[column]])

    def _one(self, value: ArrayLike, costs: ArrayLike) -> tuple[Floats, Floats]:
        values = numbers(value, "a shopper's values")
        columns = len(self._frame.closed)
        if values.shape != (columns,) or not np.isfinite(values).all():
            raise InvalidError(
                f"a shopper with values {values.shape}",
                f"there are {columns} actions",
                "Give one finite number per action.",
            )
        return values, self._paid(costs)

    def _paid(self, costs: ArrayLike) -> Floats:
        """One shopper's costs, (d, k)."""
        paid = np.atleast_2d(numbers(costs, "a shopper's costs"))
        wanted = (self._frame.dense, len(self._frame.closed))
        if paid.shape != wanted or not np.isfinite(paid).all():
            raise InvalidError(
                f"a shopper with costs {paid.shape}",
                f"there are {wanted[1]} actions and {wanted[0]} budgets that vary by shopper",
                "Give finite numbers, per budget and action.",
            )
        return paid

    def _open(self, eligible: ArrayLike | None) -> NDArray[np.bool_] | None:
        return eligible_mask(eligible, self._frame.closed.shape)

    def _solve(self) -> None:
        sample = self._rows.shard
        limits = np.where(self._frame.limits >= 0, np.maximum(self._left, 0.0), self._left)
        limits *= len(sample.value) / self.to_come
        no_ceiling = np.full(self._frame.dense, np.inf)
        problem = replace(cells_of(sample, self._frame, no_ceiling), limits=limits)
        self._prices = dual_prices(problem, self._prices, _COOLEST)
        self._since = 0


#: Prices finer than a sample can tell are not worth the time.
_COOLEST = 3e-3
#: Prices are solved anew at least once per so much of the traffic to come.
_SOLVES = 25
#: One part in so many of the sample are today's last.
_BEHIND = 5


class _Likely:
    """Shoppers like those to come, in their order over the day.

    Each who arrives takes the place of yesterday's at the same time of day. So ahead of now are
    yesterday's shoppers of the rest of the day, and behind it are today's.
    """

    def __init__(self, sample: Shard, pace: Pace) -> None:
        if len(sample.value) == 0:
            raise InvalidError("pacing", "the sample has no shoppers", "Give some of yesterday's.")
        rows: Ints = np.arange(pace.recent) * len(sample.value) // pace.recent
        eligible = sample.eligible
        if eligible is None:
            eligible = np.ones(sample.value.shape, dtype=np.bool_)
        self._value = sample.value[rows].astype(np.float64)
        self._costs = np.stack([cost[rows] for cost in sample.costs]).astype(np.float64)
        self._eligible = eligible[rows]
        self._behind = max(1, pace.recent // _BEHIND)
        self._at = 0

    @property
    def shard(self) -> Shard:
        """Yesterday's of the rest of the day, and the last of today."""
        rows = slice(max(0, self._at - self._behind), None)
        return Shard(self._value[rows], tuple(self._costs[:, rows]), self._eligible[rows])

    def add(self, gone: float, values: Floats, costs: Floats, eligible: ArrayLike | None) -> None:
        """Put a shopper in the place of when ``gone`` of the day's traffic was over."""
        self._at = min(int(gone * len(self._value)), len(self._value) - 1)
        self._value[self._at], self._costs[:, self._at] = values, costs
        self._eligible[self._at] = True if eligible is None else eligible
