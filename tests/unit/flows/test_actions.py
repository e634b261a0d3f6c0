"""The actions of a week, and the guards of this flow, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from promoloop.core import InvalidError
from promoloop.decide import ShopperFacts
from promoloop.flows.deciding.actions import HoursTried, ShopperCap, action_grid, shopper_left
from promoloop.flows.history.audience import Audience
from promoloop.offers import Caps
from promoloop.respond import Action, Baseline
from promoloop.testing.samples import campaign, offer

MORNING, NOONTIME, EVENING = 9, 12, 20
EMAILS = [Action("o1", "email", hour, "a") for hour in (MORNING, NOONTIME, EVENING)]
ONSITE = [Action("o1", "onsite", hour, "a") for hour in (MORNING, NOONTIME, EVENING)]

NONE = np.zeros((2, 0))
SHOPPER_ONE_AND_TWO = Audience(
    ids=("s1", "s2"),
    profiles=pl.DataFrame({"shopper_id": ["s1", "s2"]}),
    baseline=Baseline(np.array(["s1", "s2"]), (), NONE, NONE, NONE),
    locales=("en-US", "en-US"),
    time_zones=("UTC", "UTC"),
    emails=("", ""),
    consent={},
)


def shoppers(n: int) -> ShopperFacts:
    return ShopperFacts(
        shopper_ids=np.array([f"s{row}" for row in range(n)]),
        locale=np.array(["en-US"] * n),
        lifecycle=np.array(["active"] * n),
        contacts=np.zeros(n, dtype=np.int64),
        consent={},
        candidates={},
    )


def orders(*shares: dict[int, float]) -> np.ndarray:
    return np.array([[one.get(hour, 0.0) for hour in range(24)] for one in shares])


def test_the_grid_has_every_offer_channel_hour_and_variant_once_and_sorted() -> None:
    grid = action_grid([offer("o2"), offer("o1")], campaign("c1"))  # 2 channels, 2 hours
    assert len(grid) == len(set(grid)) == 2 * 2 * 2 * 2
    assert list(grid) == sorted(grid)
    assert grid[0] == Action("o1", "email", 9, "a")
    assert grid[-1] == Action("o2", "onsite", 18, "b")
    one_hour = replace(campaign("c1"), channels={"email": 2}, hours=(9,))
    assert [action.key for action in action_grid([offer("o1")], one_hour)] == [
        "o1/email/9/a",
        "o1/email/9/b",
    ]


def test_the_hours_around_which_the_shopper_orders_are_tried() -> None:
    # An hour counts orders from the one before it until three after. The night shopper: 20 o'clock
    # first, then, alike, the earlier. The day shopper: 0.6 around 9, 0.4 around 12, none around 20.
    hours = HoursTried(orders({22: 1.0}, {8: 0.6, 15: 0.4}), (MORNING, NOONTIME, EVENING))
    assert hours.blocks(shoppers(2), EMAILS).tolist() == [
        [False, True, False],
        [False, False, True],
    ]
    assert hours.blocks(shoppers(2), ONSITE).tolist() == [
        [True, True, False],
        [False, True, True],
    ]


def test_orders_after_midnight_speak_for_the_late_evening() -> None:
    late = HoursTried(orders({1: 1.0}), (9, 23))
    actions = [Action("o1", "onsite", 9, "a"), Action("o1", "onsite", 23, "a")]
    assert late.blocks(shoppers(1), actions).tolist() == [[True, False]]


def test_hours_of_another_audience_are_an_error() -> None:
    hours = HoursTried(orders({22: 1.0}), (MORNING, NOONTIME, EVENING))
    with pytest.raises(InvalidError, match="1 shoppers"):
        hours.blocks(shoppers(2), EMAILS)


def test_an_offer_is_promised_no_more_often_than_its_cap_per_shopper() -> None:
    cap = ShopperCap({"o1": np.array([1, 0, -1])})
    actions = [Action("o1", "email", 9, "a"), Action("o2", "email", 9, "a")]
    assert cap.blocks(shoppers(3), actions).tolist() == [
        [False, False],
        [True, False],
        [True, False],
    ]


def test_what_is_left_of_a_cap_is_what_is_neither_open_nor_redeemed() -> None:
    capped = replace(offer("o1"), caps=Caps(per_shopper=2))
    audience = SHOPPER_ONE_AND_TWO
    promises = pl.DataFrame(
        {
            "offer_id": ["o1", "o2", "o1"],
            "shopper_id": ["s1", "s1", "s2"],
            "promised": [3, 1, 2],
            "held": [2, 1, 0],
        }
    )
    left = shopper_left(audience, [capped, offer("o2")], promises)
    assert {name: units.tolist() for name, units in left.items()} == {"o1": [0, 2]}
