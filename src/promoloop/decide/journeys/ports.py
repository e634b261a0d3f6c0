"""What every journey policy can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from promoloop.decide.journeys.records import JourneyLog
from promoloop.decide.records import Choices

__all__ = ["JourneyPolicy"]


class JourneyPolicy(Protocol):
    """A rule for the weekly choice, one row per shopper; suite: ``JourneyPolicySuite``."""

    def choose(
        self,
        observations: NDArray[np.float64],
        eligible: NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> Choices:
        """Draw one eligible column, or nothing, per row of ``observations`` (n, d).

        ``eligible`` is (n, k). One uniform number is drawn per row, in order. Misshapen or
        non-finite input, and a policy that has not learnt yet, are ``InvalidError``.
        """
        ...

    def probabilities(
        self, observations: NDArray[np.float64], eligible: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """The distribution ``choose`` draws from, nothing last: (n, k + 1)."""
        ...

    def learn(self, log: JourneyLog) -> None:
        """Learn anew from a whole log; a rule that has nothing to learn leaves itself alone."""
        ...

    def to_parameters(self) -> dict[str, object]:
        """All that was learnt or set, as JSON types; ``from_parameters`` gives it back exactly."""
        ...

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> JourneyPolicy:
        """The policy that ``to_parameters`` wrote."""
        ...
