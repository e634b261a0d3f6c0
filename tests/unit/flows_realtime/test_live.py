"""Deciding for one shopper at a time."""

from __future__ import annotations

from promoloop.flows.realtime.records import LiveRequest

from .conftest import NOON, MakeLive


def asked(shopper_id: str, request_id: str = "r1", **more: object) -> LiveRequest:
    return LiveRequest(request_id, shopper_id, deadline_ms=10_000, **more)


def test_a_holdout_shopper_is_shown_nothing_and_it_is_logged(make_live: MakeLive) -> None:
    shop = make_live()
    answer = shop.live.decide(asked(shop.of_arm("holdout")[0]), NOON)
    assert (answer.action, answer.propensity, answer.fallback) == ("nothing", 1.0, "holdout")
    assert shop.house.decisions.get(answer.decision_id).arm == "holdout"
