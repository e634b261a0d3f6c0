"""An error that nobody expected is a problem without internals, and the log names nobody."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx
import pytest

from promoloop.api import create_app


def test_an_unforeseen_error_tells_nothing_and_its_log_names_nobody(
    door: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(shopper_id: str, now: object) -> None:
        raise KeyError(f"{shopper_id} of ann@shop.example")

    monkeypatch.setattr(door.shop, "export_person", broken)
    app = create_app(door.shop)
    headers = {"authorization": f"Bearer {door.secret('people:erase')}"}

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app)  # errors that get out fail the test
        async with httpx.AsyncClient(transport=transport, base_url="http://s.test") as client:
            return await client.get("/v1/people/s-77/export", headers=headers)

    with caplog.at_level(logging.INFO):
        answer = asyncio.run(asked())
    app.state.desk.close()
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["case"] == "the server met an error of its own"
    assert "KeyError" not in answer.text
    assert "ann@" not in answer.text
    ours = [one.getMessage() for one in caplog.records if one.name == "promoloop.api"]
    assert len(ours) == 1
    assert "/v1/people/{shopper_id}/export: KeyError < broken" in ours[0]
    assert "ann@" not in caplog.text
    assert "s-77 of" not in caplog.text
