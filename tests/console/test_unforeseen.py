"""An error that nobody expected still gives a page, and the log names nobody."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest
from fastapi import FastAPI
from tests.console.conftest import Reader

from promoloop.api import create_app


async def _broken(shopper_id: str) -> None:
    raise KeyError(f"{shopper_id} of ann@shop.example")


@pytest.fixture
def broken(app: FastAPI) -> FastAPI:
    """The console with a route that fails."""
    app.get("/broken/{shopper_id}")(_broken)
    return app


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Something went wrong here"), ("zh-CN", "系统出错了")]
)
def test_an_unforeseen_error_is_a_page_in_the_readers_language(
    broken: FastAPI, caplog: pytest.LogCaptureFixture, language: str, said: str
) -> None:
    with caplog.at_level(logging.INFO):
        page = Reader(broken).get("/broken/s-77", **{"accept-language": language})
    assert page.status_code == 500
    assert page.headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert f"<h1>{said}</h1>" in page.text
    assert "KeyError" not in page.text
    (told,) = [one.getMessage() for one in caplog.records if one.name == "promoloop.console"]
    assert "failed on _broken: KeyError < _broken" in told
    assert "ann@" not in caplog.text
    assert "s-77" not in told


def test_a_part_of_a_page_that_fails_is_told_in_the_notices(broken: FastAPI) -> None:
    part = Reader(broken).get("/broken/s-77", **{"hx-request": "true"})
    assert part.status_code == 500
    assert part.headers["hx-retarget"] == "#notices"


def test_under_the_api_it_is_the_same_page(broken: FastAPI) -> None:
    outer = create_app(broken.state.console.shop, console=broken)

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(outer)  # errors that get out fail the test
        async with httpx.AsyncClient(transport=transport, base_url="http://s.test") as client:
            return await client.get("/console/broken/s-77")

    page = asyncio.run(asked())
    outer.state.desk.close()
    assert (page.status_code, "<h1>" in page.text) == (500, True)
