import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from promoloop.core import InvalidError
from promoloop.decide import (
    EpsilonGreedy,
    InverseGap,
    LogisticReward,
    Scores,
    Thompson,
    Uniform,
    drawn,
    with_nothing,
)

RULES = (
    InverseGap(0.01, 3.0),
    InverseGap(0.0, 0.3, growth=0.0),
    InverseGap(0.005, 100.0, optimism=1.0),
    Thompson(0.01),
    Thompson(0.002, temper=0.3),
    EpsilonGreedy(0.1),
    Uniform(),
)


def known(values):
    return Scores.known(np.asarray(values, dtype=float))


def case(seed, n, k):
    rng = np.random.default_rng(seed)
    scores = Scores(rng.normal(-2, 3, (n, k)), rng.gamma(1, 1, (n, k)), 50.0, LogisticReward())
    eligible = rng.random((n, k)) < 0.6
    eligible[:, -1] = True
    return scores, eligible


def least(rule, eligible):
    count = eligible.sum(axis=1, keepdims=True)
    return np.broadcast_to(
        {EpsilonGreedy: 0.1 / count, Uniform: 1 / count}.get(type(rule), getattr(rule, "floor", 0)),
        eligible.shape,
    )


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(0, 12),
    k=st.integers(1, 25),
    rule=st.sampled_from(RULES),
    everybody=st.booleans(),
)
def test_propensities_are_a_distribution_above_the_floor(seed, n, k, rule, everybody):
    scores, eligible = case(seed, n, k)
    if everybody:
        eligible[:] = True
    shares = rule.probabilities(scores, None if everybody else eligible)
    assert np.abs(shares.sum(axis=1) - 1).max(initial=0.0) <= 1e-12
    assert (shares[eligible] >= least(rule, eligible)[eligible] * (1 - 1e-12)).all()
    assert (shares[eligible] > 0).all() or getattr(rule, "floor", 1) == 0
    assert (shares[~eligible] == 0).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), gamma=st.sampled_from([0.0, 0.3, 10.0]))
def test_the_allocated_action_keeps_at_least_an_equal_share(seed, gamma):
    scores, eligible = case(seed, 12, 8)
    shares = InverseGap(0.01, gamma).probabilities(scores, eligible, eligible.argmax(axis=1))
    favoured = shares[np.arange(12), eligible.argmax(axis=1)]
    assert (favoured >= 1 / eligible.sum(axis=1) - 1e-12).all()


def test_inverse_gaps_follow_the_published_rule():
    # Three options with gaps 0, 2 and 3 below the best, gamma 1: 1/(3 + 2), 1/(3 + 3), the rest.
    priced, options = with_nothing(np.array([[3.0, 1.0]]), np.array([[True, True]]))
    shares = InverseGap(0.0, 1.0, growth=0.0).probabilities(Scores.known(priced), options)
    np.testing.assert_allclose(shares, [[19 / 30, 1 / 5, 1 / 6]])


def test_the_weight_of_gaps_grows_with_the_outcomes_seen():
    # gamma 2 after 9 outcomes with growth 1/2 weighs 6: 1/(2 + 6).
    scores = Scores(np.array([[1.0, 0.0]]), np.zeros((1, 2)), 9.0, known([[0.0]]).reward)
    assert InverseGap(0.0, 2.0).probabilities(scores).tolist() == [[0.875, 0.125]]


def test_optimism_favours_what_is_little_known():
    scores = Scores(np.array([[1.0, 0.9]]), np.array([[0.0, 0.5]]), 1e6, known([[0.0]]).reward)
    assert InverseGap().probabilities(scores).argmax() == 0
    assert InverseGap(optimism=1.0).probabilities(scores).argmax() == 1


def test_two_actions_are_sampled_as_often_as_normals_say():
    # P(N(0, 1) > N(1, 2²)) = Φ(-1 / √5) = 0.3274.
    scores = Scores(np.array([[0.0, 1.0]]), np.array([[1.0, 2.0]]), 1.0, LogisticReward())
    assert Thompson(0.0).probabilities(scores)[0, 0] == pytest.approx(0.3274, abs=0.003)


