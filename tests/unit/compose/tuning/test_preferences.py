"""Pairs from logged feedback, and the gate of a candidate adapter."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from promoloop.compose import (
    Cell,
    PreferenceRow,
    adapter_gate,
    preference_pairs,
)
from promoloop.core import InvalidError

CELL = Cell("tea", "en")


def rows(text: str, rewards: list[float], propensity: float = 0.5) -> list[PreferenceRow]:
    return [PreferenceRow(CELL, text, reward, propensity) for reward in rewards]


def test_what_clearly_earned_more_is_preferred() -> None:
    pairs = preference_pairs(
        rows("good", [1.0] * 60 + [0.0] * 40) + rows("bad", [0.0] * 95 + [1.0] * 5)
    )
    assert [(one.better, one.worse) for one in pairs] == [("good", "bad")]
    assert pairs[0].gain == pytest.approx(0.55)
    assert pairs[0].weight == 1.0


def test_a_difference_that_may_be_chance_teaches_nothing() -> None:
    assert (
        preference_pairs(rows("a", [1.0] * 52 + [0.0] * 48) + rows("b", [1.0] * 48 + [0.0] * 52))
        == ()
    )


def test_means_are_weighted_by_the_inverse_propensity() -> None:
    # (1/0.1 * 1 + 1/0.9 * 0) / (1/0.1 + 1/0.9) = 0.9, twenty times over.
    own = rows("a", [1.0] * 20, 0.1) + rows("a", [0.0] * 20, 0.9)
    other = rows("b", [0.0] * 200, 0.9)
    (pair,) = preference_pairs(own + other)
    assert pair.gain == pytest.approx(0.9)


def test_pairs_do_not_cross_cells_and_rare_texts_are_left_out() -> None:
    other = [PreferenceRow(Cell("tea", "zh"), "c", 0.0, 0.5) for _ in range(100)]
    assert preference_pairs(rows("a", [1.0] * 100) + other) == ()
    assert preference_pairs(rows("a", [1.0] * 9) + rows("b", [0.0] * 100)) == ()


def test_weights_have_mean_one_and_grow_with_evidence() -> None:
    thin = [PreferenceRow(Cell("jam", "en"), t, r, 0.5) for t, r in [("x", 1.0), ("y", 0.0)] * 15]
    thin += [PreferenceRow(Cell("jam", "en"), t, r, 0.5) for t, r in [("x", 0.0), ("y", 1.0)]]
    thick = rows("a", [1.0] * 290 + [0.0] * 10) + rows("b", [0.0] * 290 + [1.0] * 10)
    pairs = preference_pairs(thin + thick)
    by_cell = {one.cell.group_id: one.weight for one in pairs}
    assert by_cell["tea"] > by_cell["jam"]
    assert sum(by_cell.values()) / 2 == pytest.approx(1.0)


def test_chance_pairs_are_as_rare_as_promised() -> None:
    rng = np.random.default_rng(4)
    false = 0
    for _ in range(400):
        sample = [float(one) for one in rng.random(240) < 0.3]
        found = [row for at in range(3) for row in rows(f"t{at}", sample[at * 80 : at * 80 + 80])]
        false += bool(preference_pairs(found))
    # Six directed comparisons share one bound of 5 % per unordered pair: at most 10 % of cells.
    assert false / 400 <= 0.10 + 3 * math.sqrt(0.1 * 0.9 / 400)


@pytest.mark.parametrize(
    ("reward", "propensity", "text"),
    [
        (1.0, 0.0, "a"), (1.0, 1.1, "a"), (1.0, math.nan, "a"), (math.inf, 0.5, "a"),
        (math.nan, 0.5, "a"), (1.0, 0.5, " "), (1.0, 0.5, "a\nb"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named(reward: float, propensity: float, text: str) -> None:
    with pytest.raises(InvalidError):
        PreferenceRow(CELL, text, reward, propensity)


def test_the_bound_is_agresti_and_min() -> None:
    # 30 won, 10 lost, 60 alike: with half an observation added to each of the four cells.
    candidate = [True] * 30 + [False] * 10 + [True] * 60
    current = [False] * 30 + [True] * 10 + [True] * 60
    verdict = adapter_gate(candidate, current)
    total, won, lost = 102.0, 30.5, 10.5
    difference = (won - lost) / total
    variance = ((won + lost) / total - difference**2) / total
    z = NormalDist().inv_cdf(0.95)
    assert verdict.lower == pytest.approx(difference - z * math.sqrt(variance))
    assert verdict.difference == pytest.approx(0.2)
    assert verdict.passed


def test_a_worse_or_unproven_candidate_does_not_pass() -> None:
    better, worse = [True] * 150 + [False] * 50, [True] * 110 + [False] * 90
    assert not adapter_gate(worse, better).passed
    assert not adapter_gate([True] * 6 + [False] * 4, [False] * 4 + [True] * 6).passed
    assert adapter_gate(better, better).passed


@pytest.mark.parametrize(("candidate", "current"), [([], []), ([True], [True, False])])
def test_marks_of_other_cells_are_refused(candidate: list[bool], current: list[bool]) -> None:
    with pytest.raises(InvalidError):
        adapter_gate(candidate, current)
