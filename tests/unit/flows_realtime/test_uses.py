"""What the till redeems is seen where campaigns are measured and taught, and taken back there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from promoloop.backends.sql import State
from promoloop.core import RefusedError
from promoloop.feedback import Outcome
from promoloop.flows.books.outcomes import collect_outcomes
from promoloop.flows.books.settling import has_late, settle_week
from promoloop.flows.house import House
from promoloop.flows.measuring.results import reactions
from promoloop.flows.privacy.records import Person, shopper_digest
from promoloop.flows.realtime.redeem import Till
from promoloop.offers import Caps
from promoloop.simulate import SimulatedShop

from .conftest import (
    CAMPAIGN,
    COFFEE,
    NOON,
    PIZZA,
    START,
    WEEK,
    LiveShop,
    MakeLive,
    opened,
    stocked,
)
from .test_live import shown_to
from .test_redeem import money, use

SOON = NOON + timedelta(hours=1)
OVER = START + WEEK + timedelta(days=1)


def redeemed(shop: LiveShop) -> list[Outcome]:
    every = shop.house.outcomes.between(START, START + 10 * WEEK)
    return [one for one in every if one.kind == "redeemed"]


def test_a_use_at_the_till_is_an_outcome_of_its_promise_once(make_live: MakeLive) -> None:
    shop = make_live()
    till, shopper = Till(shop.window), shown_to(shop, "bau")
    (made,) = shop.house.decisions.of_shopper(shopper)
    till.redeem(use(shopper), SOON)
    till.redeem(use(shopper), SOON)
    (told,) = redeemed(shop)
    assert (told.decision_id, told.shopper_id, told.group) == (made.decision_id, shopper, "COFFEE")
    assert (told.discount_minor, told.at, told.source) == (250, SOON, "real")
    assert reactions(shop.house, [made], START, OVER)["redeemed"] == 1


def test_a_use_that_is_rolled_back_is_no_outcome_and_may_come_again(make_live: MakeLive) -> None:
    shop = make_live()
    till, shopper = Till(shop.window), shown_to(shop, "bau")
    till.redeem(use(shopper), SOON)
    till.roll_back("k1", SOON)
    assert redeemed(shop) == []
    till.redeem(use(shopper, "k2"), SOON)
    assert [one.discount_minor for one in redeemed(shop)] == [250]


def test_an_outcome_that_a_crash_kept_back_is_written_by_the_next_reading(
    make_live: MakeLive,
) -> None:
    shop = make_live()
    till, shopper = Till(shop.window), shown_to(shop, "bau")
    till.redeem(use(shopper), SOON)
    (told,) = redeemed(shop)
    shop.house.outcomes.take_back([told.outcome_id])
    assert collect_outcomes(shop.house, CAMPAIGN, OVER).redeemed == 1
    assert redeemed(shop) == [told]
    kept = shop.house.outcomes.append
    till.roll_back("k1", OVER)
    kept([told])
    collect_outcomes(shop.house, CAMPAIGN, OVER)
    assert redeemed(shop) == []


def test_a_promise_redeemed_at_the_till_is_settled_once_and_unsettled_when_rolled_back(
    make_live: MakeLive,
) -> None:
    shop = make_live()
    till, shopper = Till(shop.window), shown_to(shop, "bau")
    till.redeem(use(shopper), SOON)
    (owed,) = [one for one in settle_week(shop.house, CAMPAIGN, 1) if one.redeemed]
    assert (owed.discount_minor, money(shop)[1]) == (250, 250)
    assert not has_late(shop.house, CAMPAIGN, 1)
    till.roll_back("k1", OVER)
    assert has_late(shop.house, CAMPAIGN, 1)
    assert not any(one.redeemed for one in settle_week(shop.house, CAMPAIGN, 1))
    assert money(shop)[1] == 0
    assert not has_late(shop.house, CAMPAIGN, 1)


def test_a_code_without_a_promise_belongs_to_no_arm(make_live: MakeLive) -> None:
    shop = make_live(replace(CAMPAIGN, budget_minor=300))
    Till(shop.window).redeem(use("s-a"), SOON)
    assert redeemed(shop) == []


def test_an_erasure_gives_nobody_a_further_use_of_a_capped_code(
    people: SimulatedShop, on_disk: tuple[House, State]
) -> None:
    """The same id back again is refused; somebody else still has a use."""
    house, state = on_disk
    house = replace(house, address_key=b"a key of this shop")
    once = replace(COFFEE, caps=Caps(per_shopper=1))
    till = Till(opened(stocked(house, people, CAMPAIGN, once, PIZZA)).window)
    till.redeem(use("s-a"), SOON)
    digest = shopper_digest("s-a", house.address_key)
    state.personal.purge(Person(("s-a",), salt="5a17", kept_as=digest))
    with pytest.raises(RefusedError, match="as often as it may be"):
        till.redeem(use("s-a", "k2"), SOON)
    assert till.redeem(use("s-b", "k3"), SOON).discount_minor == 250
