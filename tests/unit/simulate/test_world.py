"""Simulated shoppers keep their promises, and the loop learns from them."""

import time
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from promoloop.core import InvalidError
from promoloop.events import EVENT_LINES
from promoloop.respond import (
    Action,
    Baseline,
    EffectModel,
    OfferTerms,
    ShopperTraits,
    feature_names,
    logit,
    respond,
    row_features,
)
from promoloop.simulate import ShopperWorld, Treatment, next_fatigue, simulated_shop

START = datetime(2026, 1, 5, tzinfo=UTC)
GROUPS = ("TEA", "SOUP", "CHEESE", "RICE")
CONTACT = {"email": 2, "onsite": 1}


def made(n: int, seed: int = 0):
    """Baseline, traits, terms, actions and the world."""
    rng = np.random.default_rng(seed)
    basket = rng.lognormal(6.2, 0.4, (n, len(GROUPS)))
    base = Baseline(
        shopper_ids=np.array([f"s{i}" for i in range(n)]),
        groups=GROUPS,
        probability=np.clip(rng.beta(0.8, 4.0, (n, len(GROUPS))), 0.01, 0.9),
        basket_minor=basket,
        margin_minor=basket * 0.3,
    )
    hours = rng.dirichlet(np.full(24, 0.3), n)
    traits = ShopperTraits(
        shopper_ids=base.shopper_ids,
        coupon_affinity=rng.uniform(-1, 1, n),
        discount_affinity=rng.uniform(-1, 1, n),
        price_index=rng.normal(0, 0.2, n),
        recency_days=rng.exponential(20, n),
        lifecycle=rng.choice(["active", "vip", "lapsed", "new"], n, p=[0.7, 0.1, 0.15, 0.05]),
        hours=hours,
        fatigue=np.zeros(n),
    )
    terms = [
        OfferTerms(
            name.lower(),
            name,
            "percent_off",
            depth * basket[:, i],
            np.full(n, depth),
            base.probability[:, i],
            500,
        )
        for i, (name, depth) in enumerate(zip(GROUPS, (0.2, 0.25, 0.15, 0.3), strict=True))
    ]
    actions = [
        Action(term.offer_id, channel, hour, variant)
        for term in terms
        for channel in CONTACT
        for hour in (8, 18)
        for variant in "ab"
    ]
    return base, traits, terms, actions, ShopperWorld.from_profiles(base, traits, terms, rng)


def treat(world: ShopperWorld, actions, rows, columns, start=START) -> list[Treatment]:
    return [
        Treatment(
            int(row),
            f"d-{start:%m%d}-{row}",
            actions[column].offer_id,
            world.terms[actions[column].offer_id].group,
            actions[column].channel,
            actions[column].hour,
            actions[column].variant,
            start + timedelta(hours=actions[column].hour),
        )
        for row, column in zip(rows, columns, strict=True)
    ]


def test_every_group_keeps_its_purchase_rate():
    base, _, _, _, world = made(3000)
    assert world.habits.probability.mean(axis=0) == pytest.approx(base.probability.mean(axis=0))
    out = world.answer(START, [], np.zeros(3000), np.random.default_rng(0))
    assert len(out) / 12_000 == pytest.approx(base.probability.mean(), abs=0.01)
    assert {one.kind for one in out} == {"ordered"}
    assert all(START <= one.at < START + timedelta(days=7) for one in out)


