"""Every constant of the journey world; docs/math/journeys.md gives the reason of each.

They were settled before any policy was run in it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError

__all__ = ["JOURNEY_ACTIONS", "JourneyAction", "JourneyConstants", "season_log_odds"]

_FESTIVALS = {4: 0.35, 24: 0.45, 45: 0.60, 51: 0.40}  # week of the year: log odds it adds
_WAITING = -0.10  # in the week before
_SATED = (-0.20, -0.10)  # in the two weeks after


@dataclass(frozen=True, slots=True)
class JourneyAction:
    """One thing that may be sent: its discount as a share of the basket, and what it costs.

    ``weight`` is how much fatigue it brings; 1 is an e-mail.
    """

    name: str
    depth: float
    cost_minor: float
    weight: float = 1.0

    def __post_init__(self) -> None:
        numbers = np.array([self.depth, self.cost_minor, self.weight])
        if not (np.isfinite(numbers).all() and (numbers >= 0.0).all() and self.depth < 1.0):
            raise InvalidError(
                f"the action {self.name}: depth {self.depth:g}, cost {self.cost_minor:g},"
                f" weight {self.weight:g}",
                "depth must be in [0, 1), cost and weight finite and not negative",
                "Write ten percent off as 0.1 and costs in minor units.",
            )


#: Column 0, 1 and 2 of every decision; doing nothing is no column.
JOURNEY_ACTIONS = (
    JourneyAction("reminder", 0.0, 3.0),
    JourneyAction("small offer", 0.10, 3.0),
    JourneyAction("deep offer", 0.25, 3.0),
)


@dataclass(frozen=True, slots=True)
class JourneyConstants:
    """How simulated shoppers behave; money in minor units, rates per week.

    ``visits_mean`` and ``visits_shape`` are of the gamma distribution of weekly purchase rates;
    ``elasticity`` and its spread are of the log odds per log price. The four names that start
    with ``tired_`` hold all that fatigue does: ``tired_reading`` and ``tired_response`` per unit
    on a log scale, ``tired_unsubscribing`` and ``tired_leaving`` as probability per unit.
    """

    visits_mean: float = 0.18
    visits_shape: float = 1.2
    basket_minor: float = 4000.0
    basket_differs: float = 0.5
    basket_varies: float = 0.5
    margin_share: float = 0.40
    elasticity: float = 3.6
    elasticity_differs: float = 0.3
    affinity_tells: float = 2.2
    reminder: float = 0.25
    reminder_differs: float = 0.25
    opening: float = -0.7
    opening_differs: float = 0.8
    clicking: float = 0.2
    scanned: float = 0.10
    redeeming: float = 0.70
    valid_weeks: int = 3
    remembered: float = 0.5
    stocking_up: float = 0.35
    stock_kept: float = 0.6
    fatigue_kept: float = 0.6
    weariness_differs: float = 0.6
    tired_reading: float = 0.105
    tired_response: float = 0.15
    tired_unsubscribing: float = 0.0015
    tired_leaving: float = 0.0004
    unsubscribing: float = 0.0005
    leaving: float = 0.002
    neglected_leaving: float = 0.004
    neglect_weeks: float = 12.0

    def __post_init__(self) -> None:
        strange = [
            field.name
            for field in fields(self)
            if not np.isfinite(getattr(self, field.name))
            or (getattr(self, field.name) < 0 and field.name != "opening")
        ]
        if strange:
            raise InvalidError(
                f"the journey constants {', '.join(strange)}",
                "they are negative or not finite",
                "Give numbers of 0 or more; only opening may be negative.",
            )

    def with_fatigue(self, factor: float) -> JourneyConstants:
        """The same world with all that fatigue does multiplied by ``factor`` >= 0."""
        return replace(
            self,
            tired_reading=factor * self.tired_reading,
            tired_response=factor * self.tired_response,
            tired_unsubscribing=factor * self.tired_unsubscribing,
            tired_leaving=factor * self.tired_leaving,
        )

    def without_memory(self) -> JourneyConstants:
        """The same world where a week changes nothing in later ones, but for base leaving.

        Offers end with their week, nobody stocks up, tires, unsubscribes or feels neglected:
        there the best weekly choice is the best choice.
        """
        return replace(
            self.with_fatigue(0.0),
            valid_weeks=1,
            stocking_up=0.0,
            unsubscribing=0.0,
            neglected_leaving=0.0,
        )


def season_log_odds(week: NDArray[np.int64]) -> NDArray[np.float64]:
    """What the season adds to the log odds of buying in these weeks of the year (0 to 51).

    Festivals bring purchases, some of them from the week before and the two after.

    >>> season_log_odds(np.array([44, 45, 46, 47, 30])).round(2).tolist()
    [-0.1, 0.6, -0.2, -0.1, 0.0]
    """
    table = np.zeros(52)
    for festival, lift in _FESTIVALS.items():
        table[festival] += lift
        table[festival - 1] += _WAITING
        for wait, dip in enumerate(_SATED, start=1):
            table[(festival + wait) % 52] += dip
    return np.asarray(table[np.asarray(week) % 52])
