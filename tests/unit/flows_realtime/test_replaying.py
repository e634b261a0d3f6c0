"""Decisions of real time are made again from the log; what was tampered with is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promoloop.core import InvalidError
from promoloop.decide import ARMS, Decision
from promoloop.flows.house import House
from promoloop.flows.realtime.records import LiveRequest
from promoloop.flows.realtime.replaying import replay_any
from promoloop.offers import Caps
from promoloop.testing import MemoryDecisions

from .conftest import CAMPAIGN, COFFEE, NOON, PIZZA, LiveShop, MakeLive


def decided(shop: LiveShop, arm: str) -> list[Decision]:
    """What twelve shoppers of the arm were shown."""
    for shopper in shop.of_arm(arm)[:12]:
        shop.live.decide(LiveRequest(f"r-{shopper}", shopper, "banner"), NOON)
    return [one for one in shop.house.decisions.of_campaign("c1") if one.arm == arm]


def tampered(shop: LiveShop, decision: Decision, **changes: object) -> House:
    """The house after somebody wrote something else into the log."""
    log = MemoryDecisions()
    log.append([replace(decision, **changes)])
    return replace(shop.house, decisions=log)


@pytest.mark.parametrize("arm", ARMS)
def test_every_live_decision_of_every_arm_comes_out_the_same(make_live: MakeLive, arm: str) -> None:
    shop = make_live()
    made = decided(shop, arm)
    assert len(made) == 12
    for decision in made:
        again = replay_any(shop.house, decision.decision_id)
        assert again.same, again.differences
        assert again.action == decision.action
        assert again.propensity == pytest.approx(decision.propensity, rel=1e-12)
        assert again.text("en-US").startswith("Made again: arm, probabilities and draw are as they")
        assert again.text("zh-CN").startswith("重放一致：分组、概率和抽取结果与日志相同")


def test_a_draw_from_what_could_still_be_paid_comes_out_the_same(make_live: MakeLive) -> None:
    """One unit of coffee: whoever comes after it is gone is drawn for from what is left."""
    shop = make_live(CAMPAIGN, replace(COFFEE, caps=Caps(total=1)), PIZZA)
    made = [*decided(shop, "random"), *decided(shop, "policy")]
    assert any("stock_exhausted" in one.reasons for one in made)
    assert all(replay_any(shop.house, one.decision_id).same for one in made)


@pytest.mark.parametrize(
    ("arm", "changes", "field"),
    [
        ("policy", {"propensity": 0.5}, "propensity"),
        ("policy", {"arm": "random"}, "arm"),
        ("policy", {"seed": 12}, "action"),
        ("random", {"action": "coffee-25/email/9/z"}, "action"),
    ],
)
def test_a_log_that_was_tampered_with_is_told(
    make_live: MakeLive, arm: str, changes: dict[str, object], field: str
) -> None:
    shop = make_live()
    told = []
    for decision in decided(shop, arm):
        again = replay_any(tampered(shop, decision, **changes), decision.decision_id)
        told += [one.field for one in again.differences]
    assert field in told


def test_a_campaign_that_was_changed_since_does_not_pass_for_the_same(make_live: MakeLive) -> None:
    shop = make_live()
    made = decided(shop, "policy")
    shop.house.campaigns.put(replace(CAMPAIGN, floor=0.1))
    assert not all(replay_any(shop.house, one.decision_id).same for one in made)


def test_a_live_decision_whose_options_are_lost_is_named(make_live: MakeLive) -> None:
    shop = make_live()
    (decision, *_) = decided(shop, "policy")
    with pytest.raises(InvalidError, match=decision.decision_id):
        replay_any(tampered(shop, decision, weighed=()), decision.decision_id)


def test_a_decision_for_somebody_who_was_erased_is_not_said_to_be_tampered_with(
    make_live: MakeLive,
) -> None:
    shop = make_live()
    (decision, *_) = decided(shop, "policy")
    house = tampered(shop, decision, shopper_id="erased-070c46c0a6")
    with pytest.raises(InvalidError, match="erased"):
        replay_any(house, decision.decision_id)
