"""Rules a marketer would write down: every week, every k weeks, not when tired, nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, Saved
from promoloop.decide.journeys.records import JOURNEY_FEATURES, JourneyLog, column_of
from promoloop.decide.journeys.softening import require_explore, require_seen, softened
from promoloop.decide.policy import drawn
from promoloop.decide.records import Choices

__all__ = ["JourneyRule"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class JourneyRule:
    """Send one action when the last message is old enough and the pressure low enough.

    Parameters
    ----------
    action : int
        The column to send, -1 to send nothing ever.
    actions : int
        How many columns there are.
    every : int, default 1
        Least weeks since the last contact.
    most_pressure : float, default infinity
        Send only while ``contact_pressure`` is below this: a fatigue threshold.
    explore : float, default 0.0
        Share of the choices made uniformly, in [0, 1]; with 0 the log cannot judge others.
    features : tuple of str
        Names of the observations' columns.

    Examples
    --------
    >>> monthly = JourneyRule(0, actions=3, every=4)
    >>> seen = np.zeros((2, len(JOURNEY_FEATURES)))
    >>> seen[:, JOURNEY_FEATURES.index("weeks_since_contact")] = [3, 4]
    >>> free = np.ones((2, 3), dtype=bool)
    >>> monthly.choose(seen, free, np.random.default_rng(0)).index.tolist()
    [-1, 0]
    """

    def __init__(
        self,
        action: int,
        actions: int,
        every: int = 1,
        most_pressure: float = float("inf"),
        explore: float = 0.0,
        features: Sequence[str] = JOURNEY_FEATURES,
    ) -> None:
        if not -1 <= action < actions:
            raise InvalidError(
                f"a rule that sends action {action}",
                f"there are {actions}, numbered from 0",
                "Name one of them, or -1 for nothing.",
            )
        if every < 1 or np.isnan(most_pressure):
            raise InvalidError(
                f"a rule for every {every} weeks below a pressure of {most_pressure}",
                "weeks start at 1 and the pressure must be a number",
                "Use 1 for every week.",
            )
        self.action = action
        self.actions = actions
        self.every = every
        self.most_pressure = most_pressure
        self.explore = require_explore(explore)
        self.features = tuple(features)
        self._since = column_of(self.features, "weeks_since_contact")
        self._pressure = column_of(self.features, "contact_pressure")

    def choose(self, observations: Floats, eligible: Mask, rng: np.random.Generator) -> Choices:
        """Draw one choice per row; see the port."""
        shares = self.probabilities(observations, eligible)
        return drawn(shares, rng.random(len(shares)))

    def probabilities(self, observations: Floats, eligible: Mask) -> Floats:
        """The distribution ``choose`` draws from, nothing last: (n, k + 1)."""
        require_seen(observations, eligible, len(self.features), self.actions)
        due = observations[:, self._since] >= self.every
        fresh = observations[:, self._pressure] < self.most_pressure
        scores = np.full(eligible.shape, -1.0)
        if self.action >= 0:
            scores[due & fresh, self.action] = 1.0
        return softened(scores, eligible, self.explore)

    def learn(self, log: JourneyLog) -> None:
        """Nothing to learn; the log is only checked for the right width."""
        require_seen(log.observations, log.eligible, len(self.features), self.actions)

    def to_parameters(self) -> dict[str, object]:
        """The rule as JSON types; no pressure limit is written as null."""
        return {
            "action": self.action,
            "actions": self.actions,
            "every": self.every,
            "most_pressure": self.most_pressure if np.isfinite(self.most_pressure) else None,
            "explore": self.explore,
            "features": list(self.features),
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> JourneyRule:
        """The rule that ``to_parameters`` wrote."""
        saved = Saved(parameters, "a saved journey rule")
        endless = saved.value("most_pressure") is None
        return cls(
            action=saved.whole("action"),
            actions=saved.whole("actions"),
            every=saved.whole("every"),
            most_pressure=float("inf") if endless else saved.number("most_pressure"),
            explore=saved.number("explore"),
            features=saved.texts("features"),
        )
