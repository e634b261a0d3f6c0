"""Whoever watches the server is told of every answer, by the template of its route."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from promoloop.api import create_app


class Counter:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, int]] = []

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        self.told.append((route, method, status))

    def figures(self) -> tuple[bytes, str]:
        return f"answers {len(self.told)}\n".encode(), "text/plain; version=0.0.4"


def test_answers_are_told_by_template_and_figures_need_a_key(door: Any) -> None:
    counter = Counter()
    app = create_app(door.shop, watch=counter)
    headers = {"authorization": f"Bearer {door.secret('read')}"}

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://s.test") as client:
            await client.get("/v1/offers/coffee-25", headers=headers)
            await client.get("/v1/offers/none", headers=headers)
            await client.get("/nowhere")
            await client.get("/metrics")
            return await client.get("/metrics", headers=headers)

    told = asyncio.run(asked())
    app.state.desk.close()
    assert told.text == "answers 4\n"
    assert counter.told[:4] == [
        ("/v1/offers/{offer_id}", "GET", 200),
        ("/v1/offers/{offer_id}", "GET", 404),
        ("none", "GET", 404),
        ("/metrics", "GET", 401),
    ]
