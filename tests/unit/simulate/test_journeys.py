"""The journey world against what its constants say, worked out by hand."""

from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

from promoloop.core import InvalidError
from promoloop.decide import JOURNEY_FEATURES, JourneyRule
from promoloop.simulate import (
    JOURNEY_ACTIONS,
    JourneyAction,
    JourneyConstants,
    JourneyEnv,
    JourneyVectorEnv,
    JourneyWorld,
    KnowingMyopic,
    log_journeys,
    long_term_value,
    value_of_plan,
)
from promoloop.simulate.journeys import observed

NOTHING = JourneyRule(-1, actions=3)
WEEKLY = JourneyRule(2, actions=3)


def world(n: int = 2000, seed: int = 1, **changes: float) -> JourneyWorld:
    return JourneyWorld.drawn(n, np.random.default_rng(seed), JourneyConstants(**changes))


def odds(probability: np.ndarray) -> np.ndarray:
    return probability / (1.0 - probability)


def test_gymnasium_finds_nothing_wrong_with_the_environment() -> None:
    check_env(gymnasium.make(EnvSpec("Journey-v0", JourneyEnv)).unwrapped)


def test_an_episode_ends_with_the_weeks_or_with_the_shopper() -> None:
    env = JourneyEnv(weeks=4, constants=JourneyConstants(leaving=0.0, neglected_leaving=0.0))
    env.reset(seed=3)
    ends = [env.step(0)[2:4] for _ in range(4)]
    assert ends == [(False, False)] * 3 + [(False, True)]
    gone = JourneyEnv(constants=JourneyConstants(leaving=1.0))
    gone.reset(seed=3)
    assert gone.step(0)[2]


def test_many_shoppers_at_once_live_as_one_does() -> None:
    envs = JourneyVectorEnv(50, weeks=6)
    first = [envs.reset(seed=7)[0]]
    first += [envs.step(np.full(50, 2))[0] for _ in range(8)]
    second = [envs.reset(seed=7)[0]]
    second += [envs.step(np.full(50, 2))[0] for _ in range(8)]
    assert np.array_equal(np.stack(first), np.stack(second))
    assert all(envs.observation_space.contains(seen) for seen in first)


def test_whoever_left_is_replaced_in_the_next_step() -> None:
    envs = JourneyVectorEnv(20, constants=JourneyConstants(leaving=1.0))
    envs.reset(seed=1)
    _, _, left, over, _ = envs.step(np.ones(20, dtype=np.int64))
    assert left.all()
    assert not over.any()
    seen, rewards, left, _, info = envs.step(np.ones(20, dtype=np.int64))
    assert not left.any()
    assert (rewards == 0.0).all()
    assert (seen[:, JOURNEY_FEATURES.index("weeks_known")] == 13.0).all()
    assert info["action_mask"].all()


def test_who_is_sent_nothing_buys_at_the_rate_of_habit() -> None:
    # Without seasons' mean effect to undo: compare with the true probabilities of the same weeks.
    one, rng = world(20_000), np.random.default_rng(4)
    state = one.begin(rng)
    idle = np.zeros(20_000, dtype=bool)
    expected = one.buying(state, idle)
    _, week = one.step(state, np.full(20_000, -1), rng)
    error = float(np.sqrt((expected * (1 - expected)).sum()))
    assert abs(week.bought.sum() - expected.sum()) < 4 * error


def test_a_deep_offer_multiplies_odds_by_the_price_to_the_elasticity() -> None:
    one = world(elasticity_differs=0.0, affinity_tells=0.0, reminder=0.0, reminder_differs=0.0)
    state = replace(one.begin(np.random.default_rng(2)), fatigue=np.zeros(2000))
    everybody = np.ones(2000, dtype=bool)
    with_offer = one.buying(one.handed(state, 2, everybody), everybody)
    without = one.buying(replace(state, held_read=~everybody), everybody)
    assert odds(with_offer) / odds(without) == pytest.approx(np.full(2000, 0.75**-3.6))


def test_fatigue_wears_out_reading_and_response() -> None:
    one = world(weariness_differs=0.0)
    fresh = replace(one.begin(np.random.default_rng(2)), fatigue=np.zeros(2000))
    tired = replace(fresh, fatigue=np.full(2000, 2.0))
    assert one.reading(tired) / one.reading(fresh) == pytest.approx(np.exp(-0.21), rel=1e-9)
    read = np.ones(2000, dtype=bool)
    plain = replace(fresh, held_read=~read)
    pull = np.log(odds(one.buying(plain, read)) / odds(one.buying(plain, ~read)))
    worn = replace(tired, held_read=~read)
    less = np.log(odds(one.buying(worn, read)) / odds(one.buying(worn, ~read)))
    assert less == pytest.approx(pull * np.exp(-0.3))


