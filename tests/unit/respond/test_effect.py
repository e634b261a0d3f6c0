"""The effect model against an optimiser, quadrature and hand calculation."""

import json

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import norm

from promoloop.core import InvalidError
from promoloop.respond import EffectModel, RedeemRates, moved_features, sigmoid


def data(seed: int, m: int = 400):
    rng = np.random.default_rng(seed)
    features = np.column_stack([np.ones(m), rng.uniform(0.0, 0.5, m)])
    offset = rng.normal(-2.0, 0.5, m)
    bought = (rng.random(m) < sigmoid(offset + features @ np.array([0.3, 2.0]))).astype(float)
    return features, offset, bought


def test_the_posterior_mode_is_where_an_optimiser_finds_it():
    model = EffectModel(("intercept", "depth"))
    prior, precision = model.mean_.copy(), np.linalg.inv(model.covariance_)
    features, offset, bought = data(0)

    def loss(theta):
        said = sigmoid(offset + features @ theta)
        fit = bought * np.log(said) + (1 - bought) * np.log1p(-said)
        away = theta - prior
        return 0.5 * away @ precision @ away - fit.sum()

    model.learn(features, offset, bought)
    found = minimize(loss, prior, method="BFGS", options={"gtol": 1e-7})
    assert model.mean_ == pytest.approx(found.x, abs=1e-5)


def test_a_weight_of_two_is_the_same_row_twice():
    features, offset, bought = data(1, 50)
    once, twice = EffectModel(("intercept", "depth")), EffectModel(("intercept", "depth"))
    once.learn(features, offset, bought, np.full(50, 2.0))
    twice.learn(*(np.concatenate([part, part]) for part in (features, offset, bought)))
    assert once.mean_ == pytest.approx(twice.mean_)
    assert once.covariance_ == pytest.approx(twice.covariance_)


def test_learning_in_batches_comes_close_to_learning_at_once():
    features, offset, bought = data(2, 2000)
    whole, parts = EffectModel(("intercept", "depth")), EffectModel(("intercept", "depth"))
    whole.learn(features, offset, bought)
    for piece in np.array_split(np.arange(2000), 8):
        parts.learn(features[piece], offset[piece], bought[piece])
    assert parts.mean_ == pytest.approx(whole.mean_, abs=0.05)


def test_the_mean_probability_is_near_the_integral_over_the_posterior():
    model = EffectModel(("intercept",))
    sd = float(np.sqrt(model.covariance_[0, 0]))
    mean, _ = model.probability(np.ones((1, 1)), np.array([-1.0]))
    centre = -1.0 + model.mean_[0]
    exact, _ = quad(lambda z: float(sigmoid(np.array(centre + sd * z))) * norm.pdf(z), -8.0, 8.0)
    assert mean[0] == pytest.approx(exact, abs=0.002)


def test_draws_scatter_as_the_posterior_says():
    model = EffectModel(("intercept", "depth"))
    model.learn(*data(3))
    rng = np.random.default_rng(0)
    draws = np.array([model.sample(rng).mean_ for _ in range(4000)])
    assert np.cov(draws.T) == pytest.approx(model.covariance_, rel=0.15, abs=2e-3)


def test_parameters_survive_json_exactly():
    model = EffectModel(("intercept", "depth"))
    model.learn(*data(4))
    model.redeem.learn(["tea", "tea"], np.array([1.0, 0.0]))
    again = EffectModel.from_parameters(json.loads(json.dumps(model.to_parameters())))
    assert np.array_equal(again.mean_, model.mean_)
    assert np.array_equal(again.covariance_, model.covariance_)
    assert again.redeem.of("tea") == model.redeem.of("tea")
    assert again.to_parameters() == model.to_parameters()


def test_features_of_another_width_are_refused():
    with pytest.raises(InvalidError, match="2 features"):
        EffectModel(("intercept", "depth")).learn(np.ones((3, 5)), np.zeros(3), np.zeros(3))


def test_nothing_to_learn_changes_nothing():
    model = EffectModel(("intercept",))
    before = model.to_parameters()
    model.learn(np.empty((0, 1)), np.empty(0), np.empty(0))
    assert model.to_parameters() == before


def test_a_new_offer_starts_from_what_all_offers_taught():
    rates = RedeemRates(rate=0.5, buyers=20.0, pooling=30.0)
    rates.learn(["tea"] * 80, np.zeros(80))
    assert rates.of("new")[0] == pytest.approx(10 / 100)  # (.5 * 20 + 0) / (20 + 80)


def taught_three(seed: int) -> EffectModel:
    features, offset, bought = data(seed)
    habit = np.random.default_rng(seed).uniform(0.0, 0.5, (len(features), 1))
    model = EffectModel(("intercept", "depth", "habit"))
    model.learn(np.hstack([features, habit]), offset, bought)
    return model


def test_carried_over_features_keep_their_belief_and_new_ones_start_from_their_prior():
    model = taught_three(4)
    carried = model.carried_over(("habit", "depth_x_vip", "intercept"))
    assert carried.mean_.tolist() == [model.mean_[2], 0.0, model.mean_[0]]
    covariance = model.covariance_
    assert carried.covariance_.tolist() == [
        [covariance[2, 2], 0.0, covariance[2, 0]],
        [0.0, 1.5**2, 0.0],
        [covariance[0, 2], 0.0, covariance[0, 0]],
    ]
    assert carried.prior_mean_.tolist() == [0.0, 0.0, 0.1]
    assert carried.seen_ == model.seen_


def test_a_feature_that_is_gone_is_integrated_out():
    """The variance that stays is the marginal one, which draws from the posterior show."""
    model = taught_three(5)
    carried = model.carried_over(("intercept", "habit"))
    draws = np.random.default_rng(0).multivariate_normal(model.mean_, model.covariance_, 40_000)
    assert np.cov(draws[:, [0, 2]].T) == pytest.approx(carried.covariance_, rel=0.05, abs=4e-3)


def test_carrying_over_to_the_same_features_changes_nothing_and_shares_nothing():
    model = EffectModel(("intercept", "depth"), RedeemRates(rate=0.4))
    model.learn(np.ones((20, 2)), np.zeros(20), np.arange(20) % 2)
    model.redeem.learn(["tea"], np.ones(1))
    carried = model.carried_over(model.feature_names)
    before = model.to_parameters()
    assert carried.to_parameters() == before
    carried.redeem.learn(["tea"], np.ones(1))
    carried.learn(np.ones((5, 2)), np.zeros(5), np.ones(5))
    assert model.to_parameters() == before


def test_moved_features_of_a_wrong_width_are_refused():
    with pytest.raises(InvalidError, match="2 names were given"):
        moved_features(np.zeros((3, 4)), ["a", "b"], ["a"])
