"""Fitted-Q iteration with LightGBM, and the bandit that cares for this week only.

    Q(s, a) = base(s) + gain_a(s),   gain of nothing = 0

Every round makes the target y = r + discount (1 - left) max_a Q(s', a), fits the gains to it with
trees, and then solves for the base they imply. The gains are apart from the base because weekly
margins are noise some fifty times the size of what a message changes, and trees on Q itself would
spend their splits on who buys much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from promoloop.decide.journeys.trees import Trees, TreeSettings
from promoloop.decide.journeys.values import LinearValue, require_discount
from promoloop.decide.policy import drawn
from promoloop.decide.records import Choices

__all__ = ["FittedQ", "MyopicBandit"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_GAINS = TreeSettings(rounds=30, leaves=8, least=0.2, shrink=0.1)


class FittedQ:
    """The long-term value of each action, learnt from a log that explored.

    Parameters
    ----------
    actions : int
        How many columns there are.
    discount : float, default 0.97
        What a minor unit a week later is worth now, in [0, 1).
    iterations : int, default 4
        Rounds; they start from the value of going on as the log does, so the first one is
        already an improvement of the logging policy.
    explore : float, default 0.02
        Share of the choices made uniformly, in [0, 1].
    trees : TreeSettings, optional
        Trees of the gains.
    features : tuple of str
        Names of the observations' columns; gains never rise with ``contact_pressure``.

    Attributes
    ----------
    members_ : tuple of two tuples of Trees
        The gains, one forest per action, each learnt from half the journeys. One member picks the
        best next action, the other says what it is worth, so that lucky noise is not taken for
        value. ``choose`` uses the mean.

    References
    ----------
    Ernst, Geurts and Wehenkel (2005), "Tree-based batch mode reinforcement learning", figure 1.
    van Hasselt (2010), "Double Q-learning". Nie and Wager (2021), "Quasi-oracle estimation of
    heterogeneous treatment effects", equation 4, for the gains (propensities known).

    Notes
    -----
    Right only where the log gave every eligible action and nothing a positive propensity, and
    where what is seen of a shopper is enough to foresee it.
    """

    def __init__(
        self,
        actions: int,
        discount: float = 0.97,
        iterations: int = 4,
        explore: float = 0.02,
        trees: TreeSettings = _GAINS,
        features: Sequence[str] = JOURNEY_FEATURES,
    ) -> None:
        if iterations < 1:
            raise InvalidError(f"{iterations} iterations", "one is needed", "Use 4, say.")
        self.actions = actions
        self.discount = require_discount(discount)
        self.iterations = iterations
        self.explore = require_explore(explore)
        self.trees = trees
        self.features = tuple(features)
        self.pressure = column_of(self.features, "contact_pressure")

    def choose(self, observations: Floats, eligible: Mask, rng: np.random.Generator) -> Choices:
        """Draw one choice per row; see the port."""
        shares = self.probabilities(observations, eligible)
        return drawn(shares, rng.random(len(shares)))

    def probabilities(self, observations: Floats, eligible: Mask) -> Floats:
        """The distribution ``choose`` draws from, nothing last: (n, k + 1)."""
        require_seen(observations, eligible, len(self.features), self.actions)
        return softened(self.advantages(observations), eligible, self.explore)

    def advantages(self, observations: Floats) -> Floats:
        """What each action is worth beyond nothing, in minor units: (n, k)."""
        self._require_learnt()
        each = np.stack([_gains(member, observations) for member in self.members_])
        return np.asarray(each.mean(axis=0))

    def learn(self, log: JourneyLog) -> None:
        """Learn anew.

        Raises
        ------
        InvalidError
            When the log has other features or actions, fewer than two journeys, or an action
            that was never chosen where nothing might have been, or the reverse.
        """
        require_seen(log.observations, log.eligible, len(self.features), self.actions)
        _, place = np.unique(log.journey, return_inverse=True)
        halves = [place % 2 == side for side in (0, 1)]
        parts = [log.rows(half) for half in halves if half.any()]
        if len(parts) < 2:
            raise InvalidError("learning from one journey", "two are needed", "Log more.")
        members = [_Member(self, part) for part in parts]
        for _ in range(self.iterations):
            ahead = [one.ahead(other) for one, other in zip(members, members[::-1], strict=True)]
            for one, other, later in zip(members, members[::-1], ahead, strict=True):
                one.fit(other, later)
            for one, later in zip(members, ahead, strict=True):
                one.settle(later)
        self.members_ = tuple(tuple(member.gains) for member in members)

    def to_parameters(self) -> dict[str, object]:
        """All that was learnt and set, as JSON types; trees are LightGBM's own text."""
        self._require_learnt()
        return {
            "actions": self.actions,
            "discount": self.discount,
            "iterations": self.iterations,
            "explore": self.explore,
            "trees": self.trees.to_parameters(),
            "features": list(self.features),
            "members": [[trees.text for trees in gains] for gains in self.members_],
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> FittedQ:
        """The policy that ``to_parameters`` wrote."""
        saved = Saved(parameters, "a saved journey policy")
        made = cls(
            actions=saved.whole("actions"),
            discount=saved.number("discount"),
            iterations=saved.whole("iterations"),
            explore=saved.number("explore"),
            trees=TreeSettings.from_parameters(saved.value("trees")),
            features=saved.texts("features"),
        )
        members = saved.rows("members", 2, made.actions)
        made.members_ = tuple(tuple(Trees(text) for text in texts) for texts in members)
        return made

    def _require_learnt(self) -> None:
        if not hasattr(self, "members_"):
            raise InvalidError("a choice", "the policy has learnt nothing", "Call learn first.")


class MyopicBandit(FittedQ):
    """The contextual bandit: the same trees on the same log, for this week's margin alone.

    Parameters
    ----------
    actions, explore, trees, features
        As for ``FittedQ``; the discount is 0.
    """

    def __init__(
        self,
        actions: int,
        discount: float = 0.0,
        iterations: int = 1,
        explore: float = 0.02,
        trees: TreeSettings = _GAINS,
        features: Sequence[str] = JOURNEY_FEATURES,
    ) -> None:
        if discount != 0.0:
            raise InvalidError(
                f"a myopic bandit with discount {discount}",
                "it does not look beyond the week",
                "Use FittedQ for later weeks.",
            )
        super().__init__(actions, 0.0, iterations, explore, trees, features)


class _Member:
    """One half's estimate while it is being learnt."""

    def __init__(self, policy: FittedQ, log: JourneyLog) -> None:
        self.policy = policy
        self.log = log
        self.now, self.later = log.views(policy.features, JOURNEY_TRAITS)
        self.base = LinearValue(policy.discount, features=policy.features)
        self.base.learn(log)
        self.gains = [Trees("") for _ in range(policy.actions)]
        self._arms = [_Arm(log, action) for action in range(policy.actions)]

    def ahead(self, other: _Member) -> Floats:
        """max_a gain_a(s') (m,): the next action is picked by ``self``, valued by ``other``."""
        log = self.log
        if self.policy.discount == 0.0:
            return np.zeros(log.reward.size)
        mine = np.where(log.next_eligible, _gains(self.gains, self.later), -np.inf)
        best = mine.argmax(axis=1)
        worth = _gains(other.gains, self.later)[np.arange(best.size), best]
        return np.where((mine.max(axis=1) > 0.0) & ~log.left, worth, 0.0)

    def fit(self, other: _Member, ahead: Floats) -> None:
        """One round: gains against the last round's base, then the base they imply.

        The bases of the two halves are each other's, so that neither is judged by its own noise.
        """
        log, policy = self.log, self.policy
        later = ahead + np.where(log.left, 0.0, other.base.value(self.later))
        target = log.reward + policy.discount * later
        expected = other.base.value(self.now)
        falling = [0] * self.now.shape[1]
        falling[policy.pressure] = -1
        self.gains = [
            arm.fit(target, expected, trees, policy.trees, falling)
            for arm, trees in zip(self._arms, self.gains, strict=True)
        ]

    def settle(self, ahead: Floats) -> None:
        """Solve for the base: what is left when the gain of what was chosen is taken out."""
        rows = np.arange(self.log.option.size)
        gains = np.hstack([_gains(self.gains, self.log.observations), np.zeros((rows.size, 1))])
        self.base.learn(self.log, self.policy.discount * ahead - gains[rows, self.log.option])


class _Arm:
    """The weeks that can tell one action from nothing, and how often it was the action."""

    def __init__(self, log: JourneyLog, action: int) -> None:
        nothing = log.eligible.shape[1]
        either = np.isin(log.option, (action, nothing)) & log.eligible[:, action]
        self.rows = np.flatnonzero(either & (log.probabilities[:, nothing] > 0.0))
        odds = log.probabilities[self.rows]
        self.chance = odds[:, action] / (odds[:, action] + odds[:, nothing])
        self.done = log.option[self.rows] == action
        self.seen = log.observations[self.rows]
        tried = self.chance > 0.0
        if not (self.done.any() and (tried & ~self.done).any()):
            raise InvalidError(
                f"learning what action {action} brings",
                "the log never chose it where it might have chosen nothing, or the reverse",
                "Log with a policy that explores.",
            )

    def fit(
        self,
        target: Floats,
        expected: Floats,
        before: Trees,
        settings: TreeSettings,
        falling: Sequence[int],
    ) -> Trees:
        """The gain by residual on residual: weights (T - e)^2, labels (y - m) / (T - e)."""
        surprise = self.done - self.chance
        usual = expected[self.rows] + self.chance * before.predict(self.seen)
        safe = np.where(np.abs(surprise) > 1e-9, surprise, 1.0)
        label = np.where(np.abs(surprise) > 1e-9, (target[self.rows] - usual) / safe, 0.0)
        return Trees.fitted(self.seen, label, settings, weight=surprise**2, monotone=falling)


def _gains(forests: Sequence[Trees], observations: Floats) -> Floats:
    return np.stack([trees.predict(observations) for trees in forests], axis=1)