def test_fatigue_makes_people_unsubscribe() -> None:
    # A first message to somebody fresh: .0005 + .05 * 1, of 20,000.
    one = world(20_000, weariness_differs=0.0, tired_unsubscribing=0.05)
    rng = np.random.default_rng(6)
    state = replace(one.begin(rng), fatigue=np.zeros(20_000))
    _, week = one.step(state, np.zeros(20_000, dtype=np.int64), rng)
    expected = 20_000 * 0.0505
    assert abs(week.unsubscribed.sum() - expected) < 4 * np.sqrt(expected)


def test_neglect_and_fatigue_make_people_leave() -> None:
    one, rng = world(20_000, tired_leaving=0.02, neglected_leaving=0.05), np.random.default_rng(6)
    state = one.begin(rng)
    calm = replace(state, fatigue=np.zeros(20_000), neglect=np.zeros(20_000))
    nothing = np.full(20_000, -1)
    shares = [
        one.step(changed, nothing, np.random.default_rng(8))[1].left.mean()
        for changed in (
            calm,
            replace(calm, fatigue=np.full(20_000, 3.0)),
            replace(calm, neglect=np.full(20_000, 40.0)),
        )
    ]
    assert shares[0] < 0.008
    assert shares[1] == pytest.approx(shares[0] + 0.02 * 0.6 * 3.0, abs=0.006)
    assert shares[2] > shares[0] + 0.03


def test_an_offer_brings_purchases_weeks_later() -> None:
    one, rng = world(remembered=1.0), np.random.default_rng(9)
    state = one.begin(rng)
    state = replace(state, fatigue=np.zeros(2000))
    state, _ = one.step(state, np.full(2000, 2), rng)
    holds = state.held_read & (state.held_weeks > 0)
    assert holds.any()
    idle = np.zeros(2000, dtype=bool)
    without = one.buying(replace(state, held_read=idle), idle)
    assert (one.buying(state, idle)[holds] > without[holds]).all()


def test_a_redeemed_offer_pulls_purchases_forward() -> None:
    one, rng = world(20_000), np.random.default_rng(9)
    state, week = one.step(one.begin(rng), np.full(20_000, 2), rng)
    idle = np.zeros(20_000, dtype=bool)
    stocked = odds(one.buying(state, idle))
    empty = odds(one.buying(replace(state, stock=np.zeros(20_000)), idle))
    assert (stocked / empty)[week.redeemed] == pytest.approx(
        np.exp(-0.35 * state.stock[week.redeemed])
    )
    assert (state.stock[week.redeemed] >= 1.0).all()
    assert (state.held_weeks[week.redeemed] == 0).all()


def test_scanners_open_everything_and_buy_nothing_by_it() -> None:
    one, rng = world(20_000), np.random.default_rng(9)
    _, week = one.step(one.begin(rng), np.zeros(20_000, dtype=np.int64), rng)
    machines = one.traits.scanned & week.contacted
    assert week.opened[machines].all()
    assert week.clicked[machines].all()
    assert not week.read[machines].all()


def test_what_is_hidden_does_not_show() -> None:
    one = world()
    state = one.begin(np.random.default_rng(3))
    other = replace(
        state,
        fatigue=state.fatigue + 5,
        stock=state.stock + 5,
        neglect=state.neglect + 5,
        held_read=~state.held_read,
        held_depth=np.full(2000, 0.9),
        held_weeks=np.full(2000, 3),
    )
    assert np.array_equal(observed(state), observed(other))
    assert observed(state).shape == (2000, len(JOURNEY_FEATURES))


def test_the_unreachable_cost_nothing() -> None:
    one, rng = world(), np.random.default_rng(3)
    state = replace(one.begin(rng), subscribed=np.zeros(2000, dtype=bool))
    assert not one.eligible(state).any()
    sent, idle = (
        one.step(state, np.full(2000, index), np.random.default_rng(4))[1] for index in (1, -1)
    )
    assert np.array_equal(sent.reward, idle.reward)


