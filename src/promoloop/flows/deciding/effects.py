"""The model of what offers change, and the one in force for a campaign."""

from __future__ import annotations

from datetime import datetime

from promoloop.core import InvalidError
from promoloop.flows.deciding.layouts import carried_over
from promoloop.flows.house import House
from promoloop.learn import ModelVersion
from promoloop.offers import Campaign
from promoloop.respond import Action, EffectModel, OfferTerms, feature_names, pooled_prior

__all__ = ["effect_of", "running_effect"]


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
