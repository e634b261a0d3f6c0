"""Offer design against worlds whose best design is known, within rules and budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.decide.design import (
    DesignRules,
    Menu,
    OfferDesign,
    Prospects,
    breaches,
    design_offers,
    price_points,
)
from promoloop.decide.design.rules import GENES, reward_at
from promoloop.offers import PercentOff, TieredAmountOff
from promoloop.respond import OfferedResponse


@dataclass(frozen=True)
class KnownWorld:
    """P(buy) = base + slope x depth x reach; baskets fixed per shopper, in the contexts.

    ``doubt`` is the standard deviation of the slope; ``top_up`` the share of buyers who top up
    from at least ``near`` of a threshold.
    """

    base: float = 0.1
    slope: float = 0.5
    doubt: float = 0.0
    top_up: float = 0.0
    near: float = 0.7

    def response(self, contexts, depths, thresholds_minor) -> OfferedResponse:
        basket = contexts[:, :1]
        over = basket >= thresholds_minor
        close = ~over & (basket >= self.near * thresholds_minor) & (depths > 0)
        reach = over + self.top_up * close
        chance = np.clip(self.base + self.slope * depths * reach, 0.0, 1.0)
        paid = np.where(close, basket + self.top_up * (thresholds_minor - basket), basket)
        zero = np.zeros_like(chance)
        return OfferedResponse(chance, zero, paid * np.ones_like(chance), zero, reach * 1.0)

    def sample(self, rng: np.random.Generator) -> KnownWorld:
        return replace(self, slope=self.slope + self.doubt * rng.normal(), doubt=0.0)


ALIKE = np.full((4, 1), 5000.0)
RULES = DesignRules(
    margin_share=0.4,
    typical_basket_minor=5000,
    budget_minor=10**9,
    shoppers=1000,
    most_weeks=1,
    most_offers=1,
    most_tiers=1,
    percent_step=1,
    max_depth=0.5,
)


def designed(world: KnownWorld, rules: DesignRules = RULES, **more: object) -> OfferDesign:
    contexts = more.pop("contexts", ALIKE)
    return design_offers(world, contexts, rules, **{"generations": 12, **more})


def test_the_depth_of_a_percentage_is_the_one_calculus_gives():
    """V(d) = slope d m - (base + slope d) d, at its best at (slope m - base) / (2 slope)."""
    world = KnownWorld(base=0.05, slope=0.5)
    best = (0.5 * 0.4 - 0.05) / (2 * 0.5)
    found = designed(world, replace(RULES, least_threshold=5.0))
    reward = found.menu.rewards[0]
    assert isinstance(reward, PercentOff)
    assert reward.percent == round(100 * best) == 15
    value = 1000 * 5000 * (0.5 * 0.15 * 0.4 - (0.05 + 0.5 * 0.15) * 0.15)
    assert found.margin_minor == pytest.approx(value, rel=0.01)


def test_where_shoppers_buy_anyway_nothing_is_offered():
    """Whatever the depth, slope x margin < base: the discount costs more than it brings."""
    found = designed(KnownWorld(base=0.3, slope=0.1))
    assert found.menu == Menu((), 0)
    assert (found.margin_minor, found.spend_minor, found.high_minor) == (0.0, 0.0, 0.0)


def test_no_money_means_no_offer():
    found = designed(KnownWorld(), replace(RULES, budget_minor=0))
    assert found.menu.rewards == ()


def every_tiered(rules: DesignRules) -> list[TieredAmountOff]:
    """All legal 满减 of one or two tiers."""
    one = [
        (threshold, off)
        for threshold in rules.thresholds
        for off in range(rules.least_off(threshold), rules.most_off(threshold) + 1, rules.amount)
    ]
    two = [
        TieredAmountOff((low, high))
        for low, high in combinations(one, 2)
        if low[0] < high[0] and low[1] < high[1]
    ]
    return [TieredAmountOff((single,)) for single in one] + two


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))]
)
def test_the_search_finds_what_trying_everything_finds(seed):
    """Three sizes of baskets that top up: all legal tiers are tried one by one."""
    contexts = np.array([[4000.0], [7000.0], [12000.0]])
    rules = replace(
        RULES,
        most_tiers=2,
        percents=False,
        step_minor=3000,
        amount_minor=1000,
        least_threshold=0.8,
        most_weeks=2,
    )
    world = KnownWorld(base=0.05, slope=0.6, top_up=0.5)
    prospects = Prospects(world, contexts, rules, 1, np.random.default_rng(0))
    grid = [Menu((reward,), weeks) for reward in every_tiered(rules) for weeks in (1, 2)]
    best = max(prospects.outlook(menu).margin_minor for menu in grid)
    found = designed(world, rules, contexts=contexts, seed=seed)
    assert len(grid) > 150
    assert best > 0
    assert found.margin_minor >= 0.995 * best


def test_one_tier_is_valued_by_hand():
    """40 % reach 60.00 by topping up from 50.00; depth 10 / 60; no other week."""
    world = KnownWorld(base=0.1, slope=0.6, top_up=0.4)
    prospects = Prospects(world, ALIKE, RULES, 1, np.random.default_rng(0), (6000,))
    found = prospects.outlook(Menu((TieredAmountOff(((6000, 1000),)),), 1))
    chance = 0.1 + 0.6 * (1000 / 6000) * 0.4
    basket = 5000 + 0.4 * 1000
    value = chance * (0.4 * basket - 0.4 * 1000) - 0.1 * 0.4 * 5000
    assert found.margin_minor == pytest.approx(1000 * value, rel=2e-3)
    assert found.spend_minor == pytest.approx(1000 * chance * 0.4 * 1000, rel=2e-3)


def test_a_tier_above_one_that_nobody_reaches_changes_nothing():
    world = KnownWorld(base=0.1, slope=0.6)
    asked = (5000, 20_000)
    prospects = Prospects(world, ALIKE, RULES, 1, np.random.default_rng(0), asked)
    one = prospects.outlook(Menu((TieredAmountOff(((5000, 500),)),), 1))
    two = prospects.outlook(Menu((TieredAmountOff(((5000, 500), (20000, 4000))),), 1))
    assert two.margin_minor == pytest.approx(one.margin_minor, rel=1e-6)


@pytest.mark.parametrize("budget", [1_000, 20_000, 100_000, 400_000])
def test_the_expected_spend_keeps_within_the_budget(budget):
    contexts = np.linspace(3000, 9000, 20)[:, None]
    rules = replace(RULES, budget_minor=budget, most_offers=2, most_weeks=4, fade=0.8)
    found = designed(KnownWorld(base=0.05), rules, contexts=contexts, generations=8)
    assert 0 <= found.spend_minor <= budget
    assert (found.menu.weeks > 0) == bool(found.menu.rewards)


def test_more_money_never_earns_less():
    contexts = np.linspace(3000, 9000, 12)[:, None]
    earned = [
        designed(
            KnownWorld(base=0.05), replace(RULES, budget_minor=budget), contexts=contexts
        ).margin_minor
        for budget in (5_000, 50_000, 500_000)
    ]
    assert earned == sorted(earned)
    assert earned[0] > 0


def test_a_lasting_effect_runs_as_long_as_it_may_and_a_fading_one_not():
    lasting = designed(KnownWorld(base=0.05), replace(RULES, most_weeks=6, fade=1.0))
    fading = designed(KnownWorld(base=0.05), replace(RULES, most_weeks=6, fade=0.3))
    assert lasting.menu.weeks == 6
    assert fading.menu.weeks < 6


def test_a_mix_serves_small_and_large_baskets_better_than_one_offer():
    contexts = np.repeat([[3000.0], [12000.0]], 4, axis=0)
    rules = replace(RULES, percents=False, least_threshold=0.6)
    world = KnownWorld(base=0.05, slope=0.6)
    one = designed(world, rules, contexts=contexts, seed=3)
    two = designed(world, replace(rules, most_offers=2), contexts=contexts, seed=3)
    assert two.margin_minor >= one.margin_minor
    assert sum(two.shares) == pytest.approx(1.0)


def test_doubt_widens_the_interval_and_caution_turns_a_doubtful_offer_down():
    doubtful = KnownWorld(base=0.05, slope=0.5, doubt=0.4)
    bold = designed(doubtful, caution=0.0)
    assert bold.low_minor < bold.margin_minor < bold.high_minor
    assert bold.low_minor < 0
    assert designed(doubtful, caution=3.0).menu.rewards == ()
    sure = designed(KnownWorld(base=0.05, slope=0.5))
    assert sure.low_minor == pytest.approx(sure.high_minor)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    """The curve's mean is drawn around the truth: 90 % of the intervals hold the true margin."""
    truth, held = KnownWorld(base=0.05, slope=0.5), 0
    rng = np.random.default_rng(100)
    rules = replace(RULES, percents=False, most_tiers=1)
    menu = Menu((TieredAmountOff(((5000, 800),)),), 1)
    true = Prospects(truth, ALIKE, rules, 1, rng).outlook(menu).margin_minor
    for _ in range(100):
        learnt = replace(truth, slope=0.5 + 0.05 * rng.normal(), doubt=0.05)
        draws = Prospects(learnt, ALIKE, rules, 60, rng, (5000,)).outlook(menu).draws
        low, high = np.quantile(draws, [0.05, 0.95])
        held += low <= true <= high
    assert 82 <= held <= 97


