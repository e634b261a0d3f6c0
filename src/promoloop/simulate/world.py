"""Shoppers with known truth, who answer where history cannot.

The truth is not the model's form: discounts saturate, tastes for channels, copy and groups are
hidden, some shoppers hardly react and some are put off. Base rates come from the data.
All figures that come out of here are simulated and say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.feedback import Outcome
from promoloop.respond import Action, Baseline, OfferTerms, ShopperTraits, logit, sigmoid
from promoloop.simulate.truth import Habits, Temper, discount_pull, draw_habits, draw_temper
from promoloop.simulate.week import Treatment, Week, simulate_week

__all__ = ["ShopperWorld", "next_fatigue"]

_REMINDER = 0.08  # log odds any message adds by itself
_KEPT = 0.6  # share of fatigue left after a week
_TIRED = 0.04  # log odds lost per unit of fatigue
_PUT_OFF = 0.30  # and by those who turn away when tired


@dataclass(frozen=True, slots=True)
class ShopperWorld:
    """n simulated shoppers and g product groups.

    Attributes
    ----------
    shopper_ids : ndarray of str, shape (n,)
    groups : tuple of str
    habits, temper : the truth
    terms : mapping of offer id to OfferTerms
    """

    shopper_ids: NDArray[np.str_]
    groups: tuple[str, ...]
    habits: Habits
    temper: Temper
    terms: Mapping[str, OfferTerms]

    @classmethod
    def from_profiles(
        cls,
        baseline: Baseline,
        traits: ShopperTraits,
        terms: Sequence[OfferTerms],
        rng: np.random.Generator,
    ) -> ShopperWorld:
        """A world whose base rates are those of ``baseline`` and whose hours are the profiles'."""
        return cls(
            shopper_ids=baseline.shopper_ids,
            groups=baseline.groups,
            habits=draw_habits(baseline, rng),
            temper=draw_temper(traits, baseline, terms, rng),
            terms={term.offer_id: term for term in terms},
        )

    def probability_with(
        self, actions: Sequence[Action], fatigue: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """True weekly probability of buying from the offer's group under each action: (n, k)."""
        n = len(self.shopper_ids)
        return np.stack([self._with(action, np.arange(n), fatigue) for action in actions], axis=1)

    def expected_value(
        self,
        actions: Sequence[Action],
        contact_minor: Mapping[str, int],
        fatigue: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """True expected incremental margin of this week, net of discount and contact: (n, k).

        In minor units, as floats. The cost of being tired later is not in it: it shows in the
        following weeks.
        """
        columns = self._columns(actions)
        gain = self.probability_with(actions, fatigue) - self.habits.probability[:, columns]
        spend = self.expected_spend(actions, contact_minor, fatigue)
        return np.asarray(gain * self.habits.margin_minor[:, columns] - spend, dtype=np.float64)

    def expected_spend(
        self,
        actions: Sequence[Action],
        contact_minor: Mapping[str, int],
        fatigue: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """True expected discounts of those who redeem, plus contact, in minor units: (n, k).

        The shop's part of them, without what a partner pays.
        """
        reward = np.stack([self._terms(a.offer_id).shop_minor for a in actions], axis=1)
        contact = np.array([float(contact_minor[action.channel]) for action in actions])
        bought = self.probability_with(actions, fatigue)
        return np.asarray(bought * self.temper.redeems[:, None] * reward + contact)

    def answer(
        self,
        start: datetime,
        treatments: Sequence[Treatment],
        fatigue: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> list[Outcome]:
        """What every shopper does in the week from ``start`` (UTC), in order of time.

        Only the group of a received offer is touched by it; all other purchases follow habit.
        Purchases under an offer come within six days of its message and before the week ends.
        """
        return simulate_week(self._week(start, treatments, fatigue), rng)

    def _week(
        self, start: datetime, treatments: Sequence[Treatment], fatigue: NDArray[np.float64]
    ) -> Week:
        probability = self.habits.probability.copy()
        rows: defaultdict[Action, list[int]] = defaultdict(list)
        for chosen in treatments:
            rows[_action_of(chosen)].append(chosen.shopper_index)
        for action, held in rows.items():
            column = self._columns([action])[0]
            probability[held, column] = self._with(action, np.array(held), fatigue)
        return Week(
            start=start,
            shopper_ids=self.shopper_ids,
            groups=self.groups,
            probability=probability,
            basket_minor=self.habits.basket_minor,
            margin_minor=self.habits.margin_minor,
            temper=self.temper,
            terms=self.terms,
            treatments=tuple(treatments),
            fatigue=fatigue,
        )

    def _with(
        self, action: Action, rows: NDArray[np.int64], fatigue: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        term, temper = self._terms(action.offer_id), self.temper
        pull = discount_pull(temper, term)[rows] + self._manner(action)[rows]
        tired = fatigue[rows] * (_TIRED + _PUT_OFF * temper.sleeping[rows])
        habit = self.habits.probability[rows, self._columns([action])[0]]
        return sigmoid(logit(habit) + pull - tired)

    def _manner(self, action: Action) -> NDArray[np.float64]:
        """(n,) log odds of how it is said: the hour, the channel and the copy."""
        temper = self.temper
        near = sum(temper.hours[:, (action.hour + step) % 24] for step in (-1, 0, 1))
        hour = 0.12 * np.tanh(np.asarray(near) * 8.0 - 1.0)
        channel = temper.common("channel", action.channel, 0.05) + temper.latent(
            "channel", action.channel, 0.1
        )
        copy = temper.common("variant", action.variant, 0.06)
        for_lapsed = temper.common("variant for lapsed", action.variant, 0.15) * temper.lapsed
        manner = _REMINDER + hour + channel + copy + for_lapsed
        return np.asarray(np.where(temper.sure, 0.05 * manner, manner), dtype=np.float64)

    def _columns(self, actions: Sequence[Action]) -> list[int]:
        return [self.groups.index(self._terms(action.offer_id).group) for action in actions]

    def _terms(self, offer_id: str) -> OfferTerms:
        if offer_id not in self.terms:
            raise InvalidError(
                f"asking simulated shoppers about offer {offer_id}",
                "the world was not made with its terms",
                "Pass the terms of all offers to ShopperWorld.from_profiles.",
            )
        return self.terms[offer_id]


def next_fatigue(
    fatigue: NDArray[np.float64], contacts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fatigue (n,) a week later: what is left of it, plus this week's ``contacts`` (n,).

    >>> next_fatigue(np.array([1.0, 0.0]), np.array([0.0, 2.0]))
    array([0.6, 2. ])
    """
    return _KEPT * fatigue + contacts


def _action_of(treatment: Treatment) -> Action:
    return Action(treatment.offer_id, treatment.channel, treatment.hour, treatment.variant)
