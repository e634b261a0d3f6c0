"""Everything one campaign week is decided on: who, what is possible, what it would bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.compose import Copy
from promoloop.decide import Guarded, assign_arms
from promoloop.flows.books.given import promises_so_far
from promoloop.flows.books.stock import codes_used, units_left
from promoloop.flows.deciding.actions import (
    candidate_offers,
    guard,
    shopper_left,
)
from promoloop.flows.deciding.grounds import contacts_of, grounds
from promoloop.flows.deciding.screening import without_clearly_behind
from promoloop.flows.history.audience import Audience
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK
from promoloop.learn import ModelVersion
from promoloop.offers import Campaign, Offer, is_open
from promoloop.respond import (
    Action,
    EffectModel,
    OfferTerms,
    Response,
    ShopperTraits,
    respond,
)

__all__ = ["FATIGUE_MINOR", "Situation", "situation"]

#: Future margin one more contact costs, per recent contact already felt: an assumption, in
#: minor units. It keeps the plan from writing to the same people every week for pennies.
FATIGUE_MINOR = 1.0


@dataclass(frozen=True, slots=True)
class Situation:
    """One campaign week, with rows for shoppers and columns for actions.

    ``copies`` are the approved texts, looked up once: what is retired while a week is decided is
    stopped when it would be sent.
    """

    campaign: Campaign
    week: int
    now: datetime
    offers: tuple[Offer, ...]
    actions: tuple[Action, ...]
    audience: Audience
    traits: ShopperTraits
    terms: tuple[OfferTerms, ...]
    model: ModelVersion
    response: Response
    guarded: Guarded
    codes_used: Mapping[str, int]
    copies: tuple[Copy, ...]

    @property
    def offer_of(self) -> NDArray[np.int64]:
        """For each action the position of its offer in ``offers``; shape (k,)."""
        place = {offer.offer_id: index for index, offer in enumerate(self.offers)}
        return np.array([place[action.offer_id] for action in self.actions], dtype=np.int64)


def situation(house: House, campaign: Campaign, now: datetime) -> Situation:
    """Look everything up once and weigh every action for every shopper of the audience."""
    known = grounds(house, campaign, now)
    audience, offers, actions = known.audience, known.offers, known.actions
    response = respond(
        audience.baseline,
        known.traits,
        actions,
        known.terms,
        EffectModel.from_parameters(known.model.parameters),
        campaign.channels,
        FATIGUE_MINOR,
    )
    affinity = house.tables.get("affinity")
    promises = promises_so_far(house, campaign, now)
    used = codes_used(promises)
    guarded = guard(
        house,
        campaign,
        audience,
        offers,
        actions,
        candidate_offers(affinity, audience, offers, _worth(response, actions, offers, now)),
        units_left(house, campaign, offers, used),
        _recent(house, audience, now),
        shopper_left(audience, offers, promises),
        known.copies,
        now,
    )
    arms = np.array(assign_arms(audience.ids, campaign.salt, campaign.arms))
    guarded = without_clearly_behind(guarded, response, arms == "policy")
    return Situation(
        campaign=campaign,
        week=known.week,
        now=now,
        offers=offers,
        actions=actions,
        audience=audience,
        traits=known.traits,
        terms=known.terms,
        model=known.model,
        response=response,
        guarded=guarded,
        codes_used=used,
        copies=known.copies,
    )


def _recent(house: House, audience: Audience, now: datetime) -> NDArray[np.int64]:
    mails = {
        key: count for key, count in house.outbox.contacts(now - WEEK).items() if key[1] == "email"
    }
    return contacts_of(audience, mails).astype(np.int64)


def _worth(
    response: Response, actions: tuple[Action, ...], offers: tuple[Offer, ...], now: datetime
) -> NDArray[np.float64]:
    """(n, offers) value of each offer's best action; ``-inf`` for offers that are closed now."""
    worth = np.full((len(response.value_minor), len(offers)), -np.inf)
    for spot, offer in enumerate(offers):
        if is_open(offer, now):
            own = [k for k, action in enumerate(actions) if action.offer_id == offer.offer_id]
            worth[:, spot] = response.value_minor[:, own].max(axis=1)
    return worth
