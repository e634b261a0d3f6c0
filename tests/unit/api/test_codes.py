"""The same fault gets the same status on every route, and a repeated request the same answer."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import asked, is_problem
from .test_routes import CAMPAIGN, OFFER

JSON = {"content-type": "application/json"}
ROUTES = [
    ("POST", "/v1/decide", "decide"),
    ("POST", "/v1/events", "events:write"),
    ("POST", "/v1/identify", "events:write"),
    ("POST", "/v1/redeem", "redeem"),
    ("POST", "/v1/consents", "people:write"),
    ("POST", "/v1/reply", "read"),
    ("PUT", "/v1/products", "catalogue:write"),
    ("PUT", "/v1/products/p", "catalogue:write"),
    ("PUT", "/v1/offers/o", "catalogue:write"),
    ("PUT", "/v1/campaigns/c", "campaigns:write"),
]
DEEP = [b"[" * 20_000, b'{"x":' * 20_000, b"[" * 20_000 + b"]" * 20_000]
MALFORMED = [
    b"",
    b"{",
    b'{"request_id": 5,',
    b"[1, 2",
    b"\xff\xfe",
    b"{'a': 1}",
    b"no",
    b'"\\u0000',
]
SOUND = [b"3", b'"text"', b'{"request_id": 5}', b'{"names": 3}', b'{"type": 3, "items": 4}']


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_a_body_that_is_no_json_is_400_on_every_route(
    door: Any, method: str, path: str, scope: str
) -> None:
    for body in MALFORMED:
        sent = asked(door, (scope,), method, path, content=body, headers=JSON)
        assert is_problem(sent, 400), body
        assert sent.json()["case"].startswith("it is not JSON"), body


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_a_body_that_is_nested_too_deeply_is_told_so(
    door: Any, method: str, path: str, scope: str
) -> None:
    for body in DEEP:
        sent = asked(door, (scope,), method, path, content=body, headers=JSON)
        assert is_problem(sent, 400)
        assert sent.json()["case"] == "it is nested too deeply", body[:9]


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_json_of_another_shape_is_422_on_every_route(
    door: Any, method: str, path: str, scope: str
) -> None:
    for body in SOUND:
        sent = asked(door, (scope,), method, path, content=body, headers=JSON)
        if path != "/v1/events":  # each call has a result of its own
            assert is_problem(sent, 422), body


def test_a_decision_for_a_campaign_that_is_not_there_is_404(door: Any) -> None:
    body = {"request_id": "c-404", "shopper_id": "s-1", "campaign_id": "nowhere"}
    assert is_problem(asked(door, ("decide",), "POST", "/v1/decide", json=body), 404)


PRODUCT = {"title": "Tea", "category": "TEA", "price_minor": 400}
VISITOR = {"userId": "u-once", "timestamp": "2026-11-20T10:00:00Z", "anonymousId": "a-once"}
EVENT = {"type": "page", "messageId": "once-1", "userId": "u", "timestamp": "2026-11-20T10:00:00Z"}
MANY = {"items": [PRODUCT | {"product_id": name} for name in ("one", "two")]}
FEWER = {"items": MANY["items"][:1]}
WRITES = [
    ("PUT", "/v1/offers/once", OFFER, {"group": "COFFEE"}, "catalogue:write"),
    ("PUT", "/v1/products/once", PRODUCT, {"price_minor": 500}, "catalogue:write"),
    ("PUT", "/v1/products", MANY, FEWER, "catalogue:write"),
    ("POST", "/v1/identify", VISITOR, {"anonymousId": "b"}, "events:write"),
    ("POST", "/v1/events", EVENT, {"messageId": "once-2"}, "events:write"),
]


@pytest.mark.parametrize(("method", "path", "body", "other", "scope"), WRITES)
def test_a_write_with_a_key_is_done_once_and_its_answer_replayed_with_its_tag(
    door: Any, method: str, path: str, body: Any, other: Any, scope: str
) -> None:
    secret = door.secret(scope)
    headers = {"idempotency-key": "k", "authorization": f"Bearer {secret}"}
    first = asked(door, (), method, path, json=body, headers=headers)
    again = asked(door, (), method, path, json=body, headers=headers)
    assert first.status_code == 200, first.text
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers.get("etag") == first.headers.get("etag")
    sent = asked(door, (), method, path, json=body | other, headers=headers)
    assert is_problem(sent, 409)


def test_a_campaign_and_its_steps_are_stored_and_taken_once(door: Any) -> None:
    secret = door.secret("admin")
    headers = {"idempotency-key": "c", "authorization": f"Bearer {secret}"}
    asked(door, (), "PUT", "/v1/offers/tea-20", json=OFFER, headers=headers)
    for method, path, body in (
        ("PUT", "/v1/campaigns/once", CAMPAIGN),
        ("POST", "/v1/campaigns/once/submit", None),
    ):
        first = asked(door, (), method, path, json=body, headers=headers)
        again = asked(door, (), method, path, json=body, headers=headers)
        assert first.status_code == 200, first.text
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers.get("etag") == first.headers.get("etag")


def test_every_route_that_writes_takes_an_idempotency_key_but_a_decision(door: Any) -> None:
    paths = door.app.openapi()["paths"]
    missing = {
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method, one in operations.items()
        if method in {"post", "put"} and one.get("x-scope") not in {None, "read"}
        if all(each["name"] != "Idempotency-Key" for each in one["parameters"])
    }
    assert missing == {"POST /v1/decide"}  # its request_id is the key
