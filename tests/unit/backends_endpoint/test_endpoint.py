"""An endpoint model against a real server on the loopback, which behaves as servers do."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from promoloop.backends.llm_endpoint import Budget, Endpoint, EndpointModel, Prices
from promoloop.compose import DraftingModel
from promoloop.core import InvalidError, RefusedError, UnavailableError
from promoloop.testing import DraftingModelSuite

KEY = "sk-very-secret-0123456789"
SCHEMA = {"type": "object", "properties": {"hook": {"type": "string"}}, "required": ["hook"]}
Answer = tuple[int, bytes] | tuple[int, bytes, dict[str, str]]


class Shop:
    """A server whose answers a test decides; it keeps what it was asked."""

    def __init__(self, answer: Callable[[str, dict[str, Any], int], Answer]) -> None:
        self.asked: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.answer = answer
        self.lock = threading.Lock()
        self.open = threading.Event()


@contextmanager
def serving(answer: Callable[[str, dict[str, Any], int], Answer]) -> Iterator[tuple[Shop, str]]:
    shop = Shop(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with shop.lock:
                shop.asked.append((self.path, body, dict(self.headers)))
                at = len(shop.asked)
            status, content, *more = shop.answer(self.path, body, at)
            self.send_response(status)
            for name, value in (more[0] if more else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with_pipe = self.wfile
            try:
                with_pipe.write(content)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield shop, f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        shop.open.set()
        server.shutdown()
        server.server_close()
        thread.join()


def chat(content: str, prompt: int = 20, completion: int = 10) -> bytes:
    return json.dumps(
        {
            "choices": [{"message": {"content": content}}],
            "usage": {"prompt_tokens": prompt, "completion_tokens": completion},
        }
    ).encode()


def drafts(path: str, body: dict[str, Any], at: int) -> Answer:
    del path, at
    return 200, chat(json.dumps({"hook": f"Line {body['seed']}."}))


def model_at(
    url: str, budget: Budget | None = None, **more: Any
) -> tuple[EndpointModel, list[float]]:
    slept: list[float] = []
    endpoint = Endpoint(url, "shop-7b", KEY, **{"timeout": 5.0, **more})
    return EndpointModel(endpoint, budget, slept.append, random.Random(1)), slept


def ask(model: EndpointModel, n: int = 1, seed: int = 0) -> list[Any]:
    return list(model.draft("Write about tea.", SCHEMA, n=n, max_tokens=30, seed=seed))


class TestDrafting(DraftingModelSuite):
    @pytest.fixture(autouse=True)
    def _served(self) -> Iterator[None]:
        with serving(drafts) as (_, url):
            self._model, _ = model_at(url)
            yield
            self._model.close()

    def make(self) -> DraftingModel:
        return self._model


def test_drafts_come_in_the_order_asked_though_answers_come_as_they_like() -> None:
    def answer(path: str, body: dict[str, Any], at: int) -> Answer:
        threading.Event().wait(0.05 if body["seed"] % 2 == 0 else 0.0)
        return drafts(path, body, at)

    with serving(answer) as (shop, url):
        model, _ = model_at(url, concurrency=4)
        with model:
            found = ask(model, n=6)
        assert [one["hook"] for one in found] == [f"Line {at}." for at in range(6)]
        path, body, headers = shop.asked[0]
        assert path == "/v1/chat/completions"
        assert body["response_format"]["json_schema"]["schema"] == SCHEMA
        assert headers["Authorization"] == f"Bearer {KEY}"


def test_never_more_calls_at_once_than_allowed() -> None:
    now, most = [0], [0]
    lock = threading.Lock()

    def answer(path: str, body: dict[str, Any], at: int) -> Answer:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.02)
        with lock:
            now[0] -= 1
        return drafts(path, body, at)

    with serving(answer) as (_, url):
        model, _ = model_at(url, concurrency=2)
        with model:
            assert len(ask(model, n=8)) == 8
    assert most[0] == 2


def test_a_server_that_knows_no_schema_is_asked_without_one_and_only_once_with() -> None:
    def answer(path: str, body: dict[str, Any], at: int) -> Answer:
        if "response_format" in body:
            return 400, b'{"error": "unknown field response_format"}'
        return 200, chat('Sure!\n```json\n{"hook": "Tea for two."}\n```')

    with serving(answer) as (shop, url):
        model, _ = model_at(url, concurrency=1)
        with model:
            assert ask(model, n=3) == [{"hook": "Tea for two."}] * 3
        assert ["response_format" in body for _, body, _ in shop.asked] == [True, *[False] * 3]


def test_too_many_requests_are_retried_after_the_pause_the_server_asks_for() -> None:
    def answer(path: str, body: dict[str, Any], at: int) -> Answer:
        if at <= 2:
            return 429, b"", {"Retry-After": "3"}
        return drafts(path, body, at)

    with serving(answer) as (_, url):
        model, slept = model_at(url)
        with model:
            assert ask(model) == [{"hook": "Line 0."}]
            assert model.usage.calls == 1
    assert slept == [3.0, 3.0]


def test_pauses_double_and_carry_a_jitter() -> None:
    with serving(lambda *_: (503, b"")) as (shop, url):
        model, slept = model_at(url, attempts=4)
        with model, pytest.raises(UnavailableError, match="503"):
            ask(model)
        assert len(shop.asked) == 4
    assert len(slept) == 3
    assert all(0.25 * 2**at <= pause <= 0.5 * 2**at for at, pause in enumerate(slept))


@pytest.mark.parametrize("status", [401, 403, 409, 302])
def test_a_refusal_is_not_retried(status: int) -> None:
    with serving(lambda *_: (status, b"")) as (shop, url):
        model, slept = model_at(url)
        with model, pytest.raises(UnavailableError, match=str(status)):
            ask(model)
        assert len(shop.asked) == 1
    assert slept == []


def test_a_server_that_is_down_is_unavailable_after_the_retries() -> None:
    with serving(drafts) as (_, url):
        pass
    model, slept = model_at(url, attempts=3)
    with model, pytest.raises(UnavailableError, match="no connection"):
        ask(model)
    assert len(slept) == 2
    assert model.usage.tokens == 0


def test_a_slow_server_is_unavailable_and_not_asked_again() -> None:
    with serving(lambda *_: (200, b"")) as (shop, url):
        shop.answer = lambda *_: (shop.open.wait(5) and (200, b"")) or (200, b"")
        model, slept = model_at(url, timeout=0.2)
        with model, pytest.raises(UnavailableError, match="no answer within"):
            ask(model)
        assert len(shop.asked) == 1
        shop.open.set()
    assert slept == []
    assert model.usage.tokens > 30, "the server may have worked, so the bound counts"


NONSENSE = [
    b"",
    b"<html>It works!</html>",
    b"null",
    b"[]",
    b'{"choices": []}',
    b'{"choices": null}',
    b'{"choices": [7]}',
    b'{"choices": [{"message": null}]}',
    b'{"choices": [{"message": {"content": ["a"]}}]}',
    b'{"choices": [{"message": {"content": "no JSON at all"}}]}',
    chat('{"hook": "Tea for'),
    chat('{"hook": 7}'),
    chat('{"hook": null}'),
    chat('["hook"]'),
    chat('{"other": "Tea."}'),
    chat("{" * 100_000),
    chat("[" * 50_000),
    b'{"choices": [{"message": {"content": "' + b"x" * 5_000_000 + b'"}}]}',
    b"\xff\xfe\x00",
    b'{"choices": [{"message": {"content": "{}"}}], "usage": {"prompt_tokens": -5}}',
    b'{"choices": [{"message": {"content": "{}"}}], "usage": {"prompt_tokens": "many"}}',
]


@pytest.mark.parametrize("content", NONSENSE, ids=range(len(NONSENSE)))
def test_an_answer_that_is_no_draft_is_left_out(content: bytes) -> None:
    with serving(lambda *_: (200, content)) as (_, url):
        model, _ = model_at(url)
        with model:
            assert ask(model, n=2) == []


def test_drafts_that_came_are_kept_when_others_fail() -> None:
    def answer(path: str, body: dict[str, Any], at: int) -> Answer:
        return (401, b"") if body["seed"] == 1 else drafts(path, body, at)

    with serving(answer) as (_, url):
        model, _ = model_at(url)
        with model:
            assert [one["hook"] for one in ask(model, n=3)] == ["Line 0.", "Line 2."]


def test_half_an_answer_is_unavailable() -> None:
    def answer(path: str, body: dict[str, Any], at: int) -> Answer:
        return 200, b'{"choices"', {"Transfer-Encoding": "chunked"}

    with serving(answer) as (_, url):
        model, _ = model_at(url)
        with model, pytest.raises(UnavailableError, match="broke off"):
            ask(model)


def test_the_budget_refuses_before_it_is_exceeded() -> None:
    with serving(drafts) as (shop, url):
        budget = Budget(2_000)
        model, _ = model_at(url, budget, concurrency=4)
        with model:
            with pytest.raises(RefusedError, match="2000"):
                ask(model, n=40)
            asked = len(shop.asked)
            assert 0 < asked < 40
            assert budget.usage.tokens == asked * 30 <= 2_000


def test_a_budget_holds_when_many_threads_reserve() -> None:
    budget = Budget(1_000)

    def reserve(_: int) -> bool:
        try:
            budget.reserve(30)
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(reserve, range(200))) == 1_000 // 30


def test_the_ledger_counts_what_the_server_says_in_exact_money() -> None:
    with serving(drafts) as (_, url):
        model, _ = model_at(url, Budget(prices=Prices(Decimal("0.15"), Decimal("0.60"))))
        with model:
            ask(model, n=3)
            usage = model.usage
    assert (usage.calls, usage.prompt_tokens, usage.completion_tokens) == (3, 60, 30)
    assert usage.cost == Decimal("0.000027")  # (60 * 0.15 + 30 * 0.60) / 1e6


def test_the_key_stands_in_no_text_of_ours() -> None:
    with serving(lambda *_: (401, KEY.encode())) as (_, url):
        model, _ = model_at(url)
        with model, pytest.raises(UnavailableError) as caught:
            ask(model)
        texts = [str(caught.value), repr(caught.value), repr(Endpoint(url, "m", KEY)), repr(model)]
    assert not any(KEY in text for text in texts)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://host/v1"}, {"url": "host:8000"}, {"url": ""},
        {"url": "http://me:pw@host/v1"}, {"url": "http://host/v1?key=1"},
        {"model": " "}, {"timeout": 0.0}, {"timeout": float("nan")}, {"attempts": 0},
        {"concurrency": 0},
    ],
)  # fmt: skip
def test_a_wrong_endpoint_is_named_before_anything_is_sent(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        Endpoint(**{"url": "http://host/v1", "model": "m", **wrong})


def test_a_key_that_cannot_be_sent_is_named_without_showing_it() -> None:
    with pytest.raises(InvalidError) as caught:
        EndpointModel(Endpoint("http://host/v1", "m", "ключ-secret"))
    assert "secret" not in str(caught.value)
