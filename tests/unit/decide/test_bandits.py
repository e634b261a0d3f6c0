import json

import numpy as np
import pytest
from scipy.optimize import brentq

from promoloop.core import InvalidError
from promoloop.decide import (
    ActionSet,
    Crosses,
    EpsilonGreedy,
    InverseGap,
    LinearReward,
    LogisticReward,
    PooledBandit,
    Thompson,
    Uniform,
    described_actions,
)
from promoloop.respond import Action

KEYS = ("a", "b", "c")
TRAITS = np.array([[0.5], [-1.0], [0.0]])
# The prior of docs/math/bandits.md.
OWN, OWN_CONSTANT, SHARED, SHARED_CONSTANT = 0.04, 0.1, 0.03, 1.0


def linear(discount=1.0, width=1):
    return PooledBandit(Crosses(2), LinearReward(), Uniform(), width, discount)


def data(seed, m):
    rng = np.random.default_rng(seed)
    keys = rng.choice(KEYS[:2], m)
    return rng.standard_normal((m, 2)), keys, rng.standard_normal(m)


def joint_posterior(contexts, keys, rewards):
    """Mean and covariance of all θ_a by one dense Gaussian system over (M, δ)."""
    d, k, q = 3, 3, 2
    prior = np.concatenate(
        [np.tile([SHARED_CONSTANT, SHARED, SHARED], q), np.tile([OWN_CONSTANT, OWN, OWN], k)]
    )
    score = np.zeros((k * d, (q + k) * d))  # θ as a function of (M, δ)
    for a in range(k):
        for i in range(d):
            score[a * d + i, i] = 1.0
            score[a * d + i, d + i] = TRAITS[a, 0]
            score[a * d + i, (q + a) * d + i] = 1.0
    x = np.column_stack([np.ones(len(contexts)), contexts])
    rows = np.zeros((len(x), k * d))
    for r, key in enumerate(keys):
        a = KEYS.index(key)
        rows[r, a * d : (a + 1) * d] = x[r]
    design = rows @ score
    covariance = np.linalg.inv(np.diag(1 / prior) + design.T @ design)
    mean = covariance @ design.T @ rewards
    return score @ mean


def scored(bandit, contexts, actions=None):
    return bandit.scores(contexts, actions or ActionSet(KEYS, TRAITS))


def test_scores_are_those_of_the_joint_gaussian_posterior():
    contexts, keys, rewards = data(0, 60)
    bandit = linear()
    bandit.introduce(ActionSet(KEYS, TRAITS))
    bandit.learn(contexts, keys, rewards, np.full(60, 0.5))
    fresh, theta = data(1, 5)[0], joint_posterior(contexts, keys, rewards).reshape(3, 3)
    expected = np.column_stack([np.ones(5), fresh]) @ theta.T
    np.testing.assert_allclose(scored(bandit, fresh).centre, expected, rtol=1e-9, atol=1e-12)


