from datetime import UTC, datetime

import pytest

from promoloop.core import InvalidError
from promoloop.evaluate import Estimate
from promoloop.learn import gate, new_version, stay_in_shadow


def estimate(low, effective_n=500.0):
    return Estimate(low + 1, low, low + 2, 1_000, effective_n, 0.95, "DR difference")


def test_a_challenger_surely_better_is_promoted():
    result = gate(estimate(0.01), log_size=1_000)
    assert result.promote
    assert "promoted" in result.reason
    assert (result.difference, result.low, result.high) == (1.01, 0.01, 2.01)


@pytest.mark.parametrize("low", [0.0, -0.5])
def test_a_challenger_not_surely_better_stays_in_shadow(low):
    result = gate(estimate(low), log_size=1_000)
    assert not result.promote
    assert "not surely above zero" in result.reason


def test_too_small_an_effective_sample_stays_in_shadow_however_good():
    result = gate(estimate(5.0, effective_n=9.0), log_size=1_000)
    assert not result.promote
    assert "9 rows" in result.reason


def test_a_refused_estimate_keeps_the_champion():
    result = stay_in_shadow("the log cannot answer", 1_000)
    assert (result.promote, result.n) == (False, 1_000)
    assert "the log cannot answer" in result.reason


def test_an_estimate_from_more_rows_than_the_log_has_is_an_error():
    with pytest.raises(InvalidError):
        gate(estimate(1.0), log_size=10)


def test_a_new_version_is_in_shadow_and_has_the_same_id_when_made_again():
    at, start = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    first, again = (new_version("response", at, (start, at), {"a": 1}, {}) for _ in range(2))
    assert first == again
    assert first.status == "shadow"
    assert new_version("uplift", at, (start, at), {}, {}).version_id != first.version_id


def test_training_data_that_ends_before_it_starts_is_refused():
    at, start = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(InvalidError, match="before it starts"):
        new_version("response", at, (at, start), {}, {})


def test_a_refresh_is_promoted_unless_it_is_surely_a_loss():
    unsure = gate(estimate(-1.5), log_size=1_000, refresh=True)
    assert unsure.promote
    assert "not surely a loss" in unsure.reason
    worse = gate(estimate(-2.5), log_size=1_000, refresh=True)
    assert not worse.promote
    assert "surely below zero" in worse.reason


def test_a_refresh_needs_a_log_that_can_answer_too():
    assert not gate(estimate(5.0, effective_n=9.0), log_size=1_000, refresh=True).promote
