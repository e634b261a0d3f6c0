"""Who gets what, with everything needed to explain and replay it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.offers import Funding

__all__ = ["ARMS", "NOTHING", "Allocation", "Choices", "Decision", "Matrix", "Shard", "Weighed"]

Matrix = NDArray[np.float32] | NDArray[np.float64]

ARMS = ("policy", "random", "bau", "holdout")

#: The key under which "send nothing" stands among the actions of a decision.
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Weighed:
    """One action as it stood when the decision was made."""

    action: str
    propensity: float
    value_minor: float
    spend_minor: float
    priced_minor: float


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision for one shopper, logged whole.

    ``action`` is an action key or ``"nothing"``; ``propensity`` is the exact probability with
    which the final, constrained policy chose it; ``weighed`` is the whole action set with
    propensities; ``rejected`` maps cut actions (``offer/channel/hour``, or ``"*"`` for all) to
    the reason code of the guard that cut them; ``prices`` are the dual prices in force.

    ``spend_minor`` is what the action is expected to cost the shop and ``liability_minor`` the most
    it can. Where a partner shares the cost, ``funding`` is on which terms, and
    ``partner_spend_minor`` and ``partner_liability_minor`` are the same of the partner's part.
    """

    decision_id: str
    campaign_id: str
    shopper_id: str
    arm: str
    decided_at: datetime
    send_at: datetime | None
    action: str
    offer_id: str | None
    channel: str | None
    hour: int | None
    variant: str | None
    propensity: float
    value_minor: float
    spend_minor: float
    liability_minor: int
    reasons: tuple[str, ...]
    weighed: tuple[Weighed, ...]
    rejected: Mapping[str, str]
    prices: Mapping[str, float]
    features: tuple[float, ...]
    policy: str
    model_version: str
    seed: int
    funding: Funding | None = None
    partner_spend_minor: float = 0.0
    partner_liability_minor: int = 0

    def partner_minor(self, discount_minor: int) -> int:
        """What the partner pays of what this promise took off; the shop pays the rest."""
        if self.funding is None:
            return 0
        return min(self.funding.split(discount_minor)[1], self.partner_liability_minor)


@dataclass(frozen=True, slots=True)
class Choices:
    """Chosen column per row, and its exact propensity.

    ``index`` (n,) is -1 for nothing; ``probabilities`` holds the whole distribution, nothing last
    where it is an option, each row summing to 1, zero where the action was not eligible.
    """

    index: NDArray[np.int64]
    propensity: NDArray[np.float64]
    probabilities: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shard:
    """Some rows of an audience too large to hold at once.

    ``value`` (b, k) in minor units, float32 or float64; ``costs``, each (b, k): the campaign's
    first, then those of the further budgets whose cost varies by row, in the order of the terms;
    ``eligible`` (b, k) of booleans, None where everything is; ``value_sd`` (b, k) the standard
    deviations of the values, None where they are taken as known.
    """

    value: Matrix
    costs: tuple[Matrix, ...]
    eligible: NDArray[np.bool_] | None = None
    value_sd: Matrix | None = None

    def part(self, rows: slice | NDArray[np.int64]) -> Shard:
        """Some of its rows; views where ``rows`` is a slice."""
        return Shard(
            self.value[rows],
            tuple(cost[rows] for cost in self.costs),
            None if self.eligible is None else self.eligible[rows],
            None if self.value_sd is None else self.value_sd[rows],
        )


@dataclass(frozen=True, slots=True)
class Allocation:
    """A feasible plan and the proof of how good it is.

    ``choice`` (n,) is a column or -1 for nothing. ``budget_price`` is the value one more minor
    unit of budget would bring, ``cap_prices`` (m,) that of one more unit of each cap (none when
    there are no caps). ``bound`` is the dual upper bound on any feasible plan's value and
    ``gap`` = (bound - value) / bound. ``prices`` holds every price by the name of its limit:
    ``campaign``, each further budget's name, ``cap:0`` .. and, for minimum exposure, ``least:j``,
    what column j was helped by. ``spends`` is what was taken of each budget.
    """

    choice: NDArray[np.int64]
    value: float
    spend: float
    budget_price: float
    cap_prices: NDArray[np.float64]
    bound: float
    gap: float
    prices: Mapping[str, float] = field(default_factory=dict)
    spends: Mapping[str, float] = field(default_factory=dict)
