"""What is malformed, too much or meant ill is refused with a problem, and changes nothing."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import httpx
import pytest

from .conftest import asked, is_problem

JSON = {"content-type": "application/json"}
VIEW = {
    "type": "track",
    "event": "Product Viewed",
    "messageId": "h-1",
    "userId": "u1",
    "timestamp": "2026-11-22T10:00:00Z",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1/decide", 405),
        ("DELETE", "/v1/offers/x", 405),
        ("POST", "/v1/decide", 401),
        ("GET", "/v1/offers/none", 401),
    ],
)
def test_every_refusal_is_a_problem(door: Any, method: str, path: str, status: int) -> None:
    assert is_problem(asked(door, (), method, path), status)


def test_a_method_that_is_not_taken_names_those_that_are(door: Any) -> None:
    assert asked(door, (), "DELETE", "/v1/offers/x").headers["allow"] == "GET, PUT"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"request_id": "a", "shopper_id": "\xff"}', 400),
        (b'{"request_id": "\\ud800", "shopper_id": "s"}', 400),
        (b"[" * 100_000, 422),
        (b'{"cart": ' * 50_000, 422),
        (b'{"request_id": "a"}', 422),
        (b'{"request_id": "a", "shopper_id": "s\\u0000"}', 422),
        (b'{"request_id": "a", "shopper_id": "s", "admin": true}', 422),
        (b'{"request_id": 7, "shopper_id": "s"}', 422),
        (b'{"request_id": "a", "shopper_id": "s", "deadline_ms": 1e99}', 422),
        (b'{"request_id": "a", "shopper_id": "s", "slot": "../../etc/passwd"}', 422),
        (b'{"request_id": "' + b"a" * 5000 + b'", "shopper_id": "s"}', 422),
    ],
)
def test_a_malformed_body_is_refused(door: Any, body: bytes, status: int) -> None:
    answer = asked(door, ("decide",), "POST", "/v1/decide", content=body, headers=JSON)
    assert answer.status_code in {status, 400, 422}
    assert is_problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/xml"},
        {"content-type": "application/json; charset=utf-16"},
        {},
        {**JSON, "content-encoding": "gzip"},
        {**JSON, "content-encoding": "br"},
    ],
)
def test_a_body_of_another_kind_is_refused(door: Any, headers: dict[str, str]) -> None:
    answer = asked(door, ("decide",), "POST", "/v1/decide", content=b"{}", headers=headers)
    assert is_problem(answer, 415)


def test_a_gzip_bomb_is_never_opened(door: Any) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    headers = {**JSON, "content-encoding": "gzip"}
    answer = asked(door, ("events:write",), "POST", "/v1/events", content=bomb, headers=headers)
    assert is_problem(answer, 415)


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(door: Any) -> None:
    large = b'{"batch": [' + b" " * 1_100_000 + b"]}"

    async def drips() -> Any:
        for at in range(0, len(large), 65_536):
            yield large[at : at + 65_536]

    said = asked(door, ("events:write",), "POST", "/v1/events", content=large, headers=JSON)
    silent = asked(door, ("events:write",), "POST", "/v1/events", content=drips(), headers=JSON)
    assert is_problem(said, 413)
    assert is_problem(silent, 413)


def test_too_many_events_at_once_are_refused_and_none_is_taken(door: Any) -> None:
    batch = {"batch": [VIEW | {"messageId": f"many-{n}"} for n in range(1001)]}
    assert is_problem(asked(door, ("events:write",), "POST", "/v1/events", json=batch), 413)
    some = {"batch": batch["batch"][:10]}
    assert asked(door, ("events:write",), "POST", "/v1/events", json=some).json()["new"] == 10


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE offers; --",
        '" OR 1=1 --',
        "{{ 7*7 }}",
        "{% for x in ().__class__.__base__.__subclasses__() %}",
        "${jndi:ldap://127.0.0.1/a}",
        "<script>alert(1)</script>",
        "../../../../etc/passwd",
        "%s%n%x",
        "=cmd|' /C calc'!A0",
    ],
)
def test_hostile_words_are_kept_as_words(door: Any, text: str) -> None:
    key = ("catalogue:write", "read")
    body = {"title": text, "category": text[:100], "price_minor": 100, "brand": text[:100]}
    put = asked(door, key, "PUT", "/v1/products/hostile", json=body)
    assert put.status_code == 200
    assert asked(door, key, "GET", "/v1/products/hostile").json()["title"] == text
    assert asked(door, key, "GET", "/v1/offers").status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "a\r\nBcc: everybody@shop.example",
        "a\u0000b",
        "a\u001b[2Jb",
        "\u202e\u2066right to left",
        "x" * 501,
    ],
)
def test_control_characters_and_endless_titles_are_refused(door: Any, text: str) -> None:
    body = {"title": text, "category": "C", "price_minor": 100}
    put = asked(door, ("catalogue:write",), "PUT", "/v1/products/control", json=body)
    assert is_problem(put, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/offers/%00",
        "/v1/offers/%0d%0aSet-Cookie:x=1",
        "/v1/offers/" + "a" * 3000,
        "/v1/offers/..%2f..%2fetc%2fpasswd",
        "/v1/campaigns/..%5c..",
        "/v1//offers",
        "/../etc/passwd",
        "/t/../../secret",
    ],
)
def test_path_tricks_find_nothing(door: Any, path: str) -> None:
    answer = asked(door, ("read",), "GET", path)
    assert is_problem(answer, 404)
    assert "set-cookie" not in answer.headers


def test_numbers_beyond_all_bounds_and_impossible_dates_are_refused(door: Any) -> None:
    offer = {
        "names": {"en-US": "tea"},
        "group": "TEA",
        "reward": {"code": "amount_off", "amount_minor": 10**30},
        "valid_from": "2026-11-01T00:00:00Z",
        "valid_until": "2027-12-01T00:00:00Z",
        "currency": "USD",
    }
    key = ("catalogue:write", "read")
    assert is_problem(asked(door, key, "PUT", "/v1/offers/huge", json=offer), 422)
    sane = offer | {"reward": {"code": "amount_off", "amount_minor": 100}}
    for wrong in (
        {"valid_from": "0001-01-01T00:00:00+23:59"},
        {"valid_until": "9999-12-31T23:59:59-23:59"},
        {"valid_from": "2026-11-01T00:00:00"},
        {"valid_until": "2026-01-01T00:00:00Z"},
        {"reward": {"code": "percent_off", "percent": 101}},
        {"reward": {"code": "eval", "x": 1}},
        {"names": {}},
        {"names": {"../x": "y"}},
        {"currency": "XXL"},
    ):
        assert is_problem(asked(door, key, "PUT", "/v1/offers/huge", json=sane | wrong), 422)
    assert asked(door, key, "GET", "/v1/offers/huge").status_code == 404


def test_a_key_does_what_its_scopes_say_and_nothing_more(door: Any) -> None:
    body = {"request_id": "k-1", "shopper_id": "s"}
    assert is_problem(asked(door, ("read",), "POST", "/v1/decide", json=body), 403)
    assert is_problem(asked(door, ("decide",), "GET", "/v1/offers"), 403)
    for header in ("Bearer", "Bearer ", "Basic eDp5", "plk_x", "Bearer plk_" + "A" * 43):
        headers = {"authorization": header}
        answer = asked(door, (), "POST", "/v1/decide", json=body, headers=headers)
        assert is_problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_key_is_refused(door: Any) -> None:
    key, secret = door.shop.add_key("to go", ["read"])
    door.shop.revoke_key(key.key_id)
    headers = {"authorization": f"Bearer {secret}"}
    assert is_problem(asked(door, (), "GET", "/v1/offers", headers=headers), 401)


def test_only_a_page_key_may_stand_in_an_address(door: Any) -> None:
    page, strong = door.secret("page"), door.secret("events:write")
    text = {"content-type": "text/plain;charset=UTF-8"}
    body = json.dumps(VIEW | {"messageId": "page-1"})
    shown = asked(door, (), "POST", f"/v1/events?key={page}", content=body, headers=text)
    assert shown.json()["accepted"] == 1
    refused = asked(door, (), "POST", f"/v1/events?key={strong}", content=body, headers=text)
    assert is_problem(refused, 401)
    bearer = {"authorization": f"Bearer {page}"}
    assert is_problem(asked(door, (), "GET", "/v1/offers", headers=bearer), 403)


def test_wrong_keys_are_not_looked_up_for_ever_and_known_ones_still_are(door: Any) -> None:
    known = door.secret("read")
    callers = door.app.state.desk.callers

    async def flood() -> list[int]:
        async with door.client() as client:
            made = [
                client.get("/v1/offers", headers={"authorization": f"Bearer plk_{n:043d}"})
                for n in range(80)
            ]
            ours = {"authorization": f"Bearer {known}"}
            first = (await client.get("/v1/offers", headers=ours)).status_code
            rest = [(await one).status_code for one in made]
            digest, (key, _) = next(reversed(callers._known.items()))
            callers._known[digest] = key, 0.0
            return [first, *rest, (await client.get("/v1/offers", headers=ours)).status_code]

    found = asyncio.run(flood())
    callers._wrong._hits.clear()
    assert (found[0], found[-1]) == (200, 200)
    assert (found[1], found[-2]) == (401, 429)


def test_a_page_key_cannot_have_notifications_of_others_sent_to_a_browser(door: Any) -> None:
    body = {
        "shopper_id": door.shoppers[0],
        "endpoint": "https://fcm.googleapis.com/fcm/send/x",
        "keys": {"p256dh": "B" * 87, "auth": "A" * 22},
    }
    sent = asked(door, ("page",), "POST", "/v1/push/subscriptions", json=body)
    assert is_problem(sent, 403)
    by_shop = asked(door, ("people:write",), "POST", "/v1/push/subscriptions", json=body)
    assert by_shop.status_code in {200, 422}
    foreign = body | {"endpoint": "https://127.0.0.1:22/x"}
    inward = asked(door, ("people:write",), "POST", "/v1/push/subscriptions", json=foreign)
    assert is_problem(inward, 422)


def test_the_same_key_and_body_get_the_same_answer_and_another_body_is_refused(door: Any) -> None:
    body = {"shopper_id": "s-idem", "channel": "email", "granted": True, "source": "a"}
    secret = door.secret("people:write")
    headers = {"idempotency-key": "one", "authorization": f"Bearer {secret}"}
    first = asked(door, (), "POST", "/v1/consents", json=body, headers=headers)
    again = asked(door, (), "POST", "/v1/consents", json=body, headers=headers)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    other = asked(door, (), "POST", "/v1/consents", json=body | {"source": "b"}, headers=headers)
    assert is_problem(other, 409)
    assert other.json()["asked"].startswith("POST /v1/consents with the idempotency key 'one'")
    assert len(door.shop.house.consents.of("s-idem")) == 1


def test_of_many_at_once_with_one_key_one_does_the_work(door: Any) -> None:
    body = {"shopper_id": "s-race", "channel": "email", "granted": True, "source": "a"}
    headers = {"idempotency-key": "race", "authorization": f"Bearer {door.secret('people:write')}"}

    async def race() -> list[httpx.Response]:
        async with door.client() as client:
            sent = [client.post("/v1/consents", json=body, headers=headers) for _ in range(16)]
            return list(await asyncio.gather(*sent))

    found = asyncio.run(race())
    assert {one.status_code for one in found} <= {200, 409}
    assert len({one.content for one in found if one.status_code == 200}) == 1
    assert len(door.shop.house.consents.of("s-race")) == 1


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 129])
def test_an_idempotency_key_that_is_none_is_refused(door: Any, key: str) -> None:
    body = {"shopper_id": "s", "channel": "email", "granted": True, "source": "a"}
    headers = {"idempotency-key": key.encode()}
    sent = asked(door, ("people:write",), "POST", "/v1/consents", json=body, headers=headers)
    assert is_problem(sent, 422)


def test_no_browser_page_may_ask_from_elsewhere_unless_it_is_named(door: Any) -> None:
    headers = {"origin": "https://evil.example"}
    answer = asked(door, ("decide",), "POST", "/v1/decide", json={}, headers=headers)
    assert "access-control-allow-origin" not in answer.headers
    asked_first = {**headers, "access-control-request-method": "POST"}
    assert asked(door, (), "OPTIONS", "/v1/decide", headers=asked_first).status_code == 405


def test_every_answer_has_an_id_and_keeps_browsers_safe(door: Any) -> None:
    own = asked(door, (), "GET", "/healthz", headers={"x-request-id": "abc-1"})
    assert own.headers["x-request-id"] == "abc-1"
    made = asked(door, (), "GET", "/healthz", headers={"x-request-id": "a b\tc"})
    assert len(made.headers["x-request-id"]) == 16
    for name in ("x-content-type-options", "x-frame-options", "content-security-policy"):
        assert name in made.headers


def test_an_unsigned_or_unknown_webhook_is_refused(door: Any) -> None:
    body = [{"event": "bounced", "address": "a@shop.example"}]
    sent = asked(door, (), "POST", "/v1/webhooks/email", json=body)
    assert sent.status_code in {422, 503}
    assert is_problem(asked(door, (), "POST", "/v1/webhooks/none", json=body), 404)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_event_at_an_impossible_time_is_set_aside_and_its_person_can_be_erased(
    door: Any, at: str
) -> None:
    calls = [VIEW | {"messageId": f"t-{at}", "userId": f"t-{at}", "timestamp": at}]
    told = asked(door, ("events:write",), "POST", "/v1/events", json={"batch": calls}).json()
    assert [(one["status"], one["field"]) for one in told["results"]] == [
        ("set_aside", "timestamp")
    ]


def test_one_product_twice_and_differently_is_refused_and_nothing_is_stored(door: Any) -> None:
    one = {"product_id": "twice", "title": "a", "category": "c", "price_minor": 100}
    for other, status in ((one | {"price_minor": 200}, 422), (one, 200)):
        sent = {"items": [one, other]}
        told = asked(door, ("catalogue:write",), "PUT", "/v1/products", json=sent)
        assert told.status_code == status, told.text
        held = asked(door, ("read",), "GET", "/v1/products/twice")
        assert held.status_code == (404 if status == 422 else 200)


def test_an_idempotency_key_that_is_none_is_refused_at_the_till(door: Any) -> None:
    for key in ("", "x" * 201):
        body = {"redemption_id": "r", "offer_id": "coffee-25", "order_id": "o"}
        headers = {"idempotency-key": key}
        sent = asked(door, ("redeem",), "POST", "/v1/redeem", json=body, headers=headers)
        assert is_problem(sent, 422)
