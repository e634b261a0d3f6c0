"""Two weeks of one small campaign, closed, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from promoloop.core import InvalidError
from promoloop.decide import BudgetState, Reservation
from promoloop.flows.books.given import promises_so_far
from promoloop.flows.books.stock import codes_used
from promoloop.flows.history.audience import Audience
from promoloop.flows.house import House
from promoloop.flows.measuring.close import Closed, close_week, rewards_of_week
from promoloop.flows.measuring.measure import lift, panel, ratio
from promoloop.flows.schedule import WEEK
from promoloop.respond import Baseline
from promoloop.testing.memory_house import memory_house
from promoloop.testing.memory_tables import MemoryTables
from promoloop.testing.samples import NOON, campaign, decision, message, offer, outcome

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CAMPAIGN = campaign("c1")
LIABILITY = 400
CONTACT = CAMPAIGN.channels["email"]


def opened(units: int = 10) -> House:
    """A house whose account holds 10,000 minor units and ``units`` of the offer ``o1``."""
    house = memory_house(time_zone="UTC")
    house.offers.put([offer("o1"), offer("o2")])
    house.ledger.open("c1", 10_000, {"o1": units})
    return house


def promise(house: House, decision_id: str, shopper_id: str, week: int = 1) -> None:
    """Decide, at the beginning of ``week``, to write to the shopper about ``o1``."""
    start = NOON + (week - 1) * WEEK
    made = replace(decision(decision_id), shopper_id=shopper_id, decided_at=start)
    held = Reservation(decision_id, "o1", LIABILITY, start + 8 * DAY)
    mail = replace(
        message(decision_id, shopper_id=shopper_id),
        decision_id=decision_id,
        not_before=start + 6 * HOUR,
        expires_at=start + WEEK,
    )
    house.commit("c1", [made], [held], [mail])


def send(house: House, keys: Sequence[str], week: int = 1) -> None:
    """Send these messages six hours into ``week``, and stop every other one that is due."""
    at = NOON + (week - 1) * WEEK + 6 * HOUR
    due = [one.dedupe_key for one in house.outbox.lease("w", at, 100)]
    house.outbox.mark([key for key in due if key not in keys], "w", "capped", at)
    house.outbox.mark(keys, "w", "sending", at)
    house.outbox.mark(keys, "w", "sent", at)


def order(house: House, shopper_id: str, days: float, margin: int) -> None:
    """An order from the offer's group, ``days`` after the campaign began."""
    at = NOON + timedelta(days=days)
    one = replace(outcome(f"order-{shopper_id}-{days}"), shopper_id=shopper_id, decision_id="")
    house.outcomes.append([replace(one, at=at, margin_minor=margin, discount_minor=0)])


def redeem(house: House, decision_id: str, shopper_id: str, days: float, discount: int) -> None:
    """The redemption of a promise, which takes ``discount`` off."""
    one = replace(outcome(f"use-{decision_id}-{days}"), shopper_id=shopper_id, kind="redeemed")
    at = NOON + timedelta(days=days)
    one = replace(one, decision_id=decision_id, at=at, margin_minor=0, discount_minor=discount)
    house.outcomes.append([one])


def one_week() -> House:
    """Three promises: one redeemed, one sent in vain, one never sent; a fourth shopper buys."""
    house = opened()
    for spot in (1, 2, 3):
        promise(house, f"d{spot}", f"s{spot}")
    send(house, ["d1", "d2"])
    order(house, "s1", 2, 300)
    redeem(house, "d1", "s1", 2, 120)
    order(house, "s4", 3, 50)
    return house


def people(*shopper_ids: str) -> Audience:
    n = len(shopper_ids)
    ones = np.ones((n, 1))
    return Audience(
        ids=shopper_ids,
        profiles=pl.DataFrame({"shopper_id": shopper_ids}),
        baseline=Baseline(np.array(shopper_ids), ("COFFEE",), 0.2 * ones, ones, 100 * ones),
        locales=("en-US",) * n,
        time_zones=("UTC",) * n,
        emails=("",) * n,
        consent={},
    )


def margins(house: House, week: int) -> dict[str, int]:
    frame = house.tables.get(f"margins-c1-{week:02d}")
    return dict(frame.select("shopper_id", "margin_minor").iter_rows())


