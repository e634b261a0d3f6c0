"""What is known before a campaign week is weighed, in a planned run as in real time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.compose import Copy
from promoloop.flows.deciding.actions import action_grid, approved_copies
from promoloop.flows.deciding.answers import own_answers
from promoloop.flows.deciding.effects import running_effect
from promoloop.flows.deciding.texts import usable_copies, with_copy_lifts
from promoloop.flows.history.audience import Audience, load_audience
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK, cycle_of, cycle_start, issued
from promoloop.learn import ModelVersion
from promoloop.offers import Campaign, Offer
from promoloop.respond import Action, OfferTerms, ShopperTraits, offer_terms

__all__ = ["Grounds", "contacts_of", "grounds", "offers_of_week"]

#: How much of a contact is still felt after one, two and three weeks.
_FELT = (1.0, 0.5, 0.25)


@dataclass(frozen=True, slots=True)
class Grounds:
    """One campaign week: what may be done, to whom, and the model that foretells what it brings.

    ``copies`` are the approved texts, looked up once: what is retired while a week is decided is
    stopped when it would be sent.
    """

    week: int
    start: datetime
    offers: tuple[Offer, ...]
    copies: tuple[Copy, ...]
    actions: tuple[Action, ...]
    audience: Audience
    terms: tuple[OfferTerms, ...]
    traits: ShopperTraits
    model: ModelVersion


def offers_of_week(house: House, campaign: Campaign, now: datetime) -> tuple[Offer, ...]:
    """The campaign's offers as they are promised this week."""
    start = cycle_start(campaign, cycle_of(campaign, now))
    return tuple(issued(house.offers.get(offer_id), start) for offer_id in campaign.offer_ids)


def grounds(
    house: House, campaign: Campaign, now: datetime, refused: Collection[str] = ()
) -> Grounds:
    """Look everything up once; texts of ``refused`` offers are left out.

    Raises
    ------
    RefusedError
        Outside the campaign's weeks, or when nobody is in its audience.
    InvalidError
        When `promoloop learn` has not been run.
    """
    week = cycle_of(campaign, now)
    offers = offers_of_week(house, campaign, now)
    approved = [one for one in approved_copies(house, offers) if one.offer_id not in refused]
    copies = usable_copies(house, campaign, approved, now)
    actions = action_grid(offers, campaign, copies)
    audience = load_audience(house, campaign)
    terms = tuple(offer_terms(offer, audience.baseline) for offer in offers)
    traits = ShopperTraits.from_profiles(
        audience.profiles, audience.ids, _fatigue(house, audience, now)
    ).with_own_answers(own_answers(house, audience.ids))
    return Grounds(
        week=week,
        start=cycle_start(campaign, week),
        offers=offers,
        copies=copies,
        actions=actions,
        audience=audience,
        terms=terms,
        traits=with_copy_lifts(house, campaign, traits, audience, copies),
        model=running_effect(house, campaign, actions, terms, now),
    )


def _fatigue(house: House, audience: Audience, now: datetime) -> NDArray[np.float64]:
    """Recent contacts per shopper over all channels, older ones counting less; shape (n,)."""
    felt = np.zeros(len(audience))
    newer = np.zeros(len(audience))
    for age, weight in enumerate(_FELT, start=1):
        since = contacts_of(audience, house.outbox.contacts(now - age * WEEK))
        felt += weight * (since - newer)
        newer = since
    return felt


def contacts_of(audience: Audience, contacts: Mapping[tuple[str, str], int]) -> NDArray[np.float64]:
    """``contacts`` by shopper and channel, added up for each of the audience; shape (n,)."""
    totals: dict[str, float] = {}
    for (shopper_id, _), count in contacts.items():
        totals[shopper_id] = totals.get(shopper_id, 0.0) + count
    return np.array([totals.get(shopper_id, 0.0) for shopper_id in audience.ids])
