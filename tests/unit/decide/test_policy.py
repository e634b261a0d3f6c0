import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from promoloop.core import InvalidError
from promoloop.decide import FixedPolicy, InverseGapPolicy, UniformPolicy


def case(seed, n, k):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 30, (n, k)), rng.random((n, k)) < 0.6


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(0, 20),
    k=st.integers(0, 30),
    floor=st.sampled_from([0.0, 0.005, 0.03]),
    gamma=st.sampled_from([0.0, 0.3, 10.0]),
)
def test_propensities_are_a_distribution_above_the_floor(seed, n, k, floor, gamma):
    priced, eligible = case(seed, n, k)
    choices = InverseGapPolicy(floor, gamma).choose(priced, eligible, np.random.default_rng(seed))
    options = np.column_stack([eligible, np.ones(n, bool)])
    assert np.abs(choices.probabilities.sum(axis=1) - 1).max(initial=0.0) <= 1e-12
    assert (choices.probabilities[options] >= floor).all()
    assert (choices.probabilities[options] > 0).all()
    assert (choices.probabilities[~options] == 0).all()
    columns = np.where(choices.index < 0, k, choices.index)
    assert (choices.probabilities[np.arange(n), columns] == choices.propensity).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), gamma=st.sampled_from([0.0, 0.3, 10.0]))
def test_the_allocated_action_keeps_at_least_an_equal_share(seed, gamma):
    priced, eligible = case(seed, 12, 8)
    greedy = np.where(eligible.any(axis=1), eligible.argmax(axis=1), -1)
    choices = InverseGapPolicy(0.01, gamma).choose(
        priced, eligible, np.random.default_rng(1), greedy
    )
    columns = np.where(greedy < 0, 8, greedy)
    share = choices.probabilities[np.arange(12), columns]
    assert (share >= 1 / (eligible.sum(axis=1) + 1) - 1e-12).all()


def test_probabilities_follow_the_published_rule():
    # Three options with gaps 0, 2 and 3 below the best, gamma 1: 1/(3 + 2), 1/(3 + 3), the rest.
    choices = InverseGapPolicy(0.0, 1.0).choose(
        np.array([[3.0, 1.0]]), np.array([[True, True]]), np.random.default_rng(0)
    )
    np.testing.assert_allclose(choices.probabilities, [[19 / 30, 1 / 5, 1 / 6]])


def test_choices_come_as_often_as_their_propensity_says():
    n = 40_000
    priced = np.tile([5.0, 3.0, -2.0, 9.0], (n, 1))
    eligible = np.tile([True, True, True, False], (n, 1))
    choices = InverseGapPolicy(0.02, 0.5).choose(priced, eligible, np.random.default_rng(7))
    observed = np.bincount(np.where(choices.index < 0, 4, choices.index), minlength=5)
    expected = choices.probabilities[0] * n
    assert observed[3] == 0
    assert chisquare(np.delete(observed, 3), np.delete(expected, 3)).pvalue > 0.001


def test_where_nothing_is_eligible_nothing_is_certain():
    for policy in (InverseGapPolicy(), UniformPolicy(), FixedPolicy(np.zeros(2, np.int64))):
        choices = policy.choose(np.ones((2, 3)), np.zeros((2, 3), bool), np.random.default_rng(0))
        assert choices.index.tolist() == [-1, -1]
        assert choices.propensity.tolist() == [1.0, 1.0]


def test_the_random_arm_treats_all_options_alike():
    choices = UniformPolicy().choose(
        np.zeros((1, 4)), np.array([[True, True, True, False]]), np.random.default_rng(0)
    )
    assert choices.probabilities.tolist() == [[0.25, 0.25, 0.25, 0.0, 0.25]]


def test_business_as_usual_does_what_was_settled_where_it_may():
    policy = FixedPolicy(np.array([1, 1, -1]))
    eligible = np.array([[True, True], [True, False], [True, True]])
    choices = policy.choose(np.zeros((3, 2)), eligible, np.random.default_rng(0))
    assert choices.index.tolist() == [1, -1, -1]
    assert choices.probabilities.sum(axis=1).tolist() == [1.0, 1.0, 1.0]


def test_the_same_seed_gives_the_same_choices():
    priced, eligible = case(3, 50, 6)
    first, second = (
        InverseGapPolicy().choose(priced, eligible, np.random.default_rng(9)) for _ in range(2)
    )
    assert (first.index == second.index).all()


def test_a_floor_too_high_for_the_options_names_their_number():
    with pytest.raises(InvalidError, match="51 options"):
        InverseGapPolicy(0.02).choose(
            np.ones((1, 50)), np.ones((1, 50), bool), np.random.default_rng(0)
        )


@pytest.mark.parametrize(
    ("priced", "greedy"),
    [([[np.nan, 1.0]], None), ([1.0, 2.0], None), ([[1.0, 1.0]], [5]), ([[1.0, 1.0]], [1])],
)
def test_bad_input_is_named(priced, greedy):
    with pytest.raises(InvalidError):
        InverseGapPolicy().choose(
            np.array(priced),
            np.array([[True, False]]),
            np.random.default_rng(0),
            None if greedy is None else np.array(greedy),
        )


@pytest.mark.parametrize("setting", [{"floor": -0.1}, {"floor": 1.0}, {"gamma": -1.0}])
def test_settings_that_make_no_sense_are_refused(setting):
    with pytest.raises(InvalidError):
        InverseGapPolicy(**setting)
