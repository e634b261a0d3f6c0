"""A shop of simulated shoppers, ready to decide: offers on coffee and pizza, texts, a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from promoloop.compose import CopyRequest, Writers
from promoloop.flows.compose import compose
from promoloop.flows.demo.people import assumed_contacts
from promoloop.flows.history.learn import learn
from promoloop.flows.house import House
from promoloop.offers import Campaign, CouponCode, Offer, PercentOff
from promoloop.profiles import LIFECYCLES
from promoloop.simulate import SimulatedShop

__all__ = ["coffee_and_pizza", "stock", "summer"]

_WEEK = timedelta(days=7)


def coffee_and_pizza(start: datetime, currency: str = "USD") -> tuple[Offer, Offer]:
    """25 % off coffee against a code, and 25 % off pizza without, for 13 weeks from ``start``."""
    coffee = Offer(
        "coffee-25",
        {"en-US": "coffee", "zh-CN": "咖啡"},
        "COFFEE",
        PercentOff(25, 250),
        start,
        start + 13 * _WEEK,
        currency,
        (CouponCode(("COFFEE25",)),),
    )
    names = {"en-US": "pizza", "zh-CN": "披萨"}
    return coffee, replace(coffee, offer_id="pizza-25", names=names, group="PIZZA", conditions=())


def summer(start: datetime, budget_minor: int = 10_000_000) -> Campaign:
    """Six weeks of both offers over all four arms; the usual budget binds nobody."""
    return Campaign(
        "c1",
        "Summer",
        ("coffee-25", "pizza-25"),
        {"email": 1, "onsite": 0},
        (9, 18),
        budget_minor,
        "USD",
        {"policy": 0.4, "random": 0.3, "bau": 0.15, "holdout": 0.15},
        start,
        6,
        "salt",
        floor=0.02,
    )


def stock(
    house: House,
    people: SimulatedShop,
    campaign: Campaign,
    offers: Sequence[Offer],
    now: datetime,
    *,
    channels: Sequence[str] = ("email", "onsite"),
    moments: Sequence[str] = LIFECYCLES,
) -> None:
    """Fill any house: the shoppers may be asked since last week, and the templates wrote the copy.

    What is to be learnt of the shoppers is learnt as of ``now``.
    """
    house.catalogue.put(people.products)
    house.offers.put(offers)
    house.campaigns.put(campaign)
    house.history.append(people.lines)
    house.history.append(assumed_contacts(people.shopper_ids, now - _WEEK))
    learn(house, now)
    wanted = [CopyRequest(one, house.locales, tuple(channels), tuple(moments)) for one in offers]
    compose(wanted, house.time_zone, Writers(), house.copies, 0, now, reviews=house.reviews)
