"""The snippet on a page of another origin, in a real browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.console.chromium import CHROMIUM, Chromium

from promoloop.api import create_app
from promoloop.settings import ServeSettings

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]
PAGE = """<!doctype html><title>Shop</title><div id="offer">nothing yet</div>
<script src="{api}/v1/promoloop.js" data-key="{key}" data-shopper="{shopper}"></script>
<script>
promoloop.track("Product Viewed", {{ product_id: "p-12" }});
promoloop.show(document.querySelector("#offer"), {{ deadline_ms: 5000 }}).then(() => {{
  document.title = "shown";
}});
</script>"""


class _Pages(BaseHTTPRequestHandler):
    text = ""

    def do_GET(self) -> None:
        body = type(self).text.encode()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def shop_page() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_page_of_the_shop_shows_the_words_as_text_and_tells_what_was_viewed(
    door: Any, shop_page: ThreadingHTTPServer, tmp_path: Path
) -> None:
    origin = f"http://127.0.0.1:{shop_page.server_address[1]}"
    serve = ServeSettings(origins=(origin,))
    app = create_app(door.shop, replace(door.shop.settings, serve=serve))
    app.state.desk.realtime.look()
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, lifespan="off", log_level="error", ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    api = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    shopper = _one_with_an_offer(door, app)
    _Pages.text = PAGE.format(api=api, key=door.secret("page"), shopper=shopper)
    browser = Chromium(tmp_path)
    try:
        browser.open(f"{origin}/")
        for _ in range(100):
            if browser.run("document.title") == "shown":
                break
            time.sleep(0.1)
        shown = browser.run("document.querySelector('#offer').innerText")
        tags = browser.run("[...document.querySelectorAll('#offer *')].map(e => e.tagName)")
    finally:
        browser.close()
        server.should_exit = True
        thread.join()
        app.state.desk.close()
    assert "pizza" in shown.lower() or "coffee" in shown.lower()
    assert set(tags) == {"P"}
    assert not browser.faults
    inbox = door.shop.house.inbox
    seen = [call.body for _, call in inbox.read(0) if call.shopper_id == shopper]
    assert any(b'"Product Viewed"' in body for body in seen)
    assert any(b'"Promotion Viewed"' in body for body in seen)


def _one_with_an_offer(door: Any, app: Any) -> str:
    """A shopper whom a page is to show something."""
    from datetime import UTC, datetime

    from promoloop.flows.realtime.records import LiveRequest

    live = app.state.desk.live
    now = datetime.now(UTC)
    for at, shopper in enumerate(door.shoppers[30:200]):
        asked = LiveRequest(f"look-{at}", shopper, deadline_ms=5000)
        if live.decide(asked, now).copy is not None:
            return str(shopper)
    raise AssertionError("nobody is shown anything")
