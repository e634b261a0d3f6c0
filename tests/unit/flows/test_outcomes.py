"""Outcomes from a shop's own events; every amount can be checked by hand."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pytest

from promoloop.decide import OfferUse, UseTerms
from promoloop.deliver import CLICK, UNSUBSCRIBE, signed_token
from promoloop.events import ANONYMOUS, JsonLinesReader
from promoloop.feedback import Outcome
from promoloop.flows.books.outcomes import OutcomesReport, collect_outcomes
from promoloop.flows.history.audience import PURPOSE
from promoloop.profiles import Consent

KEY = b"sixteen bytes ok"


def collect(shop, day: float = 6, key: bytes = b"") -> OutcomesReport:
    now = shop.campaign.starts_at + timedelta(days=day)
    return collect_outcomes(shop.house, shop.campaign, now, key)


def found(shop, kind: str) -> list[Outcome]:
    start = shop.campaign.starts_at - timedelta(days=30)
    every = shop.house.outcomes.between(start, start + timedelta(days=90))
    return [one for one in every if one.kind == kind]


def money(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.revenue_minor, outcome.margin_minor, outcome.discount_minor


def test_an_order_with_its_coupon_is_a_purchase_and_a_redemption(shop):
    shop.orders("s1", 2, "coffee", revenue_minor=750, coupon_minor=250, coupon="COFFEE25")
    report = collect(shop)
    [bought], [redeemed] = found(shop, "ordered"), found(shop, "redeemed")
    assert money(bought) == (1000, 300, 0)  # before the coupon, at 30 %
    assert money(redeemed) == (0, 0, 250)
    assert (redeemed.decision_id, redeemed.shopper_id, redeemed.group) == ("d1", "s1", "COFFEE")
    assert {bought.source, redeemed.source} == {"real"}
    assert (report.ordered, report.redeemed, report.new, report.unmatched) == (1, 1, 2, 0)


def test_reading_the_events_again_adds_nothing(shop):
    shop.orders("s1", 2, "coffee", revenue_minor=750, coupon_minor=250, coupon="COFFEE25")
    shop.happens("Promotion Clicked", "s1", 1, properties='{"decision_id": "d1"}')
    shop.happens("Unsubscribed", "s3", 3)
    first, again = collect(shop), collect(shop, day=9)
    assert (first.new, again.new) == (4, 0)
    assert (again.ordered, again.redeemed, again.clicked, again.unsubscribed) == (1, 1, 1, 1)


def test_an_order_of_a_holdout_shopper_counts(shop):
    shop.orders("s2", 2, "pizza")
    collect(shop)
    [bought] = found(shop, "ordered")
    assert (bought.shopper_id, bought.decision_id, *money(bought)) == ("s2", "", 1000, 400, 0)


def test_groups_that_the_campaign_does_not_promote_are_left_out(shop):
    shop.orders("s1", 2, "soap")
    assert collect(shop).new == 0


def test_an_order_makes_one_purchase_per_group(shop):
    name = shop.orders("s1", 2, "coffee")
    shop.orders("s1", 2, "coffee", message_id=name, line=1, revenue_minor=500)
    shop.orders("s1", 2, "pizza", message_id=name, line=2)
    shop.orders("s1", 2, "soap", message_id=name, line=3)
    collect(shop)
    assert {one.group: money(one) for one in found(shop, "ordered")} == {
        "COFFEE": (1500, 450, 0),
        "PIZZA": (1000, 400, 0),
    }


def test_a_coupon_shared_out_over_the_order_is_put_together_again(shop):
    """Segment's order discount goes to every line; all of it was the coupon's."""
    coupon = {"coupon": "COFFEE25", "revenue_minor": 800, "coupon_minor": 200}
    name = shop.orders("s1", 2, "coffee", **coupon)
    soap = coupon | {"revenue_minor": 200, "coupon_minor": 50}
    shop.orders("s1", 2, "soap", message_id=name, line=1, **soap)
    collect(shop)
    assert [money(one) for one in found(shop, "redeemed")] == [(0, 0, 250)]
    assert [money(one) for one in found(shop, "ordered")] == [(1000, 300, 0)]


def test_what_a_manufacturer_refunds_costs_the_shop_nothing(shop):
    """The shop receives 10.00, 2.50 of it from the manufacturer: nothing is off."""
    coupon = {"coupon": "COFFEE25", "coupon_minor": 250, "discount_minor": 0}
    shop.orders("s1", 2, "coffee", **coupon)
    collect(shop)
    assert [money(one) for one in found(shop, "redeemed")] == [(0, 0, 0)]
    assert [money(one) for one in found(shop, "ordered")] == [(1000, 300, 0)]


def test_no_more_is_charged_than_was_promised(shop):
    """4.00 came off, 2.50 were promised: the rest stays off the revenue, 6.00 + 2.50."""
    shop.orders("s1", 2, "coffee", revenue_minor=600, coupon_minor=400, coupon="COFFEE25")
    collect(shop)
    assert [money(one) for one in found(shop, "redeemed")] == [(0, 0, 250)]
    assert [money(one) for one in found(shop, "ordered")] == [(850, 255, 0)]


@pytest.mark.parametrize("collected_between", [False, True])
def test_a_promise_used_twice_costs_what_was_promised_once(shop, collected_between):
    """2.00 and then 0.50 of 2.50, whether the first was recorded before or not."""
    used = {"revenue_minor": 800, "coupon_minor": 200, "coupon": "COFFEE25"}
    shop.orders("s1", 2, "coffee", **used)
    if collected_between:
        collect(shop, day=2.5)
    shop.orders("s1", 3, "coffee", **used)
    collect(shop)
    assert [one.discount_minor for one in found(shop, "redeemed")] == [200, 50]
    assert [one.revenue_minor for one in found(shop, "ordered")] == [1000, 850]


@pytest.mark.parametrize("seed", range(12))
def test_however_events_come_in_a_promise_is_never_exceeded_and_money_adds_up(shop, seed):
    """Six orders with the code, in any order of arrival, read after some of the arrivals."""
    rng = np.random.default_rng(seed)
    paid = 0
    for hour in rng.permutation(6).tolist():
        off = int(rng.integers(0, 200))
        money_of = {"revenue_minor": 1000 - off, "coupon_minor": off, "coupon": "COFFEE25"}
        shop.orders("s1", 1 + hour / 24, "coffee", **money_of)
        paid += 1000 - off
        if rng.random() < 0.5:
            collect(shop)
    collect(shop)
    discounts = sum(one.discount_minor for one in found(shop, "redeemed"))
    assert discounts <= 250
    assert discounts == min(250, 6000 - paid)
    assert sum(one.revenue_minor for one in found(shop, "ordered")) == paid + discounts


@pytest.mark.parametrize(
    ("shopper", "day", "code", "reason"),
    [
        ("s1", 2, "SUMMER", "unknown_code"),
        ("s2", 2, "COFFEE25", "not_promised"),
        ("s1", 7, "COFFEE25", "out_of_time"),
        ("s1", 2, "coffee-25", "unknown_code"),  # an offer with a code does not go by its id
    ],
)
def test_a_coupon_that_no_promise_explains_is_counted(shop, shopper, day, code, reason):
    shop.orders(shopper, day, "coffee", revenue_minor=750, coupon_minor=250, coupon=code)
    report = collect(shop, day=8)
    assert (report.redeemed, report.unmatched, report.reasons) == (0, 1, {reason: 1})
    assert [money(one) for one in found(shop, "ordered")] == [(750, 225, 0)]


def test_of_two_weeks_the_later_promise_is_redeemed(shop):
    shop.decide("d9", "s1", "coffee-25", day=7)
    shop.orders("s1", 8, "coffee", revenue_minor=750, coupon_minor=250, coupon="COFFEE25")
    collect(shop, day=9)
    assert [one.decision_id for one in found(shop, "redeemed")] == ["d9"]


@pytest.mark.parametrize(
    "named",
    [
        {"campaign_id": "c1", "properties": '{"decision_id": "d3"}', "discount_minor": 200},
        {"campaign_id": "c1", "properties": '{"offer_id": "pizza-20"}', "discount_minor": 200},
        {"coupon": "pizza-20", "coupon_minor": 200},
    ],
)
def test_an_offer_without_a_code_is_redeemed_by_name(shop, named):
    shop.orders("s3", 2, "pizza", revenue_minor=800, **named)
    collect(shop)
    assert [(one.decision_id, *money(one)) for one in found(shop, "redeemed")] == [
        ("d3", 0, 0, 200)
    ]
    assert [money(one) for one in found(shop, "ordered")] == [(1000, 400, 0)]


@pytest.mark.parametrize(
    ("shopper", "campaign_id", "said"),
    [
        ("s3", "c2", {"decision_id": "d3"}),
        ("s2", "c1", {"decision_id": "d3"}),
        ("s3", "c1", {"decision_id": "d1"}),
        ("s1", "c1", {"decision_id": "d1"}),  # it has a code, which was not entered
        ("s3", "c1", {}),
        ("s3", "c1", [1]),
    ],
)
def test_a_name_that_does_not_fit_redeems_nothing(shop, shopper, campaign_id, said):
    columns = {"campaign_id": campaign_id, "properties": json.dumps(said), "discount_minor": 200}
    shop.orders(shopper, 2, "pizza", revenue_minor=800, **columns)
    assert collect(shop).redeemed == 0
    assert [money(one) for one in found(shop, "ordered")] == [(800, 320, 0)]


def test_a_named_offer_that_took_nothing_off_was_not_redeemed(shop):
    shop.orders("s3", 2, "pizza", campaign_id="c1", properties='{"decision_id": "d3"}')
    assert collect(shop).redeemed == 0


def test_free_shipping_costs_what_was_promised_as_no_line_shows_it(shop):
    shop.decide("d4", "s2", "dog-shipping", day=1)
    shop.orders("s2", 2, "dog", campaign_id="c1", properties='{"offer_id": "dog-shipping"}')
    collect(shop)
    assert [money(one) for one in found(shop, "redeemed")] == [(0, 0, 200)]
    assert [money(one) for one in found(shop, "ordered")] == [(1000, 300, 0)]


def test_clicks_and_opens_belong_to_the_decision_they_name(shop):
    said = '{"decision_id": "d1"}'
    shop.happens("Promotion Clicked", "s1", 1, properties=said)
    shop.happens("Email Opened", "s1", 0.9, properties=said)
    shop.happens("Promotion Viewed", "s3", 0.8, properties='{"decision_id": "d3"}')
    shop.happens("Promotion Viewed", "s3", 0.7, properties='{"promotion_id": "the shop\'s own"}')
    report = collect(shop)
    assert (report.clicked, report.opened, report.unmatched) == (1, 2, 0)
    assert [(one.decision_id, one.group) for one in found(shop, "clicked")] == [("d1", "COFFEE")]


@pytest.mark.parametrize(
    ("shopper", "name", "reason"),
    [("s2", "d1", "other_shopper"), ("s1", "d99", "unknown_decision")],
)
def test_a_click_on_somebody_elses_message_is_not_believed(shop, shopper, name, reason):
    properties = json.dumps({"decision_id": name})
    shop.happens("Promotion Clicked", shopper, 1, properties=properties)
    report = collect(shop)
    assert (report.clicked, report.reasons) == (0, {reason: 1})


def test_the_token_of_a_link_names_the_shopper_of_an_unknown_visitor(shop):
    said = json.dumps({"pl": signed_token(KEY, CLICK, "d1")})
    shop.happens("Promotion Clicked", f"{ANONYMOUS}v1", 1, properties=said)
    assert collect(shop).clicked == 0  # without the key nobody can tell a forgery
    assert collect(shop, key=KEY).clicked == 1
    assert [one.shopper_id for one in found(shop, "clicked")] == ["s1"]


def test_a_forged_token_is_counted_and_not_believed(shop):
    said = json.dumps({"pl": signed_token(b"another key, also 16+", CLICK, "d1")})
    shop.happens("Promotion Clicked", "s1", 1, properties=said)
    report = collect(shop, key=KEY)
    assert (report.clicked, report.reasons) == (0, {"bad_token": 1})


def test_who_unsubscribes_gets_no_more_mail(shop):
    shop.happens("Unsubscribed", "s1", 3, properties='{"decision_id": "d1"}')
    assert collect(shop).unsubscribed == 1
    assert shop.house.consents.granted("email", PURPOSE) == {"s2", "s3"}
    assert [one.decision_id for one in found(shop, "unsubscribed")] == ["d1"]


def test_leaving_before_the_campaign_counts_as_well(shop):
    shop.happens("Unsubscribed", "s1", -5)
    assert [collect(shop).new, collect(shop).new] == [1, 0]
    assert "s1" not in shop.house.consents.granted("email", PURPOSE)


def test_the_unsubscribe_link_names_the_shopper_by_its_token(shop):
    said = json.dumps({"t": signed_token(KEY, UNSUBSCRIBE, "s3", "email")})
    shop.happens("Unsubscribed", f"{ANONYMOUS}v1", 3, properties=said)
    assert collect(shop).reasons == {"unknown_shopper": 1}
    assert collect(shop, key=KEY).unsubscribed == 1
    assert shop.house.consents.granted("email", PURPOSE) == {"s1", "s2"}


def test_who_comes_back_later_is_not_thrown_out_by_a_replay(shop):
    shop.happens("Unsubscribed", "s1", 3)
    collect(shop)
    later = shop.campaign.starts_at + timedelta(days=4)
    shop.house.consents.record([Consent("s1", "email", PURPOSE, True, later, "checkout")])
    collect(shop)
    assert "s1" in shop.house.consents.granted("email", PURPOSE)


def test_what_lies_ahead_of_now_or_before_the_campaign_is_not_read(shop):
    shop.orders("s1", -1, "coffee")
    shop.orders("s1", 6, "coffee")
    assert [collect(shop, day=6).new, collect(shop, day=6.1).new] == [0, 1]


def test_a_segment_call_as_shops_send_it_redeems_its_coupon(shop):
    """Ten dollars of coffee and two of soap, 2.40 off by the code: shared 2.00 and 0.40."""
    products = [
        {"product_id": "coffee", "price": 10.0, "quantity": 1},
        {"product_id": "soap", "price": 2.0, "quantity": 1},
    ]
    call = {
        "type": "track",
        "event": "Order Completed",
        "messageId": "m1",
        "userId": "s1",
        "timestamp": "2026-11-04T09:00:00Z",
        "properties": {
            "order_id": "o1",
            "currency": "USD",
            "coupon": "COFFEE25",
            "discount": 2.4,
            "products": products,
        },
    }
    batch = JsonLinesReader("events.jsonl").read([json.dumps(call).encode()])
    assert batch.quarantined == ()
    shop.house.history.append(batch.lines)
    collect(shop)
    assert [money(one) for one in found(shop, "redeemed")] == [(0, 0, 240)]
    assert [money(one) for one in found(shop, "ordered")] == [(1000, 300, 0)]


def used_at_till(shop, off: int) -> None:
    """The till takes ``off`` for the coffee promise of s1, on the second day."""
    at = shop.campaign.starts_at + timedelta(days=2)
    who = ("s1", "c1", "coffee-25", "d1", "COFFEE25", "o-1")
    use = OfferUse("use-1", "o-1", *who, at, "USD", off, 0, {})
    terms = UseTerms("c1", off + 1, 251, at + timedelta(days=6))
    shop.house.redemptions.redeem(use, terms)


def test_an_order_that_the_till_priced_is_redeemed_once_at_what_the_till_took_off(shop):
    used_at_till(shop, 200)
    order = {"revenue_minor": 800, "coupon_minor": 200, "coupon": "COFFEE25"}
    shop.orders("s1", 2.1, "coffee", **order)
    collect(shop)
    [bought], [redeemed] = found(shop, "ordered"), found(shop, "redeemed")
    assert money(bought) == (1000, 300, 0)
    assert (redeemed.decision_id, money(redeemed)) == ("d1", (0, 0, 200))
    assert collect(shop, day=9).new == 0


def test_an_order_whose_use_the_till_rolled_back_redeems_nothing(shop):
    used_at_till(shop, 200)
    shop.house.redemptions.roll_back("o-1", shop.campaign.starts_at + timedelta(days=3))
    shop.orders("s1", 2.1, "coffee", revenue_minor=800, coupon_minor=200, coupon="COFFEE25")
    collect(shop)
    assert found(shop, "redeemed") == []
