"""Weeks of simulated shoppers: what they do, and how it changes them.

In the order of one week: a message may be read; an offer that was read is in hand while valid;
the odds of buying follow habit, season, what was read and what is still in the cupboard; a
redeemed offer fills the cupboard; the message tires, and the tired unsubscribe or leave, as do
the neglected. Everything that comes out of here is simulated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.respond import sigmoid
from promoloop.simulate.journeys.settings import (
    JOURNEY_ACTIONS,
    JourneyAction,
    JourneyConstants,
    season_log_odds,
)
from promoloop.simulate.journeys.state import JourneyState, JourneyWeek, new_state, recorded
from promoloop.simulate.journeys.traits import JourneyTraits, draw_traits

__all__ = ["JourneyWorld"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_WARM_UP = 13  # weeks a shopper is known before the journey
_MONTHLY = 0.25  # share mailed a reminder in each of them


@dataclass(frozen=True, slots=True)
class _Draws:
    """One week's chance, drawn whole whatever is done: the same for every policy."""

    reads: Floats
    clicks: Floats
    buys: Floats
    redeems: Floats
    remembers: Floats
    unsubscribes: Floats
    leaves: Floats
    basket: Floats


def _drawn(n: int, rng: np.random.Generator) -> _Draws:
    reads, clicks, buys, redeems, remembers, unsubscribes, leaves = rng.random((7, n))
    basket = rng.standard_normal(n)
    return _Draws(reads, clicks, buys, redeems, remembers, unsubscribes, leaves, basket)


