"""Where the policy's share of the oracle is lost, one rung after another.

The demo's weeks once more, in the mean: no draws, every figure the expectation of the simulated
truth. Each rung lives in a world of its own, with the policy arm's share of the money and of every
limited offer, and its own contacts tire its own shoppers:

``oracle``              true values, every action that the rules allow
``action_set``          true values, only the candidates and hours that are considered
``action_set_explored`` the same, with floors and near ties explored
``features``            the effect model fitted to the truth itself, nothing explored
``features_explored``   the same, with what exploration costs

What is between ``features_explored`` and the demo's own share is learning: weeks of few outcomes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from promoloop.bootstrap import run_demo
from promoloop.bootstrap.shop import Shop
from promoloop.decide import Guarded, ShopperFacts, allocate, assign_arms
from promoloop.flows.books.stock import code_pool, units_left
from promoloop.flows.deciding.actions import HoursTried, action_grid, candidate_offers
from promoloop.flows.deciding.arms import PolicyPlan, plan_policy
from promoloop.flows.deciding.screening import without_clearly_behind
from promoloop.flows.deciding.situation import FATIGUE_MINOR
from promoloop.flows.history.audience import Audience, load_audience
from promoloop.flows.house import House
from promoloop.flows.schedule import cycle_start, issued
from promoloop.offers import Campaign, Offer, is_open
from promoloop.respond import (
    Action,
    EffectModel,
    OfferTerms,
    Response,
    ShopperTraits,
    feature_names,
    logit,
    offer_terms,
    respond,
    row_features,
)
from promoloop.settings import load_settings
from promoloop.simulate import ShopperWorld

__all__ = ["RUNGS", "decomposed", "learnt_house"]

Floats = NDArray[np.float64]
#: (response, the shoppers' true fatigue) of a week, from (traits, true fatigue).
Weigh = Callable[[ShopperTraits, Floats], Response]

RUNGS = ("oracle", "action_set", "action_set_explored", "features", "features_explored")

#: Share of a contact that is still felt after one, two and three weeks; as the flows count it.
_FELT = (1.0, 0.5, 0.25)
_KEPT = 0.6  # share of true fatigue left after a week; as the simulation has it


@dataclass(frozen=True)
class Stage:
    """All that every rung has in common."""

    house: House
    campaign: Campaign
    offers: tuple[Offer, ...]
    audience: Audience
    actions: tuple[Action, ...]
    terms: tuple[OfferTerms, ...]
    traits: ShopperTraits
    rows: NDArray[np.int64]
    share: float
    affinity: object

    @property
    def offer_of(self) -> NDArray[np.int64]:
        """The offer of every action, (k,)."""
        place = {offer.offer_id: spot for spot, offer in enumerate(self.offers)}
        return np.array([place[action.offer_id] for action in self.actions])

    @property
    def promise(self) -> Floats:
        """The most each action can cost, (k,)."""
        most = np.array([term.liability_minor for term in self.terms])[self.offer_of]
        return most + np.array([float(self.campaign.channels[a.channel]) for a in self.actions])


def learnt_house(folder: Path, seed: int) -> Path:
    """A shop that has learnt from history and decided one week; the settings file."""
    run_demo(folder, seed=seed, weeks=1, writes=False)
    return folder / "work" / "promoloop.toml"


def decomposed(seeds: list[int], weeks: int = 12) -> list[Mapping[str, float]]:
    """Per seed the mean value of each rung, minor units a shopper and week (simulated)."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(learnt_house(Path(folder), seeds[0]))
        with Shop(settings) as shop:
            stage = _stage(shop.house, weeks)
            return [_rungs(stage, seed) for seed in seeds]


def _stage(house: House, weeks: int) -> Stage:
    campaign = replace(house.campaigns.all()[0], weeks=weeks)
    offers = tuple(house.offers.get(offer_id) for offer_id in campaign.offer_ids)
    audience = load_audience(house, campaign)
    at_first = [issued(offer, campaign.starts_at) for offer in offers]
    arms = np.array(assign_arms(audience.ids, campaign.salt, campaign.arms))
    nobody = np.zeros(len(audience))
    return Stage(
        house=house,
        campaign=campaign,
        offers=offers,
        audience=audience,
        actions=action_grid(at_first, campaign),
        terms=tuple(offer_terms(offer, audience.baseline) for offer in at_first),
        traits=ShopperTraits.from_profiles(audience.profiles, audience.ids, nobody),
        rows=np.flatnonzero(arms == "policy"),
        share=float((arms == "policy").sum() / (arms != "holdout").sum()),
        affinity=house.tables.get("affinity"),
    )


