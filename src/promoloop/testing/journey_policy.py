"""What every journey policy must do."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.decide import JourneyLog, JourneyPolicy, JourneyRule
from promoloop.simulate import JourneyWorld, log_journeys
from promoloop.testing.damage import damaged
from promoloop.testing.samples import expecting

__all__ = ["JourneyPolicySuite", "few_journeys"]


def few_journeys(seed: int = 0, shoppers: int = 120, weeks: int = 6) -> JourneyLog:
    """A small simulated log of three actions, half of its weeks nothing."""
    world = JourneyWorld.drawn(shoppers, np.random.default_rng([seed, 0]))
    exploring = JourneyRule(-1, actions=3, explore=2 / 3)
    return log_journeys(world, exploring, weeks, np.random.default_rng([seed, 1]))


class JourneyPolicySuite(ABC):
    """Derive from this and say how to make a policy of three actions, before it has learnt."""

    @abstractmethod
    def make(self) -> JourneyPolicy:
        """A policy over ``JOURNEY_FEATURES`` and three actions."""

    def learnt(self, log: JourneyLog) -> JourneyPolicy:
        """What ``make`` gives, after it has learnt from ``log``."""
        policy = self.make()
        policy.learn(log)
        return policy

    def test_propensities_are_those_of_the_distribution_that_was_drawn_from(self) -> None:
        log = few_journeys()
        policy = self.learnt(log)
        choices = policy.choose(log.observations, log.eligible, np.random.default_rng(1))
        shares = policy.probabilities(log.observations, log.eligible)
        option = np.where(choices.index < 0, 3, choices.index)
        assert np.array_equal(choices.probabilities, shares)
        assert np.array_equal(choices.propensity, shares[np.arange(len(option)), option])
        assert np.allclose(shares.sum(axis=1), 1.0)
        assert (choices.propensity > 0.0).all()

    def test_what_is_not_eligible_is_never_chosen(self) -> None:
        log = few_journeys()
        policy = self.learnt(log)
        eligible = np.zeros_like(log.eligible)
        eligible[::2, 1] = True
        shares = policy.probabilities(log.observations, eligible)
        assert (shares[:, :3][~eligible] == 0.0).all()
        assert (shares[1::2, 3] == 1.0).all()

    def test_one_seed_gives_one_choice(self) -> None:
        log = few_journeys()
        policy = self.learnt(log)
        first, second = (
            policy.choose(log.observations, log.eligible, np.random.default_rng(5)).index
            for _ in range(2)
        )
        assert np.array_equal(first, second)

    def test_what_is_saved_as_json_comes_back_exactly(self) -> None:
        log = few_journeys()
        policy = self.learnt(log)
        text = json.dumps(policy.to_parameters(), allow_nan=False)
        back = type(policy).from_parameters(json.loads(text))
        assert back.to_parameters() == policy.to_parameters()
        assert np.array_equal(
            back.probabilities(log.observations, log.eligible),
            policy.probabilities(log.observations, log.eligible),
        )

    def test_damage_to_what_was_saved_is_named(self) -> None:
        policy = self.learnt(few_journeys())
        for _, parameters in damaged(policy.to_parameters()):
            with expecting(InvalidError):
                type(policy).from_parameters(parameters)

    def test_learning_the_same_log_again_changes_nothing(self) -> None:
        log = few_journeys()
        policy = self.learnt(log)
        before = policy.probabilities(log.observations, log.eligible)
        policy.learn(log)
        assert np.array_equal(policy.probabilities(log.observations, log.eligible), before)

    def test_numbers_that_are_none_and_wrong_shapes_are_invalid(self) -> None:
        log = few_journeys()
        policy = self.learnt(log)
        seen, eligible = log.observations[:4], log.eligible[:4]
        holed: NDArray[np.float64] = seen.copy()
        holed[2, 1] = np.nan
        with expecting(InvalidError):
            policy.probabilities(holed, eligible)
        with expecting(InvalidError):
            policy.probabilities(seen[:, 1:], eligible)
        with expecting(InvalidError):
            policy.probabilities(seen, eligible[:, 1:])

    def test_a_log_of_other_actions_is_invalid(self) -> None:
        log = few_journeys()
        two = JourneyLog(
            log.journey,
            log.week,
            log.observations,
            log.eligible[:, :2],
            np.full_like(log.index, -1),
            np.tile([0.0, 0.0, 1.0], (log.index.size, 1)),
            log.reward,
            log.next_observations,
            log.next_eligible[:, :2],
            log.left,
        )
        with expecting(InvalidError):
            self.make().learn(two)