def test_a_redeemed_promise_costs_its_discount_and_a_sent_one_its_contact():
    house = one_week()
    closed = close_week(house, CAMPAIGN, 1)
    assert closed == Closed(1, 1, discounts_minor=120, contacts_minor=4, over_promise=0)
    state = house.ledger.state("c1")
    assert (state.reserved_minor, state.spent_minor) == (0, 120 + 2 * CONTACT)


def test_only_what_was_redeemed_keeps_its_unit():
    house = one_week()
    assert house.stock.stock_left("c1") == {"o1": 7}
    close_week(house, CAMPAIGN, 1)
    assert house.stock.stock_left("c1") == {"o1": 9}


def test_the_margin_of_a_week_is_less_discounts_and_contacts():
    house = one_week()
    close_week(house, CAMPAIGN, 1)
    # s1: 300 - 120 - 2; s2 was written to for 2; s3 was never written to; s4 bought by itself
    assert margins(house, 1) == {"s1": 178, "s2": -2, "s3": 0, "s4": 50}


def test_closing_again_changes_nothing():
    house = one_week()
    first = close_week(house, CAMPAIGN, 1)
    state, kept = house.ledger.state("c1"), margins(house, 1)
    assert close_week(house, CAMPAIGN, 1) == first
    assert (house.ledger.state("c1"), margins(house, 1)) == (state, kept)


def test_more_than_was_promised_is_counted_and_not_taken_from_the_budget():
    house = one_week()
    redeem(house, "d2", "s2", 4, LIABILITY + 1)
    assert close_week(house, CAMPAIGN, 1).over_promise == 1
    assert house.ledger.state("c1").spent_minor == 120 + CONTACT + LIABILITY


def test_a_redemption_that_took_nothing_off_still_uses_its_unit():
    house = one_week()
    redeem(house, "d2", "s2", 4, 0)
    assert close_week(house, CAMPAIGN, 1).redemptions == 2
    assert house.stock.stock_left("c1") == {"o1": 8}


def test_another_week_and_another_campaign_are_left_alone():
    house = one_week()
    promise(house, "d9", "s9", week=2)
    house.decisions.append([replace(decision("e1"), campaign_id="c2")])
    redeem(house, "e1", "s8", 1, 70)
    assert close_week(house, CAMPAIGN, 1).redemptions == 1
    assert house.ledger.state("c1").reserved_minor == LIABILITY


def test_a_week_without_anything_can_be_closed():
    house = opened()
    assert close_week(house, CAMPAIGN, 1) == Closed(1, 0, 0, 0, 0)
    assert margins(house, 1) == {}


def test_a_week_whose_promises_expired_is_closed_late():
    """The money had gone back; the discount and the two contacts are owed all the same."""
    house = one_week()
    house.ledger.expire(NOON + 9 * DAY)
    close_week(house, CAMPAIGN, 1)
    spent = 120 + 2 * CONTACT
    assert house.ledger.state("c1") == BudgetState("c1", 10_000, 0, spent, late_minor=spent)
    assert house.stock.stock_left("c1") == {"o1": 9}


def test_the_panel_lays_closed_weeks_out_over_the_audience():
    house = one_week()
    order(house, "s2", 7, 40)
    order(house, "stranger", 8, 900)
    for week in (1, 2):
        close_week(house, CAMPAIGN, week)
    seen = panel(house, CAMPAIGN, people("s2", "s1", "quiet"), 2)
    assert seen.margin.tolist() == [[-2, 40], [178, 0], [0, 0]]
    assert seen.expected.tolist() == pytest.approx([20, 20, 20])
    assert set(seen.arms) <= CAMPAIGN.arms.keys()


def test_the_panel_needs_every_week_closed():
    house = one_week()
    close_week(house, CAMPAIGN, 1)
    with pytest.raises(InvalidError, match=r"week 2 .*c1.*not been closed.*`promoloop learn`"):
        panel(house, CAMPAIGN, people("s1"), 2)


def test_arms_of_equal_shoppers_show_no_lift_and_the_right_sizes():
    house = opened()
    names = [f"s{spot}" for spot in range(400)]
    for name in names:
        order(house, name, 1, 100)
    close_week(house, CAMPAIGN, 1)
    seen = panel(house, CAMPAIGN, people(*names), 1)
    found = lift(seen, "policy", "bau", 1)
    assert found.value == pytest.approx(0)
    assert found.low <= 0 <= found.high
    assert ratio(CAMPAIGN, seen).p_value > 0.001


