import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.respond import Economics, calibrate, target, trial_of
from promoloop.respond.uplift.calibration import Correction


def test_who_would_buy_anyway_is_left_alone():
    # Buys anyway: no effect, redeems always, costs 2. Is moved: .5 * 10 - 2.5 - .1 = 2.4.
    effect = np.array([[0.0], [0.5]])
    redeemed = np.array([[1.0], [0.5]])
    prices = Economics(margin=10.0, reward=[5.0], redeemed=redeemed, contact=0.1)
    plan = target(effect, np.zeros((2, 1)), prices)
    assert plan.choice.tolist() == [0, 1]
    assert plan.value.ravel().tolist() == pytest.approx([-5.1, 2.4])


def test_the_better_of_two_treatments_is_sent():
    effect = np.array([[0.2, 0.3], [0.3, 0.2], [-0.1, -0.2]])
    plan = target(effect, np.zeros((3, 2)), Economics(margin=1.0))
    assert plan.choice.tolist() == [2, 1, 0]


def test_caution_leaves_doubtful_effects_alone():
    effect, doubt = np.array([[0.3, 0.2]]), np.array([[0.3, 0.05]])
    prices = Economics(margin=10.0)
    assert target(effect, doubt, prices).choice.tolist() == [1]
    assert target(effect, doubt, prices, caution=1.0).choice.tolist() == [2]
    assert target(effect, doubt, prices, caution=5.0).choice.tolist() == [0]
    assert target(effect, doubt, prices).sd.tolist() == [[3.0, 0.5]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"effect": np.full((2, 1), np.nan)}, "the effects"),
        ({"sd": np.zeros((2, 3))}, "shapes must agree"),
        ({"sd": np.full((2, 1), -1.0)}, "0 or more"),
        ({"caution": -1.0}, "0 or more"),
        ({"economics": Economics(1.0, contact=[-0.1])}, "contact"),
        ({"economics": Economics(1.0, reward=[1.0, 2.0])}, "reward"),
    ],
)
def test_bad_prices_are_named(change, said):
    good = {"effect": np.zeros((2, 1)), "sd": np.zeros((2, 1)), "economics": Economics(1.0)}
    with pytest.raises(InvalidError) as caught:
        target(**{**good, **change})
    assert said in str(caught.value)


def experiment(seed, n=40_000):
    """One treatment whose effect is .5 + x, on half of the shoppers."""
    rng = np.random.default_rng(seed)
    x, arm = rng.normal(size=n), rng.integers(0, 2, n)
    y = arm * (0.5 + x) + rng.normal(size=n)
    return x, trial_of(x[:, None], arm, y, np.full(n, 0.5))


def test_true_effects_are_borne_out_exactly():
    x, trial = experiment(0)
    found = calibrate(0.5 + x, trial, 1)
    assert found.slope_low < 1.0 < found.slope_high
    assert found.error < 0.06
    inside = [one.low <= one.said <= one.high for one in found.bins]
    assert sum(inside) >= 8
    assert [one.n for one in found.bins] == [4_000] * 10


def test_effects_said_twice_too_large_are_put_right():
    x, trial = experiment(1)
    found = calibrate(2.0 * x + 3.0, trial, 1)
    assert found.slope == pytest.approx(0.5, abs=0.02)
    assert np.allclose(found.correction.apply(2.0 * x + 3.0), 0.5 + x, atol=0.15)


def test_effects_that_are_noise_are_corrected_to_their_mean():
    x, trial = experiment(2)
    noise = np.random.default_rng(3).normal(size=len(x))
    found = calibrate(noise, trial, 1)
    assert found.slope_low < 0.0 < found.slope_high
    assert np.std(found.correction.apply(noise)) < 0.03
    assert found.correction.apply(noise).mean() == pytest.approx(0.5, abs=0.03)


def test_one_effect_for_all_has_no_slope_to_be_wrong_about():
    _, trial = experiment(4, n=400)
    found = calibrate(np.full(400, 0.4), trial, 1)
    assert (found.slope, found.correction.slope) == (0.0, 0.0)


def test_a_correction_survives_as_json():
    one = Correction(0.1, 0.2, 0.7)
    assert Correction.from_parameters(one.to_parameters()) == one


@pytest.mark.parametrize(
    ("effect", "treatment", "bins", "said"),
    [
        (np.zeros(3), 1, 10, "400 finite numbers"),
        (np.full(400, np.inf), 1, 10, "finite"),
        (np.zeros(400), 2, 10, "from 1 to 1"),
        (np.zeros(400), 1, 200, "fewer bins"),
    ],
)
def test_what_cannot_be_calibrated_is_named(effect, treatment, bins, said):
    with pytest.raises(InvalidError) as caught:
        calibrate(effect, experiment(5, n=400)[1], treatment, bins)
    assert said in str(caught.value)
