import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.respond import DoseResponse, sigmoid

DEPTHS = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5])
NONE = np.zeros(len(DEPTHS))


def truth(x, depth):
    """P(buy): saturating in depth, shoppers with a high second trait respond more."""
    lift = 1.8 * (1 - np.exp(-7 * np.asarray(depth)))
    return sigmoid(-1.5 + 0.5 * x[:, :1] + np.exp(0.4 * x[:, 1:]) * lift)


def stepped(x, depth):
    """P(buy) that wakes up at a depth of .2 only, the same for all."""
    return np.broadcast_to(
        np.where(np.asarray(depth) >= 0.2, 0.4, 0.15), (len(x), np.size(depth))
    ).copy()


def world(seed, law=truth, n=6_000, top_up=0.5):
    """Shoppers, randomised depths and thresholds, purchases and baskets."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    depth = rng.choice(DEPTHS, n)
    threshold = np.where((depth > 0) & (rng.random(n) < 0.3), 4_000.0, 0.0)
    basket = np.exp(8.0 + 0.2 * x[:, 0] + 0.5 * rng.normal(size=n))
    tops = (basket < threshold) & (basket >= 0.7 * threshold) & (rng.random(n) < top_up)
    basket = np.where(tops, threshold, basket)
    felt = np.where(threshold > 0, depth * 0.5, depth)  # about half get there
    bought = rng.random(n) < law(x, felt[:, None])[np.arange(n), 0]
    return x, depth, bought.astype(float), basket, threshold


def plain(seed, law=truth, n=6_000):
    """The same without thresholds."""
    rng = np.random.default_rng(seed)
    x, depth = rng.normal(size=(n, 2)), rng.choice(DEPTHS, n)
    bought = rng.random(n) < law(x, depth[:, None])[np.arange(n), 0]
    return x, depth, bought.astype(float), np.exp(8.0 + 0.5 * rng.normal(size=n))


def test_the_curve_is_found_again():
    x = np.random.default_rng(0).normal(size=(300, 2))
    found = DoseResponse().fit(*plain(1, n=20_000)).curve(x, DEPTHS).probability
    assert np.abs(found - truth(x, DEPTHS)).mean() < 0.02
    assert np.abs(found.mean(axis=0) - truth(x, DEPTHS).mean(axis=0)).max() < 0.025


def test_intervals_cover_the_true_curve_about_as_often_as_they_say():
    x = np.random.default_rng(1).normal(size=(40, 2))
    hits = []
    for seed in range(12):
        found = DoseResponse().fit(*plain(100 + seed, n=3_000)).curve(x, DEPTHS, level=0.9)
        hits.append((found.low <= truth(x, DEPTHS)) & (truth(x, DEPTHS) <= found.high))
    assert 0.8 <= np.mean(hits) <= 0.98


def test_a_sample_carries_the_doubt_about_a_total():
    x = np.random.default_rng(2).normal(size=(200, 2))
    model = DoseResponse().fit(*plain(2, n=3_000))
    rng = np.random.default_rng(3)
    draws = [model.sample(rng).curve(x, [0.2]).probability.mean() for _ in range(300)]
    low, high = np.quantile(draws, (0.005, 0.995))
    assert low < truth(x, [0.2]).mean() < high
    # 3,000 shoppers at about 40 %: a doubt of about a point, more than a naive sd / sqrt(200).
    assert 0.005 < np.std(draws) < 0.04


@pytest.mark.parametrize("shape", ["saturating", "monotone"])
def test_more_discount_never_means_fewer_buyers(shape):
    # A world in which depth does nothing: noise alone would bend a free curve downwards.
    model = DoseResponse(shape=shape).fit(*plain(4, lambda x, d: np.full((len(x), 1), 0.3), 600))
    x, grid = np.random.default_rng(5).normal(size=(50, 2)) * 3, np.linspace(0, 1, 60)
    for one in (model, model.sample(np.random.default_rng(6))):
        for threshold in (0.0, 3_000.0):
            said = one.response(x, grid, np.full(60, threshold)).probability
            assert (np.diff(said, axis=1) >= -1e-12).all()


def test_nothing_grows_beyond_the_last_knot():
    model = DoseResponse().fit(*plain(7, n=1_000))
    said = model.curve(np.zeros((1, 2)), [0.5, 0.7, 1.0]).probability[0]
    assert said[0] == pytest.approx(said[2])


def test_a_saturating_curve_adds_no_more_with_each_step():
    model = DoseResponse().fit(*plain(8, n=1_000))
    p = model.curve(np.zeros((1, 2)), np.linspace(0, 0.5, 11)).probability[0]
    steps = np.diff(np.log(p / (1 - p)))
    assert (np.diff(steps) <= 1e-12).all()


def test_a_monotone_curve_follows_a_step_that_a_saturating_one_cannot():
    data = plain(9, stepped, n=12_000)
    x = np.zeros((1, 2))
    low, high = DoseResponse(shape="monotone").fit(*data).curve(x, [0.1, 0.35]).probability[0]
    assert (low, high) == (pytest.approx(0.15, abs=0.035), pytest.approx(0.4, abs=0.035))
    stiff = DoseResponse().fit(*data).curve(x, [0.1]).probability[0, 0]
    assert stiff > low + 0.03


def test_the_share_that_tops_up_is_learnt_from_baskets():
    model = DoseResponse().fit(*world(10, n=20_000))
    x = np.zeros((1, 2))
    said = model.response(x, np.array([0.2]), np.array([4_000.0]))
    rng = np.random.default_rng(11)
    basket = np.exp(8.0 + 0.5 * rng.normal(size=400_000))
    tops = (basket < 4_000) & (basket >= 2_800) & (rng.random(basket.size) < 0.5)
    raised = np.where(tops, 4_000, basket)
    assert said.reach[0, 0] == pytest.approx((raised >= 4_000).mean(), abs=0.03)
    assert said.basket_minor[0, 0] == pytest.approx(raised.mean(), rel=0.03)


def test_before_any_threshold_was_tried_the_doubt_about_topping_up_is_wide():
    model = DoseResponse().fit(*plain(12))
    rng = np.random.default_rng(13)
    x, half, least = np.zeros((1, 2)), np.array([0.2]), np.array([4_000.0])
    reach = [model.sample(rng).response(x, half, least).reach[0, 0] for _ in range(200)]
    # .3 with a doubt of .15, times the quarter of baskets that lie within reach.
    assert 0.02 < np.std(reach) < 0.06


def test_a_threshold_makes_an_offer_weaker_and_nothing_else_makes_it_stronger():
    model = DoseResponse().fit(*world(14))
    x = np.random.default_rng(15).normal(size=(20, 2))
    said = model.response(x, np.full(3, 0.3), np.array([0.0, 3_000.0, 9_000.0]))
    assert (np.diff(said.probability, axis=1) < 0).all()
    assert np.allclose(said.reach[:, 0], 1.0)


def test_the_value_of_a_design_is_margin_less_what_all_buyers_take():
    model = DoseResponse().fit(*plain(16))
    x, depth, none = np.zeros((1, 2)), np.array([0.2]), np.zeros(1)
    p1 = model.curve(x, [0.2]).probability[0, 0]
    p0 = model.curve(x, [0.0]).probability[0, 0]
    basket = model.response(x, depth, none).basket_minor[0, 0]
    by_hand = p1 * basket * (0.3 - 0.2) - p0 * basket * 0.3
    assert model.value(x, depth, none, 0.3)[0, 0] == pytest.approx(by_hand)
    assert model.value(x, np.zeros(1), none, 0.3)[0, 0] == 0.0


def test_what_was_learnt_survives_json_exactly():
    given = world(17, n=800)
    flat = (np.column_stack([given[0], np.ones(800)]), *given[1:])
    model = DoseResponse(knots=(0.1, 0.4), shape="monotone").fit(*flat)
    back = DoseResponse.from_parameters(json.loads(json.dumps(model.to_parameters())))
    one, two = (m.response(flat[0], DEPTHS, NONE + 3_000) for m in (model, back))
    assert np.array_equal(one.probability, two.probability)
    assert np.array_equal(one.probability_sd, two.probability_sd)
    assert np.array_equal(one.basket_minor, two.basket_minor)


@given(st.integers(0, 1_000))
@settings(max_examples=10, deadline=None)
def test_a_sample_is_sure_of_itself(seed):
    model = DoseResponse().fit(*plain(18, n=300)).sample(np.random.default_rng(seed))
    said = model.response(np.zeros((2, 2)), DEPTHS, NONE)
    assert not said.probability_sd.any()
    assert not said.basket_sd_minor.any()


GOOD = dict(zip(("contexts", "depth", "bought", "basket_minor"), plain(19, n=50), strict=True))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contexts": np.full((50, 2), np.nan)}, "must be finite"),
        ({"depth": np.full(50, 1.5)}, "outside [0, 1]"),
        ({"depth": np.zeros(3)}, "50 finite numbers"),
        ({"bought": np.zeros(50)}, "both must occur"),
        ({"bought": np.full(50, 0.5)}, "0 or 1"),
        ({"basket_minor": np.zeros(50)}, "above 0"),
        ({"threshold_minor": np.full(50, 100.0)}, "without a threshold"),
        ({"threshold_minor": np.full(50, -1.0)}, "below 0"),
        ({"weight": np.full(50, np.inf)}, "finite"),
    ],
)
def test_bad_experiments_are_named(change, said):
    with pytest.raises(InvalidError) as caught:
        DoseResponse().fit(**{**GOOD, **change})
    assert said in str(caught.value)


def test_bad_questions_are_named():
    with pytest.raises(InvalidError, match="Call fit first"):
        DoseResponse().curve(np.zeros((1, 2)), [0.1])
    model = DoseResponse().fit(*plain(20, n=300))
    with pytest.raises(InvalidError, match="outside"):
        model.response(np.zeros((1, 2)), np.array([2.0]), np.zeros(1))
    with pytest.raises(InvalidError, match="2"):
        model.curve(np.zeros((1, 3)), [0.1])
    with pytest.raises(InvalidError, match="rise within"):
        DoseResponse(knots=(0.3, 0.2))
