"""A small simulated shop goes round the loop on event lines alone, as a real one does."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from promoloop.core import SteppedClock, unit_interval
from promoloop.decide import Decision
from promoloop.deliver import Sender
from promoloop.evaluate import Switch
from promoloop.events import EVENT_LINES
from promoloop.flows.deciding.decide import decide
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.deliver import Desk, deliver_due
from promoloop.flows.history.audience import PURPOSE, load_audience
from promoloop.flows.history.learn import learn
from promoloop.flows.house import House
from promoloop.flows.learning.judging import judge
from promoloop.flows.learning.logged import LoggedSets, logged_sets
from promoloop.flows.learning.loop import LoopReport, loop_back
from promoloop.flows.measuring.results import arm_results
from promoloop.simulate import simulated_shop
from promoloop.testing.channel import MemoryChannel
from promoloop.testing.memory_house import memory_house
from promoloop.testing.stocked import coffee_and_pizza, stock, summer

KEY = b"sixteen bytes ok"
START = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
BUDGET = 40_000


CAMPAIGN = summer(START, BUDGET)


@pytest.fixture(scope="module")
def house() -> House:
    """300 simulated shoppers with a year of history, and copy from the templates."""
    made = memory_house()
    people = simulated_shop(300, ("COFFEE", "PIZZA"), START, "USD", np.random.default_rng(7))
    stock(made, people, CAMPAIGN, coffee_and_pizza(START), START)
    return made


def deliver(house: House, now: datetime) -> int:
    sender = Sender(
        "Shop", "o@shop.example", "Shop", "1 Road", "https://shop.example/u", "offers.shop.example"
    )
    desk = Desk(
        outbox=house.outbox,
        copies=house.copies,
        consents=house.consents,
        channels={"email": MemoryChannel("email"), "onsite": MemoryChannel("onsite")},
        sender=sender,
        shop_url="https://shop.example/",
        key=KEY,
        market="US",
        purpose=PURPOSE,
    )
    return deliver_due(desk, "worker", SteppedClock(now)).sent


def shop_week(house: House, start: datetime) -> None:
    """What shoppers do in the week: some redeem, some click, a few leave, others just buy."""
    products = {product.category: product.product_id for product in house.catalogue.all()}
    rows: list[dict[str, object]] = []
    for made in house.decisions.decided_between("c1", start, start + WEEK):
        draw = unit_interval("acts", made.decision_id)
        row = {"shopper_id": made.shopper_id, "timestamp": start + timedelta(days=3), "line": 0}
        said = {"properties": json.dumps({"decision_id": made.decision_id})}
        if made.offer_id and draw < 0.5:
            rows.append(row | said | {"event": "Promotion Clicked"})
        if made.offer_id and draw < 0.3:
            rows.append(row | said | _order(made, products))
        if made.offer_id and draw > 0.99:
            rows.append(row | said | {"event": "Unsubscribed"})
        if made.offer_id is None and draw < 0.2:
            rows.append(row | _order(replace(made, offer_id="coffee-25"), products, 0))
    named = [row | {"message_id": f"{start:%m%d}-{spot}"} for spot, row in enumerate(rows)]
    house.history.append(pl.DataFrame(named, schema=EVENT_LINES))


def _order(made: Decision, products: dict[str, str], off: int = 250) -> dict[str, object]:
    """1000 before the coupon; pizza has no code and goes by the campaign's name."""
    coffee = made.offer_id == "coffee-25"
    return {
        "event": "Order Completed",
        "order_id": f"o-{made.decision_id}",
        "product_id": products["COFFEE" if coffee else "PIZZA"],
        "quantity": 1,
        "revenue_minor": 1000 - off,
        "discount_minor": off,
        "coupon_minor": off if coffee else 0,
        "coupon": "COFFEE25" if coffee and off else None,
        "campaign_id": "c1",
        "currency": "USD",
    }


@pytest.fixture(scope="module")
def rounds(house: House) -> list[tuple[LoopReport, LoopReport]]:
    """Four weeks; on the second day of each the loop is closed twice."""
    done = []
    for week in range(4):
        start = START + week * WEEK
        decide(house, "c1", start, seed=1)
        for hours in (10, 16, 26, 36):
            deliver(house, start + timedelta(hours=hours))
        shop_week(house, start)
        now = start + WEEK + timedelta(days=1)
        done.append((loop_back(house, now, key=KEY), loop_back(house, now, key=KEY)))
        learn(house, start + WEEK)
    return done


def test_every_round_brings_outcomes_and_a_second_one_none(rounds):
    for first, again in rounds:
        assert first.campaigns[0].outcomes.redeemed > 0
        assert first.new_outcomes > 0
        assert again.new_outcomes == 0
        assert again.campaigns[0].closed == ()
        assert again.campaigns[0].retrained is None
        assert again.campaigns[0].budget == first.campaigns[0].budget


def test_all_outcomes_are_real(house, rounds):
    outcomes = house.outcomes.between(START, START + 5 * WEEK)
    assert len(outcomes) == sum(first.new_outcomes for first, _ in rounds)
    assert {one.source for one in outcomes} == {"real"}


