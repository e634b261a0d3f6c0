"""Whoever was erased is nobody to real time, from that moment on."""

from __future__ import annotations

from datetime import timedelta

from promoloop.flows.privacy.records import Erasure, shopper_digest
from promoloop.flows.realtime.records import LiveRequest

from .conftest import NOON, LiveShop, MakeLive

SECOND = timedelta(seconds=1)


def asked(shop: LiveShop, who: str, request_id: str) -> tuple[str | None, tuple[str, ...]]:
    answer = shop.live.decide(LiveRequest(request_id, who, deadline_ms=5000), NOON + SECOND)
    return answer.decision_id, tuple(answer.reasons)


def decided_for(shop: LiveShop, who: str) -> int:
    return sum(one.shopper_id == who for one in shop.house.decisions.of_campaign("c1"))


def test_the_erased_are_unknown_and_nothing_is_stored_under_their_id(make_live: MakeLive) -> None:
    shop = make_live()
    who, other = shop.of_arm("random")[:2]
    asked(shop, who, "before")
    shop.live.forget(who)
    stored = decided_for(shop, who)
    stranger = asked(shop, "nobody-knows", "stranger")
    assert asked(shop, who, "after") == stranger
    assert asked(shop, who, "before") == stranger
    assert decided_for(shop, who) == stored
    asked(shop, other, "other")
    assert decided_for(shop, other) == 1


def test_an_erasure_by_another_process_is_seen_with_the_next_look(make_live: MakeLive) -> None:
    shop = make_live()
    who = shop.of_arm("random")[0]
    assert shop.house.erasures is not None
    digest = shopper_digest(who, shop.house.address_key)
    shop.house.erasures.begin(Erasure("e1", digest, NOON + SECOND))
    assert not shop.window.look(NOON + SECOND)
    assert asked(shop, who, "after") == asked(shop, "nobody-knows", "stranger")
    assert decided_for(shop, who) == 0


def test_what_is_read_later_holds_for_whoever_came_anew(make_live: MakeLive) -> None:
    shop = make_live()
    who = shop.of_arm("random")[0]
    shop.live.forget(who)
    assert shop.window.is_gone(who)
    shop.window.refresh(NOON + timedelta(minutes=5))
    assert not shop.window.is_gone(who)
