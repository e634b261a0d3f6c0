"""Deciding for one shopper at a time."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from promoloop.compose import ReviewEntry
from promoloop.core import InvalidError, RefusedError
from promoloop.decide import Decision, GlobalHoldout, assign_arm, reason_text
from promoloop.deliver import FrequencyCap
from promoloop.flows.deciding.explain import explain_decision
from promoloop.flows.learning.logged import logged_sets
from promoloop.flows.measuring.close import close_week
from promoloop.flows.realtime.live import Live
from promoloop.flows.realtime.records import CartItem, LiveCart, LiveRequest, Signal
from promoloop.flows.realtime.rules import LiveRules
from promoloop.offers import Caps, CouponCode, Pause

from .conftest import CAMPAIGN, COFFEE, NOON, PIZZA, START, WEEK, LiveShop, MakeLive, opened

ANEW = LiveRules(hold=timedelta(0), caps=())
SECOND = timedelta(seconds=1)


def asked(shopper_id: str, request_id: str = "r1", **more: object) -> LiveRequest:
    return LiveRequest(f"{request_id}-{shopper_id}", shopper_id, deadline_ms=10_000, **more)


def cart(*product_ids: str, price: int = 1000, group: str = "COFFEE") -> LiveCart:
    return LiveCart(tuple(CartItem(one, 1, price, group) for one in product_ids))


def shown_to(shop: LiveShop, arm: str, offer_id: str = "coffee-25") -> str:
    """A shopper of the arm who is shown the offer when asked for the first time."""
    for shopper in shop.of_arm(arm):
        if shop.live.decide(asked(shopper), NOON).action.startswith(offer_id):
            return shopper
    raise AssertionError(f"nobody of {arm} is shown {offer_id}")


# --- arms, odds and what is logged


def test_a_holdout_shopper_is_shown_nothing_and_it_is_logged(make_live: MakeLive) -> None:
    shop = make_live()
    answer = shop.live.decide(asked(shop.of_arm("holdout")[0]), NOON)
    assert (answer.action, answer.propensity, answer.fallback) == ("nothing", 1.0, "holdout")
    assert shop.house.decisions.get(answer.decision_id).arm == "holdout"


def test_in_a_locale_that_the_shop_does_not_write_shoppers_read_their_own(
    make_live: MakeLive,
) -> None:
    shop = make_live()
    view = shop.window.shelves[0].view
    read: dict[str, str] = {}
    for at, shopper in enumerate(shop.of_arm("policy")[:40]):
        answer = shop.live.decide(asked(shopper, f"de{at}", locale="de-DE"), NOON)
        own = view.audience.locales[view.rows[shopper]]
        if answer.copy is not None:
            read[own] = answer.copy.locale
    assert read
    assert {own: own for own in read} == read


def test_arms_are_dealt_by_the_same_hash_as_in_the_weekly_run(make_live: MakeLive) -> None:
    shop = make_live()
    for shopper in shop.window.shelves[0].view.audience.ids[:40]:
        answer = shop.live.decide(asked(shopper), NOON)
        assert answer.arm == assign_arm(shopper, CAMPAIGN.salt, CAMPAIGN.arms)


def test_business_as_usual_shows_the_offer_whose_turn_it_is(make_live: MakeLive) -> None:
    shop = make_live()
    first = shop.live.decide(asked(shop.of_arm("bau")[0]), NOON)
    assert (first.action, first.propensity) == ("coffee-25/onsite/9/a", 1.0)


#: A year of 3,000.00, as the shop that is shown has it; business as usual has a ninth of it.
LONG = replace(
    CAMPAIGN,
    budget_minor=300_000,
    weeks=52,
    arms={"policy": 0.6, "random": 0.2, "bau": 0.1, "holdout": 0.1},
)


def usual_of_a_day(shop: LiveShop, rounds: int = 1) -> tuple[int, int]:
    """How many asked and how much was promised, with everything worked out anew in between."""
    bau = shop.of_arm("bau")
    for at in range(rounds):
        shop.window.refresh(NOON)
        for shopper in bau:
            shop.live.decide(asked(shopper, f"r{at}"), NOON)
    made = [one for each in bau for one in shop.house.decisions.of_shopper(each)]
    return len(made), sum(one.liability_minor for one in made)


def test_business_as_usual_shows_its_offer_in_a_fresh_campaign_with_ample_budget(
    make_live: MakeLive,
) -> None:
    """300,000 / 9 / 7 = 4,761 a day pay for 19 promises of 250 each."""
    shop = make_live(LONG, rules=ANEW)
    bau = shop.of_arm("bau")[:14]
    assert len(bau) == 14
    said = [shop.live.decide(asked(shopper), NOON).action for shopper in bau]
    assert said == ["coffee-25/onsite/9/a"] * 14


def test_business_as_usual_stays_within_its_money_of_the_day(make_live: MakeLive) -> None:
    shop = make_live(LONG, rules=ANEW)
    asked_for, promised = usual_of_a_day(shop, rounds=4)
    assert asked_for * 250 > 2 * promised
    assert 4_761 - 250 < promised <= 300_000 * 0.1 / 0.9 / 7


def test_a_small_budget_pays_business_as_usual_one_promise_a_day(make_live: MakeLive) -> None:
    """5,000 for a year are 2 a day for this arm, and its share pays for 2 of its shoppers."""
    shop = make_live(replace(LONG, budget_minor=5_000), rules=ANEW)
    assert usual_of_a_day(shop, rounds=3)[1] == 250


def test_what_business_as_usual_did_not_use_is_there_later(make_live: MakeLive) -> None:
    """A tight 5,000 over 52 weeks, unused until week 51: 5,000 * (351.7 + 1.5) / 364 / 9 = 539."""
    old = replace(LONG, budget_minor=5_000, starts_at=START - 50 * WEEK)
    shop = make_live(old, COFFEE, PIZZA, rules=ANEW)
    assert usual_of_a_day(shop, rounds=3)[1] == 500


def test_the_logged_odds_are_those_of_everything_that_could_have_been_shown(
    make_live: MakeLive,
) -> None:
    shop = make_live()
    for shopper in [*shop.of_arm("policy")[:30], *shop.of_arm("random")[:30]]:
        answer = shop.live.decide(asked(shopper), NOON)
        made = shop.house.decisions.get(answer.decision_id)
        odds = {one.action: one.propensity for one in made.weighed}
        assert sum(odds.values()) == pytest.approx(1.0, abs=1e-12)
        assert odds[made.action] == made.propensity == answer.propensity
        assert made.arm == "random" or min(odds.values()) >= CAMPAIGN.floor - 1e-12


@pytest.mark.parametrize("arm", ["policy", "random"])
def test_actions_come_as_often_as_their_logged_odds_say(make_live: MakeLive, arm: str) -> None:
    """2,000 draws for one shopper; each share within 4.5 standard errors of its odds."""
    shop = make_live(rules=ANEW)
    shopper = shop.of_arm(arm)[0]
    seen: Counter[str] = Counter()
    for at in range(2_000):
        answer = shop.live.decide(asked(shopper, f"r{at}"), NOON)
        seen[answer.action] += 1
    made = shop.house.decisions.get(answer.decision_id)
    assert len(made.weighed) > 2
    for one in made.weighed:
        error = np.sqrt(one.propensity * (1 - one.propensity) / 2_000)
        assert abs(seen[one.action] / 2_000 - one.propensity) < 4.5 * error + 1e-9


def test_odds_stay_exact_when_something_cannot_be_paid_any_more(make_live: MakeLive) -> None:
    """The window still believes in a unit of coffee that is gone, each time anew.

    Of 4 spots and nothing, two are out: each of the others has 1/3, in the log and in fact.
    """
    shop = make_live(CAMPAIGN, replace(COFFEE, caps=Caps(total=1)), PIZZA, rules=ANEW)
    first, shopper = shop.of_arm("random")[:2]
    at = 0
    while not shop.live.decide(asked(first, f"f{at}"), NOON).action.startswith("coffee"):
        at += 1
    seen: Counter[str] = Counter()
    for at in range(1_500):
        shop.window.shelves[0].short = [""] * len(shop.window.shelves[0].short)
        answer = shop.live.decide(asked(shopper, f"r{at}"), NOON)
        made = shop.house.decisions.get(answer.decision_id)
        assert [one.propensity for one in made.weighed] == pytest.approx([1 / 3] * 3)
        seen[answer.action] += 1
    assert set(made.rejected.values()) == {"stock_exhausted"}
    for count in seen.values():
        assert count / 1_500 == pytest.approx(1 / 3, abs=4.5 * np.sqrt(2 / 9 / 1_500))


def test_a_decision_is_made_again_from_the_same_seed(make_live: MakeLive) -> None:
    one, two = make_live(), make_live()
    for shopper in one.of_arm("policy")[:20]:
        assert one.live.decide(asked(shopper), NOON) == two.live.decide(asked(shopper), NOON)


# --- once, and again


def test_the_same_request_is_given_the_same_decision(make_live: MakeLive) -> None:
    shop = make_live(rules=ANEW)
    shopper = shown_to(shop, "policy")
    again = shop.live.decide(asked(shopper), NOON + timedelta(hours=2))
    first = shop.live.decide(asked(shopper), NOON)
    assert again.repeated
    assert first.decision_id == again.decision_id
    assert len(shop.house.decisions.of_shopper(shopper)) == 1


def test_a_request_id_stands_for_one_shopper_and_one_cart(make_live: MakeLive) -> None:
    shop = make_live()
    one, two = shop.of_arm("random")[:2]
    first = LiveRequest("r1", one, deadline_ms=10_000, cart=cart("p1"))
    shop.live.decide(first, NOON)
    with pytest.raises(RefusedError, match="another shopper"):
        shop.live.decide(replace(first, shopper_id=two), NOON)
    with pytest.raises(RefusedError, match="another cart"):
        shop.live.decide(replace(first, cart=cart("p1", price=900)), NOON)
    assert shop.live.decide(first, NOON).repeated
    assert not shop.house.decisions.of_shopper(two)


def test_the_same_request_after_a_restart_is_given_the_same_decision(make_live: MakeLive) -> None:
    shop = make_live(rules=ANEW)
    shopper = shown_to(shop, "policy")
    first = shop.live.decide(asked(shopper), NOON)
    later = opened(shop.house, ANEW)
    again = later.live.decide(asked(shopper), NOON + timedelta(hours=3))
    assert again.repeated
    assert replace(again, repeated=False) == replace(first, repeated=False)
    assert len(shop.house.decisions.of_shopper(shopper)) == 1


def test_the_same_request_just_after_midnight_is_given_the_same_decision(
    make_live: MakeLive,
) -> None:
    shop = make_live(rules=ANEW)
    late = NOON.replace(hour=23, minute=59)
    shopper = shop.of_arm("bau")[0]
    first = shop.live.decide(asked(shopper), late)
    later = opened(shop.house, ANEW, late)
    again = later.live.decide(asked(shopper), late + timedelta(minutes=2))
    assert again.decision_id == first.decision_id


def test_a_decision_stands_while_the_shopper_does_nothing_new(make_live: MakeLive) -> None:
    shop = make_live()
    shopper = shown_to(shop, "policy")
    second = shop.live.decide(asked(shopper, "r2", page="/p/7"), NOON + 60 * SECOND)
    assert second.repeated
    assert len(shop.house.decisions.of_shopper(shopper)) == 1
    third = shop.live.decide(asked(shopper, "r3"), NOON + timedelta(minutes=31))
    assert not third.repeated


# --- what the shopper does counts at once


def test_a_cart_changes_the_next_decision_and_its_words(make_live: MakeLive) -> None:
    shop = make_live(rules=LiveRules(caps=()))
    shoppers = shop.of_arm("random")[:20]
    before = {one: shop.live.decide(asked(one), NOON) for one in shoppers}
    shop.signals.saw([Signal(one, "Product Added", NOON, ("COFFEE",)) for one in shoppers])
    after = {one: shop.live.decide(asked(one, "r2"), NOON + SECOND) for one in shoppers}
    assert all(after[one].decision_id != before[one].decision_id for one in shoppers)
    coffee = [one for one in after.values() if one.action.startswith("coffee")]
    others = [one for one in after.values() if one.action.startswith("pizza")]
    assert coffee
    assert others
    assert {one.copy.moment for one in coffee} == {"cart"}
    assert all("cart" in one.reasons for one in coffee)
    assert not {one.copy.moment for one in others} & {"cart", "viewed"}


def test_a_group_seen_twice_becomes_a_candidate(make_live: MakeLive) -> None:
    shop = make_live()
    shelf = shop.window.shelves[0]
    for row in range(len(shelf.view.candidates)):
        shelf.view.candidates[row] = False
    shopper = shop.of_arm("random")[0]
    none = shop.live.decide(asked(shopper), NOON)
    assert (none.action, none.fallback) == ("nothing", "not_a_candidate")
    shop.signals.saw([Signal(shopper, "Product Viewed", NOON, ("PIZZA",))])
    assert shop.live.decide(asked(shopper, "r2"), NOON + SECOND).repeated
    shop.signals.saw([Signal(shopper, "Product Viewed", NOON + SECOND, ("PIZZA",))])
    fresh = shop.live.decide(asked(shopper, "r3"), NOON + 2 * SECOND)
    made = shop.house.decisions.get(fresh.decision_id)
    assert not fresh.repeated
    assert {one.action.split("/")[0] for one in made.weighed} == {"pizza-25", "nothing"}


def test_what_was_just_bought_is_not_offered(make_live: MakeLive) -> None:
    shop = make_live(rules=ANEW)
    shopper = shop.of_arm("bau")[0]
    assert shop.live.decide(asked(shopper), NOON).action == "coffee-25/onsite/9/a"
    shop.signals.saw([Signal(shopper, "Order Completed", NOON, ("COFFEE",))])
    answer = shop.live.decide(asked(shopper, "r2"), NOON + SECOND)
    assert answer.action == "nothing"
    assert shop.house.decisions.get(answer.decision_id).rejected["coffee-25"] == "just_bought"


def test_an_offer_on_what_is_in_the_cart_anyway_is_worth_less(make_live: MakeLive) -> None:
    shop = make_live(rules=ANEW)
    view = shop.window.shelves[0].view
    plain = view.worth(0, 0, None).value
    in_cart = view.worth(0, 0, np.array([50.0, 1.0])).value
    coffee = view.offer_of == 0
    assert (in_cart[coffee] < plain[coffee]).all()
    assert (in_cart[~coffee] == plain[~coffee]).all()


# --- the cart's price


def test_the_cart_is_priced_with_the_offer_by_the_stacking_engine(make_live: MakeLive) -> None:
    """25 % off 10.00 is 2.50, the ceiling; the milk stays as it is."""
    shop = make_live()
    shopper = shown_to(shop, "bau")
    both = LiveCart((*cart("p1").items, CartItem("m1", 2, 300, "MILK")), shipping_minor=400)
    answer = shop.live.decide(asked(shopper, "r2", cart=both), NOON)
    assert answer.price is not None
    assert (answer.price.subtotal_minor, answer.price.saves_minor) == (1600, 250)
    assert (answer.price.total_minor, answer.price.applied) == (1750, ("coffee-25",))


def test_a_cart_the_offer_is_not_about_says_why(make_live: MakeLive) -> None:
    shop = make_live()
    shopper = shown_to(shop, "bau")
    answer = shop.live.decide(asked(shopper, "r2", cart=cart("m1", group="MILK")), NOON)
    assert answer.price is not None
    assert dict(answer.price.skipped) == {"coffee-25": "no_such_category"}


def test_a_product_nobody_knows_is_an_error(make_live: MakeLive) -> None:
    shop = make_live()
    unknown = LiveCart((CartItem("no-such-product"),))
    with pytest.raises(InvalidError, match="no-such-product"):
        shop.live.decide(asked(shop.of_arm("bau")[0], cart=unknown), NOON)


# --- when something is missing


def test_nobody_knows_the_shopper(make_live: MakeLive) -> None:
    shop = make_live()
    answer = shop.live.decide(asked("stranger", cart=cart("p1")), NOON)
    assert (answer.decision_id, answer.fallback) == ("", "unknown_shopper")
    assert answer.price is not None
    assert answer.price.total_minor == 1000


def test_a_shopper_of_another_stage_is_not_in_the_audience(make_live: MakeLive) -> None:
    everybody = make_live().window.profiled
    shop = make_live(replace(CAMPAIGN, lifecycle=("vip",)))
    outside = min(everybody - set(shop.window.shelves[0].view.rows))
    assert shop.live.decide(asked(outside), NOON).fallback == "not_in_audience"


def test_the_global_holdout_is_shown_nothing_by_any_campaign(make_live: MakeLive) -> None:
    shop = make_live()
    shop.window.house = shop.live._house = replace(shop.house, holdout=GlobalHoldout(0.999))
    answer = shop.live.decide(asked(shop.of_arm("policy")[0]), NOON)
    assert (answer.decision_id, answer.fallback) == ("", "held_out")


def test_a_campaign_that_stands_still_shows_nothing(make_live: MakeLive) -> None:
    shop = make_live()
    shopper = shown_to(shop, "bau")
    shop.house.pauses.write(Pause("c1", NOON, True, reason="by hand"))
    shop.window.look(NOON + SECOND)
    answer = shop.live.decide(asked(shopper, "r2"), NOON + SECOND)
    assert (answer.decision_id, answer.fallback) == ("", "campaign_paused")


def test_a_pause_counts_even_when_nobody_looks_at_the_shop(make_live: MakeLive) -> None:
    shop = make_live()
    shop.house.pauses.write(Pause("c1", NOON, True, reason="by hand"))
    later = NOON + timedelta(minutes=1)
    assert shop.live.decide(asked(shop.of_arm("bau")[0]), later).fallback == "campaign_paused"


def test_a_withdrawn_consent_counts_at_once(make_live: MakeLive) -> None:
    shop = make_live()
    shopper = shown_to(shop, "bau")
    shop.window.agrees(shopper, "onsite", granted=False)
    answer = shop.live.decide(asked(shopper, "r2"), NOON)
    assert (answer.action, answer.fallback) == ("nothing", "no_consent")


def test_a_page_shows_only_so_much_a_day(make_live: MakeLive) -> None:
    cap = FrequencyCap("onsite-per-24-hours", "onsite", 2, timedelta(hours=24))
    shop = make_live(rules=LiveRules(hold=timedelta(0), caps=(cap,)))
    shopper = shop.of_arm("bau")[0]
    said = [shop.live.decide(asked(shopper, f"r{at}"), NOON).fallback for at in range(3)]
    assert said == ["", "", "frequency_cap"]
    tomorrow = NOON + timedelta(hours=25)
    assert shop.live.decide(asked(shopper, "r9"), tomorrow).fallback == ""


def test_what_the_outbox_knows_counts_towards_the_cap(make_live: MakeLive) -> None:
    cap = FrequencyCap("onsite-per-24-hours", "onsite", 1, timedelta(hours=24))
    rules = LiveRules(hold=timedelta(0), caps=(cap,))
    shop = make_live(rules=rules)
    shopper = shop.of_arm("bau")[0]
    shop.live.decide(asked(shopper), NOON)
    later = opened(shop.house, rules, NOON + timedelta(hours=1))
    answer = later.live.decide(asked(shopper, "r2"), NOON + timedelta(hours=1))
    assert answer.fallback == "frequency_cap"


def test_an_offer_has_a_cap_per_shopper(make_live: MakeLive) -> None:
    capped = replace(COFFEE, caps=Caps(per_shopper=1))
    shop = make_live(CAMPAIGN, capped, PIZZA, rules=ANEW)
    shopper = shop.of_arm("bau")[0]
    said = [shop.live.decide(asked(shopper, f"r{at}"), NOON).action for at in range(2)]
    assert said == ["coffee-25/onsite/9/a", "nothing"]


def test_without_approved_words_nothing_is_shown(make_live: MakeLive) -> None:
    shop = make_live()
    shopper = shop.of_arm("bau")[0]
    for copy in shop.house.copies.all():
        shop.house.reviews.append([ReviewEntry(copy.copy_id, "retired", "somebody", NOON)])
    shop.window.refresh(NOON)
    answer = shop.live.decide(asked(shopper), NOON)
    assert (answer.action, answer.fallback) == ("nothing", "copy_missing")


def test_time_that_has_run_out_shows_nothing_and_promises_nothing(make_live: MakeLive) -> None:
    shop = make_live()
    hurried = replace(asked(shop.of_arm("bau")[0]), deadline_ms=0)
    assert shop.live.decide(hurried, NOON).fallback == "not_in_time"
    assert shop.house.ledger.state("c1").reserved_minor == 0


def test_a_store_that_hangs_does_not_hold_the_page(make_live: MakeLive) -> None:
    class Hanging:
        def submit(self, _promise: object) -> Future[Decision]:
            return Future()

    shop = make_live()
    live = Live(shop.window, shop.signals, Hanging(), shop.live._clock)
    answer = live.decide(replace(asked(shop.of_arm("bau")[0]), deadline_ms=30), NOON)
    assert answer.fallback == "not_in_time"


def test_before_the_first_look_there_is_nothing_to_show(make_live: MakeLive) -> None:
    shop = make_live()
    shop.window.made_at = None
    assert shop.live.decide(asked("s1"), NOON).fallback == "starting"


def test_a_campaign_nobody_knows_is_an_error(make_live: MakeLive) -> None:
    shop = make_live()
    with pytest.raises(InvalidError, match="c9"):
        shop.live.decide(asked("s1", campaign_id="c9"), NOON)


@pytest.mark.parametrize(
    "wrong",
    [{"request_id": ""}, {"shopper_id": " "}, {"slot": "ceiling"}, {"deadline_ms": -1}],
)
def test_a_request_that_means_nothing_is_an_error(
    make_live: MakeLive, wrong: dict[str, object]
) -> None:
    with pytest.raises(InvalidError):
        make_live().live.decide(replace(asked("s1"), **wrong), NOON)


# --- money and units


def test_a_promise_sets_its_money_aside_and_is_counted_as_shown(make_live: MakeLive) -> None:
    shop = make_live()
    shopper = shown_to(shop, "bau")
    made = shop.house.decisions.of_shopper(shopper)[0]
    assert made.liability_minor == 250
    assert shop.house.outbox.contacts(NOON - SECOND)[shopper, "onsite"] == 1
    assert shop.house.deliveries.copy_of(made.decision_id)


def test_when_the_money_is_out_nothing_is_promised_and_it_says_so(make_live: MakeLive) -> None:
    shop = make_live(replace(CAMPAIGN, budget_minor=600), rules=ANEW)
    shop.window.shelves[0].pacer.usual_left = 1e9
    said = [shop.live.decide(asked(one), NOON).fallback for one in shop.of_arm("bau")[:4]]
    assert said == ["", "", "budget_exhausted", "budget_exhausted"]
    assert shop.house.ledger.state("c1").reserved_minor == 500


def test_32_threads_never_promise_more_than_there_is(make_live: MakeLive) -> None:
    """30 promises of 2.50 fit into 75.00; 300 shoppers ask at once."""
    campaign = replace(CAMPAIGN, budget_minor=7_500, arms={"random": 1.0})
    shop = make_live(campaign, rules=ANEW)
    shop.window.shelves[0].pacer.thin = 1.0
    ids = shop.window.shelves[0].view.audience.ids
    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(lambda one: shop.live.decide(asked(one), NOON), ids))
    promised = [one for one in answers if one.offer is not None]
    assert len(promised) == 30
    assert shop.house.ledger.state("c1").reserved_minor == 7_500


def test_32_threads_never_give_one_code_twice(make_live: MakeLive) -> None:
    codes = CouponCode(tuple(f"POOL{at:03d}" for at in range(40)))
    coffee = replace(COFFEE, conditions=(codes,))
    campaign = replace(CAMPAIGN, arms={"bau": 1.0})
    shop = make_live(campaign, coffee, PIZZA, rules=ANEW)
    ids = shop.window.shelves[0].view.audience.ids
    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(lambda one: shop.live.decide(asked(one), NOON), ids))
    given = [one.offer.code for one in answers if one.offer is not None]
    assert len(given) == len(set(given)) == 40
    assert {one.fallback for one in answers if one.offer is None} <= {
        "stock_exhausted",
        "no_consent",
    }
    assert answers[0].copy is None or answers[0].offer.code in answers[0].copy.parts["body"]


# --- afterwards


def test_a_live_decision_is_explained_once_what_it_saw_is_kept(make_live: MakeLive) -> None:
    shop = make_live()
    shopper = shown_to(shop, "policy")
    made = shop.house.decisions.of_shopper(shopper)[0]
    before = explain_decision(shop.house, made.decision_id, "en-US")
    assert before.split is None
    shop.live.keep_contexts(NOON, whole=True)
    after = explain_decision(shop.house, made.decision_id, "zh-CN")
    assert after.split is not None
    assert after.priced_minor == pytest.approx(
        next(one.priced_minor for one in made.weighed if one.action == made.action)
    )


@pytest.mark.parametrize(("locale", "said"), [("en-US", "shown at once"), ("zh-CN", "即时展示")])
def test_a_live_decision_is_explained_without_an_hour_it_was_not_made_at(
    make_live: MakeLive, locale: str, said: str
) -> None:
    shop = make_live()
    made = shop.house.decisions.of_shopper(shown_to(shop, "policy"))[0]
    shop.live.keep_contexts(NOON, whole=True)
    told = explain_decision(shop.house, made.decision_id, locale)
    assert said in told.headline
    lines = [told.headline, told.drawn, *told.versus[:1], *told.rejected]
    assert not [line for line in lines if re.search(r"\d:00|\d 点", line)]


def test_live_decisions_teach_the_model(make_live: MakeLive) -> None:
    """Two weeks and two days on they are among what the campaign learns from."""
    shop = make_live()
    for shopper in shop.of_arm("policy")[:20]:
        shop.live.decide(asked(shopper), NOON)
    shop.live.keep_contexts(NOON, whole=True)
    found = logged_sets(shop.house, CAMPAIGN, START + 3 * WEEK)
    assert len(found.chosen) == 20
    close_week(shop.house, CAMPAIGN, 1)
    assert shop.house.ledger.state("c1").reserved_minor == 0


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_reason_a_page_is_told_has_words(locale: str) -> None:
    told = {
        *("starting", "held_out", "unknown_shopper", "not_in_audience", "no_campaign"),
        *("campaign_paused", "being_refreshed", "not_in_time", "store_unavailable", "holdout"),
        *("nothing_better", "just_bought", "other_place", "realtime", "cart", "viewed"),
    }
    unknown = ("of the rule {}", "规则 {}")
    assert not [c for c in told if reason_text(c, locale) in [one.format(c) for one in unknown]]


def test_the_model_that_the_first_look_makes_is_no_reason_to_read_everything_anew(
    make_live: MakeLive,
) -> None:
    shop = make_live()
    assert not shop.window.look(NOON + 5 * SECOND)
    made = shop.house.models.running("effect-c1")
    shop.house.models.add(replace(made, version_id="other", status="shadow"))
    shop.house.models.promote("other")
    assert shop.window.look(NOON + 10 * SECOND)