def test_the_same_seed_gives_the_same_design():
    world = KnownWorld(base=0.05, doubt=0.1)
    assert designed(world, seed=4) == designed(world, seed=4)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(0.0, 1.0), min_size=GENES, max_size=GENES),
    st.floats(0.05, 0.9),
    st.integers(200, 50_000),
    st.integers(-500, 500),
)
def test_every_point_of_the_search_is_a_legal_offer(genes, margin, basket, least):
    rules = DesignRules(margin, basket, 1000, 10, least_margin_minor=least, ending_minor=0)
    reward = reward_at(genes, rules)
    if reward is None:
        return
    assert breaches(reward, rules) == ()
    if isinstance(reward, TieredAmountOff):
        for threshold, off in reward.tiers:
            assert margin * threshold - off >= least - 1e-6
            assert threshold >= basket


def test_breaches_are_said():
    bad = TieredAmountOff(((1234, 1230),))
    assert len(breaches(bad, RULES)) == 4
    assert breaches(PercentOff(45, 100), RULES)
    rules = replace(RULES, step_minor=1000, ending_minor=100)
    assert all(threshold % 1000 == 900 for threshold in rules.thresholds)


def test_price_points_end_as_asked():
    assert price_points(5000, 8000, 1000, 100) == (5900, 6900, 7900)
    with pytest.raises(InvalidError, match="steps of 10"):
        price_points(1, 2, 10, 10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"margin_share": 1.0},
        {"margin_share": float("nan")},
        {"budget_minor": -1},
        {"shoppers": 0},
        {"most_tiers": 4},
        {"fade": 0.0},
        {"typical_basket_minor": 0},
        {"contact_minor": float("inf")},
    ],
)
def test_rules_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InvalidError, match=next(iter(wrong))):
        replace(RULES, **wrong)


def test_what_cannot_be_searched_is_refused():
    with pytest.raises(InvalidError, match="caution"):
        designed(KnownWorld(), caution=-1.0)
    with pytest.raises(InvalidError, match="finite"):
        designed(KnownWorld(), contexts=np.full((3, 1), np.nan))
    with pytest.raises(InvalidError, match="no probability"):
        designed(KnownWorld(base=float("nan")))
