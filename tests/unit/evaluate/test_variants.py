"""Rewards by variant where the log is biased and the truth is known."""

import numpy as np
import pytest

from promoloop.core import InvalidError, RefusedError
from promoloop.evaluate import variant_rewards

TRUE = {"a": 1.0, "b": 2.0}


def favoured(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rich shoppers (half, +3) see ``a`` with odds .8, poor ones with .2."""
    rng = np.random.default_rng(seed)
    rich = rng.random(n) < 0.5
    odds_of_a = np.where(rich, 0.8, 0.2)
    shown = np.where(rng.random(n) < odds_of_a, "a", "b")
    base = np.where(shown == "a", TRUE["a"], TRUE["b"])
    reward = base + 3.0 * (rich - 0.5) + rng.normal(size=n)
    return reward, shown, np.where(shown == "a", odds_of_a, 1 - odds_of_a)


def test_the_favoured_variant_looks_better_until_odds_are_taken_into_account():
    reward, shown, odds = favoured(20_000, 0)
    plain = {v: reward[shown == v].mean() for v in "ab"}
    assert plain["a"] > plain["b"]  # misleading: b is better by one
    found = variant_rewards(reward, shown, odds).estimates
    for variant, true in TRUE.items():
        assert found[variant].value == pytest.approx(true, abs=0.1)
        assert found[variant].low < true < found[variant].high
    assert found["a"].high < found["b"].low


@pytest.mark.parametrize("normalised", [True, False])
def test_intervals_hold_as_often_as_they_say(normalised):
    held = 0
    for seed in range(100):
        found = variant_rewards(*favoured(600, seed), normalised=normalised).estimates["a"]
        held += found.low <= TRUE["a"] <= found.high
    assert held >= 88  # .95 of 100, less three standard errors


def test_equal_odds_give_the_plain_means():
    rng = np.random.default_rng(3)
    shown = np.array(["a", "b"] * 150)
    reward = rng.normal(size=300)
    found = variant_rewards(reward, shown, np.full(300, 0.5)).estimates
    assert found["a"].value == pytest.approx(reward[::2].mean())
    assert found["b"].value == pytest.approx(reward[1::2].mean())


def test_a_variant_that_was_hardly_shown_is_refused_and_the_others_are_not():
    shown = np.array(["a"] * 290 + ["rare"] * 10)
    found = variant_rewards(np.ones(300), shown, np.where(shown == "a", 0.97, 0.03))
    assert list(found.estimates) == ["a"]
    assert "10 times" in found.refused["rare"]


def test_a_log_that_is_too_short_refuses_each_by_name():
    found = variant_rewards(np.ones(40), ["a"] * 40, np.full(40, 1.0))
    assert not found.estimates
    assert "a" in found.refused


@pytest.mark.parametrize("odds", [0.0, 1.5, float("nan")])
def test_odds_that_are_none_are_refused_before_anything_else(odds):
    with pytest.raises(RefusedError, match="propensities"):
        variant_rewards(np.ones(300), ["a"] * 300, np.full(300, odds))


def test_rows_must_match():
    with pytest.raises(InvalidError):
        variant_rewards(np.ones(300), ["a"] * 299, np.full(300, 0.5))
    with pytest.raises(InvalidError):
        variant_rewards([1.0, float("inf")], ["a", "a"], [0.5, 0.5])
