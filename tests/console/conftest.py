"""A small shop behind the console, people of every role, and a browser."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from tests.acceptance.conftest import a_year_of_events, lay_out
from tests.console.chromium import CHROMIUM, Chromium

from promoloop.bootstrap import Shop, open_shop
from promoloop.console import create_console
from promoloop.console.sessions import COOKIE, Session

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"
ROLES = ("viewer", "marketer", "approver", "admin")
_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop of forty shoppers with a year of history, texts composed, one person per role."""
    folder = tmp_path_factory.mktemp("console-shop")
    desk = lay_out(folder, a_year_of_events(shoppers=40))
    with contextlib.chdir(folder):
        desk.figures("init")
        desk.replace("promoloop.toml", 'backend = "embedded"', 'backend = "none"')
        desk.replace("promoloop.toml", 'policy = "exceptions"', 'policy = "all"')
        files = ("--catalog", "products.csv", "--offers", "offers.yaml")
        desk.figures("ingest", "events.jsonl", *files, "--campaign", "campaign.yaml")
        desk.figures("learn", "--now", "2026-11-02T00:00:00Z")
        desk.figures("compose", "--now", "2026-11-02T00:00:00Z")
    with open_shop(folder / "promoloop.toml") as shop:
        for role in ROLES:
            shop.add_user(f"{role}@shop.example", PASSWORD, role, role.title(), NOW)
    return folder


@pytest.fixture
def shop(shop_folder: Path, tmp_path: Path) -> Iterator[Shop]:
    """The shop, opened, as a copy of this test's own."""
    folder = tmp_path / "shop"
    shutil.copytree(shop_folder, folder)
    with open_shop(folder / "promoloop.toml") as opened:
        yield opened


@dataclass
class Reader:
    """Somebody with a browser, without a screen: keeps cookies, sends the tokens of forms."""

    app: FastAPI
    address: str = "127.0.0.1"
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    token: str = ""

    def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        """One request as it is; no redirect is followed."""

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self.address, 40000))
            async with httpx.AsyncClient(
                transport=transport, base_url="http://console.example", cookies=self.cookies
            ) as client:
                response = await client.request(method, path, **more)
                self.cookies = client.cookies
                return response

        response = asyncio.run(once())
        found = _TOKEN.search(response.text)
        self.token = unescape(found[1]) if found else self.token
        return response

    def get(self, path: str, **headers: str) -> httpx.Response:
        """A page."""
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, **fields: object) -> httpx.Response:
        """A form with the token of the page seen last."""
        return self.ask("POST", path, data={"csrf": self.token, **fields})

    def sign_in(self, role: str, password: str = PASSWORD) -> httpx.Response:
        """As the person of this role."""
        self.get("/sign-in")
        return self.post("/sign-in", name=f"{role}@shop.example", password=password)

    def enter(self, role: str) -> Reader:
        """Signed in already: the hash of a password takes its time, and not every test asks it."""
        console = self.app.state.console
        user = console.shop.users.find(f"{role}@shop.example")
        session = Session.opened(user.user_id, user.version)
        self.cookies.set(COOKIE, console.sessions.written(session))
        self.token = session.csrf
        return self


@pytest.fixture
def app(shop: Shop) -> FastAPI:
    """The console on its own, at a fixed moment."""
    return create_console(shop, now=lambda: NOW)


@pytest.fixture
def anybody(app: FastAPI) -> Reader:
    """Somebody who has not signed in."""
    return Reader(app)


@pytest.fixture
def viewer(app: FastAPI) -> Reader:
    return Reader(app).enter("viewer")


@pytest.fixture
def marketer(app: FastAPI) -> Reader:
    return Reader(app).enter("marketer")


@pytest.fixture
def approver(app: FastAPI) -> Reader:
    return Reader(app).enter("approver")


@pytest.fixture
def admin(app: FastAPI) -> Reader:
    return Reader(app).enter("admin")


@dataclass
class Served:
    """The console mounted at ``/console`` on loopback, and a browser that may look at it."""

    url: str
    browser: Chromium

    def sign_in(self, role: str) -> None:
        """As the person of this role, in English."""
        self.browser.open(f"{self.url}/sign-in")
        self.browser.fill("#f-name", f"{role}@shop.example")
        self.browser.fill("#f-password", PASSWORD)
        self.browser.go("main form button:not(.link)")


@pytest.fixture
def served(app: FastAPI, tmp_path: Path) -> Iterator[Served]:
    """A server for this test, and a fresh browser. For tests marked ``browser``."""
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH")
    outer = FastAPI()
    outer.mount("/console", app)
    config = uvicorn.Config(outer, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    browser = Chromium(tmp_path / "profile")
    try:
        yield Served(f"http://127.0.0.1:{port}/console", browser)
    finally:
        browser.close()
        server.should_exit = True
        thread.join()
