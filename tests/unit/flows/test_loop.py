"""Weeks are closed, money is settled and arms are compared on a shop's own events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from promoloop.decide import BudgetState, Reservation, assign_arms
from promoloop.flows.books.settling import release
from promoloop.flows.history.audience import Audience
from promoloop.flows.learning.loop import close_past_weeks, loop_back, weeks_over
from promoloop.flows.measuring.close import margins_of_week
from promoloop.flows.measuring.results import arm_results, margin_before
from promoloop.respond import MarginAssumptions, fit_baseline


def at(shop, day: float):
    return shop.campaign.starts_at + timedelta(days=day)


def redeem(shop, day: float = 2, coupon: int = 200) -> None:
    paid = 1000 - coupon
    shop.orders("s1", day, "coffee", revenue_minor=paid, coupon_minor=coupon, coupon="COFFEE25")


def test_a_week_is_over_a_day_after_it_ended_so_that_late_orders_are_in(shop):
    campaign = shop.campaign
    days = [0, 7.9, 8, 15, 29, 400]
    assert [weeks_over(campaign, at(shop, day)) for day in days] == [0, 0, 1, 2, 4, 4]
    assert weeks_over(campaign, at(shop, -100)) == 0


def test_what_was_redeemed_is_spent_and_the_rest_goes_back(shop):
    """s1's coffee: 2.00 and 0.01 for the e-mail of 2.51 reserved; s3's pizza: nothing of 3.00."""
    redeem(shop)
    assert shop.house.ledger.state("c1") == BudgetState("c1", 10_000, 551, 0)
    [one] = loop_back(shop.house, at(shop, 8)).campaigns
    assert one.budget == BudgetState("c1", 10_000, 0, 201)
    [week] = one.closed
    assert (week.week, week.redemptions, week.discounts_minor, week.contacts_minor) == (
        1,
        1,
        200,
        1,
    )
    assert week.over_promise == 0


def test_going_round_again_changes_nothing(shop):
    redeem(shop)
    first, again = (loop_back(shop.house, at(shop, 8.5)) for _ in range(2))
    assert (first.new_outcomes, again.new_outcomes) == (2, 0)
    assert again.campaigns[0].closed == ()
    assert again.campaigns[0].budget == first.campaigns[0].budget


def test_before_a_week_is_over_its_promises_stay_open(shop):
    redeem(shop)
    [one] = loop_back(shop.house, at(shop, 7.9)).campaigns
    assert (one.closed, one.retrained) == ((), None)
    assert one.budget == BudgetState("c1", 10_000, 551, 0)


def test_an_order_reported_after_the_week_was_closed_still_reaches_its_margins(shop):
    """Pizza of s2 at 40 %, known only on day 10."""
    loop_back(shop.house, at(shop, 8))
    shop.orders("s2", 3, "pizza")
    [one] = loop_back(shop.house, at(shop, 10)).campaigns
    margins = margins_of_week(shop.house, shop.campaign, 1)
    assert dict(margins.iter_rows()) == {"s1": -1, "s2": 400, "s3": 0}
    assert one.closed == ()


@pytest.mark.parametrize("day", [10, 40])
def test_a_redemption_reported_late_is_booked_and_reaches_the_margins(shop, day):
    """2.00 off coffee on day 2, known only when its money had gone back: spent, and said late."""
    loop_back(shop.house, at(shop, 8))
    redeem(shop)
    for _ in range(2):
        [one] = loop_back(shop.house, at(shop, day)).campaigns
        assert one.budget == BudgetState("c1", 10_000, 0, 201, late_minor=200)
        margins = margins_of_week(shop.house, shop.campaign, 1)
        # 10.00 at 30 %, less the discount and the e-mail
        assert dict(margins.iter_rows()) == {"s1": 99, "s3": 0}


def test_a_redemption_after_the_promise_ended_is_not_booked_however_soon_it_is_reported(shop):
    redeem(shop, day=7.1)
    [one] = loop_back(shop.house, at(shop, 8)).campaigns
    assert one.outcomes.reasons == {"out_of_time": 1}
    assert one.budget == BudgetState("c1", 10_000, 0, 1)


def test_money_that_expired_before_its_redemption_was_known_is_spent_all_the_same(shop):
    """Another week of promises took the room meanwhile: the account shows that it is over."""
    assert release(shop.house, at(shop, 8)) == 0  # what was known of the week was booked instead
    state = shop.house.ledger.state("c1")
    taken = Reservation("other", "pizza-20", state.free_minor, at(shop, 30))
    shop.house.ledger.reserve("c1", [taken])
    redeem(shop)
    loop_back(shop.house, at(shop, 9))
    state = shop.house.ledger.state("c1")
    assert state == BudgetState("c1", 10_000, 9_999, 201, late_minor=200)
    assert (state.over_minor, state.free_minor) == (200, 0)


def test_orders_nobody_looked_at_yet_are_booked_before_money_is_promised_again(shop):
    """`ingest` has read the order, `learn` has not run: 2.01 are owed, and not late."""
    redeem(shop)
    for _ in range(2):
        assert release(shop.house, at(shop, 8)) == 0
        assert shop.house.ledger.state("c1") == BudgetState("c1", 10_000, 0, 201)
    [one] = loop_back(shop.house, at(shop, 8)).campaigns
    assert (one.outcomes.redeemed, one.budget) == (1, BudgetState("c1", 10_000, 0, 201))


def test_money_nobody_settles_goes_back_when_it_expires(shop):
    """A reservation without a decision of any campaign, as a run killed by hand may leave."""
    lost = Reservation("lost", "coffee-25", 100, at(shop, 8))
    shop.house.ledger.reserve("c1", [lost])
    assert release(shop.house, at(shop, 7.9)) == 0
    assert shop.house.ledger.state("c1").reserved_minor == 651
    assert release(shop.house, at(shop, 8)) == 100
    assert shop.house.ledger.state("c1") == BudgetState("c1", 10_000, 0, 1)


def test_every_past_week_is_closed_in_order_when_nobody_came_by_for_long(shop):
    seen = []
    closed = close_past_weeks(
        shop.house, shop.campaign, at(shop, 60), lambda step, done, _: seen.append((step, done))
    )
    assert [week.week for week in closed] == [1, 2, 3, 4]
    assert seen == [("close", week) for week in (1, 2, 3, 4)]


def test_a_campaign_that_never_decided_has_nothing_to_close(shop):
    other = replace(shop.campaign, campaign_id="c2")
    shop.house.campaigns.put(other)
    two = loop_back(shop.house, at(shop, 20)).campaigns[1]
    assert (two.campaign_id, two.closed, two.retrained, two.budget) == ("c2", (), None, None)


def test_a_redemption_is_recorded_by_its_own_campaign_only(shop):
    other = replace(shop.campaign, campaign_id="c0")
    shop.house.campaigns.put(other)
    redeem(shop)
    zero, one = loop_back(shop.house, at(shop, 8)).campaigns
    assert (zero.outcomes.redeemed, zero.outcomes.unmatched, one.outcomes.redeemed) == (0, 0, 1)
    [bought] = [o for o in shop.house.outcomes.between(at(shop, 0), at(shop, 8)) if o.revenue_minor]
    assert bought.revenue_minor == 1000


@pytest.fixture
def audience(shop) -> Audience:
    """Everybody in every arm that the campaign's salt puts them in, plus forty more."""
    ids = tuple(f"s{number}" for number in range(1, 44))
    for number in range(1, 44):
        shop.orders(f"s{number}", -10, "coffee", revenue_minor=520)
    products = pl.DataFrame(
        {
            "product_id": ["coffee", "pizza", "dog"],
            "category": ["COFFEE", "PIZZA", "DOG FOODS"],
            "department": ["GROCERY", "FROZEN", "GROCERY"],
        }
    )
    groups = ("COFFEE", "DOG FOODS", "PIZZA")
    baseline = fit_baseline(
        shop.house.history.scan(), products, groups, MarginAssumptions(), at(shop, 0), ids
    )
    texts = ("",) * len(ids)
    return Audience(ids, pl.DataFrame({"shopper_id": ids}), baseline, texts, texts, texts, {})


