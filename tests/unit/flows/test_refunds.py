"""What is given back is taken back where it counted, however late; every amount by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promoloop.feedback import Outcome
from promoloop.flows.books.outcomes import collect_outcomes
from promoloop.flows.learning.loop import close_past_weeks
from promoloop.flows.measuring.close import margins_of_week, open_rewards, rewards_of_week


def collect(shop, day: float = 6):
    now = shop.campaign.starts_at + timedelta(days=day)
    return collect_outcomes(shop.house, shop.campaign, now)


def found(shop, kind: str) -> list[Outcome]:
    start = shop.campaign.starts_at
    every = shop.house.outcomes.between(start, start + timedelta(days=90))
    return [one for one in every if one.kind == kind]


def money(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.revenue_minor, outcome.margin_minor, outcome.discount_minor


@pytest.fixture
def bought(shop):
    """10.00 of coffee at 30 %, 2.50 of it by coupon."""
    shop.orders("s1", 2, "coffee", revenue_minor=750, coupon_minor=250, coupon="COFFEE25")
    collect(shop, 3)
    return shop


def back(shop, day: float = 5, **columns: object) -> None:
    shop.happens("Order Refunded", "s1", day, order_id="o-s1-2", **columns)


def test_a_whole_order_given_back_takes_everything_back(bought):
    back(bought)
    report = collect(bought)
    taken = sorted(found(bought, "refunded"), key=lambda one: one.decision_id)
    assert [money(one) for one in taken] == [(-1000, -300, 0), (0, 0, -250)]
    assert [one.decision_id for one in taken] == ["", "d1"]
    [order] = found(bought, "ordered")
    assert {one.at for one in taken} == {order.at}
    assert (report.refunded, report.new) == (2, 2)


def test_reading_a_refund_again_adds_nothing(bought):
    back(bought)
    collect(bought)
    assert collect(bought, 9).new == 0


def test_a_sum_given_back_is_a_share_of_what_was_paid(bought):
    """1.50 of 7.50 is a fifth of everything."""
    back(bought, properties='{"total": 1.5}')
    collect(bought)
    assert sorted(money(one) for one in found(bought, "refunded")) == [
        (-200, -60, 0),
        (0, 0, -50),
    ]


def test_products_given_back_touch_their_group_only(shop):
    name = shop.orders("s1", 2, "coffee", quantity=4)
    shop.orders("s1", 2, "pizza", message_id=name, line=1)
    shop.happens("Order Refunded", "s1", 3, order_id="o-s1-2", product_id="coffee", quantity=1)
    collect(shop)
    [taken] = found(shop, "refunded")
    assert (taken.group, *money(taken)) == ("COFFEE", -250, -75, 0)


def test_no_more_is_given_back_than_was_brought(bought):
    for day in (3, 4, 5):
        back(bought, day, properties='{"total": 5}')
    collect(bought)
    assert sum(one.margin_minor for one in found(bought, "refunded")) == -300
    assert sum(one.discount_minor for one in found(bought, "refunded")) == -250


@pytest.mark.parametrize(
    "said", ['{"total": "<script>"}', '{"total": -4}', '{"total": true}', "no json", "[1]"]
)
def test_a_refund_that_says_nonsense_is_one_of_the_whole_order(bought, said: str):
    back(bought, properties=said)
    collect(bought)
    assert sum(one.margin_minor for one in found(bought, "refunded")) == -300


def test_a_refund_of_somebody_elses_order_takes_nothing_back(bought):
    bought.happens("Order Refunded", "s3", 4, order_id="o-s1-2")
    bought.happens("Order Refunded", "s1", 4, order_id="unknown")
    collect(bought)
    assert found(bought, "refunded") == []


def test_a_refund_long_after_is_taken_out_of_the_closed_weeks_reward_and_margin(bought):
    start = bought.campaign.starts_at
    closed_at = start + timedelta(days=20)
    close_past_weeks(bought.house, bought.campaign, closed_at)
    (before,) = [
        one
        for one in rewards_of_week(bought.house, bought.campaign, 1, closed_at)
        if one.decision_id == "d1"
    ]
    margin = _margin(bought)
    back(bought, 30)
    late = start + timedelta(days=31)
    collect(bought, 31)
    close_past_weeks(bought.house, bought.campaign, late)
    (after,) = [
        one
        for one in rewards_of_week(bought.house, bought.campaign, 1, late)
        if one.decision_id == "d1"
    ]
    assert before.reward_minor - after.reward_minor == 300 - 250
    assert (before.bought, after.bought) == (True, False)
    assert margin - _margin(bought) == 300 - 250


def test_what_stands_so_far_is_told_before_the_window_closes(bought):
    now = bought.campaign.starts_at + timedelta(days=4)
    mine = [
        one
        for one in open_rewards(bought.house, bought.campaign, 1, now)
        if one.decision_id == "d1"
    ]
    assert [(one.margin_minor, one.matured_at > now) for one in mine] == [(300, True)]


def _margin(shop) -> int:
    frame = margins_of_week(shop.house, shop.campaign, 1)
    return int(frame.filter(frame["shopper_id"] == "s1")["margin_minor"][0])