def test_the_same_chance_makes_differences_exact() -> None:
    one = world(300)
    assert long_term_value(one, NOTHING, 20, 0.97, seed=5).increment == 0.0
    # Messages that do nothing but cost 3 lose what they cost, discounted, and nothing else.
    mute = tuple(replace(action, depth=0.0) for action in JOURNEY_ACTIONS)
    plain = JourneyConstants(reminder=0.0, reminder_differs=0.0, unsubscribing=0.0)
    quiet = JourneyWorld.drawn(
        300,
        np.random.default_rng(1),
        replace(plain.with_fatigue(0.0), leaving=0.0, neglected_leaving=0.0),
        mute,
    )
    found = long_term_value(quiet, WEEKLY, 10, 0.97, seed=5)
    assert found.increment == pytest.approx(-3 * (1 - 0.97**10) / 0.03)
    assert found.contacts == 10.0


def test_knowing_the_truth_the_best_week_is_at_least_as_good_as_any_rule() -> None:
    one = world(20_000)
    plan = KnowingMyopic(one)
    best = value_of_plan(one, plan, 1, 0.97, seed=2)
    for action in range(3):
        rule = long_term_value(one, JourneyRule(action, 3), 1, 0.97, seed=2)
        assert best.increment > rule.increment - 2 * rule.increment_error


def test_gains_of_the_week_are_those_of_the_simulation() -> None:
    one = world(200_000)
    rng = np.random.default_rng(2)
    state = one.begin(rng)
    expected = KnowingMyopic(one).gains(state)[:, 2]
    state = replace(state, subscribed=np.ones(200_000, dtype=bool))
    sent, idle = (
        one.step(state, np.full(200_000, index), np.random.default_rng(4))[1].reward
        for index in (2, -1)
    )
    gained = sent - idle
    assert gained.mean() == pytest.approx(expected.mean(), abs=4 * gained.std() / 200_000**0.5)


def test_a_log_holds_whole_journeys_until_shoppers_leave() -> None:
    log = log_journeys(
        world(leaving=0.1), JourneyRule(-1, 3, explore=0.5), 8, np.random.default_rng(3)
    )
    last = np.r_[log.journey[1:] != log.journey[:-1], True]
    assert (log.left[last] | (log.week[last] == 7)).all()
    assert not log.left[~last].any()
    assert log.propensity.min() == pytest.approx(0.125)


def test_festivals_lend_from_the_weeks_around_them() -> None:
    from promoloop.simulate.journeys import season_log_odds

    year = season_log_odds(np.arange(52))
    assert year[45] == pytest.approx(0.6)
    assert year[44] < 0 > year[46]
    assert season_log_odds(np.array([52 + 45]))[0] == year[45]


@pytest.mark.parametrize(
    "make",
    [
        lambda: world(0),
        lambda: world(leaving=-0.1),
        lambda: world(reminder=float("nan")),
        lambda: JourneyAction("free", 1.0, 3.0),
        lambda: JourneyAction("paid", 0.1, -3.0),
        lambda: JourneyWorld.drawn(3, np.random.default_rng(0), actions=()),
        lambda: JourneyEnv(weeks=0),
        lambda: JourneyVectorEnv(0),
        lambda: JourneyEnv().step(0),
        lambda: long_term_value(world(3), NOTHING, 0, 0.97, 1),
        lambda: long_term_value(world(3), NOTHING, 3, 1.5, 1),
        lambda: log_journeys(world(3), NOTHING, 0, np.random.default_rng(0)),
    ],
)
def test_what_makes_no_sense_is_invalid(make: object) -> None:
    with pytest.raises(InvalidError):
        make()


def test_an_unknown_action_is_invalid() -> None:
    one, rng = world(3), np.random.default_rng(0)
    state = one.begin(rng)
    for index in (np.array([0, 1, 3]), np.array([0, -2, 0]), np.array([0, 1])):
        with pytest.raises(InvalidError):
            one.step(state, index, rng)


@pytest.mark.parametrize("action", [-1, 99, 1.5, "x", None])
def test_a_week_with_an_unknown_action_does_not_pass(action):
    envs = [JourneyEnv(weeks=3), JourneyEnv(weeks=3)]
    for env in envs:
        env.reset(seed=1)
    with pytest.raises(InvalidError, match="action"):
        envs[0].step(action)
    first, second = (env.step(1) for env in envs)
    assert (first[0] == second[0]).all()
