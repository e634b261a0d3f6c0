"""A bandit over Bayesian models that share what they learn.

The mathematics are in ``docs/math/bandits.md``; ``pooling.py`` holds the shared part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError, Saved, numbers
from promoloop.decide.bandits.actions import ActionSet
from promoloop.decide.bandits.arms import Arms
from promoloop.decide.bandits.crossing import Crosses
from promoloop.decide.bandits.exploring import Exploration, InverseGap, exploration_from
from promoloop.decide.bandits.outcomes import outcomes
from promoloop.decide.bandits.scores import LogisticReward, RewardModel, Scores, reward_from
from promoloop.decide.records import NOTHING, Choices

__all__ = ["PooledBandit"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Rows scored at once: their products of features stay in the processor's cache.
_CHUNK = 1000


class PooledBandit:
    """One Bayesian regression per action, tied by a prior that all of them teach.

    The latent score of action a in context x is θ_a·x, θ_a = M z_a + δ_a: a part that its
    features z_a share with other actions, and its own deviation. How far deviations stray is
    learnt for every context feature over all actions. An action never seen is scored from its
    features and this prior.

    Parameters
    ----------
    crosses : Crosses
        The width of the contexts, and which of their products to use.
    reward : RewardModel, optional
        ``LogisticReward()`` by default; ``LinearReward`` for money.
    explore : Exploration, optional
        ``InverseGap()`` by default.
    width : int, default 0
        Number of action features.
    discount : float, default 1.0
        Factor on the weight of all that was learnt per new outcome, in (0, 1]; 0.9999 forgets
        half in 7,000 outcomes. 1 suits a world that stays as it is.

    Notes
    -----
    Assumes that outcomes given context and action do not depend on how the action was chosen, so
    propensities are checked but do not weigh: logged outcomes of other policies may be learnt
    from. A score that no sum of the features comes near breaks this; give it ``Crosses`` then.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> bandit = PooledBandit(Crosses(1))
    >>> actions = ActionSet(("coffee", "tea"))
    >>> contexts = np.array([[1.0], [-1.0]])
    >>> choices = bandit.choose(contexts, actions, rng)
    >>> keys = actions.taken(choices.index)
    >>> bandit.learn(contexts, keys, [1, 0], choices.propensity)
    >>> choices.probabilities.tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """

    def __init__(
        self,
        crosses: Crosses,
        reward: RewardModel | None = None,
        explore: Exploration | None = None,
        width: int = 0,
        discount: float = 1.0,
    ) -> None:
        self.crosses = crosses
        self.reward: RewardModel = LogisticReward() if reward is None else reward
        self.explore: Exploration = InverseGap() if explore is None else explore
        self.arms = Arms(crosses.size, width, self.reward.intercept, discount)
        self._last: tuple[ActionSet, Ints] | None = None

    def introduce(self, actions: ActionSet) -> None:
        """See ``Bandit``."""
        self._last = (actions, self.arms.rows_of(actions))

    def scores(self, contexts: ArrayLike, actions: ActionSet) -> Scores:
        """What is believed of every action for every row; errors as ``choose``.

        Actions not met before are introduced.
        """
        wide = self.crosses.expanded(numbers(contexts, "contexts"))
        return self._scored(wide, self._rows(actions))

    def choose(self, contexts: ArrayLike, actions: ActionSet, rng: np.random.Generator) -> Choices:
        """See ``Bandit``. Actions not met before are introduced."""
        wide = self.crosses.expanded(numbers(contexts, "contexts"))
        n = wide.shape[0]
        eligible = actions.eligible
        if eligible is not None and eligible.shape[0] != n:
            raise InvalidError(
                f"{n} contexts, eligibility for {eligible.shape[0]} rows",
                "there must be one row of eligibility per context",
                "Give both for the same shoppers.",
            )
        rows = self._rows(actions)
        if n <= _CHUNK:
            shares = self.explore.probabilities(self._scored(wide, rows), eligible)
            return _drawn(shares, rng.random((n,)), actions.keys[-1] == NOTHING)
        shares = np.empty((n, rows.size))
        for start in range(0, n, _CHUNK):
            part = slice(start, start + _CHUNK)
            mask = None if eligible is None else eligible[part]
            shares[part] = self.explore.probabilities(self._scored(wide[part], rows), mask)
        return _drawn(shares, rng.random((n,)), actions.keys[-1] == NOTHING)

    def learn(
        self,
        contexts: ArrayLike,
        actions: Sequence[str],
        rewards: ArrayLike,
        propensities: ArrayLike,
        weights: ArrayLike | None = None,
    ) -> None:
        """See ``Bandit``."""
        wide = self.crosses.expanded(numbers(contexts, "contexts"))
        found = self.arms.known(actions)
        seen = outcomes(len(wide), found, rewards, propensities, weights)
        self.reward.require(seen.rewards)
        if len(wide) == 0:
            return
        self.arms.learn(wide, found, self.reward, seen)

    def to_parameters(self) -> dict[str, object]:
        """See ``Bandit``."""
        return {
            "crosses": self.crosses.to_parameters(),
            "reward": self.reward.to_parameters(),
            "explore": self.explore.to_parameters(),
            "arms": self.arms.to_parameters(),
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Self:
        """See ``Bandit``."""
        saved = Saved(parameters, "a saved bandit")
        bandit = cls(
            Crosses.from_parameters(saved.value("crosses")),
            reward_from(saved.value("reward")),
            exploration_from(saved.value("explore")),
        )
        arms = Arms.from_parameters(saved.value("arms"))
        if arms.pool.own.size != bandit.crosses.size:
            raise saved.fault("arms", "they have other columns than the crosses give")
        bandit.arms = arms
        return bandit

    def _rows(self, actions: ActionSet) -> Ints:
        """Where the arms of these actions are; asked anew only when the actions are others."""
        if self._last is not None:
            last, rows = self._last
            if last.keys is actions.keys and last.features is actions.features:
                return rows
        rows = self.arms.rows_of(actions)
        self._last = (actions, rows)
        return rows

    def _scored(self, wide: Floats, rows: Ints) -> Scores:
        centre, sd = self.arms.scored(wide, rows)
        return Scores(centre, sd, self.arms.seen, self.reward)


def _drawn(shares: Floats, draws: Floats, ends_with_nothing: bool) -> Choices:
    """One column per row by inverting its distribution at a uniform number."""
    if len(shares) == 1:  # the same with fewer calls, for single decisions
        row = shares[0]
        sums = row.cumsum()
        spot = int(sums.searchsorted(draws[0] * sums[-1], side="right"))
        last = ends_with_nothing and spot == len(row) - 1
        return Choices(np.array([-1 if last else spot]), row[spot : spot + 1].copy(), shares)
    edges = shares.cumsum(axis=1)
    # Against the last edge, which may be 1 - 1e-16: what is drawn always has a share.
    column = (edges <= (draws * edges[:, -1])[:, None]).sum(axis=1)
    propensity = np.take_along_axis(shares, column[:, None], axis=1)[:, 0]
    if ends_with_nothing:
        column[column == shares.shape[1] - 1] = -1
    return Choices(column, propensity, shares)
