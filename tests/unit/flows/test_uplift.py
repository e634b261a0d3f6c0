"""Uplift of a campaign's own arms, through the simulated shop: what people do is known here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import assign_arms
from promoloop.evaluate import Estimate
from promoloop.flows.books.outcomes import collect_outcomes
from promoloop.flows.demo.people import assumed_contacts
from promoloop.flows.history.audience import load_audience
from promoloop.flows.history.learn import learn
from promoloop.flows.measuring.before import known_before
from promoloop.flows.measuring.close import close_week
from promoloop.flows.measuring.uplift import campaign_uplift
from promoloop.flows.measuring.uplift_text import uplift_text
from promoloop.offers import Campaign, Offer, PercentOff
from promoloop.simulate import simulated_shop
from promoloop.testing.memory_house import memory_house

START = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
OFFER = Offer(
    "coffee-25",
    {"en-US": "coffee"},
    "COFFEE",
    PercentOff(25, 250),
    START,
    START + 8 * WEEK,
    "USD",
)
CAMPAIGN = Campaign(
    "c1",
    "Summer",
    ("coffee-25",),
    {"email": 1},
    (9,),
    10_000,
    "USD",
    {"policy": 0.4, "random": 0.0, "bau": 0.3, "holdout": 0.3},
    START,
    4,
    "salt",
)


def shop(spends, n=900):
    """A shop whose shoppers spend ``spends(arm, regular, rng)`` minor units in week 1.

    ``regular`` marks the half who came most often in the year before.
    """
    people = simulated_shop(n, ("COFFEE",), START, "USD", np.random.default_rng(1))
    house = memory_house()
    house.catalogue.put(people.products)
    house.offers.put([OFFER])
    house.campaigns.put(CAMPAIGN)
    house.history.append(people.lines)
    house.history.append(assumed_contacts(people.shopper_ids, START - WEEK))
    learn(house, START)
    audience = load_audience(house, CAMPAIGN)
    arms = np.array(assign_arms(audience.ids, CAMPAIGN.salt, CAMPAIGN.arms))
    orders = known_before(house, CAMPAIGN, audience)[:, 3]
    regular = orders > np.median(orders)
    spent = spends(arms, regular, np.random.default_rng(2))
    margins = pl.DataFrame(
        {"shopper_id": audience.ids, "margin_minor": np.rint(spent).astype(np.int64)}
    )
    house.tables.put("margins-c1-01", margins)
    return house


def noise(arms, rng):
    return 300 + 60 * rng.normal(size=len(arms))


def crossing(arms, regular, rng):
    """The policy moves regulars and puts the others off; business as usual does the reverse."""
    sign = np.where(regular, 1.0, -1.0)
    side = (arms == "policy").astype(float) - (arms == "bau")
    return noise(arms, rng) + 80 * sign * side


def same_for_all(arms, regular, rng):
    return noise(arms, rng) + 50.0 * (arms == "policy") + 20.0 * (arms == "bau")


def nothing(arms, regular, rng):
    return noise(arms, rng) - 20.0 * (arms != "holdout")


LATER = START + WEEK + timedelta(days=2)


@pytest.fixture(scope="module")
def crossed():
    return campaign_uplift(shop(crossing), CAMPAIGN, LATER)


def test_arms_that_suit_different_people_call_for_personalising(crossed):
    assert crossed.targeting.verdict == "personalise"
    assert crossed.treatments == ("policy", "bau")
    assert crossed.targeting.plan.low < 80 < crossed.targeting.plan.high + 10
    assert crossed.planned["policy"] == pytest.approx(0.5, abs=0.12)
    assert sum(crossed.planned.values()) == pytest.approx(1.0)


def test_those_whom_an_arm_moves_are_found_and_foretold(crossed):
    order = crossed.qini["policy"]
    assert isinstance(order, Estimate)
    assert order.low > 0
    borne = crossed.calibration["policy"]
    assert borne.slope_low < 1.1
    assert borne.slope_high > 0.9


def test_an_arm_that_is_best_for_everybody_is_given_to_everybody():
    found = campaign_uplift(shop(same_for_all), CAMPAIGN, LATER)
    assert found.targeting.verdict == "one_for_all"
    assert found.treatments[found.targeting.arm - 1] == "policy"
    assert found.targeting.static[0].low < 50 < found.targeting.static[0].high
    assert "Give everybody the learnt policy" in uplift_text(found, "en-US")
    assert "对所有人采用“学习策略”" in uplift_text(found, "zh-CN")


def test_a_campaign_that_loses_money_is_told_to_send_nothing():
    found = campaign_uplift(shop(nothing), CAMPAIGN, LATER)
    assert found.targeting.verdict == "nothing"
    assert "send nothing" in uplift_text(found, "en-US")
    assert "结论：不发送" in uplift_text(found, "zh-CN")


def test_the_text_says_the_plan_its_rival_and_how_sure_it_is(crossed):
    text = uplift_text(crossed, "en-US")
    assert text.startswith("Uplift in campaign c1: 892 shoppers, 1 closed week(s).")
    assert "Verdict: personalise" in text
    assert "minor units of USD" in text
    assert "…" in text


def test_the_same_question_gets_the_same_answer(crossed):
    assert campaign_uplift(shop(crossing), CAMPAIGN, LATER) == crossed


def test_features_end_where_the_campaign_begins():
    house = shop(nothing, n=120)
    audience = load_audience(house, CAMPAIGN)
    before = known_before(house, CAMPAIGN, audience)
    lines = house.history.scan().filter(pl.col("event") == "Order Completed").collect()
    house.history.append(
        lines.head(40).with_columns(
            message_id=pl.col("message_id") + "-later", timestamp=pl.lit(START + timedelta(hours=1))
        )
    )
    assert np.array_equal(known_before(house, CAMPAIGN, audience), before)
    assert np.isfinite(before).all()


def test_what_cannot_be_told_yet_is_refused():
    house = shop(nothing, n=120)
    with pytest.raises(RefusedError, match="no week of it is over"):
        campaign_uplift(house, CAMPAIGN, START)
    alone = replace(CAMPAIGN, arms={"policy": 1.0})
    with pytest.raises(RefusedError, match="only against a holdout"):
        campaign_uplift(house, alone, LATER)
    tiny = replace(CAMPAIGN, arms={"policy": 0.97, "holdout": 0.03})
    with pytest.raises(RefusedError, match="one of its arms has"):
        campaign_uplift(house, tiny, LATER)
    with pytest.raises(InvalidError, match="has not been closed"):
        campaign_uplift(house, CAMPAIGN, LATER + WEEK)


def test_a_closed_week_of_real_orders_is_read():
    house = shop(nothing, n=300)
    week = START + timedelta(days=1)
    coffee = [one.product_id for one in house.catalogue.all() if one.category == "COFFEE"]
    bought = pl.col("product_id").is_in(coffee) & (pl.col("event") == "Order Completed")
    again = (
        house.history.scan()
        .filter(bought)
        .collect()
        .head(200)
        .with_columns(
            message_id=pl.col("message_id") + "-again",
            order_id=pl.col("order_id") + "-again",
            timestamp=pl.lit(week),
        )
    )
    house.history.append(again)
    collect_outcomes(house, CAMPAIGN, START + WEEK)
    close_week(house, CAMPAIGN, 1)
    found = campaign_uplift(house, CAMPAIGN, LATER)
    assert found.weeks == 1
    assert isinstance(found.qini["policy"], Estimate)
    assert found.targeting.static[0].low < found.targeting.static[0].high
