"""The till: promises used in orders, and uses taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from promoloop.backends.sql import State
from promoloop.core import InvalidError, RefusedError
from promoloop.flows.books.sides import budget_sides
from promoloop.flows.house import House
from promoloop.flows.realtime.records import CartItem, LiveCart, RedeemRequest
from promoloop.flows.realtime.redeem import Till
from promoloop.flows.realtime.rules import LiveRules
from promoloop.offers import Caps, CouponCode, Funding, MinimumSpend, Pause
from promoloop.simulate import SimulatedShop

from .conftest import CAMPAIGN, COFFEE, NOON, PIZZA, WEEK, LiveShop, MakeLive, opened, stocked
from .test_live import shown_to

ANEW = LiveRules(hold=timedelta(0), caps=())
DAY = timedelta(days=1)
#: Stores of a house that belong to the till.
#: 20.00 of coffee: 25 % of it would be 5.00, the ceiling is 2.50.
COFFEES = LiveCart((CartItem("p1", 2, 1000, "COFFEE"),))


def use(shopper_id: str, key: str = "k1", code: str = "COFFEE25", **more: object) -> RedeemRequest:
    return RedeemRequest(key, shopper_id, more.pop("cart", COFFEES), code, **more)


def money(shop: LiveShop) -> tuple[int, int]:
    state = shop.house.ledger.state("c1")
    return state.reserved_minor, state.spent_minor


def test_a_promise_is_used_and_booked(make_live: MakeLive) -> None:
    shop = make_live()
    shopper = shown_to(shop, "bau")
    made = shop.house.decisions.of_shopper(shopper)[0]
    before = money(shop)[0]
    used = Till(shop.window).redeem(use(shopper, order_id="o-7"), NOON + DAY)
    assert (used.decision_id, used.discount_minor) == (made.decision_id, 250)
    assert used.price is not None
    assert used.price.total_minor == 1750
    assert money(shop) == (before - 250, 250)


def test_the_same_key_again_is_answered_as_it_was(make_live: MakeLive) -> None:
    shop = make_live()
    till, shopper = Till(shop.window), shown_to(shop, "bau")
    first = till.redeem(use(shopper), NOON)
    again = till.redeem(use(shopper), NOON + DAY)
    assert again.repeated
    assert (again.redemption_id, again.at) == (first.redemption_id, first.at)
    assert again.price is not None
    assert again.price.total_minor == 1750
    with pytest.raises(RefusedError, match="another use"):
        till.redeem(use("somebody-else"), NOON)


def test_a_promise_without_a_code_is_named_by_its_decision(make_live: MakeLive) -> None:
    shop = make_live(replace(CAMPAIGN, offer_ids=("pizza-25", "coffee-25")))
    shopper = shown_to(shop, "bau", "pizza-25")
    made = shop.house.decisions.of_shopper(shopper)[0].decision_id
    pizzas = LiveCart((CartItem("z", 1, 800, "PIZZA"),))
    used = Till(shop.window).redeem(use(shopper, code="", decision_id=made, cart=pizzas), NOON)
    assert used.discount_minor == 200


def test_the_engine_has_the_last_word(make_live: MakeLive) -> None:
    dear = replace(COFFEE, conditions=(*COFFEE.conditions, MinimumSpend(3_000)))
    shop = make_live(CAMPAIGN, dear, PIZZA)
    shopper = shown_to(shop, "bau")
    with pytest.raises(RefusedError, match="below_minimum_spend"):
        Till(shop.window).redeem(use(shopper), NOON)
    milk = LiveCart((CartItem("m", 9, 1000, "MILK"),))
    with pytest.raises(RefusedError, match="no_such_category"):
        Till(shop.window).redeem(use(shopper, cart=milk), NOON)
    assert money(shop)[1] == 0


def test_a_promise_ends_with_its_week(make_live: MakeLive) -> None:
    shop = make_live()
    shopper = shown_to(shop, "bau")
    made = shop.house.decisions.of_shopper(shopper)[0].decision_id
    with pytest.raises(RefusedError, match="it was good until 2026-06-08"):
        Till(shop.window).redeem(use(shopper, code="", decision_id=made), NOON + WEEK)


def test_a_promise_is_for_its_own_shopper(make_live: MakeLive) -> None:
    shop = make_live()
    made = shop.house.decisions.of_shopper(shown_to(shop, "bau"))[0].decision_id
    with pytest.raises(RefusedError, match="another shopper's"):
        Till(shop.window).redeem(use("thief", code="", decision_id=made), NOON)


def test_a_code_for_everybody_needs_no_promise_but_money(make_live: MakeLive) -> None:
    shop = make_live(replace(CAMPAIGN, budget_minor=300))
    till = Till(shop.window)
    assert till.redeem(use("s-a", "k1"), NOON).discount_minor == 250
    with pytest.raises(RefusedError, match="too little is left"):
        till.redeem(use("s-b", "k2"), NOON)
    assert money(shop) == (0, 250)


def test_a_shared_code_has_caps_per_shopper_and_in_all(make_live: MakeLive) -> None:
    shop = make_live(CAMPAIGN, replace(COFFEE, caps=Caps(per_shopper=1, total=2)), PIZZA)
    till = Till(shop.window)
    till.redeem(use("s-a", "k1"), NOON)
    with pytest.raises(RefusedError, match="cap"):
        till.redeem(use("s-a", "k2"), NOON)
    till.redeem(use("s-b", "k3"), NOON)
    with pytest.raises(RefusedError):
        till.redeem(use("s-c", "k4"), NOON)


def test_a_code_of_a_pool_is_good_once_and_for_whom_it_was_given(make_live: MakeLive) -> None:
    pool = replace(COFFEE, conditions=(CouponCode(tuple(f"P{at:03d}" for at in range(400))),))
    shop = make_live(CAMPAIGN, pool, PIZZA, rules=ANEW)
    till, shopper = Till(shop.window), shown_to(shop, "bau")
    (mine,) = [
        shop.house.codes.issue("coffee-25", one.decision_id, shopper, NOON)
        for one in shop.house.decisions.of_shopper(shopper)
    ]
    with pytest.raises(RefusedError, match="somebody else"):
        till.redeem(use("thief", code=mine), NOON)
    with pytest.raises(RefusedError, match="nobody yet"):
        till.redeem(use(shopper, code="P399"), NOON)
    assert till.redeem(use(shopper, code=mine), NOON).discount_minor == 250
    with pytest.raises(RefusedError, match="was used"):
        till.redeem(use(shopper, "k2", code=mine), NOON)


def test_a_cancelled_order_gives_everything_back(make_live: MakeLive) -> None:
    shop = make_live(CAMPAIGN, replace(COFFEE, caps=Caps(per_shopper=1)), PIZZA)
    till, shopper = Till(shop.window), shown_to(shop, "bau")
    before = money(shop)
    till.redeem(use(shopper), NOON)
    gone = till.roll_back("k1", NOON + DAY)
    assert (gone.state, gone.repeated, money(shop)) == ("rolled_back", False, before)
    assert till.roll_back("k1", NOON + 2 * DAY).repeated
    assert till.redeem(use(shopper, "k2"), NOON + DAY).state == "redeemed"


def test_a_code_without_a_promise_gives_its_money_back_at_once(make_live: MakeLive) -> None:
    """300 minor units pay for one such use at a time: 250 of it, and 250 again after the first."""
    shop = make_live(replace(CAMPAIGN, budget_minor=300))
    till = Till(shop.window)
    till.redeem(use("s-a"), NOON)
    till.roll_back("k1", NOON)
    assert money(shop) == (0, 0)
    assert till.roll_back("k1", NOON).repeated
    assert till.redeem(use("s-b", "k2"), NOON).discount_minor == 250
    assert money(shop) == (0, 250)


def test_a_code_without_a_promise_gives_its_money_back_at_once_on_disk(
    people: SimulatedShop, on_disk: tuple[House, State]
) -> None:
    house, _ = on_disk
    shop = opened(stocked(house, people, CAMPAIGN))
    till = Till(shop.window)
    till.redeem(use("s-a"), NOON)
    assert money(shop) == (0, 250)
    till.roll_back("k1", NOON)
    assert money(shop) == (0, 0)


def test_a_key_that_was_rolled_back_is_over(make_live: MakeLive) -> None:
    shop = make_live()
    till, shopper = Till(shop.window), shown_to(shop, "bau")
    till.redeem(use(shopper), NOON)
    till.roll_back("k1", NOON)
    with pytest.raises(RefusedError, match="this use was rolled back; use a new key"):
        till.redeem(use(shopper), NOON)
    assert money(shop)[1] == 0


def test_a_key_stands_for_one_cart(make_live: MakeLive) -> None:
    milk = CartItem("m1", 1, 300, "MILK")
    both = LiveCart((*COFFEES.items, milk))
    shop = make_live()
    till, shopper = Till(shop.window), shown_to(shop, "bau")
    till.redeem(use(shopper, cart=both), NOON)
    turned = LiveCart((milk, *COFFEES.items))
    assert till.redeem(use(shopper, cart=turned), NOON).repeated
    with pytest.raises(RefusedError, match="another cart"):
        till.redeem(use(shopper), NOON)


def test_a_partner_pays_its_part(make_live: MakeLive) -> None:
    shared = Funding("roaster", "The roaster", 0.6, 1_000)
    shop = make_live(CAMPAIGN, replace(COFFEE, funding=shared), PIZZA)
    till, shopper = Till(shop.window), shown_to(shop, "bau")
    till.redeem(use(shopper), NOON)
    assert (money(shop)[1], shop.house.ledger.state("partner/roaster").spent_minor) == (100, 150)
    till.roll_back("k1", NOON)
    assert (money(shop)[1], shop.house.ledger.state("partner/roaster").spent_minor) == (0, 0)


def test_a_promise_is_honoured_while_its_campaign_stands_still(make_live: MakeLive) -> None:
    shop = make_live()
    till, shopper = Till(shop.window), shown_to(shop, "bau")
    shop.house.pauses.write(Pause("c1", NOON, True, reason="by hand"))
    assert till.redeem(use(shopper), NOON).state == "redeemed"
    with pytest.raises(RefusedError, match="by hand"):
        till.redeem(use("s-a", "k2"), NOON)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"key": ""}, "key"),
        ({"shopper_id": ""}, "shopper_id"),
        ({"code": "NO-SUCH"}, "no offer has it"),
        ({"code": ""}, "just one of them"),
        ({"decision_id": "d1"}, "just one of them"),
        ({"cart": LiveCart(())}, "cart"),
        ({"code": "", "decision_id": "no-such"}, "no-such"),
    ],
)
def test_a_use_that_means_nothing_is_an_error(
    make_live: MakeLive, wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(InvalidError, match=said):
        Till(make_live().window).redeem(replace(use("s-a"), **wrong), NOON)


def test_a_use_nobody_knows_cannot_be_taken_back(make_live: MakeLive) -> None:
    with pytest.raises(InvalidError, match="k9"):
        Till(make_live().window).roll_back("k9", NOON)


def test_the_report_counts_codes_used_without_a_promise_as_the_ledger_does(
    make_live: MakeLive,
) -> None:
    """Two codes of 2.50 at the till, one of them taken back: 2.50 is spent, and said."""
    shop = make_live()
    till = Till(shop.window)
    before = budget_sides(shop.house, CAMPAIGN, (), NOON)[0]
    assert (before.spent_minor, before.unpromised_minor) == (0, 0)
    for key in ("k1", "k2"):
        till.redeem(use(f"nobody-{key}", key), NOON)
    till.roll_back("k2", NOON)
    side = budget_sides(shop.house, CAMPAIGN, (), NOON)[0]
    assert side.spent_minor == side.unpromised_minor == money(shop)[1] == 250
    assert side.at_stake_minor >= 250


def test_a_partners_part_of_a_code_used_without_a_promise_is_on_its_side(
    make_live: MakeLive,
) -> None:
    """Of 2.50 off the partner pays 40 %: 1.00, and the shop 1.50."""
    acme = Funding("acme", "Acme", 0.4, 100_000)
    shop = make_live(CAMPAIGN, replace(COFFEE, funding=acme), PIZZA)
    Till(shop.window).redeem(use("nobody"), NOON)
    ours, theirs = budget_sides(shop.house, CAMPAIGN, (), NOON)
    assert (ours.spent_minor, theirs.spent_minor) == (150, 100)
    assert (ours.booked_minor, theirs.booked_minor) == (150, 100)
