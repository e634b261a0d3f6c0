"""What every bandit must do, whatever it believes and however it explores."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.decide import ActionSet, Bandit
from promoloop.testing.damage import damaged

__all__ = ["BanditSuite"]

Floats = NDArray[np.float64]

FEATURES = 3
ACTIONS = ActionSet(
    ("coffee/email/8/a", "coffee/sms/8/a", "tea/email/18/a", "nothing"),
    np.array([[0.2, 0.0], [0.2, 1.0], [0.1, 0.0], [0.0, 0.0]]),
)


def contexts_of(seed: int, n: int) -> Floats:
    """Standard normal contexts, (n, 3)."""
    return np.random.default_rng(seed).standard_normal((n, FEATURES))


def rounds(bandit: Bandit, seed: int, count: int, size: int = 50) -> None:
    """Play: in action j's favour when feature j is high, nothing never rewarded."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        contexts = rng.standard_normal((size, FEATURES))
        choices = bandit.choose(contexts, ACTIONS, rng)
        best = np.where(contexts.max(axis=1) > 0, contexts.argmax(axis=1), -1)
        rewards = (choices.index == best) & (choices.index >= 0)
        keys = ACTIONS.taken(choices.index)
        bandit.learn(contexts, keys, rewards.astype(np.float64), choices.propensity)


def learn_from(bandit: Bandit, outcome: Mapping[str, Any]) -> None:
    """Learn from one set of arguments by name."""
    bandit.learn(**outcome)


