import math

import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.evaluate import (
    Estimate,
    Plan,
    benjamini_hochberg,
    check_guardrail,
    compare_means,
    holm,
    judge_metrics,
    share_of,
    size_for_means,
    size_for_shares,
    smallest_lift,
)
from promoloop.offers import Guardrail

RAIL = Guardrail("unsubscribe_rate", "above", 0.005)


# Figures of statsmodels 0.15: TTestIndPower().solve_power, rounded up.
@pytest.mark.parametrize(
    ("lift", "plan", "treated", "control"),
    [
        (0.5, Plan(), 64, 64),  # 63.77
        (0.2, Plan(treated_share=0.75), 787, 263),  # 786.33, a third of it
        (0.5, Plan(0.99, 0.9, 1 / 3), 91, 181),  # 90.39, twice it
    ],
)
def test_sizes_for_means_are_those_of_the_t_test(lift, plan, treated, control):
    found = size_for_means(lift, 1.0, plan=plan)
    assert (found.treated, found.control) == (treated, control)


# statsmodels 0.15: samplesize_proportions_2indep_onetail, two-sided.
@pytest.mark.parametrize(
    ("base", "lift", "plan", "treated", "control"),
    [
        (0.05, 0.01, Plan(), 8_158, 8_158),
        (0.05, 0.01, Plan(treated_share=0.8), 20_799, 5_200),
        (0.05, 0.01, Plan(treated_share=0.2), 4_991, 19_963),
        (0.10, -0.02, Plan(power=0.9), 4_301, 4_301),
    ],
)
def test_sizes_for_shares_are_those_of_the_peer(base, lift, plan, treated, control):
    found = size_for_shares(base, lift, plan)
    assert (found.treated, found.control) == (treated, control)


def test_a_covariate_saves_the_squared_correlation():
    plain, helped = (size_for_means(0.05, 1.0, rho) for rho in (0.0, 0.6))
    assert helped.total / plain.total == pytest.approx(0.64, abs=1e-3)


def test_the_smallest_lift_is_the_one_that_needs_these_units():
    needed = size_for_means(0.1, 2.0, 0.5, Plan(treated_share=0.7))
    assert smallest_lift(needed.total, 2.0, 0.5, Plan(treated_share=0.7)) == pytest.approx(
        0.1, rel=1e-3
    )


def test_looking_daily_costs_units():
    # (3.035 + .842)^2 / (1.960 + .842)^2 = 1.91 times as many.
    once, daily = (size_for_means(0.05, 1.0, plan=Plan(always_valid=v)) for v in (False, True))
    assert daily.total / once.total == pytest.approx(1.915, abs=5e-3)


def test_a_planned_experiment_finds_its_lift_as_often_as_planned():
    rng, size, found = np.random.default_rng(0), size_for_means(0.2, 1.0, 0.6), 0
    for _ in range(500):
        x = rng.normal(0, 1, size.total)
        y = 0.6 * x + 0.8 * rng.normal(0, 1, size.total)
        y[: size.treated] += 0.2
        n = size.treated
        found += compare_means(y[:n], y[n:], x[:n], x[n:], always_valid=False).low > 0
    assert found / 500 == pytest.approx(0.8, abs=0.055)  # three standard errors


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: size_for_means(0.0, 1.0),
        lambda: size_for_means(math.nan, 1.0),
        lambda: size_for_means(1.0, -1.0),
        lambda: size_for_means(1.0, math.inf),
        lambda: size_for_means(1.0, 1.0, 1.0),
        lambda: size_for_shares(0.99, 0.02),
        lambda: size_for_shares(0.5, 0.0),
        lambda: smallest_lift(3, 1.0),
        lambda: Plan(level=1.0),
        lambda: Plan(power=0.0),
        lambda: Plan(treated_share=1.0),
    ],
)
def test_a_plan_that_cannot_be_is_named(wrong):
    with pytest.raises(InvalidError):
        wrong()


def test_holm_of_the_textbook_case():
    # Sorted .005 .01 .03 .04, times 4 3 2 1, never falling.
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02}
    )


