"""Q-learning with a table: a shopper's week is put in a cell, and cells are learnt apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, Saved
from promoloop.decide.journeys.records import (
    JOURNEY_FEATURES,
    JOURNEY_TRAITS,
    JourneyLog,
    column_of,
)
from promoloop.decide.journeys.softening import require_explore, require_seen, softened
from promoloop.decide.journeys.values import require_discount
from promoloop.decide.policy import drawn
from promoloop.decide.records import Choices

__all__ = ["JOURNEY_BINS", "TabularQ"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Edges per feature; a value goes to the bin of the number of edges at or below it.
JOURNEY_BINS: Mapping[str, Sequence[float]] = {
    "subscribed": (0.5,),
    "contact_pressure": (0.25, 0.55, 0.95),
    "coupon_affinity": (0.3, 0.5),
    "purchase_rate": (0.12, 0.22),
    "open_rate": (0.25, 0.45),
    "weeks_since_offer": (2.5,),
}
_SWEEPS = 5000
_CLOSE = 1e-5


class TabularQ:
    """Sweeps of Q-learning over a log until the table stands still.

        Q(c, a) = r(c, a) + discount * sum_c' p(c' | c, a) max_a' Q(c', a')

    with the log's means of reward and next cell. Where a cell saw an action seldom, they are
    drawn towards what the cell brings under any action plus what the action adds anywhere.

    Parameters
    ----------
    actions : int
        How many columns there are.
    discount : float, default 0.97
        What a minor unit a week later is worth now, in [0, 1).
    explore : float, default 0.02
        Share of the choices made uniformly, in [0, 1].
    prior : float, default 200.0
        How many logged weeks the drawing is worth.
    bins : mapping of feature to edges, optional
    features : tuple of str
        Names of the observations' columns.

    Attributes
    ----------
    table_ : array, shape (cells, k + 1)
        Q, nothing last; minus infinity where an action was never seen.

    Notes
    -----
    What differs within a cell is taken for chance. Shoppers of different worth in one cell bias
    the values; the differences between actions suffer less, as the log randomised those.
    """

    def __init__(
        self,
        actions: int,
        discount: float = 0.97,
        explore: float = 0.02,
        prior: float = 200.0,
        bins: Mapping[str, Sequence[float]] = JOURNEY_BINS,
        features: Sequence[str] = JOURNEY_FEATURES,
    ) -> None:
        self.actions = actions
        self.discount = require_discount(discount)
        self.explore = require_explore(explore)
        self.prior = prior
        self.bins = {name: tuple(edges) for name, edges in bins.items()}
        self.features = tuple(features)
        self._columns = [column_of(self.features, name) for name in self.bins]

    def choose(self, observations: Floats, eligible: Mask, rng: np.random.Generator) -> Choices:
        """Draw one choice per row; see the port."""
        shares = self.probabilities(observations, eligible)
        return drawn(shares, rng.random(len(shares)))

    def probabilities(self, observations: Floats, eligible: Mask) -> Floats:
        """The distribution ``choose`` draws from, nothing last: (n, k + 1)."""
        require_seen(observations, eligible, len(self.features), self.actions)
        if not hasattr(self, "table_"):
            raise InvalidError("a choice", "the table has learnt nothing", "Call learn first.")
        q = self.table_[self.cells(observations)]
        seen = np.isfinite(q)
        gains = np.where(seen, q, 0.0)[:, :-1] - np.where(seen, q, 0.0)[:, -1:]
        return softened(np.where(seen[:, :-1], gains, -np.inf), eligible, self.explore)

    def cells(self, observations: Floats) -> Ints:
        """(n,) the cell of each row."""
        cell = np.zeros(len(observations), dtype=np.int64)
        for column, edges in zip(self._columns, self.bins.values(), strict=True):
            place = np.searchsorted(np.array(edges), observations[:, column], side="right")
            cell = cell * (len(edges) + 1) + place
        return cell

    def learn(self, log: JourneyLog) -> None:
        """Learn the table anew, for the cells the log has been in; elsewhere nothing is sent."""
        require_seen(log.observations, log.eligible, len(self.features), self.actions)
        views = log.views(self.features, JOURNEY_TRAITS)
        here, there = (self.cells(view) for view in views)
        known, places = np.unique(np.concatenate([here, there]), return_inverse=True)
        reward, chance, seen = self._means(log, places[: here.size], places[here.size :])
        table = np.where(seen, 0.0, -np.inf)
        for _ in range(_SWEEPS):
            fresh = np.where(seen, reward + self.discount * chance @ table.max(axis=1), -np.inf)
            moved = float(np.abs(fresh[seen] - table[seen]).max())
            table = fresh
            if moved < _CLOSE:
                break
        cells = int(np.prod([len(edges) + 1 for edges in self.bins.values()]))
        self.table_ = np.full((cells, self.actions + 1), -np.inf)
        self.table_[:, -1] = 0.0
        self.table_[known] = table

    def _means(self, log: JourneyLog, here: Ints, there: Ints) -> tuple[Floats, Floats, Mask]:
        """Drawn reward (c, k+1), chance of the next cell (c, k+1, c), and what was ever seen."""
        cells, width = int(max(here.max(), there.max())) + 1, self.actions + 1
        pair = here * width + log.option
        stays = ~log.left
        visits = np.bincount(pair, minlength=cells * width)
        reached = np.bincount(pair[stays] * cells + there[stays], minlength=cells * width * cells)
        count: Floats = visits.reshape(cells, width).astype(np.float64)
        moves: Floats = reached.reshape(cells, width, cells).astype(np.float64)
        total = np.asarray(np.bincount(pair, log.reward, cells * width), dtype=np.float64)
        usual, next_usual, added = _usual(count, total.reshape(cells, width), moves)
        weight = 1.0 / np.maximum(count + self.prior, 1e-9)
        drawn_to = self.prior * (usual[:, None] + added)
        reward = (total.reshape(cells, width) + drawn_to) * weight
        chance = (moves + self.prior * next_usual[:, None, :]) * weight[:, :, None]
        seen = count > 0
        seen[:, -1] = True
        return reward, chance, seen

    def to_parameters(self) -> dict[str, object]:
        """All that was learnt and set, as JSON types; an action never seen is null."""
        if not hasattr(self, "table_"):
            raise InvalidError("saving a table", "it has learnt nothing", "Call learn first.")
        return {
            "actions": self.actions,
            "discount": self.discount,
            "explore": self.explore,
            "prior": self.prior,
            "bins": {name: list(edges) for name, edges in self.bins.items()},
            "features": list(self.features),
            "table": [[q if np.isfinite(q) else None for q in row] for row in self.table_.tolist()],
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> TabularQ:
        """The table that ``to_parameters`` wrote."""
        saved = Saved(parameters, "a saved table of journeys")
        bins = saved.part("bins")
        made = cls(
            actions=saved.whole("actions"),
            discount=saved.number("discount"),
            explore=saved.number("explore"),
            prior=saved.number("prior"),
            bins={name: bins.array(name, None).tolist() for name in bins},
            features=saved.texts("features"),
        )
        cells = prod(len(edges) + 1 for edges in made.bins.values())
        made.table_ = saved.array("table", cells, made.actions + 1, null=-np.inf)
        return made


def _usual(count: Floats, total: Floats, moves: Floats) -> tuple[Floats, Floats, Floats]:
    """Reward (c,) and next cell (c, c) of a cell under any action, and what each action adds."""
    visits = np.maximum(count.sum(axis=1), 1.0)
    usual = total.sum(axis=1) / visits
    added = (total - count * usual[:, None]).sum(axis=0) / np.maximum(count.sum(axis=0), 1.0)
    return usual, moves.sum(axis=1) / visits[:, None], added
