"""What cannot be is refused by name, and what was learnt before stays."""

import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.respond import DoseResponse, Economics, LinearBase, target, trial_of


def offers(n=400):
    rng = np.random.default_rng(0)
    depth = rng.choice([0.0, 0.1, 0.3], n)
    return {
        "contexts": rng.standard_normal((n, 2)),
        "depth": depth,
        "bought": (rng.random(n) < 0.1 + depth).astype(float),
        "basket_minor": rng.lognormal(8.0, 0.4, n),
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"depth": np.full(400, np.nan)},
        {"depth": np.full(400, 0.2)},
        {"depth": np.zeros(399)},
        {"contexts": np.ones((399, 2))},
        {"contexts": [["x", "y"]] * 400},
        {"basket_minor": np.ones(399)},
        {"basket_minor": np.full(400, np.nan)},
        {"basket_minor": ["x"] * 400},
        {"weight": np.zeros(400)},
    ],
)
def test_a_refused_fit_leaves_the_curve_as_it_was(wrong):
    curve = DoseResponse().fit(**offers())
    before = curve.to_parameters()
    with pytest.raises(InvalidError):
        curve.fit(**{**offers(), **wrong})
    assert curve.to_parameters() == before


@pytest.mark.parametrize("depth", [-0.1, 1.2, np.nan])
def test_a_curve_is_not_asked_for_impossible_depths(depth):
    curve = DoseResponse().fit(**offers())
    with pytest.raises(InvalidError):
        curve.curve(np.zeros((3, 2)), [depth])


@pytest.mark.parametrize("share", [np.nan, np.inf, -0.1, 1.1])
def test_a_design_is_not_valued_at_an_impossible_margin(share):
    curve = DoseResponse().fit(**offers())
    with pytest.raises(InvalidError, match="margin"):
        curve.value(np.zeros((3, 2)), np.array([0.1]), np.zeros(1), share)


def test_an_unknown_shape_is_refused():
    with pytest.raises(InvalidError, match="wiggly"):
        DoseResponse(shape="wiggly")


@pytest.mark.parametrize(
    "wrong", [{"margin": np.nan}, {"margin": -1.0}, {"redeemed": 1.2}, {"contact": np.inf}]
)
def test_impossible_economics_target_nobody(wrong):
    with pytest.raises(InvalidError):
        target(np.ones((3, 2)), np.zeros((3, 2)), Economics(**{"margin": 1.0, **wrong}))


def test_an_infinite_caution_is_refused():
    with pytest.raises(InvalidError):
        target(np.ones((3, 2)), np.zeros((3, 2)), Economics(1.0), np.inf)


def test_an_infinite_penalty_is_refused():
    with pytest.raises(InvalidError, match="penalty"):
        LinearBase(np.inf)


@pytest.mark.parametrize("wrong", [[["x"], ["y"]], [[1.0], [1.0, 2.0]], [[1j], [2.0]]])
def test_a_trial_of_no_numbers_is_refused(wrong):
    with pytest.raises(InvalidError, match="contexts"):
        trial_of(wrong, [0, 1], [0.0, 1.0], [0.5, 0.5])
