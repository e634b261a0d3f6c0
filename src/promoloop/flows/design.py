"""Design offers for a product group out of what its shoppers did, ready for an A/B test."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import numpy as np

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import DesignRules, OfferDesign, design_offers
from promoloop.evaluate import Plan, SampleSize, size_for_means, smallest_lift
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.history.audience import load_audience
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK
from promoloop.offers import Campaign, Caps, Offer, Reward
from promoloop.respond import (
    Action,
    EffectModel,
    OfferTerms,
    ShopperTraits,
    effect_curve,
    feature_names,
)

__all__ = ["GroupDesign", "TrialPlan", "Wishes", "design_group"]

#: Shoppers the search looks at; they stand for all.
_SAMPLE = 200
_HOUR = 18
_CONTACT = 1
_PLAN = Plan(always_valid=True)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a marketer asks of a design: money in minor units.

    ``caution`` counts the standard deviations of doubt taken off, ``generations`` the most rounds
    of the search.
    """

    group: str
    budget_minor: int
    most_weeks: int = 8
    most_offers: int = 2
    caution: float = 1.0
    seed: int = 0
    generations: int = 120


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """How the staged offers are to be tested before they are rolled out.

    Arms by share; ``treated`` and ``control`` shoppers are needed to find the expected gain with
    the plan's power, ``available`` there are. ``smallest_lift_minor`` is the least gain per
    shopper that those there are would show. The interval may be looked at any day.
    """

    arms: dict[str, float]
    treated: int
    control: int
    available: int
    weeks: int
    lift_minor: float
    smallest_lift_minor: float

    @property
    def enough(self) -> bool:
        """Whether there are shoppers enough to find the expected gain."""
        return self.treated + self.control <= self.available


@dataclass(frozen=True, slots=True)
class GroupDesign:
    """Staged offers, the campaign that tests them, and what they are expected to bring.

    Without offers (``campaign`` and ``test`` are ``None``) none earns more than nothing.
    ``outcomes`` counts those the effect model has learnt from; at 0 it is its prior that speaks.
    """

    wishes: Wishes
    currency: str
    shoppers: int
    typical_basket_minor: int
    margin_share: float
    outcomes: int
    design: OfferDesign
    offers: tuple[Offer, ...]
    campaign: Campaign | None
    test: TrialPlan | None


def design_group(house: House, wishes: Wishes, now: datetime) -> GroupDesign:
    """Search the offers on a group that are expected to earn most under a budget.

    Reads profiles, baseline and the effect model of the campaign that has learnt most; stores
    nothing.

    Raises
    ------
    InvalidError
        For a group the baseline does not know, a negative budget, no weeks.
    RefusedError
        When nobody has agreed to e-mail.
    """
    _check(wishes)
    everybody = _everybody(house, wishes, now)
    audience = load_audience(house, everybody)
    reached = np.flatnonzero(audience.consent["email"])
    if not len(reached):
        raise RefusedError(
            f"designing offers on {wishes.group}",
            "no shopper has agreed to e-mail",
            "Ingest consents first; nothing may be sent without.",
        )
    effect = _taught(house)
    still = np.zeros(len(audience))
    traits = ShopperTraits.from_profiles(audience.profiles, audience.ids, still)
    curve = effect_curve(effect, traits, audience.baseline, wishes.group, _HOUR)
    rng = np.random.default_rng(wishes.seed)
    sample = np.sort(rng.permutation(reached)[:_SAMPLE]).astype(np.float64)[:, None]
    column = audience.baseline.groups.index(wishes.group)
    basket = audience.baseline.basket_minor[reached, column]
    share = audience.baseline.margin_minor[reached, column].sum() / basket.sum()
    rules = DesignRules(
        margin_share=float(share),
        typical_basket_minor=round(float(np.median(basket))),
        budget_minor=wishes.budget_minor,
        shoppers=len(reached),
        most_weeks=wishes.most_weeks,
        most_offers=wishes.most_offers,
        contact_minor=float(_CONTACT),
    )
    design = design_offers(curve, sample, rules, wishes.caution, wishes.seed, wishes.generations)
    offers = _offers(house, wishes, design, now)
    campaign = replace(everybody, offer_ids=tuple(one.offer_id for one in offers))
    campaign = replace(campaign, weeks=max(1, design.menu.weeks))
    return GroupDesign(
        wishes=wishes,
        currency=house.currency,
        shoppers=len(reached),
        typical_basket_minor=rules.typical_basket_minor,
        margin_share=rules.margin_share,
        outcomes=round(effect.seen_),
        design=design,
        offers=offers,
        campaign=campaign if offers else None,
        test=_test(design, len(reached), campaign) if offers else None,
    )