def _rungs(stage: Stage, seed: int) -> Mapping[str, float]:
    world = ShopperWorld.from_profiles(
        stage.audience.baseline, stage.traits, stage.terms, np.random.default_rng([seed, 0])
    )
    true, fitted = _true(stage, world), _fitted(stage, world)
    ways = {
        "oracle": (true, False, False),
        "action_set": (true, True, False),
        "action_set_explored": (true, True, True),
        "features": (fitted, True, False),
        "features_explored": (fitted, True, True),
    }
    return {name: _Weeks(stage, world, *ways[name]).mean() for name in RUNGS}


def _true(stage: Stage, world: ShopperWorld) -> Weigh:
    """Who knows the truth, without a doubt."""

    def weigh(traits: ShopperTraits, tired: Floats) -> Response:
        channels = stage.campaign.channels
        value = world.expected_value(stage.actions, channels, tired)
        none = np.zeros_like(value)
        caution = FATIGUE_MINOR * traits.fatigue[:, None]
        whole = none.astype(np.int64)
        return Response(none, none, value - caution, none, none, whole, none)

    return weigh


def _fitted(stage: Stage, world: ShopperWorld) -> Weigh:
    """The effect model fitted to true probabilities, tired and fresh, as if seen 20 times each."""
    rng = np.random.default_rng(5)
    n, k = len(stage.audience), len(stage.actions)
    model = EffectModel(feature_names(stage.actions, stage.terms))
    group = [world.groups.index(stage.terms[spot].group) for spot in stage.offer_of]
    without = stage.audience.baseline.probability[:, group]
    rows, columns = np.repeat(np.arange(n), 12), rng.integers(0, k, 12 * n)
    for tired in (0.0, 1.0, 2.0):
        worn = np.full(n, tired)
        said = world.probability_with(stage.actions, worn)[rows, columns]
        traits = stage.traits.with_fatigue(worn)
        features = row_features(traits, stage.actions, stage.terms, rows, columns)
        model.learn(features, logit(without[rows, columns]), said, np.full(len(rows), 20.0))
    bought = world.probability_with(stage.actions, np.zeros(n))
    for spot, offer in enumerate(stage.offers):
        mine = bought[:, np.flatnonzero(stage.offer_of == spot)[0]]
        used = float((mine * world.temper.redeems).sum() / mine.sum())
        model.redeem.bought_[offer.offer_id] = 100_000
        model.redeem.redeemed_[offer.offer_id] = round(100_000 * used)

    def weigh(traits: ShopperTraits, tired: Floats) -> Response:
        del tired  # the model goes by the contacts it has counted
        channels, baseline = stage.campaign.channels, stage.audience.baseline
        return respond(baseline, traits, stage.actions, stage.terms, model, channels, FATIGUE_MINOR)

    return weigh


