"""The journey world as Gymnasium environments: one shopper, or many at once.

Action 0 is nothing, action 1 + a sends column a. What an agent sees is what a shop sees, in the
order of ``JOURNEY_FEATURES``; the reward is the week's margin net of discounts, less the cost of
the contact, in major units. The value of promoting is the return less that of sending nothing.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.decide import JOURNEY_FEATURES
from promoloop.simulate.journeys.settings import (
    JOURNEY_ACTIONS,
    JourneyAction,
    JourneyConstants,
)
from promoloop.simulate.journeys.state import JourneyState, blended, observed
from promoloop.simulate.journeys.traits import JourneyTraits, joined
from promoloop.simulate.journeys.world import JourneyWorld

__all__ = ["JourneyEnv", "JourneyVectorEnv"]

Seen = NDArray[np.float32]
Flags = NDArray[np.bool_]
Actions = NDArray[np.int64]

_MINOR = 100.0  # minor units in a major one
_RATES = ("purchase_rate", "coupon_affinity", "open_rate", "click_rate", "instant_rate")


class JourneyEnv(gymnasium.Env[Seen, np.int64]):
    """One simulated shopper at a time, a new one at every reset.

    An episode is terminated when the shopper leaves for good and truncated after ``weeks``.
    ``info["action_mask"]`` says which actions may be chosen; one that may not does nothing.

    Parameters
    ----------
    weeks : int, default 52
    constants : JourneyConstants, optional
    actions : tuple of JourneyAction, optional

    Examples
    --------
    >>> env = JourneyEnv(weeks=3)
    >>> seen, info = env.reset(seed=1)
    >>> seen.shape, info["action_mask"].tolist()
    ((16,), [1, 1, 1, 1])
    >>> seen, reward, terminated, truncated, info = env.step(0)
    """

    def __init__(
        self,
        weeks: int = 52,
        constants: JourneyConstants | None = None,
        actions: tuple[JourneyAction, ...] = JOURNEY_ACTIONS,
    ) -> None:
        self.weeks = _positive(weeks, "weeks")
        self.constants = constants if constants is not None else JourneyConstants()
        self.actions = actions
        self.observation_space = _seen_space()
        self.action_space = spaces.Discrete(len(actions) + 1)
        self._week = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Seen, dict[str, Any]]:
        """A new shopper, known for a quarter of a year; ``options`` are left alone."""
        super().reset(seed=seed, options=options)
        self._world = JourneyWorld.drawn(1, self.np_random, self.constants, self.actions)
        self._state = self._world.begin(self.np_random)
        self._week = 0
        return _seen(self._state)[0], {"action_mask": _mask(self._world, self._state)[0]}

    def step(self, action: np.int64) -> tuple[Seen, float, bool, bool, dict[str, Any]]:
        """One week; ``InvalidError`` for an action outside the space."""
        if not hasattr(self, "_world"):
            raise InvalidError("a week", "no shopper is there yet", "Call reset first.")
        if not self.action_space.contains(action):
            raise InvalidError(
                f"action {action!r}", f"it is not in {self.action_space}", "0 sends nothing."
            )
        index = np.array([int(action) - 1])
        self._state, week = self._world.step(self._state, index, self.np_random)
        self._week += 1
        info = {
            "action_mask": _mask(self._world, self._state)[0],
            "bought": bool(week.bought[0]),
            "redeemed": bool(week.redeemed[0]),
            "unsubscribed": bool(week.unsubscribed[0]),
        }
        reward = float(week.reward[0]) / _MINOR
        return _seen(self._state)[0], reward, bool(week.left[0]), self._week >= self.weeks, info


class JourneyVectorEnv(VectorEnv[Seen, Actions, NDArray[Any]]):
    """``num_envs`` simulated shoppers at once, as fast as numpy allows.

    Whoever left or reached ``weeks`` is replaced by a new shopper in the following step, whose
    action is not carried out and whose reward is 0 (Gymnasium's next-step autoreset).

    Parameters
    ----------
    num_envs : int
    weeks : int, default 52
    constants : JourneyConstants, optional
    actions : tuple of JourneyAction, optional

    Examples
    --------
    >>> envs = JourneyVectorEnv(1000)
    >>> seen, info = envs.reset(seed=1)
    >>> seen, rewards, terminated, truncated, info = envs.step(np.zeros(1000, dtype=np.int64))
    >>> seen.shape, rewards.shape
    ((1000, 16), (1000,))
    """

    def __init__(
        self,
        num_envs: int,
        weeks: int = 52,
        constants: JourneyConstants | None = None,
        actions: tuple[JourneyAction, ...] = JOURNEY_ACTIONS,
    ) -> None:
        self.metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}
        self.num_envs = _positive(num_envs, "shoppers")
        self.weeks = _positive(weeks, "weeks")
        self.constants = constants if constants is not None else JourneyConstants()
        self.actions = actions
        self.single_observation_space = _seen_space()
        self.single_action_space = spaces.Discrete(len(actions) + 1)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Seen, dict[str, Any]]:
        """New shoppers everywhere; ``options`` are left alone."""
        super().reset(seed=seed, options=options)
        self._world, self._state = self._fresh()
        self._week = np.zeros(self.num_envs, dtype=np.int64)
        self._ended = np.zeros(self.num_envs, dtype=np.bool_)
        return _seen(self._state), {"action_mask": _mask(self._world, self._state)}

    def step(
        self, actions: Actions
    ) -> tuple[Seen, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """One week of everybody; ``InvalidError`` for actions outside the space."""
        if not hasattr(self, "_world"):
            raise InvalidError("a week", "no shopper is there yet", "Call reset first.")
        ended = self._ended
        index = np.where(ended, -1, np.asarray(actions, dtype=np.int64) - 1)
        self._state, week = self._world.step(self._state, index, self.np_random)
        self._week += 1
        if ended.any():
            self._replace(ended)
        left = week.left & ~ended
        over = (self._week >= self.weeks) & ~ended
        self._ended = left | over
        info = {
            "action_mask": _mask(self._world, self._state),
            "bought": week.bought & ~ended,
            "redeemed": week.redeemed & ~ended,
            "unsubscribed": week.unsubscribed & ~ended,
        }
        rewards = np.where(ended, 0.0, week.reward / _MINOR)
        return _seen(self._state), rewards, left, over, info

    def _fresh(self) -> tuple[JourneyWorld, JourneyState]:
        rng = self.np_random
        world = JourneyWorld.drawn(self.num_envs, rng, self.constants, self.actions)
        return world, world.begin(rng)

    def _replace(self, ended: Flags) -> None:
        world, state = self._fresh()
        traits: JourneyTraits = joined(self._world.traits, world.traits, ended)
        self._world = JourneyWorld(traits, self.constants, self.actions)
        self._state = blended(self._state, state, ended)
        self._week = np.where(ended, 0, self._week)


def _seen_space() -> spaces.Box[Any]:
    low = np.zeros(len(JOURNEY_FEATURES), dtype=np.float32)
    high = np.full(len(JOURNEY_FEATURES), 60.0, dtype=np.float32)
    for place, name in enumerate(JOURNEY_FEATURES):
        if name.startswith("season"):
            low[place], high[place] = -1.0, 1.0
        elif name in _RATES or name in ("offer_depth", "subscribed"):
            high[place] = 1.0
        elif name == "margin_per_purchase":
            high[place] = 1e6
    return spaces.Box(low, high, dtype=np.float32)


def _seen(state: JourneyState) -> Seen:
    return observed(state).astype(np.float32)


def _mask(world: JourneyWorld, state: JourneyState) -> NDArray[np.int8]:
    """(n, k + 1): nothing may always be done."""
    eligible = world.eligible(state)
    nothing = np.ones((len(eligible), 1), dtype=np.bool_)
    return np.hstack([nothing, eligible]).astype(np.int8)


def _positive(count: int, what: str) -> int:
    if count < 1:
        raise InvalidError(f"an environment of {count} {what}", "one is needed", "Ask for more.")
    return count
