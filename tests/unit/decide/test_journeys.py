"""Journey policies against a toy shop whose answer is worked out by hand.

A shopper is fresh or tired. A message earns 1 from a fresh shopper and .4 from a tired one, and
leaves either tired; a week without one earns nothing and leaves either fresh. At .9 a week,
sending always is worth 1 + .9 * 4 = 4.6 to a fresh shopper, sending every second week
1 / (1 - .81) = 5.2632: who looks ahead waits, who does not sends.
"""

from dataclasses import replace

import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.decide import (
    JOURNEY_FEATURES,
    FittedQ,
    JourneyLog,
    JourneyRule,
    MyopicBandit,
    TabularQ,
    TreeSettings,
    softened,
)

TIRED = ("contact_pressure",)
SMALL = TreeSettings(rounds=40, leaves=2, least=0.05, shrink=0.3, ridge=0.0)


def toy_log(n: int = 400, weeks: int = 10, send: float = 0.5, seed: int = 3) -> JourneyLog:
    """n shoppers of the toy shop, sent a message by chance."""
    rng = np.random.default_rng(seed)
    sent = rng.random((n, weeks)) < send
    tired = np.c_[np.zeros(n, dtype=bool), sent[:, :-1]]
    reward = np.where(sent, np.where(tired, 0.4, 1.0), 0.0)
    yes = np.ones((n * weeks, 1), dtype=bool)
    return JourneyLog(
        journey=np.repeat(np.arange(n), weeks),
        week=np.tile(np.arange(weeks), n),
        observations=tired.reshape(-1, 1).astype(float),
        eligible=yes,
        index=np.where(sent, 0, -1).ravel(),
        probabilities=np.tile([send, 1.0 - send], (n * weeks, 1)),
        reward=reward.ravel(),
        next_observations=sent.reshape(-1, 1).astype(float),
        next_eligible=yes,
        left=np.zeros(n * weeks, dtype=bool),
    )


def wants(policy: FittedQ | TabularQ) -> list[int]:
    """What the policy sends to a fresh and to a tired shopper."""
    seen, free = np.array([[0.0], [1.0]]), np.ones((2, 1), dtype=bool)
    return policy.choose(seen, free, np.random.default_rng(0)).index.tolist()


def test_the_table_reaches_the_values_worked_out_by_hand() -> None:
    policy = TabularQ(
        1, 0.9, explore=0.0, prior=0.0, bins={"contact_pressure": (0.5,)}, features=TIRED
    )
    policy.learn(toy_log())
    fresh, tired = 1 / (1 - 0.81), 0.9 / (1 - 0.81)
    assert policy.table_ == pytest.approx(
        np.array([[1 + 0.9 * tired, 0.9 * fresh], [0.4 + 0.9 * tired, 0.9 * fresh]]), abs=1e-4
    )
    assert wants(policy) == [0, -1]


def test_fitted_q_waits_where_the_bandit_sends() -> None:
    ahead = FittedQ(1, 0.9, iterations=8, explore=0.0, trees=SMALL, features=TIRED)
    ahead.learn(toy_log())
    myopic = MyopicBandit(1, explore=0.0, trees=SMALL, features=TIRED)
    myopic.learn(toy_log())
    assert wants(ahead) == [0, -1]
    assert wants(myopic) == [0, 0]


def test_the_bandit_finds_what_a_message_earns_in_its_week() -> None:
    myopic = MyopicBandit(1, explore=0.0, trees=SMALL, features=TIRED)
    myopic.learn(toy_log())
    assert myopic.advantages(np.array([[0.0], [1.0]])).ravel() == pytest.approx(
        [1.0, 0.4], abs=0.02
    )


def test_fitted_q_finds_what_a_message_is_worth_in_the_long_run() -> None:
    # Fresh: 1 + .9 * 4.7368 against .9 * 5.2632; tired: .4 + .9 * 4.7368 against the same.
    policy = FittedQ(1, 0.9, iterations=15, explore=0.0, trees=SMALL, features=TIRED)
    policy.learn(toy_log(n=1500))
    found = policy.advantages(np.array([[0.0], [1.0]])).ravel()
    assert found == pytest.approx([0.5263, -0.0737], abs=0.05)


