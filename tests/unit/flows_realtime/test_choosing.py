"""Odds of one row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.decide import InverseGap, Scores, with_nothing
from promoloop.flows.realtime.choosing import inverse_gap, pick

VALUES = st.lists(st.floats(-500, 500), min_size=1, max_size=12)


@given(VALUES, st.integers(0, 1 << 12), st.sampled_from([0.0, 0.005, 0.05]))
def test_one_row_has_the_odds_that_inverse_gap_weighting_gives(
    values: list[float], bits: int, floor: float
) -> None:
    priced = np.array(values)
    open_ = np.array([bool(bits >> at & 1) for at in range(len(values))])
    scores, options = with_nothing(priced[None, :], open_[None, :])
    masked = np.where(open_, priced, -np.inf)
    best = int(masked.argmax())
    favoured = np.array([best if masked[best] > 0 else -1])
    rule = InverseGap(floor=floor, gamma=40.0, growth=0.0)
    wanted = rule.probabilities(Scores.known(scores), options, favoured)[0]
    assert inverse_gap(priced, open_, floor) == pytest.approx(wanted, abs=1e-15)


def test_a_floor_that_leaves_no_room_is_an_error() -> None:
    with pytest.raises(InvalidError, match="more than all"):
        inverse_gap(np.zeros(4), np.ones(4, dtype=bool), 0.3)


@given(VALUES, st.floats(0, 1, exclude_max=True))
def test_a_point_picks_what_it_falls_on(values: list[float], point: float) -> None:
    odds = inverse_gap(np.array(values), np.ones(len(values), dtype=bool), 0.01)
    spot = pick(odds, point)
    before = odds[:spot].sum() if spot >= 0 else odds[:-1].sum()
    assert before - 1e-12 <= point
    assert spot == -1 or point < before + odds[spot] + 1e-12
