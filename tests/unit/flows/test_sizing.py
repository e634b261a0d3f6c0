"""Sizes from history, and what all campaigns bring together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import GlobalHoldout, held_out
from promoloop.evaluate import compare_means
from promoloop.events import EVENT_LINES
from promoloop.feedback import Outcome
from promoloop.flows.deciding.decide import decide
from promoloop.flows.demo.people import assumed_contacts
from promoloop.flows.history.learn import learn
from promoloop.flows.history.past import first_order_at, margins_between
from promoloop.flows.measuring.overall import overall_lift
from promoloop.flows.measuring.sizing import Lift, size_campaign
from promoloop.offers import Campaign, Offer, PercentOff
from promoloop.simulate import simulated_shop
from promoloop.testing.memory_house import memory_house

START = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = timedelta(weeks=1)
COFFEE = Offer(
    "coffee-20", {"en-US": "coffee"}, "COFFEE", PercentOff(20, 200), START, START + 9 * WEEK, "USD"
)
CAMPAIGN = Campaign(
    "c1",
    "Summer",
    ("coffee-20",),
    {"email": 1},
    (9,),
    40_000,
    "USD",
    {"policy": 0.6, "random": 0.0, "bau": 0.0, "holdout": 0.4},
    START,
    4,
    "salt",
)


@pytest.fixture(scope="module")
def house():
    """400 simulated shoppers with a year of history."""
    made = memory_house(margins={"GROCERY": 25})
    people = simulated_shop(400, ("COFFEE",), START, "USD", np.random.default_rng(7))
    made.catalogue.put(people.products)
    made.offers.put([COFFEE])
    made.campaigns.put(CAMPAIGN)
    made.history.append(people.lines)
    made.history.append(assumed_contacts(people.shopper_ids, START - WEEK))
    learn(made, START)
    return made


def ids_of(house):
    return tuple(sorted(house.tables.get("profiles")["shopper_id"].to_list()))


def test_margins_of_past_weeks_are_those_of_the_orders(house):
    product = house.catalogue.all()[0]
    other = memory_house(margins={product.department: 25})
    other.catalogue.put([product])
    rows = [
        {
            "message_id": f"m{day}",
            "line": 0,
            "event": "Order Completed",
            "shopper_id": "s1",
            "timestamp": START + timedelta(days=day),
            "currency": "USD",
            "product_id": product.product_id,
            "revenue_minor": 1_000,
            "quantity": 1,
        }
        for day in (0, 6, 7, 14)
    ]
    other.history.append(pl.DataFrame(rows, schema=EVENT_LINES))
    found = margins_between(other, {product.category}, ("s0", "s1"), START, 2)
    assert found.tolist() == [[0.0, 0.0], [500.0, 250.0]]
    assert first_order_at(other) == START
    assert first_order_at(memory_house()) is None


def test_a_campaign_of_the_size_it_needs_would_find_the_lift(house):
    found = size_campaign(house, CAMPAIGN, Lift.of("20%"), START)
    assert found.lift_minor == pytest.approx(0.2 * found.mean_minor)
    assert found.needed_policy == pytest.approx(1.5 * found.needed_against, abs=2)
    assert found.needed_audience == pytest.approx(found.needed_policy + found.needed_against, abs=3)
    assert found.audience == len(ids_of(house))
    assert found.enough == (found.needed_audience <= found.audience)
    # By hand, with the last of four weekly looks at between 1.96 and 2.3 standard errors.
    noise = found.sd_minor**2 * (1 - found.correlation**2) / found.lift_minor**2 / 0.24
    assert (found.needed_audience - 3) / noise >= (1.96 + 0.84) ** 2
    assert (found.needed_audience - 6) / noise <= (2.3 + 0.8417) ** 2


def test_the_smallest_lift_is_what_the_audience_shows(house):
    found = size_campaign(house, CAMPAIGN, Lift.of("20%"), START)
    again = size_campaign(house, CAMPAIGN, Lift(found.smallest_lift_minor, False), START)
    assert again.needed_audience == pytest.approx(found.audience, abs=4)


def test_a_lasting_liking_makes_the_covariate_worth_something(house):
    found = size_campaign(house, CAMPAIGN, Lift.of("20%"), START)
    assert 0.1 < found.correlation < 1.0


@pytest.mark.parametrize("text", ["", "five", "0", "-3%", "nan", "inf%"])
def test_a_lift_that_is_none_is_named(text):
    with pytest.raises(InvalidError, match="Write 5%"):
        Lift.of(text)


@pytest.mark.parametrize("against", ["bau", "policy", "nobody"])
def test_an_arm_without_a_share_cannot_be_compared_with(house, against):
    with pytest.raises(InvalidError, match=r"policy 60%, .*holdout 40%.*an arm that has a share"):
        size_campaign(house, CAMPAIGN, Lift.of("5%"), START, against)


def test_too_short_a_history_is_refused(house):
    with pytest.raises(RefusedError, match="whole weeks before it"):
        size_campaign(house, replace(CAMPAIGN, weeks=60), Lift.of("5%"), START)


def test_all_campaigns_are_held_against_the_global_holdout(house):
    house = replace(house, holdout=GlobalHoldout(0.3))
    decide(house, "c1", START, 1)
    ids = ids_of(house)
    out = np.array(held_out(ids, house.holdout))
    rng = np.random.default_rng(3)
    margin = np.round(rng.gamma(2.0, 100.0, len(ids)) + np.where(out, 0.0, 150.0))
    house.outcomes.append(
        [
            Outcome(
                f"o{row}",
                shopper,
                "",
                "ordered",
                "COFFEE",
                START + timedelta(days=2),
                0,
                int(margin[row]),
                0,
                "real",
            )
            for row, shopper in enumerate(ids)
        ]
    )
    assert overall_lift(house, START + WEEK) is None
    found = overall_lift(house, START + 1.5 * WEEK)
    # Nothing was sent, so nothing was spent; one week of four is looked at.
    plain = compare_means(margin[~out], margin[out], always_valid=False)
    assert (found.held_out, found.others) == (int(out.sum()), int((~out).sum()))
    assert found.lift.value == pytest.approx(plain.value, rel=0.2)
    assert found.lift.low <= 150.0 <= found.lift.high
    assert (found.weeks, found.campaigns, found.ratio.ok) == (1, ("c1",), True)


def test_without_a_global_holdout_there_is_nothing_to_compare_with(house):
    assert overall_lift(house, START + 3 * WEEK) is None