def _check(wishes: Wishes) -> None:
    if wishes.budget_minor < 0 or wishes.most_weeks < 1 or wishes.most_offers < 1:
        raise InvalidError(
            f"designing with a budget of {wishes.budget_minor} for {wishes.most_weeks} weeks"
            f" and {wishes.most_offers} offers",
            "the budget must not be negative, weeks and offers at least 1",
            "Give what may be spent, and for how long at most.",
        )


def _everybody(house: House, wishes: Wishes, now: datetime) -> Campaign:
    """The campaign that will test what is designed; its audience is everybody."""
    begins = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    name = _slug(wishes.group)
    return Campaign(
        campaign_id=f"test-{name}-{begins:%Y%m%d}",
        name=f"Test of designed offers on {wishes.group}",
        offer_ids=(),
        channels={"email": _CONTACT},
        hours=(_HOUR,),
        budget_minor=max(1, wishes.budget_minor),
        currency=house.currency,
        arms={"policy": 0.5, "random": 0.0, "bau": 0.0, "holdout": 0.5},
        starts_at=begins,
        weeks=wishes.most_weeks,
        salt=f"test-{name}-{begins:%Y%m%d}",
    )


def _taught(house: House) -> EffectModel:
    """The running effect model that has learnt from most outcomes; the prior where none has."""
    found = []
    for campaign in house.campaigns.all():
        versions = house.models.all(effect_of(campaign))
        found += [
            EffectModel.from_parameters(v.parameters) for v in versions if v.status == "running"
        ]
    none = np.zeros(0)
    term = OfferTerms("designed", "", "designed", none, none, none, 0)
    prior = EffectModel(feature_names((Action("designed", "email", _HOUR, "a"),), (term,)))
    return max(found, key=lambda model: model.seen_, default=prior)


def _offers(house: House, wishes: Wishes, design: OfferDesign, now: datetime) -> tuple[Offer, ...]:
    """The designed rewards as offers, staged under ids of their own."""
    known = [one for one in house.offers.all() if one.group == wishes.group]
    names = dict(known[0].names) if known else {}
    begins = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    ends = begins + design.menu.weeks * WEEK
    return tuple(
        Offer(
            offer_id=f"{_slug(wishes.group)}-{_short(reward)}-{begins:%Y%m%d}",
            names={tag: names.get(tag, wishes.group.lower()) for tag in house.locales},
            group=wishes.group,
            reward=reward,
            valid_from=begins,
            valid_until=ends,
            currency=house.currency,
            caps=Caps(per_shopper=design.menu.weeks),
        )
        for reward in design.menu.rewards
    )


def _short(reward: Reward) -> str:
    """What an offer's id says of its reward: ``15pc``, or ``t2000-300`` tier by tier."""
    tiers = getattr(reward, "tiers", None)
    if tiers is None:
        return f"{getattr(reward, 'percent', 0)}pc"
    return "t" + "-".join(f"{threshold}-{off}" for threshold, off in tiers)


def _test(design: OfferDesign, shoppers: int, campaign: Campaign) -> TrialPlan:
    """Half the shoppers the menu is for against a holdout of the other half."""
    available = round(shoppers * sum(design.shares))
    sd = max(design.sd_minor, 1e-9)
    size: SampleSize = size_for_means(design.lift_minor, sd, plan=_PLAN)
    return TrialPlan(
        arms={arm: share for arm, share in campaign.arms.items() if share > 0},
        treated=size.treated,
        control=size.control,
        available=available,
        weeks=campaign.weeks,
        lift_minor=design.lift_minor,
        smallest_lift_minor=smallest_lift(max(4, available), sd, plan=_PLAN),
    )


def _slug(group: str) -> str:
    """Plain letters for ids; groups of other scripts are told apart by a short digest."""
    plain = re.sub(r"[^a-z0-9]+", "-", group.lower()).strip("-")
    if group.isascii() and plain:
        return plain
    return f"{plain or 'group'}-{hashlib.sha256(group.encode()).hexdigest()[:6]}"