@dataclass(frozen=True, slots=True)
class JourneyWorld:
    """n shoppers who live through weeks.

    The randomness of a week does not depend on what is done in it, so two runs with generators
    of one seed differ by the policies alone.

    Examples
    --------
    >>> world = JourneyWorld.drawn(500, np.random.default_rng(1))
    >>> rng = np.random.default_rng(2)
    >>> state = world.begin(rng)
    >>> state, week = world.step(state, np.full(500, -1), rng)
    >>> bool(week.contacted.any()), week.reward.shape
    (False, (500,))
    """

    traits: JourneyTraits
    constants: JourneyConstants
    actions: tuple[JourneyAction, ...]

    @classmethod
    def drawn(
        cls,
        n: int,
        rng: np.random.Generator,
        constants: JourneyConstants | None = None,
        actions: tuple[JourneyAction, ...] = JOURNEY_ACTIONS,
    ) -> JourneyWorld:
        """n shoppers drawn from the population; ``InvalidError`` when n < 1 or no action."""
        if not actions:
            raise InvalidError("a world without actions", "none was given", "Give one or more.")
        chosen = constants if constants is not None else JourneyConstants()
        return cls(draw_traits(n, chosen, rng), chosen, actions)

    def begin(self, rng: np.random.Generator) -> JourneyState:
        """Shoppers known for a quarter of a year, mailed monthly, each in any week of the year.

        Nobody has left yet, and all are subscribed.
        """
        n, c = len(self.traits.habit), self.constants
        start = rng.integers(52, size=n)
        margin = c.basket_minor * c.margin_share
        state = new_state(start, self.traits.coupon_affinity, c.visits_mean, margin, 0.35)
        everyone = np.ones(n, dtype=np.bool_)
        for _ in range(_WARM_UP):
            index = np.where(rng.random(n) < _MONTHLY, 0, -1)
            state, _week = self.step(state, index, rng)
            state = replace(state, active=everyone, subscribed=everyone)
        return state

    def eligible(self, state: JourneyState) -> Mask:
        """(n, k) whether each action may be sent: only to those who are there and subscribed."""
        reachable = state.active & state.subscribed
        return np.repeat(reachable[:, None], len(self.actions), axis=1)

    def step(
        self, state: JourneyState, index: Ints, rng: np.random.Generator
    ) -> tuple[JourneyState, JourneyWeek]:
        """One week under the actions ``index`` (n,), -1 for nothing.

        An action for somebody who cannot be reached does nothing and costs nothing.

        Raises
        ------
        InvalidError
            For an unknown action or a misshapen index.
        """
        n = len(self.traits.habit)
        if index.shape != (n,) or (index < -1).any() or (index >= len(self.actions)).any():
            raise InvalidError(
                f"actions of shape {index.shape} for {n} simulated shoppers",
                f"one from -1 to {len(self.actions) - 1} is needed for each",
                "Use -1 for nothing.",
            )
        c = self.constants
        draws = _drawn(n, rng)
        contacted = (index >= 0) & state.active & state.subscribed
        read = contacted & (draws.reads < self.reading(state))
        held = self._handed(state, index, contacted, read)
        bought = state.active & (draws.buys < self.buying(held, read))
        redeemed = bought & held.held_read & (draws.redeems < c.redeeming)
        gross = self._gross(draws.basket)
        spent = np.where(redeemed, held.held_depth * gross / c.margin_share, 0.0)
        cost = np.where(contacted, self._column("cost_minor")[index], 0.0)
        held = replace(held, held_read=held.held_read & (draws.remembers < c.remembered))
        moved = self._moved(held, np.where(contacted, index, -1), bought, read, redeemed)
        machine = contacted & self.traits.scanned
        week = JourneyWeek(
            depth=np.where(contacted, self._column("depth")[index], 0.0),
            reward=np.where(bought, gross - spent, 0.0) - cost,
            bought=bought,
            redeemed=redeemed,
            contacted=contacted,
            read=read,
            opened=read | machine,
            clicked=(read & (draws.clicks < c.clicking)) | machine,
            unsubscribed=contacted & (draws.unsubscribes < self._unsubscribing(moved)),
            left=state.active & (draws.leaves < self._leaving(moved)),
        )
        return recorded(moved, week, machine, gross), week

    def buying(self, held: JourneyState, read: Mask) -> Floats:
        """True probability (n,) to buy this week, with what is in hand and whether a message was
        ``read``; for those who left it means nothing."""
        t, c = self.traits, self.constants
        fresh = np.exp(-c.tired_response * t.weary * held.fatigue)
        offer = np.where(held.held_read, -np.log1p(-held.held_depth) * t.elasticity, 0.0)
        pull = (np.where(read, t.reminder, 0.0) + offer) * fresh
        season = season_log_odds(held.week_of_year)
        return np.asarray(sigmoid(t.habit + season + pull - c.stocking_up * held.stock))

    def reading(self, state: JourneyState) -> Floats:
        """True probability (n,) that a message of this week would be read."""
        worn = np.exp(-self.constants.tired_reading * self.traits.weary * state.fatigue)
        return np.asarray(self.traits.reads * worn)

    def gross(self) -> Floats:
        """Mean margin (n,) of a basket before any discount, in minor units."""
        return np.asarray(self.constants.margin_share * self.traits.basket)

    def handed(self, state: JourneyState, action: int, read: Mask) -> JourneyState:
        """``state`` had everybody just been sent ``action``, and ``read`` (n,) those who know."""
        n = len(self.traits.habit)
        return self._handed(state, np.full(n, action), np.ones(n, dtype=np.bool_), read)

    def _handed(
        self, state: JourneyState, index: Ints, contacted: Mask, read: Mask
    ) -> JourneyState:
        """A new offer replaces the one in hand; a reminder leaves it there."""
        depth = np.where(contacted, self._column("depth")[index], 0.0)
        new = depth > 0.0
        weeks = np.where(new, self.constants.valid_weeks, state.held_weeks)
        valid = weeks > 0
        return replace(
            state,
            held_depth=np.where(valid, np.where(new, depth, state.held_depth), 0.0),
            held_weeks=weeks,
            held_read=valid & np.where(new, read, state.held_read),
        )

    def _gross(self, noise: Floats) -> Floats:
        """(n,) margin of this week's basket before any discount."""
        spread = self.constants.basket_varies
        return np.asarray(self.gross() * np.exp(spread * noise - spread**2 / 2))

    def _moved(
        self, held: JourneyState, sent: Ints, bought: Mask, read: Mask, redeemed: Mask
    ) -> JourneyState:
        """What the week leaves behind in shoppers; a redeemed offer is used up."""
        c = self.constants
        weight = np.where(sent >= 0, self._column("weight")[sent], 0.0)
        waited = held.neglect + 1.0
        weeks = np.where(redeemed, 0, np.maximum(held.held_weeks - 1, 0))
        return replace(
            held,
            fatigue=c.fatigue_kept * held.fatigue + weight,
            stock=c.stock_kept * held.stock + redeemed,
            neglect=np.where(bought, 0.0, np.where(read, waited / 2, waited)),
            held_weeks=weeks,
            held_depth=np.where(weeks > 0, held.held_depth, 0.0),
            held_read=held.held_read & (weeks > 0),
        )

    def _unsubscribing(self, moved: JourneyState) -> Floats:
        tired = self.traits.weary * moved.fatigue
        return np.asarray(self.constants.unsubscribing + self.constants.tired_unsubscribing * tired)

    def _leaving(self, moved: JourneyState) -> Floats:
        c = self.constants
        neglected = c.neglected_leaving * -np.expm1(-moved.neglect / c.neglect_weeks)
        return np.asarray(
            c.leaving + neglected + c.tired_leaving * self.traits.weary * moved.fatigue
        )

    def _column(self, name: str) -> Floats:
        return np.array([getattr(action, name) for action in self.actions], dtype=np.float64)
