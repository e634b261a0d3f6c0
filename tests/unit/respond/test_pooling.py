"""What one campaign teaches the next, against learning everything at once."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from promoloop.offers import AmountOff, Offer
from promoloop.respond import (
    Action,
    Baseline,
    EffectModel,
    ShopperTraits,
    feature_names,
    logit,
    offer_terms,
    pooled_prior,
    respond,
    row_features,
    sigmoid,
)
from promoloop.simulate import ShopperWorld

NAMES = ("intercept", "depth")
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
CONTACT = {"email": 1}


def taught(seed, start=None, m=300, names=NAMES):
    model = EffectModel(names) if start is None else start.unlearnt()
    rng = np.random.default_rng(seed)
    features = np.column_stack([np.ones(m), rng.uniform(0.0, 0.5, (m, len(names) - 1))])
    chance = sigmoid(-2.0 + features @ np.linspace(0.3, 4.0, len(names)))
    model.learn(features, np.full(m, -2.0), (rng.random(m) < chance).astype(float))
    model.redeem.learn(["x"] * 10, np.ones(10))
    return model


def test_without_other_campaigns_the_prior_is_the_ordinary_one():
    prior = pooled_prior(NAMES, [])
    assert prior.to_parameters() == EffectModel(NAMES).to_parameters()


def test_one_campaign_with_the_same_features_hands_on_its_posterior():
    model = taught(0)
    prior = pooled_prior(NAMES, [model], kept=1.0)
    assert prior.mean_ == pytest.approx(model.mean_, abs=1e-9)
    assert prior.covariance_ == pytest.approx(model.covariance_, abs=1e-9)
    assert prior.seen_ == 0


def test_nothing_is_counted_twice_where_one_began_from_the_other():
    first = taught(0)
    second = taught(1, pooled_prior(NAMES, [first], kept=1.0))
    both = pooled_prior(NAMES, [first, second], kept=1.0)
    assert both.mean_ == pytest.approx(second.mean_, abs=1e-9)
    assert both.covariance_ == pytest.approx(second.covariance_, abs=1e-9)


def test_half_counted_outcomes_leave_twice_the_variance_they_would():
    model = taught(0)
    before = np.linalg.inv(model.prior_covariance_)
    added = np.linalg.inv(model.covariance_) - before
    prior = pooled_prior(NAMES, [model], kept=0.5)
    assert np.linalg.inv(prior.covariance_) == pytest.approx(before + 0.5 * added, rel=1e-6)


def test_what_was_learnt_of_one_offer_and_one_text_stays_with_them():
    names = ("intercept", "depth", "offer:a", "variant:b")
    prior = pooled_prior(names, [taught(0, names=names)])
    plain = EffectModel(names)
    assert prior.mean_[2:].tolist() == plain.mean_[2:].tolist()
    assert np.diag(prior.covariance_)[2:] == pytest.approx(np.diag(plain.covariance_)[2:])
    assert prior.covariance_[0, 0] < plain.covariance_[0, 0]


def test_redemptions_of_all_offers_are_the_rate_of_a_new_one():
    prior = pooled_prior(NAMES, [taught(0)])
    # (.5 * 20 + 5) / (20 + 5): ten redemptions of ten buyers, half counted
    assert prior.redeem.of("new")[0] == pytest.approx(0.6)


def test_a_model_at_its_shared_prior_survives_being_stored():
    model = taught(1, pooled_prior(NAMES, [taught(0)]))
    again = EffectModel.from_parameters(model.to_parameters())
    assert again.to_parameters() == model.to_parameters()
    assert again.unlearnt().to_parameters() == model.unlearnt().to_parameters()


def test_a_version_of_before_priors_were_shared_is_read():
    old = taught(0).to_parameters()
    del old["prior_mean"], old["prior_covariance"]
    model = EffectModel.from_parameters(old)
    assert model.unlearnt().mean_.tolist() == EffectModel(NAMES).mean_.tolist()


def shoppers(n, seed, scale=1.0):
    """Baseline and traits of made-up shoppers of six groups; money ``scale`` times as large."""
    rng = np.random.default_rng(seed)
    groups = tuple("ABCDEF")
    habit = sigmoid(rng.normal(-2.0, 0.8, (n, 6)))
    basket = scale * rng.lognormal(6.2, 0.3, (n, 6))
    ids = np.array([f"s{row}" for row in range(n)])
    baseline = Baseline(ids, groups, habit, basket, 0.35 * basket)
    affinity = rng.uniform(-1.0, 1.0, (2, n))
    traits = ShopperTraits(
        ids,
        affinity[0],
        affinity[1],
        rng.uniform(-0.5, 0.5, n),
        np.ones(n),
        np.array(["active"] * n),
        np.full((n, 24), 1 / 24),
        np.zeros(n),
    )
    return baseline, traits


def offers(groups, minor):
    return [
        Offer(f"off-{group}", {}, group, AmountOff(minor), START, END, "USD") for group in groups
    ]


def grid(terms):
    return [Action(term.offer_id, "email", hour, "a") for term in terms for hour in (9, 18)]


def first_week(seed):
    """True value of the best action by the ordinary and by the pooled prior; minor units."""
    baseline, traits = shoppers(1_200, seed)
    terms = [offer_terms(offer, baseline) for offer in offers("ABCDEF", 100)]
    world = ShopperWorld.from_profiles(baseline, traits, terms, np.random.default_rng([seed, 2]))
    old, new = terms[:3], terms[3:]
    actions = grid(old)
    names = feature_names(actions, old)
    rng = np.random.default_rng([seed, 1])
    rows = np.tile(np.arange(1_200), 4)
    columns = rng.integers(0, len(actions), len(rows))
    truth = world.probability_with(actions, np.zeros(1_200))[rows, columns]
    bought = (rng.random(len(rows)) < truth).astype(float)
    group = [baseline.groups.index(old[place // 2].group) for place in columns]
    model = EffectModel(names)
    features = row_features(traits, actions, old, rows, columns)
    model.learn(features, logit(baseline.probability[rows, group]), bought)
    used = bought * (rng.random(len(rows)) < world.temper.redeems[rows])
    held = [actions[place].offer_id for place in columns[bought > 0]]
    model.redeem.learn(held, used[bought > 0])
    actions = grid(new)
    true = world.expected_value(actions, CONTACT, np.zeros(1_200))
    found = []
    for prior in (pooled_prior(feature_names(actions, new), part) for part in ([], [model])):
        said = respond(baseline, traits, actions, new, prior, CONTACT, 1.0).value_minor
        best = said.argmax(axis=1)
        taken = np.where(said.max(axis=1) > 0, true[np.arange(1_200), best], 0.0)
        found.append(float(taken.mean()))
    return found


def test_a_new_campaigns_first_week_earns_more_after_another_has_run():
    plain, pooled = np.mean([first_week(seed) for seed in range(100, 104)], axis=0)
    assert pooled > plain + 0.1


def test_no_money_is_in_what_campaigns_teach_each_other():
    # the same shop in cents and in a currency of a hundredth: rewards and baskets a hundredfold
    features = []
    for scale in (1, 100):
        baseline, traits = shoppers(50, 0, float(scale))
        terms = [offer_terms(offer, baseline) for offer in offers("ABC", 100 * scale)]
        actions = grid(terms)
        everybody = np.repeat(np.arange(50), len(actions))
        each = np.tile(np.arange(len(actions)), 50)
        features.append(row_features(traits, actions, terms, everybody, each))
    # baskets are rounded to whole minor units, which matters a little less in the larger one
    assert features[0] == pytest.approx(features[1], abs=1e-3)


def test_own_answers_speak_through_depth():
    baseline, traits = shoppers(3, 0)
    terms = [offer_terms(offer, baseline) for offer in offers("A", 100)]
    actions = grid(terms)
    rows, columns = np.arange(3), np.zeros(3, dtype=np.int64)
    known = replace(traits, own_answers=np.array([1.0, 0.0, -2.0]))
    names = feature_names(actions, terms)
    column = row_features(known, actions, terms, rows, columns)[
        :, names.index("depth_x_own_answers")
    ]
    assert column == pytest.approx(terms[0].depth * np.array([1.0, 0.0, -2.0]))
    silent = row_features(traits, actions, terms, rows, columns)
    assert not silent[:, names.index("depth_x_own_answers")].any()
