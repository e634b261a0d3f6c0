"""What is logged of journeys, whole and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError

__all__ = ["JOURNEY_FEATURES", "JOURNEY_TRAITS", "LAG", "JourneyLog", "column_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

LAG = 6  # weeks; by then an offer has ended and what it made people stock up on is used

#: What a shop sees of one shopper at the start of a week, in this order. Weeks are capped at 26
#: (``weeks_known`` at 52), money is in major units, rates lie in [0, 1], and ``season`` is the
#: change of log odds that last year's sales show for that week of the year.
JOURNEY_FEATURES = (
    "weeks_since_purchase",
    "purchase_rate",
    "margin_per_purchase",
    "coupon_affinity",
    "weeks_since_contact",
    "contact_pressure",
    "open_rate",
    "click_rate",
    "instant_rate",
    "weeks_since_offer",
    "offer_depth",
    "weeks_since_redemption",
    "season",
    "season_next_week",
    "weeks_known",
    "subscribed",
)

#: Those that tell who a shopper is. A message does not change that: what a purchase says of the
#: buyer is news, not value, and must not be credited to the offer that brought it about.
JOURNEY_TRAITS = (
    "weeks_since_purchase",
    "purchase_rate",
    "margin_per_purchase",
    "coupon_affinity",
    "open_rate",
    "click_rate",
    "instant_rate",
    "weeks_since_redemption",
)


@dataclass(frozen=True, slots=True)
class JourneyLog:
    """One row per shopper and week, ordered by journey, then week, without gaps.

    Attributes
    ----------
    journey, week : arrays of int, shape (m,)
        Which shopper, and the how manyth logged week of that shopper, from 0.
    observations, next_observations : arrays, shape (m, d)
        What was seen when the choice was made, and a week later.
    eligible, next_eligible : arrays of bool, shape (m, k)
    index : array of int, shape (m,)
        The chosen column, -1 for nothing.
    probabilities : array, shape (m, k + 1)
        The whole distribution the choice was drawn from, nothing last.
    reward : array, shape (m,)
        The week's margin net of discounts, less the cost of the contact, in minor units.
    left : array of bool, shape (m,)
        The shopper left for good that week: nothing comes after it.

    Raises
    ------
    InvalidError
        For misshapen or non-finite arrays, propensities outside (0, 1], rows out of order, or a
        choice that was not eligible.
    """

    journey: Ints
    week: Ints
    observations: Floats
    eligible: Mask
    index: Ints
    probabilities: Floats
    reward: Floats
    next_observations: Floats
    next_eligible: Mask
    left: Mask

    def __post_init__(self) -> None:
        self._require_shapes()
        self._require_numbers()
        self._require_order()
        self._require_propensities()

    @property
    def propensity(self) -> Floats:
        """(m,) the exact propensity of each choice."""
        return np.asarray(self.probabilities[np.arange(self.index.size), self.option])

    @property
    def option(self) -> Ints:
        """(m,) the choice as a column of ``probabilities``: k stands for nothing."""
        k = self.eligible.shape[1]
        return np.where(self.index < 0, k, self.index).astype(np.int64)

    def views(
        self, features: Sequence[str], traits: Sequence[str], lag: int | None = LAG
    ) -> tuple[Floats, Floats]:
        """Both observations (m, d) with the ``traits`` as they were ``lag`` weeks before.

        At the earliest, and without a lag always, as they were in the journey's first week. No
        message that shows in the other features can have changed them since.
        """
        back = self.week if lag is None else np.minimum(self.week, lag)
        earlier = np.arange(self.week.size) - back
        columns = [place for place, name in enumerate(features) if name in traits]
        now, later = self.observations.copy(), self.next_observations.copy()
        now[:, columns] = self.observations[earlier][:, columns]
        later[:, columns] = now[:, columns]
        return now, later

    def rows(self, wanted: Mask) -> JourneyLog:
        """The journeys of which ``wanted`` (m,) marks every row."""
        return JourneyLog(*(getattr(self, name)[wanted] for name in self.__slots__))

    def _require_shapes(self) -> None:
        m = self.index.size
        d, k = self.observations.shape[-1], self.eligible.shape[-1]
        shapes = {
            "journey": (m,),
            "week": (m,),
            "observations": (m, d),
            "eligible": (m, k),
            "probabilities": (m, k + 1),
            "reward": (m,),
            "next_observations": (m, d),
            "next_eligible": (m, k),
            "left": (m,),
        }
        for name, shape in shapes.items():
            found = getattr(self, name).shape
            if found != shape or m == 0:
                raise InvalidError(
                    f"a journey log whose {name} has shape {found}",
                    f"with {m} choices it must be {shape}, with one row or more",
                    "Give one row per shopper and week.",
                )

    def _require_numbers(self) -> None:
        for name in ("observations", "probabilities", "reward", "next_observations"):
            if not np.isfinite(getattr(self, name)).all():
                raise InvalidError(
                    f"the {name} of a journey log",
                    "there are NaN or infinite entries",
                    "Leave out or mend those journeys first.",
                )

    def _require_order(self) -> None:
        same = self.journey[1:] == self.journey[:-1]
        follows = np.where(same, self.week[1:] == self.week[:-1] + 1, self.week[1:] == 0)
        again = np.unique(self.journey[np.r_[True, ~same]]).size != 1 + int((~same).sum())
        if self.week[0] != 0 or not follows.all() or again or self.left[:-1][same].any():
            raise InvalidError(
                "the rows of a journey log",
                "they are not whole journeys, each from week 0 on and ending when a shopper left",
                "Sort by journey and week and leave no week out.",
            )

    def _require_propensities(self) -> None:
        k = self.eligible.shape[1]
        if (self.index < -1).any() or (self.index >= k).any():
            raise InvalidError(
                "the choices of a journey log",
                f"some are not between -1 and {k - 1}",
                "Give the chosen column, -1 for nothing.",
            )
        sums = np.abs(self.probabilities.sum(axis=1) - 1.0) < 1e-9
        allowed = np.c_[self.eligible, np.ones(self.index.size, dtype=np.bool_)]
        kept = (self.probabilities >= 0.0) & (allowed | (self.probabilities == 0.0))
        if not (sums.all() and kept.all() and (self.propensity > 0.0).all()):
            raise InvalidError(
                "the probabilities of a journey log",
                "a row does not sum to 1 over what was eligible, or the choice had none",
                "Log the whole distribution that the choice was drawn from.",
            )


def column_of(features: tuple[str, ...], name: str) -> int:
    """Where ``name`` stands among ``features``; ``InvalidError`` when it does not."""
    if name not in features:
        raise InvalidError(
            f"the feature {name}",
            f"observations have {', '.join(features)}",
            "Name one of these, or pass the names of your own columns as features.",
        )
    return features.index(name)
