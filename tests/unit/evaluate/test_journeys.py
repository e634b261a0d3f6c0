"""Off-policy value of journeys in a toy shop, against values worked out by hand.

A message earns 1 from a fresh shopper and .4 from a tired one and leaves either tired; a week
without one earns nothing and leaves either fresh. The log sends by the toss of a coin. Its own
value at .9 a week solves V(f) = .5 (1 + .9 V(t)) + .45 V(f), V(t) = .5 (.4 + .9 V(t)) + .45 V(f):
V(f) = 3.65, V(t) = 3.35.
"""

from dataclasses import replace

import numpy as np
import pytest

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import JourneyLog, JourneyRule
from promoloop.evaluate import journey_difference, journey_value, per_decision, reach
from promoloop.learn import journey_gate

NAMES = ("contact_pressure", "weeks_since_contact")
WAIT = JourneyRule(0, 1, most_pressure=0.5, features=NAMES)  # send to the fresh only
ALWAYS = JourneyRule(0, 1, features=NAMES)
NEVER = JourneyRule(-1, 1, features=NAMES)


def toy_log(n: int = 3000, weeks: int = 5, send: float = 0.5, seed: int = 1) -> JourneyLog:
    """n shoppers of the toy shop, all fresh at first; every week is noisy."""
    rng = np.random.default_rng(seed)
    sent = rng.random((n, weeks)) < send
    noise = rng.normal(0.0, 0.5, (n, weeks))
    tired = np.c_[np.zeros(n, dtype=bool), sent[:, :-1]]
    yes = np.ones((n * weeks, 1), dtype=bool)
    return JourneyLog(
        journey=np.repeat(np.arange(n), weeks),
        week=np.tile(np.arange(weeks), n),
        observations=np.c_[tired.ravel(), np.ones(n * weeks)].astype(float),
        eligible=yes,
        index=np.where(sent, 0, -1).ravel(),
        probabilities=np.tile([send, 1.0 - send], (n * weeks, 1)),
        reward=(np.where(sent, np.where(tired, 0.4, 1.0), 0.0) + noise).ravel(),
        next_observations=np.c_[sent.ravel(), np.ones(n * weeks)].astype(float),
        next_eligible=yes,
        left=np.zeros(n * weeks, dtype=bool),
    )


def test_per_decision_weights_find_the_value_of_another_policy() -> None:
    # Waiting: 1, 0, .81, 0, .6561.
    found = per_decision(toy_log(), WAIT, 0.9)
    assert found.low < 1 + 0.81 + 0.6561 < found.high
    assert found.high - found.low < 1.5


def test_the_doubly_robust_value_follows_the_target_and_then_the_log() -> None:
    # Five weeks of waiting end tired: 2.4661 + .9^5 * 3.35.
    found = journey_value(toy_log(), WAIT, 0.9)
    assert found.low < 2.4661 + 0.9**5 * 3.35 < found.high
    assert found.high - found.low < 0.5
    assert "5 weeks" in found.method


def test_the_logging_policy_is_worth_what_it_is_worth() -> None:
    coin = JourneyRule(-1, 1, explore=1.0, features=NAMES)
    found = journey_value(toy_log(), coin, 0.9)
    assert found.value == pytest.approx(3.65, abs=0.15)
    assert found.effective_n == pytest.approx(3000)


def test_intervals_cover_in_nineteen_of_twenty_logs() -> None:
    # The error of the fitted tail is in them: without it they would cover in three of four.
    truth = 1.81 + 0.9**4 * 3.65
    found = [journey_value(toy_log(n=1600, seed=seed), WAIT, 0.9, 4) for seed in range(100)]
    covered = sum(one.low <= truth <= one.high for one in found)
    assert 88 <= covered <= 100  # 3.2 standard errors below 95


def test_a_difference_is_paired() -> None:
    found = journey_difference(toy_log(), WAIT, NEVER, 0.9)
    # Never earns nothing for five weeks and ends fresh: .9^5 * 3.65.
    truth = 2.4661 + 0.9**5 * (3.35 - 3.65)
    assert found.low < truth < found.high


def test_a_log_reaches_as_far_as_its_weights_allow() -> None:
    # A sure policy keeps half of the effective journeys each week: 3000 / 2^5 = 94, 2^6 = 47.
    assert reach(toy_log(weeks=8), ALWAYS) == 5


def test_a_shopper_who_left_is_a_known_end() -> None:
    # Everybody leaves after the second week: the value has no tail.
    log = toy_log(weeks=2)
    log = replace(log, left=log.week == 1)
    found = journey_value(log, WAIT, 0.9)
    assert found.low <= 1.0 <= found.high
    assert found.value == pytest.approx(1.0, abs=0.15)


def test_journeys_that_were_cut_short_are_not_taken_for_ended() -> None:
    # A third of the log is cut after one week. Four weeks of waiting end fresh.
    log = toy_log(n=6000, weeks=4)
    cut = log.rows((log.journey % 3 > 0) | (log.week == 0))
    found = journey_value(cut, WAIT, 0.9)
    assert found.low < 1.81 + 0.9**4 * 3.65 < found.high
    assert found.effective_n < journey_value(log, WAIT, 0.9).effective_n


def test_a_log_that_cannot_answer_is_refused() -> None:
    with pytest.raises(RefusedError, match="worth"):
        journey_value(toy_log(n=400), WAIT, 0.9)
    with pytest.raises(RefusedError, match="worth"):
        per_decision(toy_log(weeks=8), WAIT, 0.9)
    with pytest.raises(RefusedError, match="worth"):
        journey_value(toy_log(send=0.02), ALWAYS, 0.9)


def test_settings_out_of_range_are_invalid() -> None:
    with pytest.raises(InvalidError, match="discount"):
        journey_value(toy_log(), WAIT, 1.0)
    with pytest.raises(InvalidError, match="weeks"):
        journey_value(toy_log(), WAIT, 0.9, weeks=6)
    with pytest.raises(InvalidError, match="level"):
        journey_value(toy_log(), WAIT, 0.9, level=1.0)


def test_the_gate_passes_the_better_and_keeps_the_worse_in_shadow() -> None:
    log = toy_log(n=6000)
    better = journey_gate(log, WAIT, NEVER, 0.9)
    assert better.promote
    assert better.low > 0
    worse = journey_gate(log, NEVER, WAIT, 0.9)
    assert not worse.promote
    assert worse.high < 0
    assert "not surely above zero" in worse.reason


def test_the_gate_keeps_in_shadow_what_the_log_cannot_answer() -> None:
    verdict = journey_gate(toy_log(send=0.02), ALWAYS, NEVER, 0.9)
    assert not verdict.promote
    assert "worth" in verdict.reason
    assert verdict.n == 3000
