import numpy as np
import pytest

from promoloop.core import InvalidError, RefusedError
from promoloop.evaluate import judge_targeting, pooled_payments

ODDS = np.array([0.4, 0.3, 0.3])


def log(seed, gain, n=6_000):
    """Rows of a randomised log: x, arm, its odds, net outcome; ``gain(x)`` is (n, 2)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    arm = rng.choice(3, n, p=ODDS)
    net = np.column_stack([np.zeros(n), gain(x)])[np.arange(n), arm] + rng.normal(size=n)
    return x, arm, ODDS[arm], net


def crossing(x):
    """Arm 1 is for those above zero, arm 2 for those below."""
    return np.column_stack([np.sign(x), -np.sign(x)])


def steady(x):
    """Arm 2 is best for everybody."""
    return np.tile([0.3, 0.6], (x.size, 1))


def useless(x):
    """No arm does anything."""
    return np.zeros((x.size, 2))


def judged(seed, gain, plan, **more):
    x, arm, odds, net = log(seed, gain)
    return judge_targeting(net, arm, odds, plan(x), np.zeros((x.size, 3)), **more)


def by_sign(x):
    return np.where(x > 0, 1, 2)


def test_a_plan_that_beats_every_arm_for_all_is_recommended():
    found = judged(0, crossing, by_sign)
    assert (found.verdict, found.arm) == ("personalise", 0)
    assert found.plan.low < 1.0 < found.plan.high  # everybody gains 1
    assert found.advantage.value == pytest.approx(1.0, abs=0.1)  # static arms gain 0 on average
    assert found.choice(by_sign(np.array([1.0, -1.0]))).tolist() == [1, 2]


def test_a_plan_that_is_no_better_than_one_arm_is_not():
    found = judged(1, steady, by_sign)
    assert (found.verdict, found.arm, found.proved) == ("one_for_all", 2, True)
    assert found.best_static == 2
    assert found.advantage.value < 0
    assert found.static[0].low < 0.3 < found.static[0].high
    assert found.choice(np.array([1, 2, 0])).tolist() == [2, 2, 2]


def costly(x):
    """Every arm costs more than it brings."""
    return np.tile([-0.2, -0.1], (x.size, 1))


def test_arms_that_cost_more_than_they_bring_are_not_sent():
    found = judged(2, costly, by_sign)
    assert (found.verdict, found.proved) == ("nothing", False)
    assert found.choice(np.array([1, 2])).tolist() == [0, 0]


def test_chance_alone_seldom_proves_anything():
    found = [judged(seed, useless, by_sign) for seed in range(100, 200)]
    # Arms err at 2.5 % together, the plan hardly ever: three arms to beat.
    assert sum(one.proved for one in found) <= 7
    assert [one.verdict for one in found].count("personalise") <= 2


def test_a_prudent_judge_sends_only_what_was_shown_to_earn():
    doubtful = [judged(seed, useless, by_sign) for seed in range(100, 110)]
    sent = [one.verdict == "one_for_all" for one in doubtful]
    assert any(sent)
    assert not all(sent)
    prudent = [judged(seed, useless, by_sign, prudent=True).verdict for seed in range(100, 110)]
    assert prudent.count("nothing") >= 9
    assert judged(1, steady, by_sign, prudent=True).arm == 2


def test_a_plan_that_is_one_arm_for_all_has_no_advantage_over_it():
    found = judged(3, steady, lambda x: np.full(x.size, 2))
    assert (found.advantage.value, found.advantage.low) == (0.0, 0.0)
    assert found.verdict == "one_for_all"


def test_a_good_outcome_model_narrows_the_interval():
    x, arm, odds, net = log(4, crossing)
    truth = np.column_stack([np.zeros(x.size), crossing(x)])
    plain, helped = (
        judge_targeting(net, arm, odds, by_sign(x), model).plan for model in (0 * truth, truth)
    )
    assert helped.high - helped.low < 0.95 * (plain.high - plain.low)


def test_a_plan_the_log_never_tried_is_refused():
    x, arm, odds, net = log(5, steady)
    rows = arm != 2
    with pytest.raises(RefusedError):
        judge_targeting(
            net[rows], arm[rows], odds[rows], by_sign(x[rows]), np.zeros((sum(rows), 3))
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"plan": np.full(6_000, 3)}, "whole numbers from 0 to 2"),
        ({"arm": np.full(6_000, -1)}, "whole numbers from 0 to 2"),
        ({"net": np.full(6_000, np.nan)}, "NaN"),
        ({"expected": np.zeros((10, 3))}, "not of the same rows"),
        ({"level": 0.0}, "level"),
    ],
)
def test_bad_logs_are_named(change, said):
    x, arm, odds, net = log(6, steady)
    good = {"net": net, "arm": arm, "odds": odds, "plan": by_sign(x)}
    with pytest.raises(InvalidError) as caught:
        judge_targeting(**{**good, "expected": np.zeros((x.size, 3)), **change})
    assert said in str(caught.value)


def test_steadier_evidence_chooses_between_arms_that_the_log_cannot_tell_apart():
    found = judged(100, lambda x: np.tile([0.30, 0.31], (x.size, 1)), by_sign)
    other = 3 - found.arm
    worth = np.where(np.arange(3) == other, 0.4, 0.2)
    x, arm, odds, net = log(100, lambda x: np.tile([0.30, 0.31], (x.size, 1)))
    swayed = judge_targeting(net, arm, odds, by_sign(x), np.zeros((x.size, 3)), worth=worth)
    assert swayed.arm == other


def test_steadier_evidence_does_not_overrule_what_the_log_shows():
    x, arm, odds, net = log(1, steady)
    wrong = [0.0, 9.0, 0.1]
    found = judge_targeting(net, arm, odds, by_sign(x), np.zeros((x.size, 3)), worth=wrong)
    assert found.arm == 2


def test_payments_are_pooled_as_far_as_chance_explains_their_differences():
    rng = np.random.default_rng(7)
    arm = rng.integers(0, 2, 40_000)
    pays = rng.random(40_000) < np.where(arm == 1, 0.02, 0.01)
    size = rng.lognormal(4.0, 1.0, 40_000)
    odds = np.full(40_000, 0.5)
    same = pooled_payments(pays * size, arm, odds, 2)
    # One mean payment for both: the ratio is that of the shares of payers.
    shares = [pays[arm == one].mean() for one in (0, 1)]
    assert same[1] / same[0] == pytest.approx(shares[1] / shares[0], rel=0.05)
    large = pooled_payments(pays * size * np.where(arm == 1, 5.0, 1.0), arm, odds, 2)
    plain = [(pays * size * (5.0 if one else 1.0))[arm == one].mean() for one in (0, 1)]
    assert np.allclose(large, plain, rtol=0.1)


def test_payments_that_cannot_be_pooled_are_named():
    for paid in ([-1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0]):
        with pytest.raises(InvalidError, match="two payers"):
            pooled_payments(paid, [0, 0, 1, 1], [0.5] * 4, 2)