def test_a_purchase_that_tells_of_the_buyer_is_not_credited_to_the_message() -> None:
    # Shoppers never change: half of them earn 10 a week, half 0. Messages bring nothing, but the
    # trait that shows who is who is only switched on by one. A learner that lets traits move
    # would find messages worth a fortune.
    rng = np.random.default_rng(0)
    n, weeks = 300, 12
    good = np.arange(n) % 2 == 0
    sent = rng.random((n, weeks)) < 0.5
    known = np.c_[np.zeros(n, dtype=bool), (np.cumsum(sent, axis=1) > 0)[:, :-1]]
    shows = (known | (np.arange(weeks) > 9)) & good[:, None]
    then = ((np.cumsum(sent, axis=1) > 0) | (np.arange(weeks) > 8)) & good[:, None]
    names = ("contact_pressure", "purchase_rate")
    zero = np.zeros(n * weeks)
    yes = np.ones((n * weeks, 1), dtype=bool)
    log = JourneyLog(
        np.repeat(np.arange(n), weeks),
        np.tile(np.arange(weeks), n),
        np.c_[zero, shows.ravel()].astype(float),
        yes,
        np.where(sent, 0, -1).ravel(),
        np.full((n * weeks, 2), 0.5),
        np.repeat(np.where(good, 10.0, 0.0), weeks),
        np.c_[zero, then.ravel()].astype(float),
        yes,
        np.zeros(n * weeks, dtype=bool),
    )
    policy = FittedQ(1, 0.9, explore=0.0, trees=SMALL, features=names)
    policy.learn(log)
    assert abs(policy.advantages(np.array([[0.0, 0.0]]))[0, 0]) < 2.0  # an eye's worth of 45


def test_rules_wait_as_long_as_they_say() -> None:
    seen = np.zeros((3, len(JOURNEY_FEATURES)))
    seen[:, JOURNEY_FEATURES.index("weeks_since_contact")] = [1, 2, 26]
    seen[:, JOURNEY_FEATURES.index("contact_pressure")] = [0.6, 0.36, 0.0]
    free, rng = np.ones((3, 2), dtype=bool), np.random.default_rng(0)
    assert JourneyRule(1, 2).choose(seen, free, rng).index.tolist() == [1, 1, 1]
    assert JourneyRule(1, 2, every=2).choose(seen, free, rng).index.tolist() == [-1, 1, 1]
    tired = JourneyRule(0, 2, most_pressure=0.3)
    assert tired.choose(seen, free, rng).index.tolist() == [-1, -1, 0]
    assert JourneyRule(-1, 2).choose(seen, free, rng).index.tolist() == [-1, -1, -1]


def test_exploration_is_shared_among_what_is_eligible_and_nothing() -> None:
    shares = softened(np.array([[1.0, 2.0, 3.0]]), np.array([[True, True, False]]), 0.3)
    assert shares[0] == pytest.approx([0.1, 0.8, 0.0, 0.1])


@pytest.mark.parametrize(
    ("field", "broken"),
    [
        ("reward", lambda log: np.full_like(log.reward, np.nan)),
        ("reward", lambda log: log.reward[:-1]),
        ("index", lambda log: np.full_like(log.index, 1)),
        ("index", lambda log: np.full_like(log.index, -2)),
        ("probabilities", lambda log: log.probabilities * 0.5),
        ("probabilities", lambda log: np.where(log.probabilities > 0, [[-1.0, 2.0]], 0.0)),
        ("eligible", lambda log: np.zeros_like(log.eligible)),
        ("week", lambda log: log.week[::-1].copy()),
        ("journey", lambda log: np.zeros_like(log.journey)),
        ("left", lambda log: np.ones_like(log.left)),
    ],
)
def test_a_log_that_cannot_be_right_is_refused_with_a_remedy(field: str, broken: object) -> None:
    log = toy_log(n=5, weeks=3)
    with pytest.raises(InvalidError):
        replace(log, **{field: broken(log)})


def test_a_log_that_never_tried_an_action_teaches_nothing_about_it() -> None:
    log = toy_log(n=20)
    never = replace(
        log,
        index=np.full_like(log.index, -1),
        probabilities=np.tile([0.0, 1.0], (log.index.size, 1)),
    )
    with pytest.raises(InvalidError, match="explores"):
        FittedQ(1, features=TIRED).learn(never)


@pytest.mark.parametrize(
    "make",
    [
        lambda: JourneyRule(3, actions=3),
        lambda: JourneyRule(0, actions=3, every=0),
        lambda: JourneyRule(0, actions=3, explore=1.5),
        lambda: JourneyRule(0, actions=3, features=("x",)),
        lambda: FittedQ(3, discount=1.0),
        lambda: FittedQ(3, iterations=0),
        lambda: MyopicBandit(3, discount=0.9),
        lambda: TabularQ(3, explore=-0.1),
        lambda: TreeSettings(rounds=0),
        lambda: TreeSettings(least=0.0),
    ],
)
def test_settings_out_of_range_are_invalid(make: object) -> None:
    with pytest.raises(InvalidError):
        make()


@pytest.mark.parametrize(
    "policy", [FittedQ(1, features=TIRED), TabularQ(1, features=JOURNEY_FEATURES)]
)
def test_a_policy_that_has_learnt_nothing_says_so(policy: FittedQ | TabularQ) -> None:
    seen = np.zeros((1, len(policy.features)))
    with pytest.raises(InvalidError, match="learn"):
        policy.probabilities(seen, np.ones((1, 1), dtype=bool))
    with pytest.raises(InvalidError, match="learn"):
        policy.to_parameters()