def test_fifty_actions_are_sampled_as_often_as_simulated():
    rng = np.random.default_rng(0)
    centre, sd = rng.normal(0, 1, (1, 50)), rng.gamma(2, 0.4, (1, 50))
    wins = (centre + sd * rng.standard_normal((100_000, 50))).argmax(axis=1)
    share = Thompson(0.0).probabilities(Scores(centre, sd, 1.0, LogisticReward()))
    assert np.abs(share[0] - np.bincount(wins, minlength=50) / 100_000).max() < 0.01


def test_a_certain_action_that_is_best_is_always_sampled():
    scores = Scores(np.array([[0.0, 1.0, 0.5]]), np.zeros((1, 3)), 1.0, LogisticReward())
    np.testing.assert_allclose(Thompson(0.0).probabilities(scores), [[0, 1, 0]], atol=1e-6)


def test_choices_come_as_often_as_their_propensity_says():
    n = 40_000
    priced = np.tile([5.0, 3.0, -2.0, 9.0], (n, 1))
    options = with_nothing(priced, np.tile([True, True, True, False], (n, 1)))
    shares = InverseGap(0.02, 0.5, growth=0.0).probabilities(Scores.known(options[0]), options[1])
    choices = drawn(shares, np.random.default_rng(7).random(n))
    observed = np.bincount(np.where(choices.index < 0, 4, choices.index), minlength=5)
    expected = choices.probabilities[0] * n
    assert observed[3] == 0
    assert chisquare(np.delete(observed, 3), np.delete(expected, 3)).pvalue > 0.001


@pytest.mark.parametrize("rule", RULES)
def test_where_nothing_alone_is_eligible_it_is_certain(rule):
    values, options = with_nothing(np.ones((2, 3)), np.zeros((2, 3), bool))
    shares = rule.probabilities(Scores.known(values), options)
    np.testing.assert_allclose(shares, [[0, 0, 0, 1]] * 2, rtol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_a_row_without_an_eligible_action_is_named(rule):
    with pytest.raises(InvalidError, match="row 1"):
        rule.probabilities(known(np.ones((2, 2))), np.array([[True, False], [False, False]]))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("mask", [None, np.array([[True, True]])])
def test_scores_that_are_no_numbers_are_refused(rule, mask):
    with pytest.raises(InvalidError, match="NaN"):
        rule.probabilities(known([[np.nan, 1.0]]), mask)


def test_the_random_arm_treats_all_options_alike():
    values, options = with_nothing(np.zeros((1, 4)), np.array([[True, True, True, False]]))
    even = Uniform().probabilities(Scores.known(values), options)
    assert even.tolist() == [[0.25, 0.25, 0.25, 0.0, 0.25]]


@pytest.mark.parametrize("rule", [InverseGap(0.02), Thompson(0.02)])
def test_a_floor_too_high_for_the_options_names_their_number(rule):
    with pytest.raises(InvalidError, match="50 options"):
        rule.probabilities(known(np.ones((1, 50))))


@pytest.mark.parametrize("favoured", [[5], [1], [0, 0]])
def test_a_favoured_column_must_be_there_and_eligible(favoured):
    with pytest.raises(InvalidError):
        InverseGap().probabilities(
            known([[1.0, 1.0]]), np.array([[True, False]]), np.array(favoured)
        )


@pytest.mark.parametrize("values", [np.ones(2), np.ones((1, 3))])
def test_values_and_eligibility_of_two_shapes_are_refused(values):
    with pytest.raises(InvalidError, match="shape"):
        with_nothing(values, np.array([[True, False]]))


@pytest.mark.parametrize(
    "setting", [{"floor": -0.1}, {"floor": 1.0}, {"gamma": -1.0}, {"optimism": np.nan}]
)
def test_settings_that_make_no_sense_are_refused(setting):
    with pytest.raises(InvalidError):
        InverseGap(**setting)


@pytest.mark.parametrize("build", [lambda: Thompson(temper=0.0), lambda: EpsilonGreedy(0.0)])
def test_rules_that_would_not_explore_are_refused(build):
    with pytest.raises(InvalidError):
        build()
