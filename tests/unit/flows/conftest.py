"""A hand-made shop: three shoppers, one campaign week, money that can be checked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from promoloop.core import time_ordered_id
from promoloop.decide import NOTHING, Decision, Reservation
from promoloop.events import EVENT_LINES
from promoloop.flows.books.stock import open_budget
from promoloop.flows.deciding.decide import decide
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.learn import new_version
from promoloop.offers import Campaign, Caps, CouponCode, FreeShipping, Offer, PercentOff, Product
from promoloop.profiles import Consent
from promoloop.respond import EffectModel
from promoloop.simulate import simulated_shop
from promoloop.testing.memory_house import memory_house
from promoloop.testing.samples import decision as sample_decision
from promoloop.testing.samples import message as sample_message
from promoloop.testing.stocked import coffee_and_pizza, stock, summer

START = datetime(2026, 11, 2, tzinfo=UTC)
DAY = timedelta(days=1)
CAMPAIGN = Campaign(
    "c1",
    "Autumn",
    ("coffee-25", "pizza-20", "dog-shipping"),
    {"email": 1, "onsite": 0},
    (9, 18),
    10_000,
    "USD",
    {"policy": 0.5, "random": 0.0, "bau": 0.2, "holdout": 0.3},
    START,
    4,
    "salt",
)
COFFEE = Offer(
    "coffee-25",
    {"en-US": "coffee"},
    "COFFEE",
    PercentOff(25, 250),
    START,
    START + 28 * DAY,
    "USD",
    (CouponCode(("COFFEE25",)),),
)
PIZZA = replace(
    COFFEE,
    offer_id="pizza-20",
    names={"en-US": "pizza"},
    group="PIZZA",
    reward=PercentOff(20, 300),
    conditions=(),
)
DOG = replace(
    PIZZA,
    offer_id="dog-shipping",
    names={"en-US": "dog food"},
    group="DOG FOODS",
    reward=FreeShipping(200),
)
PRODUCTS = [
    Product(product_id, product_id, category, department, "", 1000, "USD")
    for product_id, category, department in (
        ("coffee", "COFFEE", "GROCERY"),
        ("pizza", "PIZZA", "FROZEN"),
        ("dog", "DOG FOODS", "GROCERY"),
        ("soap", "SOAP", "GROCERY"),
    )
]


@dataclass
class HandMadeShop:
    """The house, and a way to let something happen in it."""

    house: House
    campaign: Campaign

    def decide(self, decision_id: str, shopper_id: str, offer_id: str | None, day: int = 0) -> None:
        """Promise ``offer_id`` by e-mail (onsite: pizza), or log a holdout's nothing."""
        at = START + day * DAY
        channel = "onsite" if offer_id == "pizza-20" else "email"
        most = {"coffee-25": 251, "pizza-20": 300, "dog-shipping": 201}.get(offer_id or "", 0)
        made = replace(
            sample_decision(decision_id, "c1", sent=offer_id is not None),
            shopper_id=shopper_id,
            arm="policy" if offer_id else "holdout",
            decided_at=at,
            offer_id=offer_id,
            channel=channel if offer_id else None,
            action=f"{offer_id}/{channel}/9/v1" if offer_id else NOTHING,
            liability_minor=most,
        )
        self.house.commit("c1", [made], *self._promise(made))

    def send(self, day: float) -> None:
        """Everything due leaves."""
        now = START + day * DAY
        outbox = self.house.outbox
        keys = [message.dedupe_key for message in outbox.lease("w", now, 100)]
        outbox.mark(keys, "w", "sending", now)
        outbox.mark(keys, "w", "sent", now)

    def happens(self, event: str, shopper_id: str, day: float, **columns: object) -> str:
        """One line of history; returns its message id. ``line`` > 0 continues a message."""
        at = START + timedelta(days=day)
        name = str(columns.pop("message_id", time_ordered_id(at, event, shopper_id)))
        row = {
            "message_id": name,
            "line": 0,
            "event": event,
            "shopper_id": shopper_id,
            "timestamp": at,
            "currency": "USD",
            **columns,
        }
        self.house.history.append(pl.DataFrame([row], schema=EVENT_LINES))
        return name

    def orders(self, shopper_id: str, day: float, product_id: str, **columns: object) -> str:
        """An order, or with ``message_id`` and ``line`` one more line of it."""
        money: Mapping[str, object] = {
            "revenue_minor": 1000,
            "discount_minor": columns.get("coupon_minor", 0),  # the shop's own coupons are in it
            "coupon_minor": 0,
            "quantity": 1,
        }
        return self.happens(
            "Order Completed",
            shopper_id,
            day,
            **{"order_id": f"o-{shopper_id}-{day}", "product_id": product_id, **money, **columns},
        )

    def _promise(self, made: Decision) -> tuple[list[Reservation], list[object]]:
        if made.offer_id is None:
            return [], []
        until = made.decided_at + 8 * DAY
        held = Reservation(made.decision_id, made.offer_id, made.liability_minor, until)
        message = replace(
            sample_message(made.decision_id, shopper_id=made.shopper_id),
            decision_id=made.decision_id,
            channel=made.channel or "",
            not_before=made.decided_at,
            expires_at=until,
        )
        return [held], [message]


@pytest.fixture
def shop() -> HandMadeShop:
    """s1 holds 25 % off coffee, s2 is held out, s3 holds 20 % off pizza without a code."""
    house = memory_house(margins={"GROCERY": 30, "FROZEN": 40})
    house.catalogue.put(PRODUCTS)
    house.offers.put([COFFEE, PIZZA, DOG])
    house.campaigns.put(CAMPAIGN)
    house.consents.record(
        [Consent(f"s{i}", "email", PURPOSE, True, START - 9 * DAY, "checkout") for i in (1, 2, 3)]
    )
    open_budget(house, CAMPAIGN)
    made = HandMadeShop(house, CAMPAIGN)
    made.decide("d1", "s1", "coffee-25")
    made.decide("d2", "s2", None)
    made.decide("d3", "s3", "pizza-20")
    made.send(0.5)
    return made


SUMMER = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = 7 * DAY
SUMMER_COFFEE, SUMMER_PIZZA = coffee_and_pizza(SUMMER)
SUMMER_COFFEE = replace(SUMMER_COFFEE, caps=Caps(total=60))
SUMMER_CAMPAIGN = summer(SUMMER, budget_minor=60_000)


@pytest.fixture(scope="session")
def decided_house() -> House:
    """Two weeks of 260 shoppers, over four arms, by two models, with short money and units.

    Nobody may change it: copy what you would change.
    """
    people = simulated_shop(260, ("COFFEE", "PIZZA"), SUMMER, "USD", np.random.default_rng(7))
    house = memory_house()
    stock(house, people, SUMMER_CAMPAIGN, (SUMMER_COFFEE, SUMMER_PIZZA), SUMMER)
    decide(house, "c1", SUMMER, seed=1)
    _teach(house, SUMMER + WEEK)
    decide(house, "c1", SUMMER + WEEK, seed=2)
    return house


def _teach(house: House, now: datetime) -> None:
    """Promote a model with a posterior that no prior has."""
    kind = effect_of(SUMMER_CAMPAIGN)
    model = EffectModel.from_parameters(house.models.running(kind).parameters)
    rng = np.random.default_rng(3)
    features = rng.normal(0.3, 0.3, (400, len(model.feature_names)))
    model.learn(features, rng.normal(-2.0, 0.5, 400), (rng.random(400) < 0.3) * 1.0)
    version = new_version(kind, now, (SUMMER, now), model.to_parameters(), {})
    house.models.add(version)
    house.models.promote(version.version_id)