class BanditSuite(ABC):
    """Derive, and give a bandit of 3 context features, 2 action features, rewards in [0, 1].

    ``floor`` is the least propensity it promises where all four actions are eligible.
    """

    floor = 0.0
    learns = True

    @abstractmethod
    def bandit(self) -> Bandit:
        """A bandit that has learnt nothing."""
        ...

    def played(self, seed: int = 0) -> Bandit:
        """One that has played 20 batches."""
        bandit = self.bandit()
        rounds(bandit, seed, 20)
        return bandit

    def test_propensities_are_exact_for_what_is_eligible(self) -> None:
        """Rows sum to 1, nothing ineligible, the floor is kept, the propensity is of the index."""
        rng = np.random.default_rng(1)
        mask = rng.random((200, 4)) < 0.5
        mask[:, 3] |= ~mask.any(axis=1)
        choices = self.played().choose(contexts_of(2, 200), ACTIONS.among(mask), rng)
        shares = choices.probabilities
        np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=0, atol=1e-12)
        assert (shares[~mask] == 0.0).all()
        assert (shares[mask] >= self.floor * (1 - 1e-12)).all()
        assert (shares[np.arange(200), choices.index] == choices.propensity).all()
        assert mask[np.arange(200), choices.index].all()
        assert set(choices.index.tolist()) <= {-1, 0, 1, 2}

    def test_choices_come_as_often_as_their_propensities_say(self) -> None:
        """Over 20,000 draws from one distribution, within five standard errors."""
        bandit, n = self.played(), 20_000
        contexts = np.repeat(contexts_of(3, 1), n, axis=0)
        choices = bandit.choose(contexts, ACTIONS, np.random.default_rng(4))
        shares = choices.probabilities[0]
        seen = np.bincount(choices.index % 4, minlength=4) / n
        assert (np.abs(seen - shares) <= 5 * np.sqrt(shares * (1 - shares) / n) + 1e-9).all()

    def test_weighing_by_propensities_is_unbiased(self) -> None:
        """The value of every single action comes out of the log, within five standard errors."""
        bandit, n = self.played(), 20_000
        contexts = contexts_of(5, n)
        choices = bandit.choose(contexts, ACTIONS, np.random.default_rng(6))
        worth = contexts + np.arange(3.0)
        worth = np.column_stack([worth, np.zeros(n)])
        for action in range(4):
            weight = (choices.index % 4 == action) / choices.propensity
            parts = weight * worth[:, action] - worth[:, action]
            assert abs(parts.mean()) <= 5 * parts.std() / np.sqrt(n) + 1e-9

    def test_one_row_is_chosen_for_as_many_are(self) -> None:
        """The distribution of a row does not depend on its company."""
        bandit, contexts = self.played(), contexts_of(7, 5)
        together = bandit.choose(contexts, ACTIONS, np.random.default_rng(0)).probabilities
        for row in range(5):
            alone = bandit.choose(contexts[row : row + 1], ACTIONS, np.random.default_rng(0))
            np.testing.assert_allclose(alone.probabilities[0], together[row], rtol=1e-3, atol=1e-6)

    def test_the_same_seed_gives_the_same_choices(self) -> None:
        """To the bit, which is what makes a decision replayable."""
        bandit, contexts = self.played(), contexts_of(8, 50)
        first, second = (
            bandit.choose(contexts, ACTIONS, np.random.default_rng(9)) for _ in range(2)
        )
        assert (first.index == second.index).all()
        assert (first.probabilities == second.probabilities).all()

    def test_it_comes_to_prefer_what_is_rewarded(self) -> None:
        """Better than even after 1,000 outcomes, unless it explores evenly for ever."""
        contexts = np.array([[2.0, -1.0, -1.0], [-1.0, 2.0, -1.0], [-1.0, -1.0, 2.0]])
        choices = self.played().choose(contexts, ACTIONS, np.random.default_rng(0))
        right = choices.probabilities[np.arange(3), np.arange(3)]
        assert (right > 0.3).all() or not self.learns

    def test_late_outcomes_can_be_learnt_in_any_order(self) -> None:
        """One by one, backwards, long after the choice."""
        bandit = self.bandit()
        contexts = contexts_of(10, 30)
        choices = bandit.choose(contexts, ACTIONS, np.random.default_rng(0))
        keys = ACTIONS.taken(choices.index)
        for row in reversed(range(30)):
            part = slice(row, row + 1)
            bandit.learn(contexts[part], keys[part], [1.0], choices.propensity[part])
        again = bandit.choose(contexts, ACTIONS, np.random.default_rng(0))
        np.testing.assert_allclose(again.probabilities.sum(axis=1), 1.0, rtol=0, atol=1e-12)

    def test_what_is_saved_comes_back_to_the_bit(self) -> None:
        """Through JSON text; the copy also learns on alike."""
        bandit = self.played()
        copy = type(bandit).from_parameters(json.loads(json.dumps(bandit.to_parameters())))
        rounds(bandit, 11, 3)
        rounds(copy, 11, 3)
        kept = [
            each.choose(contexts_of(12, 40), ACTIONS, np.random.default_rng(0)).probabilities
            for each in (bandit, copy)
        ]
        assert (kept[0] == kept[1]).all()
        assert bandit.to_parameters() == copy.to_parameters()

    def test_damage_to_what_was_saved_is_named(self) -> None:
        """Not found out by a later KeyError, or not at all."""
        bandit = self.played()
        for name, parameters in damaged(bandit.to_parameters()):
            with pytest.raises(InvalidError, match="saved"):
                pytest.fail(f"{name}: {type(bandit).from_parameters(parameters)}")

    def test_an_action_nobody_has_seen_is_scored(self) -> None:
        """From its features; it gets at least the floor."""
        wider = ActionSet((*ACTIONS.keys[:-1], "tea/push/9/b"), ACTIONS.features)
        choices = self.played().choose(contexts_of(13, 20), wider, np.random.default_rng(0))
        assert (choices.probabilities >= self.floor * (1 - 1e-12)).all()
        np.testing.assert_allclose(choices.probabilities.sum(axis=1), 1.0, rtol=0, atol=1e-12)

    @pytest.mark.parametrize(
        ("change", "case"),
        [
            ({"contexts": np.full((2, 3), np.nan)}, "NaN"),
            ({"contexts": np.full((2, 3), np.inf)}, "infinite"),
            ({"contexts": np.zeros((2, 4))}, "shape"),
            ({"actions": ["coffee/email/8/a", "cocoa"]}, "cocoa"),
            ({"actions": ["coffee/email/8/a"]}, "one of each"),
            ({"rewards": [0.0, np.nan]}, "reward"),
            ({"rewards": [0.0, np.inf]}, "reward"),
            ({"rewards": [1.0]}, "one of each"),
            ({"propensities": [0.5, 0.0]}, "propensities"),
            ({"propensities": [0.5, 1.1]}, "propensities"),
            ({"propensities": [0.5, np.nan]}, "propensities"),
            ({"weights": [1.0, 0.0]}, "weights"),
            ({"weights": [1.0, np.inf]}, "weights"),
        ],
    )
    def test_bad_outcomes_are_named_and_nothing_is_learnt(
        self, change: dict[str, object], case: str
    ) -> None:
        """Whatever is wrong is found before anything changes."""
        bandit = self.played()
        before = bandit.to_parameters()
        outcome: dict[str, object] = {
            "contexts": np.zeros((2, 3)),
            "actions": ["coffee/email/8/a", "nothing"],
            "rewards": [1.0, 0.0],
            "propensities": [0.5, 0.5],
            "weights": [1.0, 1.0],
        }
        with pytest.raises(InvalidError, match=case):
            learn_from(bandit, {**outcome, **change})
        assert bandit.to_parameters() == before

    def test_a_row_without_an_eligible_action_is_named(self) -> None:
        """By its number."""
        mask = np.array([[True] * 4, [False] * 4])
        with pytest.raises(InvalidError, match="row 1"):
            self.bandit().choose(np.zeros((2, 3)), ACTIONS.among(mask), np.random.default_rng(0))

    def test_eligibility_for_other_rows_is_refused(self) -> None:
        """One row of it per context."""
        mask = np.ones((3, 4), dtype=np.bool_)
        with pytest.raises(InvalidError, match="3 rows"):
            self.bandit().choose(np.zeros((2, 3)), ACTIONS.among(mask), np.random.default_rng(0))

    def test_an_action_with_other_features_than_before_is_refused(self) -> None:
        """Known under this key, it was something else."""
        bandit = self.played()
        with pytest.raises(InvalidError, match="coffee/email/8/a"):
            bandit.introduce(ActionSet(("coffee/email/8/a",), np.array([[0.9, 0.0]])))