def test_outcomes_one_by_one_say_what_they_say_together():
    contexts, keys, rewards = data(2, 60)
    together, single = linear(), linear()
    for bandit in (together, single):
        bandit.introduce(ActionSet(KEYS, TRAITS))
    together.learn(contexts, keys, rewards, np.ones(60))
    for row in reversed(range(60)):
        single.learn(contexts[[row]], keys[[row]], rewards[[row]], [1.0])
    # What one arm tells the others waits for a refresh: ask for one by a new action.
    wider = ActionSet((*KEYS, "d"), np.vstack([TRAITS, [[1.0]]]))
    first, second = (scored(bandit, contexts[:5], wider) for bandit in (together, single))
    np.testing.assert_allclose(first.centre, second.centre, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(first.sd, second.sd, rtol=1e-5)


def test_a_lone_outcome_moves_its_own_arm_as_bayes_says():
    # Prior sd² of the score at x = 0: .1; noise 1; so the gain is .1 / 1.1 of the surprise, 2.
    bandit = PooledBandit(Crosses(1), LinearReward(), Uniform())
    bandit.introduce(ActionSet(("a", "b")))
    for part in ([0.0] * 40, [1.0] * 1):
        bandit.learn(np.zeros((len(part), 1)), ["b"] * len(part), part, np.ones(len(part)))
    before = scored(bandit, [[0.0]], ActionSet(("a", "b"))).centre[0, 0]
    bandit.learn([[0.0]], ["a"], [before + 2.0], [1.0])
    after = scored(bandit, [[0.0]], ActionSet(("a", "b"))).centre[0, 0]
    assert after - before == pytest.approx(2 * 0.1 / 1.1, rel=1e-9)


def test_an_outcome_of_weight_three_is_three_outcomes():
    contexts, keys, rewards = data(3, 40)
    weighed, repeated = linear(), linear()
    for bandit in (weighed, repeated):
        bandit.introduce(ActionSet(KEYS, TRAITS))
    weighed.learn(contexts, keys, rewards, np.ones(40), np.full(40, 3.0))
    repeated.learn(
        *(np.repeat(part, 3, axis=0) for part in (contexts, keys, rewards)), np.ones(120)
    )
    first, second = (scored(bandit, contexts[:5]) for bandit in (weighed, repeated))
    np.testing.assert_allclose(first.centre, second.centre, rtol=1e-9)


def simulated(seed, rounds, theta, crosses, bandit, actions):
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        contexts = rng.standard_normal((200, crosses.width))
        index = rng.integers(0, len(actions.keys), 200)
        odds = 1 / (1 + np.exp(-(crosses.expanded(contexts) * theta[index]).sum(axis=1)))
        bandit.learn(contexts, actions.taken(index), rng.random(200) < odds, np.full(200, 0.1))


def test_the_truth_of_a_simulated_world_is_found():
    rng = np.random.default_rng(4)
    crosses = Crosses(3, [(0, 1)])
    theta = np.array([-1.0, 0.5, 0.0, -0.5, 0.6]) + rng.normal(0, 0.3, (6, 5))
    bandit = PooledBandit(crosses, LogisticReward(0.2))
    actions = ActionSet(tuple("abcdef"))
    bandit.introduce(actions)
    simulated(5, 150, theta, crosses, bandit, actions)
    contexts = rng.standard_normal((500, 3))
    scores = bandit.scores(contexts, actions)
    error = scores.centre - crosses.expanded(contexts) @ theta.T
    assert np.sqrt((error**2).mean()) < 0.12
    # The stated uncertainty is that of the error, within a quarter.
    assert np.sqrt((error**2).mean() / (scores.sd**2).mean()) == pytest.approx(1.0, abs=0.25)


def test_many_outcomes_at_once_far_from_the_prior_do_not_overshoot():
    # 150 of 200 clicked where .05 were expected: the odds come near log(3), never beyond.
    bandit = PooledBandit(Crosses(1), LogisticReward(0.05), Uniform())
    bandit.introduce(ActionSet(("a",)))
    bandit.learn(np.zeros((200, 1)), ["a"] * 200, np.arange(200) % 4 > 0, np.ones(200))
    assert bandit.scores([[0.0]], ActionSet(("a",))).expected()[0, 0] == pytest.approx(
        0.73, abs=0.03
    )


def test_one_outcome_settles_at_the_most_probable_score():
    # The root of y - p(s) = (s - m) / v, by bisection.
    reward, m, v = LogisticReward(), -3.0, 4.0
    information, target = reward.settled(m, v, 1.0, 1.0)
    rest = (target * information + m / v) / (information + 1 / v)
    root = brentq(lambda s: 1 - 1 / (1 + np.exp(-s)) - (s - m) / v, -5, 5)
    assert rest == pytest.approx(root, abs=0.01)


def test_features_in_which_actions_do_not_differ_are_found_out():
    rng = np.random.default_rng(6)
    crosses, actions = Crosses(4), ActionSet(tuple("abcdefghij"))
    theta = np.tile([-1.0, 0.5, 0.5, 0.5, 0.5], (10, 1))
    theta[:, 1:3] += rng.normal(0, 0.5, (10, 2))
    bandit = PooledBandit(crosses, LogisticReward(0.2))
    bandit.introduce(actions)
    simulated(7, 150, theta, crosses, bandit, actions)
    own = bandit.arms.pool.own
    assert own[1:3].min() > 5 * own[3:].max()


def test_an_unseen_action_is_scored_from_its_features():
    # Effects grow with depth, in standard units; a depth of 1.8 was never tried.
    depth = np.linspace(-1.5, 1.5, 12)
    crosses, actions = Crosses(4), ActionSet(tuple("abcdefghijkl"), depth[:, None])
    theta = np.column_stack([-1 + 0.6 * depth, *[0.4 * depth] * 4])
    bandit = PooledBandit(crosses, LogisticReward(0.2), width=1)
    bandit.introduce(actions)
    simulated(8, 100, theta, crosses, bandit, actions)
    scores = bandit.scores(np.ones((1, 4)), ActionSet(("new", "a"), np.array([[1.8], [-1.5]])))
    truth = np.array([-1 + 0.6 * 1.8 + 4 * 0.4 * 1.8, -1 - 0.6 * 1.5 - 4 * 0.4 * 1.5])
    assert (np.abs(scores.centre[0] - truth) < 3 * scores.sd[0]).all()
    assert scores.centre[0, 0] == pytest.approx(truth[0], abs=0.5)


def test_drift_is_followed_when_the_past_is_discounted():
    crosses, actions = Crosses(1), ActionSet(("a", "b"))
    errors = []
    for discount in (1.0, 0.999):
        bandit = PooledBandit(crosses, LogisticReward(0.3), discount=discount)
        bandit.introduce(actions)
        simulated(9, 60, np.array([[-1.0, 1.0], [0.0, 0.0]]), crosses, bandit, actions)
        simulated(10, 25, np.array([[-1.0, -1.0], [0.0, 0.0]]), crosses, bandit, actions)
        errors.append(abs(bandit.scores([[1.0]], actions).centre[0, 0] + 2.0))
    assert errors[1] < 0.5 < errors[0]


def test_discounting_one_by_one_is_discounting():
    # 30 outcomes of 1 at a constant context, discount g: information (1 - g^30) / (1 - g).
    bandit = PooledBandit(Crosses(1), LinearReward(), Uniform(), discount=0.9)
    bandit.introduce(ActionSet(("a",)))
    for _ in range(30):
        bandit.learn([[0.0]], ["a"], [1.0], [1.0])
    bandit.introduce(ActionSet(("b",)))  # refreshes
    known = (1 - 0.9**30) / (1 - 0.9)
    sd = bandit.scores([[0.0]], ActionSet(("a",))).sd[0, 0]
    assert sd**2 == pytest.approx(1 / (1 / OWN_CONSTANT + known), rel=1e-9)
    assert bandit.arms.seen == pytest.approx(known)


def test_nothing_is_an_action_where_it_is_wanted():
    bandit = PooledBandit(Crosses(1), LogisticReward(), Uniform())
    actions = ActionSet(("a", "nothing"))
    choices = bandit.choose(np.zeros((200, 1)), actions, np.random.default_rng(0))
    assert set(choices.index.tolist()) == {0, -1}
    bandit.learn(
        np.zeros((200, 1)), actions.taken(choices.index), choices.index >= 0, choices.propensity
    )
    means = bandit.scores([[0.0]], actions).expected()[0]
    assert means[0] > 0.5 > means[1]


def test_more_rows_than_are_scored_at_once_get_the_same_distributions():
    bandit = linear()
    contexts, actions = data(11, 2500)[0], ActionSet(KEYS, TRAITS)
    bandit.explore = Thompson(0.01)
    whole = bandit.choose(contexts, actions, np.random.default_rng(0)).probabilities
    parts = [
        bandit.choose(contexts[start : start + 500], actions, np.random.default_rng(0))
        for start in range(0, 2500, 500)
    ]
    np.testing.assert_allclose(whole, np.vstack([p.probabilities for p in parts]), rtol=1e-5)


def test_part_of_the_known_actions_can_be_offered_in_any_order():
    bandit = linear()
    contexts, keys, rewards = data(12, 80)
    bandit.introduce(ActionSet(KEYS, TRAITS))
    bandit.learn(contexts, keys, rewards, np.ones(80))
    whole = scored(bandit, contexts).centre
    some = scored(bandit, contexts, ActionSet(("c", "a"), TRAITS[[2, 0]])).centre
    np.testing.assert_allclose(some, whole[:, [2, 0]], rtol=1e-12)


@pytest.mark.parametrize(
    "explore", [InverseGap(0.01, 3.0, 0.4, 1.0), Thompson(0.02, 0.5, 16), EpsilonGreedy(0.1)]
)
@pytest.mark.parametrize("reward", [LogisticReward(0.1), LinearReward(3.0, 2.0)])
def test_settings_survive_being_saved(explore, reward):
    bandit = PooledBandit(Crosses(2, [(0, 1)]), reward, explore, 1, 0.99)
    text = json.dumps(bandit.to_parameters())
    assert PooledBandit.from_parameters(json.loads(text)).to_parameters() == json.loads(text)


@pytest.mark.parametrize(
    ("keys", "features", "eligible", "case"),
    [
        ((), None, None, "0 actions"),
        (("a", "a"), None, None, "unique"),
        (("nothing", "a"), None, None, "last"),
        (("a", "b"), np.zeros((1, 2)), None, "shape"),
        (("a",), np.array([[np.nan]]), None, "finite"),
        (("a", "b"), None, np.ones((3, 1), bool), "eligible"),
        (("a",), None, np.ones((3, 1)), "booleans"),
    ],
)
def test_action_sets_that_make_no_sense_are_refused(keys, features, eligible, case):
    with pytest.raises(InvalidError, match=case):
        ActionSet(keys, features, eligible)


@pytest.mark.parametrize(
    ("action", "offers"),
    [
        (Action("tea", "push", 6, "a"), {"tea": [0.1]}),
        (Action("tea", "sms", 6, "a"), {"coffee": [0.1]}),
    ],
)
def test_an_action_that_cannot_be_described_is_named(action, offers):
    with pytest.raises(InvalidError, match=action.key):
        described_actions([action], offers, ["email", "sms"])


def test_described_actions_share_what_they_have_in_common():
    made = [Action("tea", "email", 0, "a"), Action("tea", "email", 12, "b")]
    actions = described_actions(made, {"tea": [0.3]}, ["email"], nothing=True)
    assert actions.keys == ("tea/email/0/a", "tea/email/12/b", "nothing")
    np.testing.assert_allclose(actions.features, [[0.3, 1, 0], [0.3, -1, 0], [0, 0, 0]], atol=1e-12)


@pytest.mark.parametrize("size", [1e16, -1e300])
def test_contexts_of_absurd_size_are_refused(size):
    with pytest.raises(InvalidError, match="unit size"):
        linear().choose([[size, 0.0]], ActionSet(("a",), TRAITS[:1]), np.random.default_rng(0))


def test_the_same_keys_with_other_features_are_refused():
    bandit = linear()
    bandit.choose(np.zeros((1, 2)), ActionSet(KEYS, TRAITS), np.random.default_rng(0))
    with pytest.raises(InvalidError, match="'a'"):
        bandit.choose(np.zeros((1, 2)), ActionSet(KEYS, TRAITS + 1), np.random.default_rng(0))


@pytest.mark.parametrize("index", [[2], [-1]])
def test_a_column_that_is_not_there_is_refused(index):
    with pytest.raises(InvalidError, match="2 actions"):
        ActionSet(("a", "b")).taken(index)


def test_actions_of_another_width_are_refused():
    with pytest.raises(InvalidError, match="1 features"):
        PooledBandit(Crosses(1)).introduce(ActionSet(("a",), np.zeros((1, 1))))


@pytest.mark.parametrize(
    "build",
    [
        lambda: PooledBandit(Crosses(1), discount=0.0),
        lambda: PooledBandit(Crosses(1), width=-1),
        lambda: Crosses(0),
        lambda: Crosses(2, [(0, 2)]),
        lambda: LogisticReward(1.0),
        lambda: LinearReward(scale=0.0),
    ],
)
def test_settings_that_make_no_sense_are_refused(build):
    with pytest.raises(InvalidError):
        build()


def test_money_is_no_reward_of_a_logistic_model():
    bandit = PooledBandit(Crosses(1))
    bandit.introduce(ActionSet(("a",)))
    with pytest.raises(InvalidError, match="LinearReward"):
        bandit.learn([[0.0]], ["a"], [12.5], [1.0])
