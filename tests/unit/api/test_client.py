"""The Python client: typed, tries again, and nothing is done twice."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from promoloop.api import Client, message_id
from promoloop.core import InvalidError, RefusedError, UnavailableError
from promoloop.flows.realtime.records import CartItem, LiveCart, LiveRequest, RedeemRequest

ROOT = Path(__file__).parents[3]
HOWTO = ROOT / "docs" / "howto" / "web-shop.md"
SNIPPET = ROOT / "src" / "promoloop" / "api" / "assets" / "promoloop.js"


@pytest.fixture(scope="module")
def address(door: Any) -> Iterator[str]:
    """The API on a port of this machine."""
    config = uvicorn.Config(door.app, port=0, lifespan="off", log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def test_a_decision_and_a_redemption_come_back_typed(door: Any, address: str) -> None:
    with Client(address, door.secret("decide", "redeem", "events:write")) as promoloop:
        answer = promoloop.decide(
            LiveRequest("client-1", door.shoppers[5], deadline_ms=5000, locale="en-US")
        )
        assert answer.decision_id
        cart = LiveCart((CartItem("x", 1, 1000, "COFFEE"),))
        asked = RedeemRequest("client-order", door.shoppers[6], cart, code="COFFEE25")
        assert promoloop.redeem(asked).discount_minor == 250
        assert promoloop.redeem(asked).repeated
        assert promoloop.roll_back("client-order").state == "rolled_back"
        told = promoloop.send([{"type": "page"}])
        assert (told.set_aside, told.results[0]["field"]) == (1, "messageId")


def test_refusals_come_back_as_the_errors_they_were(door: Any, address: str) -> None:
    with Client(address, door.secret("admin")) as promoloop:
        with pytest.raises(InvalidError, match="none of this id"):
            promoloop.get("/v1/offers/none")
        with pytest.raises(RefusedError, match="it is active"):
            promoloop.post("/v1/campaigns/c1/approve")
        tag = promoloop.get("/v1/offers/coffee-25")["revision"]
        with pytest.raises(InvalidError, match="not any more"):
            promoloop.put("/v1/offers/coffee-25", {}, if_match=f'"{tag}"')


def test_it_tries_again_as_long_as_the_server_says_with_the_same_key() -> None:
    seen: list[httpx.Request] = []
    waits: list[float] = []

    def server(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) == 1:
            return httpx.Response(429, headers={"retry-after": "7"})
        if len(seen) == 2:
            raise httpx.ConnectError("gone")
        return httpx.Response(200, json={"state": "in_review"})

    transport = httpx.MockTransport(server)
    with Client("http://s", "plk_x", transport=transport, pause=waits.append) as promoloop:
        assert promoloop.post("/v1/campaigns/c/submit") == {"state": "in_review"}
    assert len({one.headers["idempotency-key"] for one in seen}) == 1
    assert waits[0] == 7.0
    assert 0.1 <= waits[1] <= 0.3


def test_it_gives_up_with_an_error_that_says_to_try_again() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(503))
    with (
        Client("http://s", "k", transport=transport, retries=1, pause=lambda _: None) as promoloop,
        pytest.raises(UnavailableError),
    ):
        promoloop.get("/v1/offers")


def test_the_page_of_documentation_does_what_it_says(
    door: Any, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", HOWTO.read_text("utf-8"), re.DOTALL)
    assert blocks
    program = "\n".join(blocks).replace("http://127.0.0.1:8787", address)
    program = program.replace("plk_...", door.secret("admin"))
    exec(compile(program, str(HOWTO), "exec"), {"shopper": door.shoppers[8]})
    assert "redeemed" in capsys.readouterr().out


def test_an_id_of_an_event_is_a_uuid_7_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = [uuid.UUID(message_id()) for _ in range(50)]
    after = time.time_ns() // 1_000_000
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    assert all(before <= one.int >> 80 <= after for one in made)
    assert len(set(made)) == 50


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine")
def test_the_snippet_names_events_and_requests_by_uuid_7() -> None:
    """Run outside a page, with stand-ins for what a page has."""
    program = f"""
      const sent = [];
      globalThis.window = {{}};
      globalThis.localStorage = {{}};
      globalThis.location = {{ pathname: "/p" }};
      globalThis.document = {{ currentScript: {{ src: "https://a.example/x", dataset: {{}} }} }};
      Object.defineProperty(globalThis, "navigator", {{
        value: {{ sendBeacon: (to, body) => sent.push(JSON.parse(body).messageId) }} }});
      globalThis.fetch = async (to, asked) => {{
        sent.push(JSON.parse(asked.body).request_id); return {{ ok: false }}; }};
      {SNIPPET.read_text("utf-8")}
      window.promoloop.track("Product Viewed");
      window.promoloop.decide({{}}).then(() => console.log(JSON.stringify(sent)));
    """
    ran = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    ids = [uuid.UUID(one) for one in json.loads(ran.stdout)]
    assert [(one.version, one.variant) for one in ids] == [(7, uuid.RFC_4122)] * 2
    assert all(abs((one.int >> 80) / 1000 - time.time()) < 60 for one in ids)


def test_the_snippet_is_short_and_puts_words_in_as_text(door: Any, address: str) -> None:
    script = httpx.get(f"{address}/v1/promoloop.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert len(script.text.splitlines()) <= 21
    assert "innerHTML" not in script.text
    tag = {"if-none-match": script.headers["etag"]}
    assert httpx.get(f"{address}/v1/promoloop.js", headers=tag).status_code == 304
    worker = httpx.get(f"{address}/v1/push/worker.js")
    assert worker.headers["service-worker-allowed"] == "/"


def test_the_document_says_31_and_names_every_route_once(address: str) -> None:
    told = json.loads(httpx.get(f"{address}/v1/openapi.json").content)
    assert told["openapi"].startswith("3.1")
    names = [one["operationId"] for path in told["paths"].values() for one in path.values()]
    assert len(names) == len(set(names)) > 30