class _Weeks:
    """The weeks of one rung, in the mean."""

    def __init__(
        self, stage: Stage, world: ShopperWorld, weigh: Weigh, narrowed: bool, explored: bool
    ) -> None:
        self.stage, self.world, self.weigh = stage, world, weigh
        self.narrowed, self.explored = narrowed, explored
        n, offers = len(stage.audience), len(stage.offers)
        self.tired, self.held = np.zeros(n), np.zeros((n, offers))
        self.contacts: list[Floats] = []
        self.money = stage.campaign.budget_minor * stage.share
        units = units_left(stage.house, stage.campaign, stage.offers, {})
        self.units = stage.share * np.array([float(units.get(o.offer_id, n)) for o in stage.offers])
        self.coded = np.array([bool(code_pool(offer)) for offer in stage.offers])

    def mean(self) -> float:
        """Mean true value per shopper and week."""
        weeks = self.stage.campaign.weeks
        return float(np.mean([self._week(week) for week in range(1, weeks + 1)]))

    def _week(self, week: int) -> float:
        stage, rows = self.stage, self.stage.rows
        felt = sum(
            (share * past for share, past in zip(_FELT, reversed(self.contacts), strict=False)),
            np.zeros(len(stage.audience)),
        )
        response = self.weigh(stage.traits.with_fatigue(felt), self.tired)
        eligible = self._eligible(week, response)
        shares = self._shares(response.value_minor, eligible)
        value = self.world.expected_value(stage.actions, stage.campaign.channels, self.tired)
        self._book(shares)
        return float((shares * value[rows]).sum() / len(rows))

    def _eligible(self, week: int, response: Response) -> NDArray[np.bool_]:
        stage, campaign = self.stage, self.stage.campaign
        start = cycle_start(campaign, week)
        opened = np.array([is_open(issued(offer, start), start) for offer in stage.offers])
        caps = [offer.caps.per_shopper or np.inf for offer in stage.offers]
        free = opened & (self.units >= 1.0) & (self.held <= np.array(caps) - 0.5)
        consent = np.stack([stage.audience.consent[a.channel] for a in stage.actions], axis=1)
        allowed = np.asarray(free[:, stage.offer_of] & consent)
        if not self.narrowed:
            return allowed
        worth = np.stack(
            [response.value_minor[:, stage.offer_of == o].max(axis=1) for o in range(len(opened))],
            axis=1,
        )
        near = candidate_offers(
            stage.affinity, stage.audience, stage.offers, np.where(opened, worth, -np.inf)
        )
        hours = HoursTried(stage.traits.hours, campaign.hours)
        narrowed = np.stack([near[action.offer_id] for action in stage.actions], axis=1)
        allowed &= narrowed & ~hours.blocks(_facts(stage), stage.actions)
        return self._screened(allowed, response) if self.explored else allowed

    def _screened(self, allowed: NDArray[np.bool_], response: Response) -> NDArray[np.bool_]:
        reason = np.where(allowed, -1, 0).astype(np.int8)
        guarded = Guarded(self.stage.actions, allowed, reason, ("cut",))
        everybody = np.ones(len(allowed), dtype=np.bool_)
        return without_clearly_behind(guarded, response, everybody).eligible

    def _shares(self, value: Floats, eligible: NDArray[np.bool_]) -> Floats:
        """(rows, k) probability of every action."""
        stage, rows = self.stage, self.stage.rows
        promise = np.tile(stage.promise, (len(value), 1))
        caps = np.maximum(0, np.floor(self.units)).astype(np.int64)
        floor = stage.campaign.floor if self.explored else 0.0
        if self.explored:
            plan = plan_policy(
                value, promise, eligible, rows, self.money, caps, stage.offer_of, floor
            )
            assert isinstance(plan, PolicyPlan)
            return plan.probabilities(rows, eligible[rows])[:, :-1]
        found = allocate(
            value[rows], promise[rows], self.money, caps, stage.offer_of, eligible[rows]
        )
        shares = np.zeros((len(rows), value.shape[1]))
        sent = np.flatnonzero(found.choice >= 0)
        shares[sent, found.choice[sent]] = 1.0
        return shares

    def _book(self, shares: Floats) -> None:
        """What the week took of money, stock and patience, in the mean."""
        stage, rows = self.stage, self.stage.rows
        bought = self.world.probability_with(stage.actions, self.tired)[rows]
        used = shares * bought * self.world.temper.redeems[rows][:, None]
        spend = self.world.expected_spend(stage.actions, stage.campaign.channels, self.tired)
        self.money -= float((shares * spend[rows]).sum())
        for spot in range(len(stage.offers)):
            mine = stage.offer_of == spot
            gone = shares if self.coded[spot] else used
            self.units[spot] -= gone[:, mine].sum()
            self.held[rows, spot] += used[:, mine].sum(axis=1)
        contact = np.zeros(len(stage.audience))
        contact[rows] = shares.sum(axis=1)
        self.contacts.append(contact)
        self.tired = _KEPT * self.tired + contact


def _facts(stage: Stage) -> ShopperFacts:
    """What ``HoursTried`` looks at: how many shoppers there are."""
    audience = stage.audience
    return ShopperFacts(
        shopper_ids=np.array(audience.ids),
        locale=np.array(audience.locales),
        lifecycle=np.array(audience.profiles["lifecycle"].to_list()),
        contacts=np.zeros(len(audience), dtype=np.int64),
        consent=audience.consent,
        candidates={},
    )
