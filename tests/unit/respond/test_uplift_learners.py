"""Every learner goes through the same behaviour checks, on worlds whose effects are known."""

import json

import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.respond import (
    DRLearner,
    LinearBase,
    SLearner,
    SparseBase,
    TLearner,
    TreeBase,
    UpliftModel,
    XLearner,
    trial_of,
)
from promoloop.respond.uplift.blending import blend_weights

TREES = TreeBase(rounds=40, leaves=4, least_rows=50)
LINEAR = {
    "S on lines": SLearner(),
    "T on lines": TLearner(),
    "X on lines": XLearner(),
    "DR on lines": DRLearner(),
    "DR, sparse": DRLearner(final=SparseBase(0.3)),
}
ALL = {
    **LINEAR,
    "S on trees": SLearner(TREES),
    "T on trees": TLearner(TREES),
    "X on trees": XLearner(TREES, TREES),
    "DR on trees": DRLearner(TREES, TREES),
}
every_learner = pytest.mark.parametrize("learner", ALL.values(), ids=ALL.keys())
every_linear = pytest.mark.parametrize("learner", LINEAR.values(), ids=LINEAR.keys())


def world(seed, effect, n=3_000, odds=None):
    """Contexts, arms and money outcomes of two treatments whose effect (n, 2) is known."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    chance = np.full((n, 2), 1 / 3) if odds is None else odds(x)
    drawn = rng.random(n)
    arm = (drawn < chance.sum(axis=1)).astype(int) + (drawn < chance[:, 1])
    gain = np.column_stack([np.zeros(n), effect(x)])
    y = 1.0 + x[:, 1] + gain[np.arange(n), arm] + rng.normal(size=n)
    return x, arm, y, chance


def steady(x):
    return np.tile([0.5, 1.0], (len(x), 1))


def none(x):
    return np.zeros((len(x), 2))


def sloped(x):
    return np.column_stack([0.5 + 0.6 * x[:, 0], 0.3 * x[:, 0]])


def leaning(x):
    """Odds that follow what drives the outcome: raw differences are far too high."""
    weight = np.exp(np.column_stack([0 * x[:, 1], 0.9 * x[:, 1], 0.9 * x[:, 1]]))
    return (weight / weight.sum(axis=1, keepdims=True))[:, 1:]


def fitted(learner, given, bags=3, **more):
    x, arm, y, chance = given
    return UpliftModel([learner], bags=bags, seed=1).fit(x, arm, y, chance, **more)


@every_learner
def test_a_constant_effect_is_recovered(learner):
    given = world(0, steady)
    found = fitted(learner, given).effect(given[0]).value
    # The standard error of a difference of arm means of 1,000 rows each is .06 at most here.
    assert np.allclose(found.mean(axis=0), [0.5, 1.0], atol=0.15)


@every_learner
def test_no_effect_is_about_zero(learner):
    given = world(1, none)
    assert np.abs(fitted(learner, given).effect(given[0]).value.mean(axis=0)).max() < 0.12


@every_learner
def test_shoppers_who_gain_more_are_told_apart(learner):
    given = world(2, sloped)
    found = fitted(learner, given).effect(given[0]).value
    assert np.corrcoef(found[:, 0], given[0][:, 0])[0, 1] > 0.8


@every_learner
def test_odds_that_follow_the_outcome_are_undone(learner):
    given = world(3, steady, odds=leaning)
    x, arm, y, _ = given
    raw = y[arm == 2].mean() - y[arm == 0].mean()
    assert raw > 1.5
    assert fitted(learner, given).effect(x).value[:, 1].mean() == pytest.approx(1.0, abs=0.2)


@every_learner
def test_odds_may_be_those_of_the_arm_taken_or_be_estimated(learner):
    x, arm, y, chance = world(4, steady, odds=leaning)
    every = np.column_stack([1 - chance.sum(axis=1), chance])[np.arange(len(arm)), arm]
    model = UpliftModel([learner], bags=2)
    full = model.fit(x, arm, y, chance).effect(x[:20]).value
    assert np.allclose(model.fit(x, arm, y, every).effect(x[:20]).value, full)
    estimated = model.fit(x, arm, y).effect(x).value.mean(axis=0)
    assert np.allclose(estimated, [0.5, 1.0], atol=0.2)


@every_linear
def test_intervals_cover_the_true_effects_about_as_often_as_they_say(learner):
    hits = []
    for seed in range(8):
        given = world(100 + seed, sloped, n=1_200)
        points = np.random.default_rng(seed).normal(size=(50, 3))
        low, high = fitted(learner, given, bags=12).effect(points).interval(0.9)
        truth = sloped(points)
        hits.append((low <= truth) & (truth <= high))
    # Twelve fits, eight worlds: the standard error of this share is about .04.
    assert 0.8 <= np.mean(hits) <= 0.99


@every_learner
def test_the_order_of_rows_does_not_matter(learner):
    given = world(5, sloped)
    model = fitted(learner, given)
    other = np.random.default_rng(0).permutation(len(given[0]))
    there = model.effect(given[0]).value[other]
    assert np.array_equal(model.effect(given[0][other]).value, there)
    again = fitted(learner, tuple(part[other] for part in given)).effect(given[0]).value
    assert np.allclose(again.mean(axis=0), model.effect(given[0]).value.mean(axis=0), atol=0.1)


@every_learner
def test_money_in_cents_gives_effects_in_cents(learner):
    x, arm, y, chance = world(6, sloped)
    dollars, cents = (fitted(learner, (x, arm, scale * y, chance)) for scale in (1.0, 100.0))
    near = {"rtol": 1e-3, "atol": 0.5}
    assert np.allclose(100 * dollars.effect(x).value, cents.effect(x).value, **near)


@every_linear
def test_units_of_the_contexts_do_not_matter(learner):
    x, arm, y, chance = world(7, sloped)
    here = fitted(learner, (x, arm, y, chance)).effect(x).value
    there = fitted(learner, (x * [10.0, 0.1, 1.0], arm, y, chance)).effect(x * [10.0, 0.1, 1.0])
    assert np.allclose(here, there.value, atol=1e-4)


@every_learner
def test_a_weight_of_two_is_a_row_given_twice(learner):
    x, arm, y, chance = world(8, steady, n=600)
    heavy = np.where(x[:, 2] > 0, 2.0, 1.0)
    twice = np.repeat(np.arange(600), heavy.astype(int))
    one = trial_of(x, arm, y, chance, heavy)
    two = trial_of(x[twice], arm[twice], y[twice], chance[twice])
    found = [learner.learn(t, np.random.default_rng(0)).effect(x).mean(axis=0) for t in (one, two)]
    assert np.allclose(*found, atol=0.12)


@every_learner
def test_what_was_learnt_survives_json_exactly(learner):
    given = world(9, sloped, n=800)
    model = fitted(learner, given)
    back = UpliftModel.from_parameters(json.loads(json.dumps(model.to_parameters())))
    assert np.array_equal(back.effect(given[0]).value, model.effect(given[0]).value)
    assert np.array_equal(back.effect(given[0]).sd, model.effect(given[0]).sd)


@every_learner
def test_shares_of_buyers_are_learnt_from_zeros_and_ones(learner):
    rng = np.random.default_rng(10)
    x = rng.normal(size=(6_000, 2))
    arm = rng.integers(0, 2, len(x))
    truth = np.where(x[:, 0] > 0, 0.3, 0.0)
    y = (rng.random(len(x)) < 0.3 + truth * arm).astype(float)
    found = UpliftModel([learner], bags=2).fit(x, arm, y, np.full((len(x), 1), 0.5)).effect(x).value
    assert found.mean() == pytest.approx(0.15, abs=0.05)
    assert found[x[:, 0] > 0].mean() - found[x[:, 0] < 0].mean() > 0.1


def test_the_doubt_about_an_average_is_that_of_a_difference_of_means():
    x, arm, y, chance = world(11, steady)
    doubt = fitted(DRLearner(), (x, arm, y, chance), bags=40).average(x).sd[0]
    left = y - x[:, 1]  # the outcome regression takes the contexts' part away
    plain = [
        np.sqrt(left[arm == j].var() / (arm == j).sum() + left[arm == 0].var() / (arm == 0).sum())
        for j in (1, 2)
    ]
    assert np.allclose(doubt, plain, rtol=0.35)


def test_a_blend_puts_its_weight_on_the_learner_that_is_right():
    x, arm, y, chance = world(12, lambda x: np.repeat(3.0 * np.sign(x[:, :1]), 2, axis=1))
    trial = trial_of(x, arm, y, chance)
    weights = blend_weights(trial, [TLearner(), TLearner(TREES)], np.random.default_rng(0))
    assert weights.sum() == pytest.approx(1.0)
    assert weights[1] > 0.8


def test_a_blend_stays_even_where_nothing_tells_learners_apart():
    x, arm, y, chance = world(13, none, n=600)
    pair = [TLearner(), XLearner()]
    weights = blend_weights(trial_of(x, arm, y, chance), pair, np.random.default_rng(0))
    assert np.allclose(weights, 0.5, atol=0.1)


def test_a_sparse_fit_says_one_effect_for_all_where_shoppers_do_not_differ():
    rng = np.random.default_rng(14)
    x, y = rng.normal(size=(2_000, 10)), 1.0 + rng.normal(size=2_000)
    fit = SparseBase().fit(x, y, np.ones(2_000), binary=False)
    assert not fit.slopes.any()
    assert fit.intercept == pytest.approx(y.mean())


def test_a_line_is_the_ridge_solution_of_the_normal_equations():
    rng = np.random.default_rng(15)
    x, y = rng.normal(size=(50, 2)), rng.normal(size=50)
    fit = LinearBase(penalty=3.0).fit(x, y, np.ones(50), binary=False)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    slopes = np.linalg.solve(z.T @ z + 3.0 * np.eye(2), z.T @ (y - y.mean()))
    assert np.allclose(fit.predict(x), y.mean() + z @ slopes)


GOOD = world(16, steady, n=60)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contexts": np.full((60, 3), np.nan)}, "NaN"),
        ({"contexts": np.zeros(60)}, "shoppers, features"),
        ({"arm": np.full(60, 0.5)}, "whole numbers"),
        ({"arm": np.where(GOOD[1] == 1, 3, GOOD[1])}, "without gaps"),
        ({"arm": np.zeros(60)}, "keep a control"),
        ({"outcome": np.full(60, np.inf)}, "finite"),
        ({"outcome": np.zeros(59)}, "60 finite numbers"),
        ({"propensity": np.full((60, 2), 0.6)}, "in (0, 1]"),
        ({"propensity": np.zeros(60)}, "in (0, 1]"),
        ({"propensity": np.zeros((60, 5))}, "must be (60,)"),
        ({"weight": np.full(60, -1.0)}, "weights of 0 or more"),
    ],
)
def test_bad_experiments_are_named(change, said):
    given = dict(zip(("contexts", "arm", "outcome", "propensity"), GOOD, strict=True))
    with pytest.raises(InvalidError) as caught:
        trial_of(**{**given, **change})
    assert said in str(caught.value)


def test_a_model_says_so_when_it_was_not_fitted_or_gets_other_contexts():
    with pytest.raises(InvalidError, match="Call fit first"):
        UpliftModel().effect(np.zeros((3, 2)))
    with pytest.raises(InvalidError, match="features the model was fitted on"):
        fitted(TLearner(), GOOD).effect(np.zeros((3, 2)))


def test_an_arm_too_small_to_cross_fit_is_named():
    x, arm, y, chance = world(17, steady, n=45)
    with pytest.raises(InvalidError, match="the smallest arm has"):
        UpliftModel([DRLearner(folds=20)]).fit(x, arm, y, chance)


def test_columns_that_repeat_each_other_are_no_obstacle():
    x, arm, y, chance = world(18, steady)
    doubled = np.column_stack([x, x, np.ones(len(x))])
    found = fitted(SLearner(), (doubled, arm, y, chance)).effect(doubled).value
    assert np.allclose(found.mean(axis=0), [0.5, 1.0], atol=0.15)
