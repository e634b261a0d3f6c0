"""The best a policy could do that cares for this week only, were it to know the truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from promoloop.simulate.journeys.state import JourneyState
from promoloop.simulate.journeys.world import JourneyWorld

__all__ = ["KnowingMyopic"]


class KnowingMyopic:
    """Send what brings most expected margin this week, net of discounts and contact cost.

    It reads hidden traits and the hidden state, so it exists in simulation only: no bandit that
    maximises the week's margin can do better in that week. A bar for myopic peers, not a policy.

    Parameters
    ----------
    world : JourneyWorld
    """

    def __init__(self, world: JourneyWorld) -> None:
        self.world = world

    def __call__(self, state: JourneyState, rng: np.random.Generator) -> NDArray[np.int64]:
        """The chosen column per shopper (n,), -1 for nothing; ``rng`` is left alone."""
        del rng
        gains = self.gains(state)
        best = gains.argmax(axis=1)
        pays = gains.max(axis=1) > 0.0
        reachable = self.world.eligible(state).any(axis=1)
        return np.where(pays & reachable, best, -1).astype(np.int64)

    def gains(self, state: JourneyState) -> NDArray[np.float64]:
        """True expected gain of this week's margin over sending nothing, less contact: (n, k)."""
        world = self.world
        reads = world.reading(state)
        idle = np.zeros(len(reads), dtype=np.bool_)
        without = self._margin(state, idle)
        columns = []
        for number, action in enumerate(world.actions):
            # A new offer takes the place of the one in hand even when it is not read.
            unread = world.handed(state, number, idle) if action.depth > 0.0 else state
            missed = self._margin(unread, idle)
            got = self._margin(world.handed(state, number, ~idle), ~idle)
            columns.append(reads * got + (1.0 - reads) * missed - without - action.cost_minor)
        return np.stack(columns, axis=1)

    def _margin(self, held: JourneyState, read: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Expected margin (n,) of the week, net of the discount of those who redeem."""
        world = self.world
        used = np.where(held.held_read, world.constants.redeeming * held.held_depth, 0.0)
        kept = 1.0 - used / world.constants.margin_share
        return np.asarray(world.buying(held, read) * world.gross() * kept)
