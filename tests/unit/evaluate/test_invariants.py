"""What must hold for every log and every family of metrics."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.evaluate import (
    Rules,
    Switch,
    benjamini_hochberg,
    coverage,
    dr,
    holm,
    ips,
    overlap,
    share_of,
    snips,
    switch_dr,
)

LOOSE = Rules(rows=2, effective_share=0.0)
P_VALUES = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 1), min_size=1, max_size=8)


@st.composite
def logs(draw):
    """Distributions of both policies, the choice made and its reward, some 20 rows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, k = draw(st.integers(5, 30)), draw(st.integers(2, 5))
    logged, target = rng.dirichlet(np.ones(k), n) + 0.02, rng.dirichlet(np.ones(k), n)
    logged /= logged.sum(axis=1, keepdims=True)
    chosen = rng.integers(0, k, n)
    return logged, target, chosen, rng.normal(0, draw(st.floats(0.1, 100)), n)


@settings(max_examples=60, deadline=None)
@given(logs())
def test_a_self_normalised_estimate_lies_between_the_rewards(log):
    logged, target, chosen, rewards = log
    rows = np.arange(len(chosen))
    found = snips(rewards, logged[rows, chosen], target[rows, chosen], rules=LOOSE)
    assert rewards.min() - 1e-9 <= found.value <= rewards.max() + 1e-9
    assert found.low <= found.value <= found.high


@settings(max_examples=60, deadline=None)
@given(logs(), st.floats(-50, 50))
def test_a_model_that_is_right_leaves_nothing_to_correct(log, level):
    logged, target, chosen, _ = log
    rows = np.arange(len(chosen))
    worth = level + np.arange(logged.shape[1])
    given_ = worth[chosen], logged[rows, chosen], target[rows, chosen]
    q_target = target @ worth
    for estimate in (dr, switch_dr):
        found = estimate(*given_, worth[chosen], q_target, rules=LOOSE)
        assert found.value == pytest.approx(q_target.mean(), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(logs(), st.floats(0, 5))
def test_shifting_rewards_and_model_shifts_what_is_doubly_robust(log, shift):
    logged, target, chosen, rewards = log
    rows, zero = np.arange(len(chosen)), np.zeros(len(chosen))
    odds = logged[rows, chosen], target[rows, chosen]
    plain = dr(rewards, *odds, zero, zero, rules=LOOSE)
    moved = dr(rewards + shift, *odds, zero + shift, zero + shift, rules=LOOSE)
    assert moved.value == pytest.approx(plain.value + shift, abs=1e-6)
    assert ips(rewards, *odds, rules=LOOSE).value == pytest.approx(plain.value)


@settings(max_examples=60, deadline=None)
@given(logs(), st.floats(0, 100))
def test_a_bound_on_the_bias_only_widens(log, residual):
    logged, target, chosen, rewards = log
    rows = np.arange(len(chosen))
    given_ = rewards, logged[rows, chosen], target[rows, chosen], rewards * 0, rewards * 0
    sure = switch_dr(*given_, switch=Switch(threshold=1.0, residual=0.0), rules=LOOSE)
    unsure = switch_dr(*given_, switch=Switch(threshold=1.0, residual=residual), rules=LOOSE)
    assert unsure.value == sure.value
    assert unsure.low <= sure.low + 1e-9
    assert unsure.high >= sure.high - 1e-9


@settings(max_examples=60, deadline=None)
@given(logs())
def test_arms_share_out_the_log_and_the_policy(log):
    logged, target, chosen, _ = log
    names = [f"a{column}" for column in range(logged.shape[1])]
    seen = coverage(logged, target, chosen, names)
    assert sum(seen.arm_rows.values()) == seen.n
    assert sum(seen.arm_mass.values()) == pytest.approx(1.0)
    assert seen.outside == 0.0
    assert 0 < seen.effective_n <= seen.n + 1e-9
    rows = np.arange(len(chosen))
    assert overlap(logged[rows, chosen], target[rows, chosen]).max_weight == seen.max_weight


@given(P_VALUES)
def test_corrections_only_raise_p_values_and_keep_their_order(p_values):
    strict, loose = holm(p_values), benjamini_hochberg(p_values)
    order = sorted(p_values, key=lambda name: p_values[name])
    for corrected in (strict, loose):
        assert list(corrected) == list(p_values)
        values = [corrected[name] for name in order]
        assert values == sorted(values)
        assert all(p_values[name] <= corrected[name] <= 1.0 for name in p_values)
    assert all(loose[name] <= strict[name] + 1e-12 for name in p_values)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2_000), st.data(), st.floats(0.001, 0.999))
def test_a_share_lies_in_its_interval_and_a_higher_level_is_wider(n, data, expected):
    hits = data.draw(st.integers(0, n))
    one, more = (share_of(hits, n, level, expected) for level in (0.9, 0.99))
    if n:
        assert one.low <= hits / n <= one.high
    assert 0.0 <= more.low <= one.low <= one.high <= more.high <= 1.0