def test_expected_value_is_what_answers_average_to():
    _, _, _, actions, world = made(300)
    fatigue = np.linspace(0.0, 2.0, 300)
    columns = np.arange(300) % len(actions)
    expected = world.expected_value(actions, CONTACT, fatigue)[np.arange(300), columns].sum()
    column = [world.groups.index(world.terms[actions[c].offer_id].group) for c in columns]
    habit = world.habits.probability[np.arange(300), column]
    without = (habit * world.habits.margin_minor[np.arange(300), column]).sum()
    contact = sum(CONTACT[actions[c].channel] for c in columns)
    treatments = treat(world, actions, np.arange(300), columns)
    touched = {(f"s{one.shopper_index}", one.group) for one in treatments}
    rng, totals = np.random.default_rng(1), []
    for _ in range(80):
        out = world.answer(START, treatments, fatigue, rng)
        money = sum(
            o.margin_minor - o.discount_minor for o in out if (o.shopper_id, o.group) in touched
        )
        totals.append(money - without - contact)
    error = np.std(totals) / np.sqrt(len(totals))
    assert np.mean(totals) == pytest.approx(expected, abs=4 * error)


def test_a_blanket_mailing_about_breaks_even_and_targeting_earns_more():
    _, _, _, actions, world = made(2000)
    value = world.expected_value(actions, CONTACT, np.zeros(2000))
    margin = (world.habits.probability * world.habits.margin_minor).sum(axis=1).mean()
    assert abs(value.mean()) < 0.05 * margin
    assert np.maximum(value.max(axis=1), 0.0).mean() > max(2 * value.mean(), 0.0) + 5.0


def test_lifts_are_of_a_plausible_size():
    _, _, _, actions, world = made(2000)
    column = [world.groups.index(world.terms[action.offer_id].group) for action in actions]
    lift = world.probability_with(actions, np.zeros(2000)) - world.habits.probability[:, column]
    low, middle, high = np.percentile(lift, [2, 50, 95])
    assert -0.05 < low < middle < 0.06
    assert 0.10 < high < 0.5


def test_an_offer_touches_its_own_group_only():
    _, _, _, actions, world = made(500)
    treatments = treat(world, actions, np.arange(500), np.zeros(500, dtype=int))
    quiet, loud = (
        world.answer(START, sent, np.zeros(500), np.random.default_rng(3))
        for sent in ([], treatments)
    )

    def others(out):
        return {
            (o.shopper_id, o.group, o.at) for o in out if o.kind == "ordered" and o.group != "TEA"
        }

    assert others(quiet) == others(loud)


def test_the_same_seed_gives_the_same_week_and_every_id_is_unique():
    _, _, _, actions, world = made(400)
    sent = treat(world, actions, np.arange(400), np.arange(400) % len(actions))
    weeks = [world.answer(START, sent, np.zeros(400), np.random.default_rng(5)) for _ in range(2)]
    assert weeks[0] == weeks[1]
    assert len({one.outcome_id for one in weeks[0]}) == len(weeks[0])
    assert all(one.source == "simulated" for one in weeks[0])


def test_about_a_tenth_of_addresses_click_within_seconds_of_delivery():
    _, _, _, actions, world = made(2000)
    sent = treat(world, actions, np.arange(2000), np.zeros(2000, dtype=int))
    sent_at = {one.decision_id: one.sent_at for one in sent}
    out = world.answer(START, sent, np.zeros(2000), np.random.default_rng(0))
    clicks = [o for o in out if o.kind == "clicked"]
    fast = [o for o in clicks if o.at - sent_at[o.decision_id] < timedelta(seconds=10)]
    assert 140 < len(fast) < 260
    assert all(
        o.at - sent_at[o.decision_id] >= timedelta(seconds=60) for o in clicks if o not in fast
    )


def test_tired_shoppers_leave_more_often():
    _, _, _, actions, world = made(3000)
    sent = treat(world, actions, np.arange(3000), np.zeros(3000, dtype=int))
    left = [
        sum(
            o.kind == "unsubscribed"
            for o in world.answer(START, sent, np.full(3000, tired), np.random.default_rng(0))
        )
        for tired in (0.0, 5.0)
    ]
    assert left[0] < left[1]


def test_fatigue_builds_with_contacts_and_fades():
    tired = np.zeros(1)
    for _ in range(50):
        tired = next_fatigue(tired, np.ones(1))
    assert tired[0] == pytest.approx(1 / (1 - 0.6))  # the geometric series