def test_what_the_ledger_spent_is_what_was_redeemed_and_sent(house, rounds):
    state = house.ledger.state("c1")
    outcomes = house.outcomes.between(START, START + 5 * WEEK)
    redeemed = sum(one.discount_minor for one in outcomes if one.kind == "redeemed")
    channels = {d.decision_id: d.channel for d in house.decisions.of_campaign("c1")}
    sent = house.deliveries.sent_between(START, START + 5 * WEEK)
    mails = sum(channels[decision_id] == "email" for decision_id in sent)
    assert sum(one.discounts_minor for r, _ in rounds for one in r.campaigns[0].closed) == redeemed
    assert state.spent_minor == redeemed + mails
    assert state.reserved_minor == 0
    assert state.spent_minor <= BUDGET


def test_a_redemption_costs_what_came_off(house, rounds):
    del rounds
    outcomes = house.outcomes.between(START, START + 5 * WEEK)
    assert {one.discount_minor for one in outcomes if one.kind == "redeemed"} == {250}
    bought = [one for one in outcomes if one.kind == "ordered" and one.at.hour == 0]
    assert {one.revenue_minor for one in bought if one.at.weekday() == 3} == {1000}


def test_the_model_learns_as_soon_as_a_week_has_matured(rounds):
    """Week 1 has matured at the end of week 2, and so on."""
    lessons = [first.campaigns[0].retrained for first, _ in rounds]
    assert lessons[0] is None
    taught = [one for one in lessons if one]
    assert len(taught) == 3
    assert [one.version.trained_until for one in taught] == [
        START + week * WEEK - timedelta(microseconds=1) for week in (2, 3, 4)
    ]
    assert taught[0].outcomes < taught[1].outcomes < taught[2].outcomes


def test_who_left_is_not_written_to_again(house, rounds):
    del rounds
    outcomes = house.outcomes.between(START, START + 5 * WEEK)
    left = {one.shopper_id for one in outcomes if one.kind == "unsubscribed"}
    assert left
    assert not left & house.consents.granted("email", PURPOSE)
    late = house.decisions.decided_between("c1", START + 3 * WEEK, START + 4 * WEEK)
    before = {
        o.shopper_id for o in outcomes if o.kind == "unsubscribed" and o.at < START + 3 * WEEK
    }
    assert not [one for one in late if one.shopper_id in before and one.channel == "email"]


def test_the_arms_can_be_compared(house, rounds):
    del rounds
    now = START + 4 * WEEK + timedelta(days=1)
    results = arm_results(house, CAMPAIGN, now, load_audience(house, CAMPAIGN))
    assert [one.arm for one in results] == ["policy", "random", "bau", "holdout"]
    assert sum(one.shoppers for one in results) == 300
    spent = house.ledger.state("c1").spent_minor
    assert sum(one.spend_minor for one in results) == spent
    for one in results[:3]:
        assert one.against_holdout is not None
        assert one.against_holdout.low < one.against_holdout.high


def only(log: LoggedSets, rows: NDArray[np.bool_]) -> LoggedSets:
    """Some rows of a log."""
    whole = {"action_keys", "offer_ids"}
    parts = [field.name for field in fields(log) if field.name not in whole]
    return replace(log, **{name: getattr(log, name)[rows] for name in parts})


def test_a_shop_this_small_is_told_which_check_its_gate_failed(house, rounds):
    del rounds
    champion = house.models.running(effect_of(CAMPAIGN))
    log = logged_sets(house, CAMPAIGN, START + 4 * WEEK)
    result = judge(champion, log, 0.8)
    # 774 rows, but of the same 199 shoppers week after week.
    assert not result.promote
    assert "size: there are 199 independent rows, 200 are needed" in result.reason


@pytest.mark.parametrize("switch", [None, Switch()])
def test_the_gate_answers_by_both_estimators_where_every_row_is_another_shopper(
    house, rounds, switch
):
    del rounds
    champion = house.models.running(effect_of(CAMPAIGN))
    log = logged_sets(house, CAMPAIGN, START + 4 * WEEK)
    names = np.array([f"r{row}" for row in range(len(log.arms))], dtype=object)
    result = judge(champion, replace(log, shopper_ids=names), 0.8, switch)
    assert result.low < result.difference < result.high
    assert result.effective_n > 100


def test_the_gate_refuses_a_policy_of_offers_that_were_hardly_made(house, rounds):
    del rounds
    champion = house.models.running(effect_of(CAMPAIGN))
    log = logged_sets(house, CAMPAIGN, START + 4 * WEEK)
    made = log.offer[np.arange(len(log.chosen)), np.minimum(log.chosen, log.offer.shape[1] - 1)]
    coffee = (made == log.offer_ids.index("coffee-25")) & (log.chosen < log.offer.shape[1])
    few = ~coffee | (coffee.cumsum() <= 5)
    result = judge(champion, only(log, few), 0.8)
    assert not result.promote
    assert "rows per arm: coffee-25 was logged" in result.reason