def test_benjamini_and_hochberg_of_the_textbook_case():
    # Sorted .005 .01 .03 .04, times 4/1 4/2 4/3 4/4, from the end never rising.
    assert benjamini_hochberg({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == pytest.approx(
        {"a": 0.02, "b": 0.04, "c": 0.04, "d": 0.02}
    )


def made(p):
    return Estimate(1.0, 0.0, 2.0, 100, 100.0, 0.95, "made up", p_value=p)


def test_primary_metrics_are_corrected_apart_from_the_others():
    found = {"margin": made(0.04), "orders": made(0.01), "clicks": made(0.03), "opens": made(0.9)}
    judged = {one.metric: one for one in judge_metrics(found, ["margin"])}
    assert list(judged) == list(found)
    assert (judged["margin"].role, judged["margin"].differs) == ("primary", True)
    assert judged["orders"].p_value == pytest.approx(0.03)  # 3 secondary ones
    assert judged["clicks"].p_value == pytest.approx(0.045)
    assert not judged["opens"].differs


@pytest.mark.parametrize(
    ("found", "primary"),
    [
        ({"a": made(0.1)}, ["b"]),
        ({"a": made(0.1)}, []),
        ({"a": made(None)}, ["a"]),
        ({"a": made(1.5)}, ["a"]),
    ],
)
def test_metrics_that_cannot_be_judged_are_named(found, primary):
    with pytest.raises(InvalidError):
        judge_metrics(found, primary)


def test_many_metrics_without_effect_rarely_give_a_finding():
    rng, false = np.random.default_rng(1), 0
    for _ in range(300):
        arms = rng.normal(0, 1, (8, 2, 60))
        found = {str(at): compare_means(*pair, always_valid=False) for at, pair in enumerate(arms)}
        false += any(one.differs for one in judge_metrics(found, list(found)))
    assert false / 300 <= 0.075  # 5 % and two standard errors


@pytest.mark.parametrize("always_valid", [True, False])
def test_a_p_value_crosses_the_level_where_the_interval_touches_zero(always_valid):
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 1, (2, 400))
    plain = compare_means(*noise, always_valid=always_valid, planned_n=800)
    touching = noise[0] - plain.low
    found = compare_means(touching, noise[1], always_valid=always_valid, planned_n=800)
    assert found.low == pytest.approx(0.0, abs=1e-12)
    assert found.p_value == pytest.approx(0.05, rel=1e-9)


def test_a_share_looked_at_daily_is_exceeded_by_chance_in_few_campaigns():
    rng, false = np.random.default_rng(3), 0
    for _ in range(200):
        left = np.cumsum(rng.random(6_000) < RAIL.limit)
        looks = (share_of(int(left[n - 1]), n, expected=RAIL.limit) for n in range(200, 6_001, 200))
        false += any(check_guardrail(RAIL, look).breached for look in looks)
    assert false / 200 <= 0.05


def test_a_rate_three_times_the_limit_is_found_in_a_few_thousand_messages():
    assert check_guardrail(RAIL, share_of(45, 3_000, expected=RAIL.limit)).breached
    assert not check_guardrail(RAIL, share_of(3, 200, expected=RAIL.limit)).breached


def test_the_beta_mixture_of_one_trial_by_hand():
    # Expected 1/2 is the even mixture: one hit weighs 1/2 against p, so p >= 1/2 * .05 holds.
    found = share_of(1, 1)
    assert (found.low, found.high) == pytest.approx((0.025, 1.0))


def test_nothing_tried_says_nothing():
    found = share_of(0, 0)
    assert (found.low, found.high, found.n) == (0.0, 1.0, 0)
    assert not check_guardrail(RAIL, found).breached


@pytest.mark.parametrize("wrong", [(2, 1), (-1, 3), (0, -1)])
def test_counts_that_cannot_be_are_named(wrong):
    with pytest.raises(InvalidError):
        share_of(*wrong)


def test_a_floor_is_crossed_below_it():
    rail = Guardrail("margin_per_shopper", "below", 0.0)
    lost = Estimate(-3.0, -5.0, -1.0, 100, 100.0, 0.95, "made up")
    assert check_guardrail(rail, lost).breached
    assert not check_guardrail(rail, made(0.5)).breached
    assert "margin_per_shopper is below 0: -3 [-5, -1]" in check_guardrail(rail, lost).reason


def test_nothing_measured_breaches_nothing():
    check = check_guardrail(RAIL, None)
    assert not check.breached
    assert "nothing measured" in check.reason


def test_a_direction_that_is_none_is_named():
    with pytest.raises(InvalidError, match="above or below"):
        check_guardrail(Guardrail("unsubscribe_rate", "over", 0.1), None)