def test_an_unknown_offer_is_refused():
    world = made(10)[-1]
    with pytest.raises(InvalidError, match="rum"):
        world.expected_value([Action("rum", "email", 8, "a")], CONTACT, np.zeros(10))


def test_learning_from_random_weeks_moves_the_ranking_towards_the_truth():
    base, traits, terms, actions, world = made(2500)
    effect = EffectModel(feature_names(actions, terms))
    effect.mean_ = np.zeros_like(effect.mean_)  # start without any opinion
    rng, n = np.random.default_rng(7), 2500
    truth = world.expected_value(actions, CONTACT, np.zeros(n))

    def agreement() -> tuple[float, float]:
        said = respond(base, traits, actions, terms, effect, CONTACT, 0.0).value_minor
        best = said.argmax(axis=1)
        taken = np.where(said.max(axis=1) > 0, truth[np.arange(n), best], 0.0)
        return float(spearmanr(said.ravel(), truth.ravel()).statistic), float(taken.mean())

    ranks = [agreement()]
    for week in range(4):
        columns = rng.integers(len(actions), size=n)
        start = START + timedelta(weeks=week)
        sent = treat(world, actions, np.arange(n), columns, start)
        out = world.answer(start, sent, np.zeros(n), rng)
        bought = {(o.shopper_id, o.group) for o in out if o.kind == "ordered"}
        happened = np.array([(f"s{one.shopper_index}", one.group) in bought for one in sent])
        group = np.array([GROUPS.index(one.group) for one in sent])
        offset = logit(base.probability[np.arange(n), group])
        features = row_features(traits, actions, terms, np.arange(n), columns)
        effect.learn(features, offset, happened.astype(float))
        used = {o.decision_id for o in out if o.kind == "redeemed"}
        buyers = [one for one, yes in zip(sent, happened, strict=True) if yes]
        effect.redeem.learn(
            [one.offer_id for one in buyers],
            np.array([float(one.decision_id in used) for one in buyers]),
        )
        ranks.append(agreement())
    assert ranks[-1][0] > ranks[0][0] + 0.2
    assert ranks[-1][1] > ranks[0][1]
    oracle = np.maximum(truth.max(axis=1), 0.0).mean()
    assert ranks[-1][1] > 0.4 * oracle


def test_a_week_of_the_demos_size_takes_a_second_at_most():
    _, _, _, actions, world = made(2500)
    sent = treat(world, actions, np.arange(2500), np.arange(2500) % len(actions))
    begun = time.process_time()
    world.answer(START, sent, np.zeros(2500), np.random.default_rng(0))
    assert time.process_time() - begun < 1.0


def test_a_simulated_shop_has_a_year_of_sound_lines():
    shop = simulated_shop(200, GROUPS, START, "USD", np.random.default_rng(0))
    again = simulated_shop(200, GROUPS, START, "USD", np.random.default_rng(0))
    assert shop.lines.schema == EVENT_LINES
    assert shop.lines.equals(again.lines)
    assert shop.lines["timestamp"].max() < START
    assert shop.lines["timestamp"].min() >= START - timedelta(weeks=52)
    assert shop.lines["revenue_minor"].min() > 0
    assert shop.lines.select("message_id", "line").is_duplicated().sum() == 0
    categories = {product.category for product in shop.products}
    assert set(GROUPS) <= categories
    known = {product.product_id for product in shop.products}
    assert set(shop.lines["product_id"].unique()) <= known
    one_shopper = shop.lines.group_by("order_id").agg(pl.col("shopper_id").n_unique())
    assert one_shopper["shopper_id"].max() == 1


def test_a_shop_without_shoppers_is_refused():
    with pytest.raises(InvalidError, match="0 shoppers"):
        simulated_shop(0, GROUPS, START, "USD", np.random.default_rng(0))
