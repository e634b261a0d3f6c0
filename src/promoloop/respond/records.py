"""How each shopper would respond, with and without an offer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Action", "Baseline", "Response"]


@dataclass(frozen=True, slots=True, order=True)
class Action:
    """One thing that may be done for one shopper: offer × channel × local hour × variant."""

    offer_id: str
    channel: str
    hour: int
    variant: str

    @property
    def key(self) -> str:
        """The action as one readable string: ``coffee-20/email/18/a``."""
        return f"{self.offer_id}/{self.channel}/{self.hour}/{self.variant}"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What happens without any offer, per shopper and product group, in one week.

    ``probability`` (n, g) is the calibrated probability of buying from the group,
    ``basket_minor`` (n, g) the revenue of such a purchase, ``margin_minor`` (n, g) its margin.
    """

    shopper_ids: NDArray[np.str_]
    groups: tuple[str, ...]
    probability: NDArray[np.float64]
    basket_minor: NDArray[np.float64]
    margin_minor: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Response:
    """Expected effect of each action on each shopper; every array is (n shoppers, k actions).

    ``value_minor`` is the incremental margin after discount, contact and fatigue cost, in minor
    units; ``value_sd_minor`` its posterior standard deviation; ``spend_minor`` the expected cost
    to the budget (discounts of those who redeem, subsidised purchases included, plus contact);
    ``liability_minor`` the most one such promise can cost. All of these are the shop's own part;
    ``partner_minor`` is what partners are expected to pay.
    """

    probability_without: NDArray[np.float64]
    probability_with: NDArray[np.float64]
    value_minor: NDArray[np.float64]
    value_sd_minor: NDArray[np.float64]
    spend_minor: NDArray[np.float64]
    liability_minor: NDArray[np.int64]
    partner_minor: NDArray[np.float64]