def test_expected_margins_come_from_before_the_campaign(shop, audience):
    """5.20 at 30 % over 52 weeks are 3 cents a week; orders in the campaign change nothing."""
    redeem(shop)
    assert margin_before(shop.house, shop.campaign, audience) == pytest.approx(3.0)


def test_arms_show_what_they_cost_and_earned(shop, audience):
    redeem(shop)
    loop_back(shop.house, at(shop, 8))
    results = {
        one.arm: one for one in arm_results(shop.house, shop.campaign, at(shop, 8), audience)
    }
    arms = assign_arms(audience.ids, shop.campaign.salt, shop.campaign.arms)
    assert {arm: one.shoppers for arm, one in results.items()} == {
        arm: arms.count(arm) for arm in set(arms)
    }
    policy = results["policy"]
    assert (policy.messages, policy.redemptions, policy.spend_minor) == (2, 1, 201)
    # s1 brought 300 - 200 - 1 in whichever arm the salt put it.
    mine = results[arms[0]]
    assert mine.margin == pytest.approx(99 / mine.shoppers)
    assert all(one.true_incremental_minor is None for one in results.values())
    assert results["holdout"].against_holdout is None
    assert policy.against_holdout is not None


def test_before_the_first_week_is_over_there_is_nothing_to_compare(shop, audience):
    assert arm_results(shop.house, shop.campaign, at(shop, 7), audience) == ()
