import numpy as np
import pytest
from scipy.stats import norm

from promoloop.core import InvalidError
from promoloop.evaluate import (
    Bernstein,
    Bootstrap,
    Rules,
    Switch,
    Target,
    dr,
    ips,
    paired_difference,
    pooled,
    snips,
    switch_dr,
)
from promoloop.evaluate.intervals import biased_times

RATES = np.array([0.1, 0.3, 0.6])
LOGGED = np.array([0.6, 0.3, 0.1])
WANTED = np.array([0.1, 0.2, 0.7])
TRUTH = float(RATES @ WANTED)
MODEL = np.array([0.2, 0.2, 0.5])


def log(rng, n, per_shopper=1):
    """Rows of one shopper are the same row again: the strongest dependence there is."""
    action = rng.choice(3, n // per_shopper, p=LOGGED)
    reward = (rng.random(action.size) < RATES[action]).astype(float)
    action, reward = np.repeat(action, per_shopper), np.repeat(reward, per_shopper)
    shoppers = np.repeat(np.arange(n // per_shopper), per_shopper)
    return (
        (reward, LOGGED[action], WANTED[action]),
        (MODEL[action], np.full(n, MODEL @ WANTED)),
        (shoppers),
    )


def covered(found):
    return found.low <= TRUTH <= found.high


def test_rows_told_to_be_of_one_shopper_are_counted_once():
    plain, model, shoppers = log(np.random.default_rng(0), 4_000, per_shopper=4)
    once = tuple(part[::4] for part in (*plain, *model))
    told, single = dr(*plain, *model, shoppers=shoppers), dr(*once)
    assert (told.value, told.low, told.high) == pytest.approx(
        (single.value, single.low, single.high)
    )


def test_intervals_of_repeated_rows_cover_only_when_told():
    rng = np.random.default_rng(1)
    told, untold = 0, 0
    for _ in range(400):
        plain, model, shoppers = log(rng, 2_000, per_shopper=4)
        told += covered(dr(*plain, *model, shoppers=shoppers))
        untold += covered(dr(*plain, *model))
    assert told / 400 >= 0.92
    assert untold / 400 <= 0.8  # half as wide as it should be: 2 * norm.cdf(.98) - 1 = .67


def test_self_normalised_shoppers_of_unlike_size_are_a_ratio_of_sums():
    # Two shoppers, weights 1 and rewards 1, 2, 3 | 4: 10 / 4, not the mean of 2 and 4.
    found = snips(
        [1.0, 2.0, 3.0, 4.0], [0.5] * 4, [0.5] * 4, shoppers=[1, 1, 1, 2], rules=Rules(rows=2)
    )
    assert found.value == pytest.approx(2.5)
    # Deviations from the ratio 6 - 7.5 and 4 - 2.5: sqrt(2 / 1 * (1.5^2 + 1.5^2)) / 4 = .75, and
    # Student's t on one degree of freedom 12.706.
    assert found.high - found.value == pytest.approx(0.75 * 12.7062, rel=1e-4)


def test_the_bernstein_interval_is_that_of_the_paper_by_hand():
    # Scores w r = 0 and 2 alternating, n = 400: V = 400 / 399; range 10 * 1, ln(4 / .05).
    reward = np.tile([0.0, 1.0], 200)
    found = ips(reward, [0.5] * 400, [1.0] * 400, rules=Rules(Bernstein(0.0, 1.0, 10.0)))
    log4 = np.log(4 / 0.05)
    half = np.sqrt(2 * (400 / 399) * log4 / 400) + 7 * 10 * log4 / (3 * 399)
    assert found.high - found.value == pytest.approx(half)
    assert "empirical Bernstein" in found.method


@pytest.mark.parametrize("estimate", [ips, dr])
def test_the_bernstein_interval_covers_however_short_the_log(estimate):
    rng, missed = np.random.default_rng(2), 0
    rules = Rules(Bernstein(0.0, 1.0, 7.0), rows=20, effective_share=0.0)
    for _ in range(300):
        plain, model, shoppers = log(rng, 40)
        given = plain if estimate is ips else (*plain, *model)
        missed += not covered(estimate(*given, shoppers=shoppers, rules=rules))
    assert missed <= 0.05 * 300


@pytest.mark.parametrize("bounds", [(0.0, 0.5, 10.0), (0.0, 1.0, 1.0)])
def test_bernstein_bounds_that_do_not_hold_are_named(bounds):
    plain, _, _ = log(np.random.default_rng(3), 1_000)
    with pytest.raises(InvalidError, match="outside what they allow"):
        ips(*plain, rules=Rules(Bernstein(*bounds)))


def test_bernstein_refuses_a_self_normalised_estimate():
    plain, _, _ = log(np.random.default_rng(3), 1_000)
    with pytest.raises(InvalidError, match="self-normalised"):
        snips(*plain, rules=Rules(Bernstein(0.0, 1.0, 10.0)))


@pytest.mark.parametrize("bounds", [(1.0, 0.0, 1.0), (0.0, np.inf, 1.0), (0.0, 1.0, 0.0)])
def test_bernstein_bounds_must_be_bounds(bounds):
    with pytest.raises(InvalidError):
        Bernstein(*bounds)


def test_the_bootstrap_agrees_with_the_normal_interval_on_a_long_log():
    plain, model, _ = log(np.random.default_rng(4), 4_000)
    normal = dr(*plain, *model)
    resampled = dr(*plain, *model, rules=Rules(Bootstrap(np.random.default_rng(5))))
    assert resampled.value == normal.value
    assert resampled.high - resampled.low == pytest.approx(normal.high - normal.low, rel=0.1)


def test_the_bootstrap_covers_short_skewed_logs_better():
    rng, hits = np.random.default_rng(6), {"normal": 0, "bootstrap": 0}
    skewed = np.array([0.5, 0.5])
    for _ in range(300):
        action = rng.choice(2, 200, p=[0.9, 0.1])
        given = rng.exponential(1, 200), np.array([0.9, 0.1])[action], skewed[action]
        for name, rules in (("normal", Rules()), ("bootstrap", Rules(Bootstrap(rng, 199)))):
            found = ips(*given, rules=rules)
            hits[name] += found.low <= 1.0 <= found.high
    assert hits["bootstrap"] > hits["normal"]
    assert hits["bootstrap"] >= 0.92 * 300


def test_a_log_without_any_spread_has_an_interval_of_no_width():
    found = ips(
        [1.0] * 300, [0.5] * 300, [0.5] * 300, rules=Rules(Bootstrap(np.random.default_rng(0)))
    )
    assert (found.low, found.high) == (1.0, 1.0)


def test_too_few_bootstrap_draws_are_refused():
    with pytest.raises(InvalidError):
        Bootstrap(np.random.default_rng(0), 50)


@pytest.mark.parametrize("bias", [0.0, 0.5, 1.0, 3.0, 9.0])
def test_an_interval_for_a_biased_estimate_has_the_normal_law_of_it(bias):
    times = biased_times(bias, 0.95)
    assert norm.cdf(times - bias) - norm.cdf(-times - bias) == pytest.approx(0.95)


def test_a_switch_at_no_weight_is_the_model_alone_and_without_end_is_dr():
    plain, model, _ = log(np.random.default_rng(7), 3_000)
    alone = switch_dr(*plain, *model, switch=Switch(threshold=0.0, residual=0.0))
    assert alone.value == pytest.approx(MODEL @ WANTED)
    whole = switch_dr(*plain, *model, switch=Switch(threshold=np.inf))
    robust = dr(*plain, *model)
    assert (whole.value, whole.low, whole.high) == (robust.value, robust.low, robust.high)


def test_a_switched_score_by_hand():
    # Weights 2 and .5, threshold 1: (2 + 0) and (2 + .5 * 2), mean 2.5; the mass beyond it is
    # 2 / 2 = 1, the bound on the bias 3 * 1.
    found = switch_dr(
        [1.0, 3.0],
        [0.25, 0.5],
        [0.5, 0.25],
        [1.0, 1.0],
        [2.0, 2.0],
        switch=Switch(threshold=1.0, residual=3.0),
        rules=Rules(rows=2),
    )
    assert found.value == pytest.approx(2.5)
    assert found.bias == pytest.approx((biased_times(3 / 0.5, 0.95) - 1.959964) * 0.5, rel=1e-5)


def rare_world(rng, n, gap):
    """A rare action of weight 45 that the model misses by ``gap``."""
    action = rng.choice(2, n, p=[0.98, 0.02])
    reward = rng.normal(np.array([1.0, 2.0])[action], 1.0)
    model = np.array([1.0, 2.0 - gap])
    given = reward, np.array([0.98, 0.02])[action], np.array([0.1, 0.9])[action]
    return *given, model[action], np.full(n, model @ [0.1, 0.9])


def test_the_rule_leaves_the_weights_where_the_model_can_be_trusted():
    given = rare_world(np.random.default_rng(8), 2_000, 0.0)
    robust, switched = dr(*given), switch_dr(*given, switch=Switch(residual=0.05))
    assert switched.high - switched.low < 0.5 * (robust.high - robust.low)
    assert switched.low <= 1.9 <= switched.high


def test_the_rule_keeps_the_weights_where_the_model_may_be_far_off():
    given = rare_world(np.random.default_rng(8), 2_000, 1.0)
    found = switch_dr(*given)
    assert found.value == dr(*given).value


def test_a_switched_interval_covers_although_the_model_is_wrong():
    rng, hits = np.random.default_rng(9), 0
    for _ in range(300):
        given = rare_world(rng, 2_000, 0.3)
        found = switch_dr(*given, switch=Switch(residual=0.3))
        hits += found.low <= 1.9 <= found.high
    assert hits >= 0.92 * 300


def test_a_difference_can_be_switched_too():
    *given, q_logged, q = rare_world(np.random.default_rng(10), 2_000, 0.0)
    rewards, propensity, target = given
    new, old = Target(target, q), Target(propensity, np.full(2_000, 1.01))
    plain = paired_difference(rewards, propensity, q_logged, new, old)
    found = paired_difference(rewards, propensity, q_logged, new, old, switch=Switch(residual=0.02))
    assert found.low <= 1.9 - 1.01 <= found.high
    assert found.high - found.low < plain.high - plain.low
    assert found.method.startswith("Switch-DR difference at")


def test_pooling_keeps_a_bias_whole():
    given = rare_world(np.random.default_rng(11), 2_000, 0.0)
    one = switch_dr(*given, switch=Switch(residual=0.2, threshold=1.0))
    both = pooled([one, one])
    assert both.bias == pytest.approx(one.bias)
    assert both.high - both.value >= (one.high - one.value) / 2**0.5 + one.bias - 1e-12


@pytest.mark.parametrize("wrong", [{"threshold": -1.0}, {"residual": float("nan")}])
def test_a_switch_needs_figures_that_can_be(wrong):
    with pytest.raises(InvalidError):
        Switch(**wrong)
