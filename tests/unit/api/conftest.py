"""A real small shop on SQLite with simulated shoppers, behind the API; and a client for it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from promoloop.api import create_app
from promoloop.bootstrap import Shop, init_shop
from promoloop.flows.doors.keys import new_api_key
from promoloop.profiles import LIFECYCLES
from promoloop.settings import load_settings
from promoloop.simulate import simulated_shop
from promoloop.testing.stocked import coffee_and_pizza, stock, summer

NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW - timedelta(days=2)


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


def asked(
    door: Door, scopes: tuple[str, ...], method: str, path: str, **more: Any
) -> httpx.Response:
    """One request by a key of these scopes; none for no key."""

    async def once() -> httpx.Response:
        async with door.client(*scopes) as client:
            return await client.request(method, path, **more)

    return asyncio.run(once())


def is_problem(answer: httpx.Response, status: int) -> bool:
    """An RFC 9457 problem that says what was asked, what is the case and what to do."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = answer.json()
    assert told["status"] == answer.status_code == status, answer.text
    return all(told[name] for name in ("type", "title", "detail", "asked", "case", "remedy"))


def stocked(folder: Path) -> tuple[Shop, tuple[str, ...]]:
    """A shop of 300 simulated shoppers with a running campaign."""
    settings = replace(load_settings(init_shop(folder)), signing_key="a signing key for the tests")
    shop = Shop(settings)
    people = simulated_shop(300, ("COFFEE", "PIZZA"), START, "USD", np.random.default_rng(7))
    moments = (*LIFECYCLES, "viewed", "cart")
    offers = coffee_and_pizza(START)
    stock(shop.house, people, summer(START), offers, START, channels=("onsite",), moments=moments)
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
