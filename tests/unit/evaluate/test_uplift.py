import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.evaluate import auuc, qini, qini_curve, return_curve, uplift_curve


def chance(seed=0):
    return np.random.default_rng(seed)


def campaign(seed, n=4_000, effect=0.3):
    """Half treated; those with x > 0 gain ``effect`` in probability, the others nothing."""
    rng = chance(seed)
    x, treated = rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    bought = (rng.random(n) < 0.2 + effect * treated * (x > 0)).astype(float)
    return bought, x, treated


def test_the_qini_curve_is_that_of_a_hand_calculation():
    # Order: T buys, C buys, T not, C not. Q = Y_t - Y_c N_t / N_c: 1, 1 - 1*1/1, 1 - 1*2/1, 1 - 1.
    curve = qini_curve([1, 1, 0, 0], [4, 3, 2, 1], [1, 0, 1, 0])
    assert curve.gained.tolist() == [0, 1, 0, -1, 0]
    assert curve.passed.tolist() == [0, 1, 2, 3, 4]
    assert curve.area == 0.0


def test_the_uplift_curve_is_that_of_a_hand_calculation():
    # (Y_t / N_t - Y_c / N_c) N: (1 - 0)*1, (1 - 1)*2, (1/2 - 1)*3, (1/2 - 1/2)*4.
    curve = uplift_curve([1, 1, 0, 0], [4, 3, 2, 1], [1, 0, 1, 0])
    assert curve.gained.tolist() == [0, 1, 0, -1.5, 0]


def test_the_coefficient_is_that_of_a_hand_calculation():
    # Perfect order: the treated buyer, then the two non-buyers tied, then the control buyer:
    # Q = 1 after 1 row, 2 rows further 1 - 0 = 1, at the end 1 - 1*2/2 = 0. Area .5 + 2 + .5 = 3.
    # The score T buys, C not, T not, C buys: Q = 1, 1, 1, 0, the same area. Random area 0.
    found = qini([1, 0, 0, 1], [4, 3, 2, 1], [1, 0, 1, 0], chance())
    assert found.value == pytest.approx(1.0)
    # The worst: C buys, T not, C not, T buys: Q = 0 (no treated yet), 0 - 1*1/1 = -1,
    # 0 - 1*1/2 = -.5, 1 - 1 = 0. Area -.5 - .75 - .25 = -1.5 of 3.
    worst = qini([1, 0, 0, 1], [1, 3, 2, 4], [1, 1, 0, 0], chance())
    assert worst.value == pytest.approx(-0.5)


def test_one_score_for_all_is_worth_nothing_and_has_no_doubt_about_it():
    bought, _, treated = campaign(1)
    found = qini(bought, np.full(bought.size, 0.3), treated, chance())
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_tied_rows_count_together_whatever_their_order():
    bought, x, treated = campaign(2)
    coarse = np.round(x)
    other = chance(3).permutation(x.size)
    one = qini_curve(bought, coarse, treated)
    two = qini_curve(bought[other], coarse[other], treated[other])
    assert one.gained.tolist() == two.gained.tolist()
    assert one.gained.size == np.unique(coarse).size + 1


@given(st.integers(0, 10_000), st.floats(0.1, 5.0))
@settings(max_examples=20, deadline=None)
def test_only_the_order_of_the_scores_matters(seed, power):
    bought, x, treated = campaign(seed, n=60)
    one, two = (qini_curve(bought, s, treated).area for s in (x, np.sign(x) * np.abs(x) ** power))
    assert one == pytest.approx(two)


def test_a_weight_of_two_is_a_row_given_twice():
    bought, x, treated = campaign(4, n=200)
    times = chance(5).integers(1, 4, 200)
    twice = np.repeat(np.arange(200), times)
    one = qini_curve(bought, x, treated, times)
    two = qini_curve(bought[twice], x[twice], treated[twice])
    assert one.area == pytest.approx(two.area)


def test_the_interval_covers_the_coefficient_of_a_large_sample():
    bought, x, treated = campaign(6, n=400_000)
    truth = _value(bought, x, treated)
    assert truth > 0.05
    found = [qini(*campaign(seed, n=1_000), chance(seed)) for seed in range(40)]
    covered = np.mean([one.low <= truth <= one.high for one in found])
    assert 0.87 <= covered <= 1.0  # .95 less twice its standard error of .03, and a bit


def _value(bought, x, treated):
    best = qini_curve(bought, bought * treated - bought * (1 - treated), treated)
    own = qini_curve(bought, x, treated)
    return (own.area - own.random_area) / (best.area - best.random_area)


def test_auuc_is_the_mean_gain_over_all_depths():
    # The best half gains .3, the rest nothing: gain at depth q is .3 q up to .5, then .15.
    found = auuc(*campaign(7, n=40_000), chance())
    assert found.value == pytest.approx(0.3 * 0.125 + 0.15 * 0.5, abs=0.006)
    assert found.low < found.value < found.high


def test_returns_follow_gain_and_cost_by_depth():
    rng = chance(8)
    n = 60_000
    x, treated = rng.normal(size=n), (rng.random(n) < 0.3).astype(float)
    odds = np.where(treated == 1, 0.3, 0.7)
    money = 5.0 + 2.0 * treated * (x > 0) + rng.normal(size=n)
    curve = return_curve(money, 0.5 * treated, x, treated, odds, [0.25, 0.5, 1.0])
    assert np.allclose(curve.gain, [0.5, 1.0, 1.0], atol=0.06)
    assert np.allclose(curve.cost, [0.125, 0.25, 0.5], atol=0.01)
    assert np.allclose(curve.roi, [3.0, 3.0, 1.0], atol=0.25)
    assert ((curve.roi_low < [3, 3, 1]) & (curve.roi_high > [3, 3, 1])).all()


def test_returns_have_no_ratio_where_nothing_is_spent():
    bought, x, treated = campaign(9, n=200)
    curve = return_curve(bought, np.zeros(200), x, treated, np.full(200, 0.5), [1.0])
    assert np.isnan(curve.roi).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": [1, 0, 0, np.nan]}, "NaN"),
        ({"score": [1, 2, 3]}, "4 rows"),
        ({"treated": [1, 1, 1, 1]}, "both among the rows"),
        ({"treated": [1, 2, 0, 0]}, "0 or 1"),
        ({"outcome": [0, 0, 0, 0]}, "somebody has bought"),
        ({"weight": [1, 1, 1, -1]}, "0 or more"),
        ({"level": 1.0}, "between 0 and 1"),
    ],
)
def test_what_cannot_be_measured_is_named(change, said):
    good = {"outcome": [1, 0, 0, 1], "score": [4, 3, 2, 1], "treated": [1, 1, 0, 0]}
    with pytest.raises(InvalidError) as caught:
        qini(**{**good, **change}, rng=chance())
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shares": [0.0]}, "in (0, 1]"),
        ({"odds": [0.5, 0.5, 0.5, 0.0]}, "odds in (0, 1]"),
        ({"treated": [0, 0, 0, 0]}, "both there"),
    ],
)
def test_returns_of_a_bad_experiment_are_named(change, said):
    good = {"outcome": [1, 0, 0, 1], "cost": [1, 1, 0, 0], "score": [4, 3, 2, 1]}
    more = {"treated": [1, 1, 0, 0], "odds": [0.5] * 4, "shares": [1.0]}
    with pytest.raises(InvalidError) as caught:
        return_curve(**{**good, **more, **change})
    assert said in str(caught.value)
