"""How many shoppers a second are decided for over HTTP, each decision durable with its money.

Every request is a decision of its own: each shopper is asked for once per place on the page, with
a cart of two products, so nothing is answered from what stands. What was answered is counted again
in the log afterwards.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from http_load import load, request
from promoloop.backends.sql import open_state
from promoloop.bootstrap import Shop
from promoloop.flows.history.learn import learn
from promoloop.offers import PercentOff
from promoloop.profiles import LIFECYCLES
from promoloop.simulate import simulated_shop
from promoloop.testing.stocked import coffee_and_pizza, stock, summer
from serving import Server, serving

__all__ = ["decide"]

_SHOPPERS = 6_000
_CONNECTIONS = 4
_SLOTS = ("banner", "cart", "popup")
_WEEK = timedelta(days=7)


def decide(kind: str, folder: Path, url: str, _other: str, seconds: float) -> dict[str, float]:
    """All figures of decisions on one kind of database."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    with serving(folder, url, lambda shop: _prepare(shop, start)) as server:
        _wait_until_ready(server)
        asked = _requests(server.secret)
        load(server.port, asked, _CONNECTIONS, 1.5)
        before = server.cpu_seconds()
        found = load(server.port, asked, _CONNECTIONS, seconds)
        cpu = server.cpu_seconds() - before
    if set(found.statuses) != {200}:
        raise RuntimeError(f"answers: {dict(found.statuses)}")
    with closing(open_state(url)) as state:
        made = state.decisions.of_campaign("bench")
    if len(made) < len(found.latencies):
        raise RuntimeError(f"{len(made)} decisions in the log, {len(found.latencies)} answers")
    return {
        f"decide_per_s_{kind}": found.per_s,
        f"decide_p50_ms_{kind}": found.percentile_ms(0.5),
        f"decide_p99_ms_{kind}": found.percentile_ms(0.99),
        f"decide_cpu_ms{'' if kind == 'sqlite' else '_' + kind}": (
            1000 * cpu / len(found.latencies)
        ),
        f"decide_promised_share_{kind}": np.mean([one.offer_id is not None for one in made]).item(),
    }


def _prepare(shop: Shop, start: datetime) -> None:
    """A simulated shop with a campaign of four offers, whose money does not run out."""
    house = shop.house
    people = simulated_shop(
        _SHOPPERS, ("COFFEE", "PIZZA"), start, house.currency, np.random.default_rng(0)
    )
    coffee, pizza = coffee_and_pizza(start, house.currency)
    offers = (
        coffee,
        pizza,
        replace(coffee, offer_id="coffee-10", reward=PercentOff(10, 100), conditions=()),
        replace(pizza, offer_id="pizza-10", reward=PercentOff(10, 100)),
    )
    campaign = replace(
        summer(start, budget_minor=10**12),
        campaign_id="bench",
        offer_ids=tuple(one.offer_id for one in offers),
        channels={"onsite": 0, "popup": 0},
        currency=house.currency,
        arms={"policy": 0.7, "random": 0.1, "bau": 0.1, "holdout": 0.1},
        salt="bench",
        floor=0.005,
    )
    moments = (*LIFECYCLES, "viewed", "cart")
    stock(house, people, campaign, offers, start, channels=("onsite", "popup"), moments=moments)
    learn(house, datetime.now(UTC))


def _requests(secret: str) -> Iterator[bytes]:
    for slot in _SLOTS:
        for at in range(_SHOPPERS):
            yield _request(secret, f"{slot}-{at}", f"sim-{at:06d}", slot)


def _request(secret: str, name: str, shopper_id: str, slot: str) -> bytes:
    body = {
        "request_id": name,
        "shopper_id": shopper_id,
        "slot": slot,
        "page": "/cart",
        "cart": {
            "items": [
                {"product_id": "sku-1", "unit_minor": 899, "category": "COFFEE"},
                {"product_id": "sku-2", "unit_minor": 459, "category": "MILK", "quantity": 2},
            ]
        },
        "deadline_ms": 2000,
    }
    return request("/v1/decide", json.dumps(body).encode(), secret)


def _wait_until_ready(server: Server) -> None:
    """Until the first look at the shop is over."""
    body = json.dumps({"request_id": "ready", "shopper_id": "nobody"})
    headers = {"Authorization": f"Bearer {server.secret}", "Content-Type": "application/json"}
    for _ in range(600):
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as caller:
            caller.request("POST", "/v1/decide", body, headers)
            said = json.loads(caller.getresponse().read())
        if said.get("fallback") == "unknown_shopper":
            return
        time.sleep(0.2)
    raise RuntimeError(f"the server does not get ready: {said}")
