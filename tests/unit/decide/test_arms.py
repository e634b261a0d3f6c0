import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.decide import GlobalHoldout, assign_arm, assign_arms, held_out

SHARES = {"policy": 0.5, "random": 0.2, "bau": 0.2, "holdout": 0.1}
UNITS = [f"shopper-{number}" for number in range(20_000)]


def test_the_arm_is_the_same_for_ever_and_in_any_company():
    alone = [assign_arm(unit, "salt", SHARES) for unit in UNITS[:50]]
    assert alone == list(assign_arms(UNITS, "salt", SHARES)[:50])


def test_the_order_in_which_shares_are_written_moves_nobody():
    turned = dict(reversed(SHARES.items()))
    assert assign_arms(UNITS[:500], "salt", SHARES) == assign_arms(UNITS[:500], "salt", turned)


def test_arms_are_as_large_as_their_shares():
    arms = assign_arms(UNITS, "salt", SHARES)
    # Four standard errors of a binomial share with n = 20,000.
    for arm, share in SHARES.items():
        assert arms.count(arm) / len(arms) == pytest.approx(share, abs=0.0142)


def test_another_salt_deals_the_shoppers_anew():
    first, second = (assign_arms(UNITS, salt, SHARES) for salt in ("one", "two"))
    same = sum(a == b for a, b in zip(first, second, strict=True)) / len(UNITS)
    assert same == pytest.approx(0.34, abs=0.015)  # the sum of the squared shares


def test_an_arm_without_a_share_gets_nobody():
    assert set(assign_arms(UNITS, "salt", {"policy": 0.0, "bau": 1.0})) == {"bau"}


@pytest.mark.parametrize(
    "shares", [{"policy": 0.9}, {"policy": 0.5, "treated": 0.5}, {"policy": 1.5, "bau": -0.5}, {}]
)
def test_shares_that_make_no_sense_are_refused(shares):
    with pytest.raises(InvalidError):
        assign_arm("shopper-1", "salt", shares)


def test_the_global_holdout_deals_independently_of_every_campaign():
    out = np.array(held_out(UNITS, GlobalHoldout(0.2, "salt")))
    assert out.mean() == pytest.approx(0.2, abs=0.01)
    policy = np.array(assign_arms(UNITS, "salt", SHARES)) == "policy"
    assert policy[out].mean() == pytest.approx(0.5, abs=0.03)


def test_another_salt_holds_others_out():
    one, other = (np.array(held_out(UNITS, GlobalHoldout(0.2, salt))) for salt in ("a", "b"))
    assert (one & other).mean() == pytest.approx(0.04, abs=0.01)


@pytest.mark.parametrize("wrong", [{"share": 1.0}, {"share": -0.1}, {"share": 0.1, "salt": ""}])
def test_a_holdout_that_cannot_be_is_refused(wrong):
    with pytest.raises(InvalidError):
        GlobalHoldout(**wrong)
