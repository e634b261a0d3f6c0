import numpy as np
import pytest

from promoloop.core import InvalidError, RefusedError
from promoloop.evaluate import Rules, Target, dr, ips, overlap, paired_difference, snips

RATES = np.array([0.1, 0.3, 0.6])  # mean reward of each action
LOGGED = np.array([0.6, 0.3, 0.1])
WANTED = np.array([0.1, 0.2, 0.7])
TRUTH = float(RATES @ WANTED)
MODEL = np.array([0.2, 0.2, 0.5])  # a poor outcome model


def log(rng, n=1_500):
    """A log of a world whose truth is known: actions and rewards of n rows."""
    action = rng.choice(3, n, p=LOGGED)
    return action, (rng.random(n) < RATES[action]).astype(float)


def answers(rng):
    action, reward = log(rng)
    given = reward, LOGGED[action], WANTED[action]
    model = MODEL[action], np.full(action.size, MODEL @ WANTED)
    return ips(*given), snips(*given), dr(*given, *model)


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(0)
    found = [answers(rng) for _ in range(400)]
    covered = np.array([[e.low <= TRUTH <= e.high for e in row] for row in found]).mean(axis=0)
    # 95 % +- four standard errors of a share over 400 worlds would be 4.4 points.
    assert (np.abs(covered - 0.95) <= 0.03).all(), covered


def test_a_model_narrows_the_interval():
    plain, _, robust = answers(np.random.default_rng(1))
    assert robust.high - robust.low < plain.high - plain.low


def test_judging_the_logging_policy_gives_back_the_mean():
    action, reward = log(np.random.default_rng(2))
    found = snips(reward, LOGGED[action], LOGGED[action])
    assert found.value == pytest.approx(reward.mean())
    assert found.effective_n == pytest.approx(reward.size)


def test_a_small_case_by_hand():
    # Weights 2 and 0.5: IPS (2 * 1 + 0.5 * 3) / 2 = 1.75, SNIPS 3.5 / 2.5 = 1.4,
    # DR with q_logged 1 and q_target 2: (2 + 2 * 0 + 2 + 0.5 * 2) / 2 = 2.5.
    given = [1.0, 3.0], [0.25, 0.5], [0.5, 0.25]
    few = Rules(rows=2)
    assert ips(*given, rules=few).value == pytest.approx(1.75)
    assert snips(*given, rules=few).value == pytest.approx(1.4)
    assert dr(*given, [1.0, 1.0], [2.0, 2.0], rules=few).value == pytest.approx(2.5)
    assert overlap(given[1], given[2]).effective_n == pytest.approx(2.5**2 / 4.25)


def test_the_difference_of_two_policies_is_narrower_than_their_two_intervals():
    action, reward = log(np.random.default_rng(3))
    near = WANTED + np.array([0.05, 0.0, -0.05])
    one, two = (Target(p[action], np.full(action.size, MODEL @ p)) for p in (WANTED, near))
    found = paired_difference(reward, LOGGED[action], MODEL[action], one, two)
    alone = dr(reward, LOGGED[action], WANTED[action], MODEL[action], one.q)
    assert found.low <= float(RATES @ (WANTED - near)) <= found.high
    assert found.high - found.low < alone.high - alone.low


def test_the_difference_of_a_policy_from_itself_is_zero():
    action, reward = log(np.random.default_rng(4))
    same = Target(WANTED[action], MODEL[action])
    found = paired_difference(reward, LOGGED[action], MODEL[action], same, same)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_a_log_that_hardly_covers_the_policy_cannot_answer():
    target = np.zeros(1_000)
    target[:5] = 1.0
    with pytest.raises(RefusedError, match=r"0\.50% of the log"):
        ips(np.ones(1_000), np.full(1_000, 0.5), target)


def test_a_policy_the_log_never_tried_cannot_be_judged():
    with pytest.raises(RefusedError):
        ips(np.ones(10), np.full(10, 0.5), np.zeros(10))


@pytest.mark.parametrize("propensity", [[0.5, np.nan], [0.5, 0.0], [0.5, 1.2], [0.5, -0.1]])
def test_propensities_that_cannot_be_are_refused(propensity):
    with pytest.raises(RefusedError, match="propensit"):
        ips([1.0, 0.0], propensity, [0.5, 0.5])


@pytest.mark.parametrize(
    ("rewards", "target"),
    [([1.0, np.nan], [0.5, 0.5]), ([1.0], [0.5, 0.5]), ([1.0, 0.0], [0.5, 1.5])],
)
def test_bad_input_is_named(rewards, target):
    with pytest.raises(InvalidError):
        ips(rewards, [0.5, 0.5], target)
