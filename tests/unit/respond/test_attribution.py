"""Shares of log odds and money: they sum to what was decided on, whatever the model."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.respond import EffectModel, attribute, logit, valued

NAMES = ("intercept", "depth", "coupon_affinity", "offer:tea", "some_new_feature")
SIZES = st.floats(-2.0, 2.0)


def taught(seed: int) -> EffectModel:
    rng = np.random.default_rng(seed)
    model = EffectModel(NAMES)
    bought = (rng.random(300) < 0.3) * 1.0
    model.learn(rng.normal(size=(300, 5)), rng.normal(-1.5, 0.5, 300), bought)
    model.redeem.learn(["tea"] * 40, (rng.random(40) < 0.7) * 1.0)
    return model


@given(st.integers(0, 5), st.lists(SIZES, min_size=5, max_size=5), st.floats(0.001, 0.95))
def test_shares_sum_to_the_log_odds_and_the_money_to_the_value(seed, values, without):
    model, features = taught(seed), np.array(values)
    found = attribute(model, "tea", features, without, 400.0, 150.0, 1.0, 3.0)
    total = math.fsum([found.base, found.doubt, *(one.log_odds for one in found.shares)])
    mean = model.probability(features[None, :], logit(np.array([without])))[0]
    assert total == pytest.approx(found.log_odds, abs=1e-12)
    assert found.log_odds == pytest.approx(float(logit(mean)[0]), abs=1e-8)
    rate = np.array([model.redeem.of("tea")[0]])
    one, p0 = np.ones(1), np.array([without])
    value, _ = valued(mean, p0, 400.0 * one, 150.0 * one, rate, one, 3.0 * one)
    assert found.value_minor == pytest.approx(float(value[0]), abs=1e-9)


def test_each_share_is_value_times_coefficient():
    model, features = taught(1), np.array([1.0, 0.25, -0.5, 1.0, 0.0])
    found = attribute(model, "tea", features, 0.2, 400.0, 150.0, 1.0, 0.0)
    for share, value, mean in zip(found.shares, features, model.mean_, strict=True):
        assert share.log_odds == value * mean == share.value * share.coefficient
    assert found.shares[-1].money_minor == 0.0


def test_money_by_hand_where_one_feature_moves_even_odds_to_three_in_four():
    """p0 = 1/2, one sure coefficient log 3: p1 = 3/4, a quarter more of a margin of 400."""
    model = EffectModel(("depth",))
    model.mean_, model.covariance_ = np.array([math.log(3.0)]), np.zeros((1, 1))
    found = attribute(model, "tea", np.array([1.0]), 0.5, 400.0, 100.0, 2.0, 0.0)
    assert found.bought_with == pytest.approx(0.75)
    assert found.shares[0].money_minor == pytest.approx(100.0)
    assert found.doubt == pytest.approx(0.0, abs=1e-15)
    assert (found.for_anyway_minor, found.for_extra_minor) == pytest.approx((-25.0, -12.5))
    assert found.value_minor == pytest.approx(100.0 - 25.0 - 12.5 - 2.0)


def test_where_nothing_moves_nothing_earns():
    model = EffectModel(("depth",))
    model.mean_, model.covariance_ = np.zeros(1), np.zeros((1, 1))
    found = attribute(model, "tea", np.array([1.0]), 0.3, 400.0, 100.0, 2.0, 0.0)
    assert found.shares[0].money_minor == 0.0
    assert found.value_minor == pytest.approx(-0.3 * 0.5 * 100.0 - 2.0)
