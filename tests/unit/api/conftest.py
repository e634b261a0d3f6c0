"""A real small shop on SQLite with simulated shoppers, behind the API; and a client for it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from promoloop.api import create_app
from promoloop.bootstrap import Shop, init_shop
from promoloop.compose import CopyRequest, Writers
from promoloop.flows.compose import compose
from promoloop.flows.demo.people import assumed_contacts
from promoloop.flows.doors.keys import new_api_key
from promoloop.flows.history.learn import learn
from promoloop.offers import Campaign, CouponCode, Offer, PercentOff
from promoloop.profiles import LIFECYCLES
from promoloop.settings import load_settings
from promoloop.simulate import simulated_shop

WEEK = timedelta(days=7)
NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW - timedelta(days=2)
COFFEE = Offer(
    "coffee-25",
    {"en-US": "coffee"},
    "COFFEE",
    PercentOff(25, 250),
    START,
    START + 13 * WEEK,
    "USD",
    (CouponCode(("COFFEE25",)),),
)
PIZZA = replace(COFFEE, offer_id="pizza-25", names={"en-US": "pizza"}, group="PIZZA", conditions=())
CAMPAIGN = Campaign(
    "c1",
    "Summer",
    ("coffee-25", "pizza-25"),
    {"email": 1, "onsite": 0},
    (9, 18),
    10_000_000,
    "USD",
    {"policy": 0.4, "random": 0.3, "bau": 0.15, "holdout": 0.15},
    START,
    6,
    "salt",
    floor=0.02,
)


@dataclass
class Door:
    """The API of the shop, and a secret for any scopes."""

    shop: Shop
    app: FastAPI
    shoppers: tuple[str, ...]

    def secret(self, *scopes: str) -> str:
        key, secret = new_api_key("test", scopes, secrets.token_bytes(32), datetime.now(UTC))
        assert self.shop.house.keys is not None
        self.shop.house.keys.add(key)
        return secret

    @asynccontextmanager
    async def client(self, *scopes: str) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"authorization": f"Bearer {self.secret(*scopes)}"} if scopes else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://shop.test", headers=headers
        ) as client:
            yield client


def stocked(folder: Path) -> tuple[Shop, tuple[str, ...]]:
    """A shop of 300 simulated shoppers with a running campaign."""
    settings = replace(load_settings(init_shop(folder)), signing_key="a signing key for the tests")
    shop = Shop(settings)
    house = shop.house
    people = simulated_shop(300, ("COFFEE", "PIZZA"), START, "USD", np.random.default_rng(7))
    house.catalogue.put(people.products)
    house.offers.put((COFFEE, PIZZA))
    house.campaigns.put(CAMPAIGN)
    house.history.append(people.lines)
    house.history.append(assumed_contacts(people.shopper_ids, START - WEEK))
    learn(house, START)
    moments = (*LIFECYCLES, "viewed", "cart")
    compose(
        [CopyRequest(one, ("en-US",), ("onsite",), moments) for one in house.offers.all()],
        house.time_zone,
        Writers(),
        house.copies,
        0,
        START,
        reviews=house.reviews,
    )
    return shop, tuple(people.shopper_ids)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    shop, shoppers = stocked(tmp_path_factory.mktemp("shop"))
    app = create_app(shop)
    app.state.desk.realtime.look()
    try:
        yield Door(shop, app, shoppers)
    finally:
        app.state.desk.close()
        shop.close()
