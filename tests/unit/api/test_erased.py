"""Somebody erased by any door of the shop is nobody to the API at once, and reports go on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from promoloop.flows.campaign_page import campaign_page


def decide(door: Any, who: str, request_id: str) -> dict[str, Any]:
    async def sent() -> dict[str, Any]:
        async with door.client("decide") as client:
            body = {"request_id": request_id, "shopper_id": who, "deadline_ms": 5000}
            return dict((await client.post("/v1/decide", json=body)).json())

    return asyncio.run(sent())


def test_an_erasure_past_the_api_is_known_to_it_and_the_report_still_stands(door: Any) -> None:
    who = door.shoppers[30]
    assert decide(door, who, "e-before")["decision_id"]
    door.shop.erase_person(who)
    told, stranger = decide(door, who, "e-after"), decide(door, "nobody-knows", "e-stranger")
    assert told["decision_id"] == stranger["decision_id"]
    assert told["reasons"] == stranger["reasons"]
    made = door.shop.house.decisions.of_campaign("c1")
    assert who not in {one.shopper_id for one in made}
    assert any(one.shopper_id.startswith("erased-") for one in made)
    page = campaign_page(door.shop.house, "c1", datetime.now(UTC), "Shop")
    assert all(not one.shopper_id.startswith("erased-") for one in page.stories)
