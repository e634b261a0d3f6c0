"""The baseline's probabilities can be explained later, by the trees that made them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.flows.demo.people import assumed_contacts
from promoloop.flows.history.habits import habit_of, trees_key
from promoloop.flows.history.learn import learn
from promoloop.flows.house import House
from promoloop.offers import Campaign, Offer, PercentOff
from promoloop.respond import sigmoid
from promoloop.simulate import simulated_shop
from promoloop.testing.memory_house import memory_house

START = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def house() -> House:
    people = simulated_shop(120, ("COFFEE",), START, "USD", np.random.default_rng(7))
    made = memory_house()
    made.catalogue.put(people.products)
    end = datetime(2026, 8, 1, tzinfo=UTC)
    made.offers.put([Offer("o1", {"en-US": "x"}, "COFFEE", PercentOff(20, 300), START, end, "USD")])
    arms = {"policy": 1.0}
    made.campaigns.put(
        Campaign("c1", "C", ("o1",), {"email": 1}, (9,), 100, "USD", arms, START, 4, "s")
    )
    made.history.append(people.lines)
    made.history.append(assumed_contacts(people.shopper_ids, START))
    learn(made, START)
    return made


def test_shapley_values_sum_to_the_log_odds_of_the_stored_probability(house):
    key = trees_key(house.tables)
    for row in house.tables.get("baseline").head(60).to_dicts():
        found = habit_of(house.tables, key, row["shopper_id"], row["group"])
        assert found.probability == row["probability"]
        total = np.array([found.expected + sum(found.parts.values())])
        said = np.clip(sigmoid(total), 1e-4, 0.999)[0]
        assert said == pytest.approx(row["probability"], abs=1e-12)


def test_a_shopper_who_was_purged_is_said_to_be(house):
    with pytest.raises(InvalidError, match="purged"):
        habit_of(house.tables, trees_key(house.tables), "nobody", "COFFEE")


def test_trees_that_are_gone_are_named(house):
    with pytest.raises(InvalidError, match="trees-0123"):
        habit_of(house.tables, "0123", "sim-000001", "COFFEE")
