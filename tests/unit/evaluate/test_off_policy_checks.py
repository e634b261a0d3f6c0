import numpy as np
import pytest

from promoloop.core import InvalidError, RefusedError
from promoloop.evaluate import (
    Rules,
    Target,
    coverage,
    dr,
    ips,
    overlap,
    paired_difference,
    require_overlap,
    snips,
    switch_dr,
)


def good(n=1_000):
    """A log of two even actions, judged for a policy that prefers the first."""
    first = np.arange(n) % 2 == 0
    return np.where(first, 2.0, 1.0), np.full(n, 0.5), np.where(first, 0.8, 0.2)


def test_every_check_that_failed_is_named():
    target = np.zeros(100)
    target[0] = 1.0
    with pytest.raises(RefusedError) as refusal:
        ips(np.ones(100), np.full(100, 0.5), target, rules=Rules(effective_share=0.05))
    case = refusal.value.case
    assert "size: there are 100 independent rows, 200 are needed" in case
    assert "effective sample size: they are worth 1.0 rows to it (1.00% of the log" in case


@pytest.mark.parametrize("estimator", [ips, snips])
def test_a_log_of_a_few_rows_is_refused(estimator):
    with pytest.raises(RefusedError, match="size: there are 150 independent rows"):
        estimator(*good(150))


def test_shoppers_are_counted_not_rows():
    with pytest.raises(RefusedError, match="size: there are 100 independent rows"):
        ips(*good(1_000), shoppers=np.arange(1_000) // 10)


@pytest.mark.parametrize("wrong", [0.0, -0.1, 1.2, np.nan, np.inf])
def test_a_propensity_outside_zero_to_one_is_refused(wrong):
    rewards, propensity, target = good()
    propensity[7] = wrong
    with pytest.raises(RefusedError, match=r"outside \(0, 1\]"):
        ips(rewards, propensity, target)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rewards": np.r_[np.nan, np.ones(999)]},
        {"rewards": np.ones(999)},
        {"rewards": np.ones((1_000, 1))},
        {"target": np.full(1_000, 1.5)},
        {"target": np.full(1_000, -0.1)},
        {"shoppers": np.zeros(3)},
        {"level": 0.0},
    ],
)
def test_misshapen_or_infinite_input_is_named(wrong):
    rewards, propensity, target = good()
    with pytest.raises(InvalidError):
        ips(**{"rewards": rewards, "propensity": propensity, "target": target, **wrong})


@pytest.mark.parametrize("estimator", [dr, switch_dr])
def test_a_model_with_holes_is_named(estimator):
    with pytest.raises(InvalidError, match="q_logged"):
        estimator(*good(), np.full(1_000, np.nan), np.ones(1_000))


def test_what_the_policy_does_outside_the_log_is_measured_and_refused():
    # The log never takes c; the target takes it in two rows of five: 40 % of its mass.
    logged = np.tile([0.5, 0.5, 0.0], (1_000, 1))
    target = np.tile([0.6, 0.0, 0.4], (1_000, 1))
    seen = coverage(logged, target, np.arange(1_000) % 2, ["a", "b", "c"])
    assert seen.outside == pytest.approx(0.4)
    assert seen.arm_rows == {"a": 500, "b": 500, "c": 0}
    assert seen.arm_mass == pytest.approx({"a": 0.6, "b": 0.0, "c": 0.4})
    with pytest.raises(RefusedError) as refusal:
        require_overlap(seen, Rules())
    assert "support: 40.00% of what the policy does had zero propensity" in refusal.value.case
    assert "rows per arm: c was logged 0 times" in refusal.value.case


def test_overlap_of_every_arm_by_hand():
    # Arm a has weights 2, 2 and 1: worth 5^2 / 9 rows. Arm b has no weight at all.
    logged = np.array([[0.5, 0.5], [0.5, 0.5], [1.0, 0.0], [0.5, 0.5]])
    target = np.tile([1.0, 0.0], (4, 1))
    seen = coverage(logged, target, [0, 0, 0, 1], ["a", "b"])
    assert seen.arm_effective_n == pytest.approx({"a": 25 / 9, "b": 0.0})
    assert seen.max_weight == 2.0


def test_columns_of_one_name_are_one_arm():
    odds = np.full((4, 2), 0.5)
    assert coverage(odds, odds, [0, 1, 0, 1], ["a", "a"]).arm_rows == {"a": 4}


@pytest.mark.parametrize(
    ("logged", "chosen"),
    [
        ([[0.9, 0.9]] * 2, [0, 0]),
        ([[0.5, np.nan]] * 2, [0, 0]),
        ([[0.5, 0.5]] * 2, [0, 2]),
        ([[0.5, 0.5]] * 3, [0, 0]),
    ],
)
def test_odds_that_are_no_distributions_are_named(logged, chosen):
    with pytest.raises(InvalidError):
        coverage(logged, [[0.5, 0.5]] * 2, chosen, ["a", "b"])


def test_an_arm_tried_a_few_times_refuses_only_who_would_use_it():
    logged = np.tile([0.99, 0.01], (1_000, 1))
    chosen = np.r_[np.ones(10, dtype=int), np.zeros(990, dtype=int)]
    little = coverage(logged, np.tile([0.995, 0.005], (1_000, 1)), chosen, ["often", "rare"])
    require_overlap(little, Rules())
    much = coverage(logged, np.tile([0.9, 0.1], (1_000, 1)), chosen, ["often", "rare"])
    with pytest.raises(RefusedError, match="rows per arm: rare was logged 10 times"):
        require_overlap(much, Rules())


def test_a_refusal_of_the_champion_refuses_the_comparison():
    rewards, propensity, target = good()
    rare = np.zeros(1_000)
    rare[0] = 1.0
    one, other = Target(target, np.zeros(1_000)), Target(rare, np.zeros(1_000))
    with pytest.raises(RefusedError, match="effective sample size"):
        paired_difference(rewards, propensity, np.zeros(1_000), one, other)


def test_the_share_of_the_log_counts_the_units_too():
    seen = overlap([0.5] * 6, [0.5] * 6, shoppers=["a", "a", "b", "b", "c", "c"])
    assert (seen.n, seen.units, seen.effective_n) == (6, 3, 6.0)
