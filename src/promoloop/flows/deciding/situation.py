"""Everything one campaign week is decided on: who, what is possible, what it would bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.compose import Copy
from promoloop.core import InvalidError
from promoloop.decide import Guarded, assign_arms
from promoloop.flows.books.given import promises_so_far
from promoloop.flows.books.stock import codes_used, units_left
from promoloop.flows.deciding.actions import (
    action_grid,
    approved_copies,
    candidate_offers,
    guard,
    shopper_left,
)
from promoloop.flows.deciding.answers import own_answers
from promoloop.flows.deciding.layouts import carried_over
from promoloop.flows.deciding.screening import without_clearly_behind
from promoloop.flows.deciding.texts import usable_copies, with_copy_lifts
from promoloop.flows.history.audience import Audience, load_audience
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK, cycle_of, cycle_start, issued
from promoloop.learn import ModelVersion
from promoloop.offers import Campaign, Offer, is_open
from promoloop.respond import (
    Action,
    EffectModel,
    OfferTerms,
    Response,
    ShopperTraits,
    feature_names,
    offer_terms,
    pooled_prior,
    respond,
)

__all__ = ["FATIGUE_MINOR", "Situation", "effect_of", "running_effect", "situation"]

#: Future margin one more contact costs, per recent contact already felt: an assumption, in
#: minor units. It keeps the plan from writing to the same people every week for pennies.
FATIGUE_MINOR = 1.0

#: How much of a contact is still felt after one, two and three weeks.
_FELT = (1.0, 0.5, 0.25)


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
    week = cycle_of(campaign, now)
    start = cycle_start(campaign, week)
    offers = tuple(issued(house.offers.get(offer_id), start) for offer_id in campaign.offer_ids)
    copies = usable_copies(house, campaign, approved_copies(house, offers), now)
    actions = action_grid(offers, campaign, copies)
    audience = load_audience(house, campaign)
    terms = tuple(offer_terms(offer, audience.baseline) for offer in offers)
    traits = ShopperTraits.from_profiles(
        audience.profiles, audience.ids, fatigue_of(house, audience, now)
    ).with_own_answers(own_answers(house, audience.ids))
    traits = with_copy_lifts(house, campaign, traits, audience, copies)
    model = running_effect(house, campaign, actions, terms, now)
    response = respond(
        audience.baseline,
        traits,
        actions,
        terms,
        EffectModel.from_parameters(model.parameters),
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
        copies,
        now,
    )
    arms = np.array(assign_arms(audience.ids, campaign.salt, campaign.arms))
    guarded = without_clearly_behind(guarded, response, arms == "policy")
    return Situation(
        campaign,
        week,
        now,
        offers,
        actions,
        audience,
        traits,
        terms,
        model,
        response,
        guarded,
        used,
        copies,
    )


def effect_of(campaign: Campaign) -> str:
    """The kind under which the campaign's effect models stand in the registry.

    A model is made for its campaign's offers, so each campaign has its own.
    """
    return f"effect-{campaign.campaign_id}"


def running_effect(
    house: House,
    campaign: Campaign,
    actions: tuple[Action, ...],
    terms: tuple[OfferTerms, ...],
    now: datetime,
) -> ModelVersion:
    """The effect model in force; when there is none yet, one with what other campaigns taught.

    One made for other features, by an earlier release, is carried over to these by name. A first
    one starts from the running models of all other campaigns: what their offers have in common
    with these. Without any it knows only the assumed prior.
    """
    names, kind = feature_names(actions, terms), effect_of(campaign)
    try:
        running = house.models.running(kind)
    except InvalidError:
        return _first(house, campaign, kind, names, now)
    same = EffectModel.features_in(running.parameters) == names
    return running if same else carried_over(house, running, names, now)


def _first(
    house: House, campaign: Campaign, kind: str, names: tuple[str, ...], now: datetime
) -> ModelVersion:
    """The campaign's first model, with what the other campaigns taught."""
    taught = _taught_by_others(house, campaign)
    version = ModelVersion(
        version_id=f"{kind}-0",
        kind=kind,
        created_at=now,
        trained_from=now,
        trained_until=now,
        parameters=pooled_prior(names, taught).to_parameters(),
        metrics={"campaigns": float(len(taught)), "outcomes": sum(one.seen_ for one in taught)},
        status="running",
    )
    house.models.add(version)
    return version


def _taught_by_others(house: House, campaign: Campaign) -> list[EffectModel]:
    """The running models of other campaigns that have learnt from outcomes."""
    found = []
    for other in house.campaigns.all():
        if other.campaign_id == campaign.campaign_id:
            continue
        versions = house.models.all(effect_of(other))
        found += [v.parameters for v in versions if v.status == "running"]
    models = [EffectModel.from_parameters(parameters) for parameters in found]
    return [model for model in models if model.seen_ > 0]


def fatigue_of(house: House, audience: Audience, now: datetime) -> NDArray[np.float64]:
    """Recent contacts per shopper over all channels, older ones counting less; shape (n,)."""
    felt = np.zeros(len(audience))
    newer = np.zeros(len(audience))
    for age, weight in enumerate(_FELT, start=1):
        since = _counts(house.outbox.contacts(now - age * WEEK), audience)
        felt += weight * (since - newer)
        newer = since
    return felt


def _recent(house: House, audience: Audience, now: datetime) -> NDArray[np.int64]:
    mails = {
        key: count for key, count in house.outbox.contacts(now - WEEK).items() if key[1] == "email"
    }
    return _counts(mails, audience).astype(np.int64)


def _counts(contacts: Mapping[tuple[str, str], int], audience: Audience) -> NDArray[np.float64]:
    totals: dict[str, float] = {}
    for (shopper_id, _), count in contacts.items():
        totals[shopper_id] = totals.get(shopper_id, 0.0) + count
    return np.array([totals.get(shopper_id, 0.0) for shopper_id in audience.ids])


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
