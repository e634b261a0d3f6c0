"""The one way every bandit is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from promoloop.decide.bandits.actions import ActionSet
from promoloop.decide.records import Choices

__all__ = ["Bandit"]


class Bandit(Protocol):
    """Chooses actions with exact propensities, and learns from what came of them."""

    def introduce(self, actions: ActionSet) -> None:
        """Make actions known before their outcomes come; known ones stay as they are.

        Raises
        ------
        InvalidError
            When an action has other features than it had before, or another number of them.
        """
        ...

    def choose(self, contexts: ArrayLike, actions: ActionSet, rng: np.random.Generator) -> Choices:
        """Draw one eligible action for every row of ``contexts`` (n, d).

        ``probabilities`` (n, k) is the exact distribution that was drawn from, ``index`` (n,)
        the column, -1 for nothing (the last action, when it is one).

        Raises
        ------
        InvalidError
            For misshapen or non-finite contexts, or a row without an eligible action.
        """
        ...

    def learn(
        self,
        contexts: ArrayLike,
        actions: Sequence[str],
        rewards: ArrayLike,
        propensities: ArrayLike,
        weights: ArrayLike | None = None,
    ) -> None:
        """Learn from m outcomes, however late and in whatever order they come.

        ``contexts`` (m, d), ``actions`` m keys, ``rewards`` (m,), ``propensities`` (m,) as they
        were drawn with. A decision with several outcomes is given once per outcome, or once with
        the mean of r rewards and the weight r.

        Raises
        ------
        InvalidError
            For misshapen or non-finite arrays, a reward the model cannot explain, a propensity
            outside (0, 1], a weight <= 0, or a key that was never introduced. Nothing is learnt
            then.
        """
        ...

    def to_parameters(self) -> dict[str, object]:
        """All that was learnt, as JSON types."""
        ...

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Self:
        """The bandit that ``to_parameters`` wrote, exact to the bit."""
        ...