def test_rewards_come_when_their_window_has_closed():
    house = one_week()
    closes = NOON + WEEK + timedelta(seconds=1)  # a week after the decision
    assert rewards_of_week(house, CAMPAIGN, 1, NOON + WEEK - HOUR) == ()
    first, second = rewards_of_week(house, CAMPAIGN, 1, closes)
    assert (first.decision_id, first.bought, first.reward_minor) == ("d1", True, 300 - 120 - 2)
    assert (second.decision_id, second.bought, second.reward_minor) == ("d2", False, -2)
    assert NOON + WEEK <= first.matured_at < closes


def test_what_is_bought_after_the_next_decision_is_that_ones():
    house = one_week()
    promise(house, "d4", "s2", week=2)
    send(house, ["d4"], week=2)
    order(house, "s2", 6.9, 30)  # in the first week
    order(house, "s2", 7.26, 500)  # in the second
    rewards = rewards_of_week(house, CAMPAIGN, 1, NOON + 2 * WEEK)
    assert [one.margin_minor for one in rewards] == [300, 30]


def test_rewards_are_kept_once_nothing_can_change_them():
    house = one_week()
    complete = NOON + 2 * WEEK + 2 * DAY
    early = rewards_of_week(house, CAMPAIGN, 1, complete - timedelta(seconds=1))
    assert "rewards-c1-01" not in house.tables.names()
    assert rewards_of_week(house, CAMPAIGN, 1, complete) == early
    assert "rewards-c1-01" in house.tables.names()
    order(house, "s2", 1, 999)  # reported too late
    assert rewards_of_week(house, CAMPAIGN, 1, complete) == early
    assert rewards_of_week(house, CAMPAIGN, 1, NOON + WEEK - HOUR) == ()


def test_a_week_without_messages_is_kept_as_well():
    house = opened()
    assert rewards_of_week(house, CAMPAIGN, 1, NOON + 3 * WEEK) == ()
    assert rewards_of_week(house, CAMPAIGN, 1, NOON + 3 * WEEK) == ()


def held(house: House, week: int) -> dict[str, tuple[int, int]]:
    """Per shopper: promises of ``o1`` ever made, and those that count, in the midst of ``week``."""
    now = NOON + (week - 1) * WEEK + 2 * DAY
    frame = promises_so_far(house, CAMPAIGN, now)
    assert set(frame["offer_id"]) <= {"o1"}
    return {shopper: (all_, count) for _, shopper, all_, count in frame.iter_rows()}


def test_every_promise_counts_while_it_is_open():
    assert held(one_week(), 1) == {"s1": (1, 1), "s2": (1, 1), "s3": (1, 1)}


def test_a_promise_that_ended_unredeemed_counts_no_longer():
    house = one_week()
    close_week(house, CAMPAIGN, 1)
    promise(house, "w2", "s2", 2)
    assert held(house, 2) == {"s1": (1, 1), "s2": (2, 1), "s3": (1, 0)}
    assert held(house, 3) == {"s1": (1, 1), "s2": (2, 0), "s3": (1, 0)}


@pytest.mark.parametrize("closed", [True, False])
def test_promises_are_counted_from_the_logs_when_their_table_is_missing(closed: bool):
    house = one_week()
    if closed:
        close_week(house, CAMPAIGN, 1)
    bare = replace(house, tables=MemoryTables())
    assert held(house, 2) == held(bare, 2) == {"s1": (1, 1), "s2": (1, 0), "s3": (1, 0)}
    assert bare.tables.names() == ()


def test_a_redemption_reported_late_counts_once_the_week_is_closed_again():
    house = one_week()
    close_week(house, CAMPAIGN, 1)
    redeem(house, "d2", "s2", 6, 100)
    assert held(house, 2)["s2"] == (1, 0)
    close_week(house, CAMPAIGN, 1)
    assert held(house, 2)["s2"] == (1, 1)


def test_every_promise_ever_made_takes_a_code_of_the_pool():
    house = one_week()
    close_week(house, CAMPAIGN, 1)
    promise(house, "w2", "s2", 2)
    assert codes_used(promises_so_far(house, CAMPAIGN, NOON + WEEK + DAY)) == {"o1": 4}


def test_before_anything_is_promised_nothing_is_held():
    assert held(opened(), 1) == {}
