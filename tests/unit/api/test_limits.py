"""How often a key may ask, and which pages may ask from a browser: as the settings say."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx

from promoloop.api import create_app
from promoloop.settings import ServeSettings

PAGE = "https://shop.example"


def answers(door: Any, serve: ServeSettings, *requests: dict[str, Any]) -> list[httpx.Response]:
    """The answers of a server with these settings, one request after the other."""
    app = create_app(door.shop, replace(door.shop.settings, serve=serve))

    async def all_of_them() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            return [await client.request(**one) for one in requests]

    try:
        return asyncio.run(all_of_them())
    finally:
        app.state.desk.close()


def test_a_key_that_asks_too_often_waits_and_another_does_not(door: Any) -> None:
    def one(secret: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {secret}"}
        return {"method": "GET", "url": "/v1/offers", "headers": headers}

    busy, calm = door.secret("read"), door.secret("read")
    found = answers(
        door, ServeSettings(others_per_minute=3), *[one(busy) for _ in range(4)], one(calm)
    )
    assert [one.status_code for one in found] == [200, 200, 200, 429, 200]
    assert 1 <= int(found[3].headers["retry-after"]) <= 60
    assert found[3].json()["type"].endswith("too-often")


def test_events_and_decisions_are_counted_apart(door: Any) -> None:
    headers = {"authorization": f"Bearer {door.secret('events:write', 'decide')}"}
    event = {"method": "POST", "url": "/v1/events", "json": {"batch": []}, "headers": headers}
    look = {"request_id": "rate", "shopper_id": "s", "deadline_ms": 2000}
    decide = {"method": "POST", "url": "/v1/decide", "json": look, "headers": headers}
    found = answers(door, ServeSettings(events_per_minute=1), event, event, decide)
    assert [one.status_code for one in found] == [200, 429, 200]


def test_only_pages_that_are_named_may_ask_from_a_browser(door: Any) -> None:
    preflight = {
        "method": "OPTIONS",
        "url": "/v1/decide",
        "headers": {
            "origin": PAGE,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        },
    }
    headers = preflight["headers"]
    assert isinstance(headers, dict)
    other = preflight | {"headers": {**headers, "origin": "https://evil.example"}}
    named, foreign = answers(door, ServeSettings(origins=(PAGE,)), preflight, other)
    assert named.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-credentials" not in named.headers
    assert "access-control-allow-origin" not in foreign.headers


def test_a_smaller_limit_of_bytes_holds_before_anything_is_read(door: Any) -> None:
    headers = {"authorization": f"Bearer {door.secret('decide')}"}
    large = {"request_id": "x" * 3000, "shopper_id": "s"}
    [refused] = answers(
        door,
        ServeSettings(request_bytes=2048),
        {"method": "POST", "url": "/v1/decide", "json": large, "headers": headers},
    )
    assert refused.status_code == 413
    assert refused.headers["connection"] == "close"
