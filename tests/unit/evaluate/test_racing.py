"""Races between texts: how often they mislead, and how soon they tell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.evaluate import evidence_against, race, wear_of


def drawn(rng, n, rate, rival_rate, odds):
    """Purchases of the rival with ``odds``, of the variant else."""
    sent = rng.random(n) < odds
    return (rng.random(n) < np.where(sent, rival_rate, rate)).astype(float), sent


def test_the_wealth_is_the_mean_of_the_products_of_the_bets() -> None:
    rewards, sent, odds = np.array([1.0, -0.5, 0.25]), np.array([True, False, True]), 0.25
    stakes = np.geomspace(1 / 512, 1 / 2, 12)
    bets = [0.75 * 1.0, -0.25 * -0.5, 0.75 * 0.25]
    by_hand = np.mean([math.prod(1 + g * x for x in bets) for g in stakes])
    assert race(rewards, sent, np.full(3, odds), 1.0).evidence == pytest.approx(by_hand, rel=1e-12)


def test_an_equal_variant_is_hardly_ever_held_to_be_beaten_however_often_one_looks() -> None:
    wrong = 0
    for seed in range(400):
        rng = np.random.default_rng(1000 + seed)
        odds = rng.choice([0.1, 0.5, 0.9], size=600)
        rewards, sent = drawn(rng, 600, 0.1, 0.1, odds)
        looks = range(50, 601, 50)
        found = (race(rewards[:n] - 0.1, sent[:n], odds[:n], 1.0).evidence for n in looks)
        wrong += any(one >= 20.0 for one in found)
    assert wrong / 400 <= 0.05


def test_a_clear_loser_is_found() -> None:
    rng = np.random.default_rng(3)
    odds = np.full(6000, 0.7)
    rewards, sent = drawn(rng, 6000, 0.05, 0.10, odds)
    found = race(rewards - 0.08, sent, odds, 1.0)
    assert found.evidence > 20.0
    assert abs(found.difference - 0.05) < 3 * found.error
    assert found.rows == (int((~sent).sum()), int(sent.sum()))


def test_a_winner_is_not_found_to_lose() -> None:
    rng = np.random.default_rng(4)
    rewards, sent = drawn(rng, 6000, 0.10, 0.05, np.full(6000, 0.5))
    assert race(rewards, sent, np.full(6000, 0.5), 1.0).evidence < 1.0


def test_unequal_odds_do_not_fool_the_estimate() -> None:
    """Good shoppers mostly get the rival: the plain means differ, the texts do not."""
    rng = np.random.default_rng(5)
    good = rng.random(20_000) < 0.5
    odds = np.where(good, 0.9, 0.1)
    sent = rng.random(20_000) < odds
    rewards = (rng.random(20_000) < np.where(good, 0.4, 0.1)).astype(float)
    found = race(rewards, sent, odds, 1.0)
    assert rewards[sent].mean() - rewards[~sent].mean() > 0.2
    assert abs(found.difference) < 3 * found.error


def test_rivals_that_join_share_the_error() -> None:
    assert evidence_against(np.array([1.0, 1.0, 1.0])) == 1.0
    assert evidence_against(np.array([0.0, 60.0])) == pytest.approx(0.5 * 0 + 60 / 6 + 1 - 2 / 3)


@pytest.mark.parametrize("bad", [np.array([0.0]), np.array([1.0]), np.array([np.nan])])
def test_odds_that_leave_no_choice_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(InvalidError, match="odds"):
        race(np.zeros(1), np.array([True]), bad, 1.0)


def test_misshapen_races_are_refused() -> None:
    with pytest.raises(InvalidError, match="same rows"):
        race(np.zeros(2), np.array([True]), np.full(2, 0.5), 1.0)
    with pytest.raises(InvalidError, match="finite"):
        race(np.array([np.inf]), np.array([True]), np.array([0.5]), 1.0)


def worn_rows(rng, n, slope):
    age = rng.uniform(0, 10, n)
    odds = rng.uniform(0.2, 0.8, n)
    sent = rng.random(n) < odds
    return rng.normal(0, 1, n) + sent * (0.3 + slope * age), sent, odds, age


def test_a_text_that_wears_out_is_seen_to() -> None:
    found = wear_of(*worn_rows(np.random.default_rng(1), 40_000, -0.1))
    assert found.slope_low < -0.1 < found.slope_high < 0.0
    assert found.now_low < 0.3 - 0.1 * found.at < found.now_high
    assert found.worn


def test_a_text_that_keeps_is_not_called_worn() -> None:
    found = wear_of(*worn_rows(np.random.default_rng(2), 40_000, 0.0))
    assert found.slope_low < 0.0 < found.slope_high
    assert not found.worn


def test_one_age_tells_no_slope() -> None:
    n = 100
    rng = np.random.default_rng(0)
    sent = rng.random(n) < 0.5
    found = wear_of(rng.normal(size=n), sent, np.full(n, 0.5), np.full(n, 3.0))
    assert math.isinf(found.slope_high)
    assert not found.worn


def test_ages_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(InvalidError, match="wear"):
        wear_of(np.zeros(2), np.ones(2, bool), np.full(2, 0.5), np.array([1.0, np.nan]))
