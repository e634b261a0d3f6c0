import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal, ttest_ind

from promoloop.core import InvalidError
from promoloop.evaluate import compare_means, weekly_lift
from promoloop.evaluate.spending import critical_values


def panel(rng, n, weeks, lift=0.0):
    """Outcomes of shoppers who differ lastingly, and what was known of them before."""
    lasting = rng.gamma(0.5, 2.0, (n, 1))
    outcomes = lasting * rng.gamma(0.5, 2.0, (n, weeks)) + lift
    return outcomes, lasting[:, 0] + rng.normal(0, 0.5, n)


def peeking_errors(panels, weeks):
    """Share of panels without any effect whose interval ever leaves out zero."""
    rng = np.random.default_rng(11)
    wrong = 0
    for _ in range(panels):
        (y1, x1), (y0, x0) = panel(rng, 240, weeks), panel(rng, 200, weeks)
        looks = (
            weekly_lift(y1[:, :week], y0[:, :week], x1, x0, weeks) for week in range(1, weeks + 1)
        )
        wrong += any(not look.low <= 0 <= look.high for look in looks)
    return wrong / panels


def test_a_fixed_horizon_interval_agrees_with_welch():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 2, 5_000), rng.normal(0, 1, 4_000)
    ours = compare_means(a, b, always_valid=False)
    theirs = ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-3)


def test_a_confidence_sequence_has_the_published_width():
    # By hand from Waudby-Smith et al., with the sequence tuned for the sample at hand: n rho^2
    # = 5.9915 + log(6.9915) = 7.9362, half width = s sqrt(2 (8.9362 / 7.9362) log(2.9893 / .05)).
    y1, y0 = np.array([1.0, 2.0, 3.0] * 20), np.array([0.0, 1.0, 2.0] * 20)
    error = math.sqrt(2 * y1.var(ddof=1) / 60)
    found = compare_means(y1, y0, planned_n=120)
    assert (found.high - found.value) / error == pytest.approx(3.0352, abs=2e-3)


def test_a_confidence_sequence_survives_peeking_after_every_batch():
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(300):
        y1, y0 = rng.exponential(1, 1_000), rng.exponential(1, 1_000)
        looks = (compare_means(y1[:n], y0[:n], planned_n=1_000) for n in range(50, 1_001, 50))
        wrong += any(not look.low <= 0 <= look.high for look in looks)
    assert wrong / 300 <= 0.05


def test_cuped_cuts_the_variance_by_the_squared_correlation():
    rng = np.random.default_rng(5)
    x = rng.normal(0, 1, 40_000)
    y = 0.8 * x + 0.6 * rng.normal(0, 1, 40_000)
    half = 20_000
    found = compare_means(y[:half] + 0.1, y[half:], x[:half], x[half:], always_valid=False)
    plain = compare_means(y[:half] + 0.1, y[half:], always_valid=False)
    cut = 1 - ((found.high - found.low) / (plain.high - plain.low)) ** 2
    assert cut == pytest.approx(0.64, abs=0.01)
    assert found.low <= 0.1 <= found.high
    assert found.effective_n == pytest.approx(40_000 / 0.36, rel=0.03)


def test_a_covariate_that_says_nothing_changes_nothing():
    y1, y0 = np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.0, 1.0])
    with_it = compare_means(y1, y0, np.ones(3), np.ones(3))
    assert with_it.value == pytest.approx(compare_means(y1, y0).value)


def test_correlated_looks_spend_their_error_together():
    # The two-look boundary must cross with probability 0.05 by the normal law itself.
    correlation = np.array([[1.0, 0.7], [0.7, 1.0]])
    first, second = critical_values(correlation, 2, 0.05)
    law = multivariate_normal(np.zeros(2), correlation)
    inside = law.cdf([first, second], lower_limit=[-first, -second])
    assert 1 - inside == pytest.approx(0.05, abs=0.001)


def test_a_later_look_leaves_the_earlier_boundary_alone():
    correlation = 0.6 + 0.4 * np.eye(5)
    whole = critical_values(correlation, 12, 0.05)
    assert (critical_values(correlation[:3, :3], 12, 0.05) == whole[:3]).all()


def test_looking_every_week_is_wrong_in_at_most_one_panel_of_twenty():
    assert peeking_errors(panels=300, weeks=4) <= 0.05


@pytest.mark.slow
def test_twelve_weekly_looks_are_wrong_in_about_one_panel_of_twenty_at_most():
    # Two standard errors of a share of 5 % over 300 panels are 2.5 points.
    assert peeking_errors(panels=300, weeks=12) <= 0.075


def test_the_last_weekly_interval_covers_a_known_lift_and_is_not_wide():
    rng = np.random.default_rng(2)
    (y1, x1), (y0, x0) = panel(rng, 600, 12, lift=0.8), panel(rng, 500, 12)
    weekly = weekly_lift(y1, y0, x1, x0, 12)
    once = compare_means(y1.mean(1), y0.mean(1), x1, x0, always_valid=False)
    assert weekly.low <= 0.8 <= weekly.high
    assert weekly.value == pytest.approx(once.value)
    assert (weekly.high - weekly.low) / (once.high - once.low) <= 1.25


def test_weeks_in_which_nothing_happened_give_an_interval_of_no_width():
    flat = np.zeros((5, 3))
    found = weekly_lift(flat, flat, None, None, 4)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_more_weeks_than_planned_are_refused():
    with pytest.raises(InvalidError, match="planned for 2"):
        weekly_lift(np.ones((3, 3)), np.ones((3, 3)), None, None, 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"treated": [1.0, np.nan]},
        {"treated": [1.0]},
        {"treated": [[1.0], [2.0]]},
        {"covariate_treated": [1.0, 2.0]},
        {"covariate_treated": [1.0], "covariate_control": [1.0, 2.0]},
        {"level": 1.0},
        {"planned_n": 0},
    ],
)
def test_bad_input_is_named(wrong):
    with pytest.raises(InvalidError):
        compare_means(**{"treated": [1.0, 2.0], "control": [0.0, 1.0], **wrong})
