"""Words for the moment, written in the background."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

from promoloop.compose import ReviewPolicy, Writers
from promoloop.flows.realtime.fresh import FreshWords, Wanted
from promoloop.flows.realtime.live import Live
from promoloop.flows.realtime.records import Signal
from promoloop.flows.realtime.rules import LiveRules

from .conftest import NOON, LiveShop, MakeLive
from .test_live import asked

CELL = Wanted("coffee-25", "en-US", "onsite", "cart")


def words(shop: LiveShop, most: int = 32, read: str = "exceptions") -> FreshWords:
    """Templates stand in for a model."""
    return FreshWords(shop.house, lambda: nullcontext(Writers()), ReviewPolicy(read), most)


def test_the_queue_is_short_and_asks_for_a_cell_once(make_live: MakeLive) -> None:
    queue = words(make_live(), most=2)
    others = [replace_moment(one) for one in ("viewed", "weekend")]
    assert [queue.want(one, NOON) for one in (CELL, CELL, *others)] == [True, False, True, False]
    assert len(queue) == 2
    queue.write(NOON)
    assert (len(queue), queue.want(CELL, NOON + timedelta(hours=5))) == (0, False)
    assert queue.want(CELL, NOON + timedelta(hours=7))


def replace_moment(moment: str) -> Wanted:
    return CELL._replace(moment=moment)


def test_a_cart_asks_for_words_and_the_page_does_not_wait(make_live: MakeLive) -> None:
    shop = make_live(rules=LiveRules(hold=timedelta(0), caps=()))
    queue = words(shop)
    live = Live(shop.window, shop.signals, shop.house.live, time.monotonic, queue)
    shopper = shop.of_arm("bau")[0]
    live.decide(asked(shopper), NOON)
    assert len(queue) == 0
    shop.signals.saw([Signal(shopper, "Product Added", NOON, ("COFFEE",))])
    live.decide(asked(shopper, "r2"), NOON)
    assert len(queue) == 1


def test_what_is_written_is_used_once_it_is_approved(make_live: MakeLive) -> None:
    shop = make_live()
    cell = CELL._replace(moment="weekend")
    queue = words(shop)
    queue.want(cell, NOON)
    made = queue.write(NOON)
    assert made > 0
    fresh = [one for one in shop.house.copies.all() if one.moment == "weekend"]
    assert len(fresh) == made
    assert all(one.verdict.passed for one in fresh)
    shop.window.look(NOON + timedelta(seconds=10))
    keys = shop.window.shelves[0].view.copies
    approved = shop.house.reviews.standing_in("approved")
    assert {key.moment for key in keys} >= {"weekend"}
    assert all(one.copy_id in approved for one in fresh)


def test_what_a_person_must_read_first_is_not_shown(make_live: MakeLive) -> None:
    shop = make_live()
    queue = words(shop, read="all")
    queue.want(CELL._replace(moment="weekend"), NOON)
    assert queue.write(NOON) > 0
    shop.window.look(NOON + timedelta(seconds=10))
    assert "weekend" not in {key.moment for key in shop.window.shelves[0].view.copies}


def test_nothing_is_asked_for_unless_somebody_writes(make_live: MakeLive) -> None:
    shop = make_live()
    answer = shop.live.decide(replace(asked(shop.of_arm("bau")[0])), NOON)
    assert answer.copy is not None
