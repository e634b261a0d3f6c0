"""Each route does what it says, on a real shop."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest

from promoloop.api import create_app
from promoloop.flows.history.audience import PURPOSE
from promoloop.profiles import address_digest

from .conftest import Door, asked, is_problem

OFFER = {
    "names": {"en-US": "tea"},
    "group": "TEA",
    "reward": {"code": "percent_off", "percent": 20, "ceiling_minor": 400},
    "valid_from": "2026-11-01T00:00:00Z",
    "valid_until": "2027-12-01T00:00:00Z",
    "currency": "USD",
}
CAMPAIGN = {
    "name": "Advent",
    "offer_ids": ["tea-20"],
    "channels": {"email": 1},
    "hours": [9, 18],
    "budget_minor": 100_000,
    "currency": "USD",
    "arms": {"policy": 0.8, "holdout": 0.2},
    "starts_at": "2026-11-20T00:00:00Z",
    "weeks": 4,
    "salt": "s",
}


def viewed(message: str, shopper: str, event: str = "Product Viewed") -> dict[str, Any]:
    return {
        "type": "track",
        "event": event,
        "messageId": message,
        "userId": shopper,
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {"product_id": "p1"},
    }


def test_a_decision_is_made_and_the_same_request_gets_the_same_answer(door: Any) -> None:
    body = {"request_id": "r-1", "shopper_id": door.shoppers[0], "deadline_ms": 5000}
    first = asked(door, ("decide",), "POST", "/v1/decide", json=body)
    again = asked(door, ("decide",), "POST", "/v1/decide", json=body)
    assert first.status_code == again.status_code == 200
    assert first.json()["decision_id"]
    assert first.json()["decision_id"] == again.json()["decision_id"]
    assert again.json()["repeated"]


def test_every_event_has_a_result_and_a_repeated_one_changes_nothing(door: Any) -> None:
    batch = {"batch": [viewed("m-1", "s1"), {"type": "track"}, viewed("m-2", "s1")]}
    first = asked(door, ("events:write",), "POST", "/v1/events", json=batch).json()
    again = asked(door, ("events:write",), "POST", "/v1/events", json=batch).json()
    assert [one["status"] for one in first["results"]] == ["accepted", "set_aside", "accepted"]
    assert first["results"][1]["field"] == "messageId"
    assert (first["new"], again["new"]) == (3, 0)


def test_a_cloudevents_envelope_is_an_event_too(door: Any) -> None:
    envelope = {
        "specversion": "1.0",
        "id": "1",
        "source": "shop",
        "type": "Product Viewed",
        "subject": "s1",
        "time": "2026-11-22T10:00:00Z",
        "data": {"product_id": "p1"},
    }
    kind = {"content-type": "application/cloudevents+json"}
    told = asked(door, ("events:write",), "POST", "/v1/events", json=envelope, headers=kind).json()
    assert told["results"][0] == {
        "message_id": "shop#1",
        "status": "accepted",
        "field": "",
        "reason": "",
        "remedy": "",
    }


def test_a_visitor_becomes_a_user(door: Any) -> None:
    body = {"userId": "s9", "anonymousId": "a9", "timestamp": "2026-11-22T10:00:00Z"}
    first = asked(door, ("events:write",), "POST", "/v1/identify", json=body)
    assert first.json()["new"] is True
    again = asked(door, ("events:write",), "POST", "/v1/identify", json=body)
    assert again.json() | {"new": True} == first.json()
    assert again.json()["new"] is False


def test_a_changed_offer_is_a_new_revision_and_an_unchanged_one_is_not(door: Any) -> None:
    key = ("catalogue:write", "read")
    first = asked(door, key, "PUT", "/v1/offers/rev", json=OFFER)
    same = asked(door, key, "PUT", "/v1/offers/rev", json=OFFER)
    other = asked(door, key, "PUT", "/v1/offers/rev", json=OFFER | {"stacking": "tea"})
    assert [one.json()["revision"] for one in (first, same, other)] == [1, 1, 2]
    assert first.headers["etag"] == same.headers["etag"] != other.headers["etag"]


def test_who_has_seen_another_state_changes_nothing(door: Any) -> None:
    key = ("catalogue:write", "read")
    tag = asked(door, key, "PUT", "/v1/offers/tag", json=OFFER).headers["etag"]
    asked(door, key, "PUT", "/v1/offers/tag", json=OFFER | {"stacking": "tea"})
    late = asked(door, key, "PUT", "/v1/offers/tag", json=OFFER, headers={"if-match": tag})
    anew = asked(door, key, "PUT", "/v1/offers/tag", json=OFFER, headers={"if-none-match": "*"})
    assert (late.status_code, anew.status_code) == (412, 412)
    now = asked(door, key, "GET", "/v1/offers/tag")
    assert now.json()["stacking"] == "tea"
    have = {"if-none-match": now.headers["etag"]}
    assert asked(door, key, "GET", "/v1/offers/tag", headers=have).status_code == 304


def test_a_list_comes_in_pages_and_a_cursor_means_its_own_list_only(door: Any) -> None:
    key = ("catalogue:write", "read")
    items = [
        {"product_id": f"page-{n}", "title": "T", "category": "C", "price_minor": n}
        for n in range(5)
    ]
    stored = asked(door, key, "PUT", "/v1/products", json={"items": items})
    assert stored.json() == {"stored": 5}
    seen, cursor = [], ""
    while True:
        page = asked(door, key, "GET", f"/v1/products?limit=7&cursor={cursor}").json()
        seen += [one["product_id"] for one in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == sorted(set(seen))
    assert {one["product_id"] for one in items} <= set(seen)
    first = asked(door, key, "GET", "/v1/products?limit=1").json()["next"]
    assert asked(door, key, "GET", f"/v1/offers?cursor={first}").status_code == 422
    assert asked(door, key, "GET", f"/v1/products?cursor={first}x").status_code == 422


def test_a_campaign_lives_from_draft_to_ended_and_its_maker_does_not_approve_it(door: Any) -> None:
    maker = ("catalogue:write", "campaigns:write", "read")
    asked(door, maker, "PUT", "/v1/offers/tea-20", json=OFFER)
    assert asked(door, maker, "PUT", "/v1/campaigns/advent", json=CAMPAIGN).status_code == 200
    base = "/v1/campaigns/advent"
    assert asked(door, maker, "GET", f"{base}/standing").json()["state"] == "draft"
    assert asked(door, maker, "POST", f"{base}/activate").status_code == 409
    assert asked(door, maker, "POST", f"{base}/submit").json()["state"] == "in_review"
    assert asked(door, maker, "POST", f"{base}/approve").status_code == 403
    assert asked(door, ("admin",), "POST", f"{base}/approve").json()["state"] == "approved"
    assert asked(door, maker, "POST", f"{base}/activate").json()["state"] == "active"
    changed = asked(door, maker, "PUT", "/v1/offers/tea-20", json=OFFER | {"group": "X"})
    assert changed.status_code == 409
    assert asked(door, maker, "POST", f"{base}/end").json()["state"] == "ended"


def test_a_forecast_says_what_a_week_would_take_before_anything_runs(door: Any) -> None:
    told = asked(door, ("read",), "POST", "/v1/campaigns/c1/forecast")
    assert told.status_code == 200, told.text
    seen = told.json()
    assert seen["audience"] > 0
    assert sum(one["shoppers"] for one in seen["arms"]) == seen["audience"]
    assert seen["spend_minor"] <= seen["budget_minor"]


def test_an_offer_is_redeemed_once_and_rolled_back_once(door: Any) -> None:
    body = {
        "key": "order-1",
        "shopper_id": door.shoppers[1],
        "code": "COFFEE25",
        "cart": {"items": [{"product_id": "x", "unit_minor": 1000, "category": "COFFEE"}]},
    }
    first = asked(door, ("redeem",), "POST", "/v1/redeem", json=body)
    assert first.status_code == 200, first.text
    assert first.json()["discount_minor"] == 250
    again = asked(door, ("redeem",), "POST", "/v1/redeem", json=body).json()
    assert again["repeated"]
    back = asked(door, ("redeem",), "POST", "/v1/redemptions/order-1/roll-back").json()
    assert back["state"] == "rolled_back"
    unknown = asked(door, ("redeem",), "POST", "/v1/redemptions/nobody/roll-back")
    assert unknown.status_code == 404


def test_a_question_is_answered_from_the_facts_or_handed_over(door: Any) -> None:
    order = {"order_id": "A-1041", "status": "shipped", "shipped_on": "2026-11-18"}
    said = {"question": "Where is my order?", "locale": "en-US", "order": order}
    told = asked(door, ("read",), "POST", "/v1/reply", json=said).json()
    assert told["answered"]
    assert "A-1041" in told["text"]
    angry = {"question": "This is a scam!", "locale": "en-US"}
    handed = asked(door, ("read",), "POST", "/v1/reply", json=angry).json()
    assert (handed["answered"], handed["hand_over"]) == (False, "complaint")


def test_a_reply_says_from_when_an_offer_runs_and_that_it_is_over(door: Any) -> None:
    days = {"valid_from": "2031-12-01T12:00:00Z", "valid_until": "2031-12-10T00:00:00Z"}
    asked(door, ("catalogue:write", "read"), "PUT", "/v1/offers/ahead", json=OFFER | days)
    said = {"question": "Is the offer still valid?", "locale": "en-US", "offer_id": "ahead"}
    ahead = asked(door, ("read",), "POST", "/v1/reply", json=said).json()
    assert ahead["answered"], ahead
    assert "from Dec 1, 2031" in ahead["text"]
    said |= {"today": "2031-12-20"}
    over = asked(door, ("read",), "POST", "/v1/reply", json=said).json()
    assert "This offer is over. It was valid until Dec 9." in over["text"], over
    order = {"order_id": "A-1041", "status": "delivered", "delivered_on": "2031-12-29"}
    said |= {"question": "Where is my order?", "order": order}
    wrong = asked(door, ("read",), "POST", "/v1/reply", json=said)
    assert is_problem(wrong, 422), wrong.text
    assert "delivered_on" in wrong.text


def test_a_decision_is_explained_in_two_languages(door: Any) -> None:
    body = {"request_id": "why", "shopper_id": door.shoppers[3], "deadline_ms": 5000}
    made = asked(door, ("decide",), "POST", "/v1/decide", json=body).json()
    door.app.state.desk.realtime.look()
    for locale in ("en-US", "zh-CN"):
        path = f"/v1/decisions/{made['decision_id']}/explain?locale={locale}"
        told = asked(door, ("read",), "GET", path)
        assert told.status_code == 200, told.text
        assert told.json()["headline"]
    assert asked(door, ("read",), "GET", "/v1/decisions/none/explain").status_code == 404


def test_a_report_has_the_funnel_and_who_paid(door: Any) -> None:
    told = asked(door, ("read",), "GET", "/v1/campaigns/c1/report")
    assert told.status_code == 200, told.text
    assert told.json()["funnel"]["audience"] > 0
    assert told.json()["sides"][0]["budget_minor"] == 10_000_000


def test_a_report_says_what_the_ledger_says_of_a_code_used_without_a_promise(door: Any) -> None:
    """A quarter off coffee of 10.00, by a code that the shopper was never promised."""
    coffee = {"product_id": "x", "unit_minor": 1000, "category": "COFFEE"}
    body = {"key": "till-1", "shopper_id": "walks-in", "code": "COFFEE25"}
    body["cart"] = {"items": [coffee]}
    done = asked(door, ("redeem",), "POST", "/v1/redeem", json=body)
    assert done.json()["discount_minor"] == 250, done.text
    app = create_app(door.shop)  # a server that has kept no report yet
    fresh = Door(door.shop, app, door.shoppers)
    [side] = asked(fresh, ("read",), "GET", "/v1/campaigns/c1/report").json()["sides"]
    booked = door.shop.house.ledger.state("c1").spent_minor
    assert side["unpromised_minor"] == 250
    assert side["spent_minor"] == booked


def test_consent_is_recorded_and_taken_back(door: Any) -> None:
    yes = {"shopper_id": "s77", "channel": "email", "granted": True, "source": "checkout"}
    assert asked(door, ("people:write",), "POST", "/v1/consents", json=yes).json()["granted"]
    assert "s77" in door.shop.house.consents.granted("email", PURPOSE)
    asked(door, ("people:write",), "POST", "/v1/consents", json=yes | {"granted": False})
    assert "s77" not in door.shop.house.consents.granted("email", PURPOSE)


def test_a_consent_is_answered_with_what_stands_not_with_an_older_entry(door: Any) -> None:
    """A yes of 2001 told after today's no changes nothing: what is asked before sending says so."""
    said = {"shopper_id": "s78", "channel": "email", "granted": False, "source": "page"}
    no = asked(door, ("people:write",), "POST", "/v1/consents", json=said).json()
    old = said | {"granted": True, "at": "2001-01-01T00:00:00Z", "source": "list"}
    answer = asked(door, ("people:write",), "POST", "/v1/consents", json=old)
    assert answer.status_code == 200, answer.text
    assert answer.json() == no
    assert not door.shop.house.consents.among(["s78"], "email", PURPOSE)
    later = asked(door, ("people:write",), "POST", "/v1/consents", json=said | {"granted": True})
    assert later.json()["granted"]
    assert door.shop.house.consents.among(["s78"], "email", PURPOSE) == {"s78"}


@pytest.mark.parametrize(
    "wrong", [{"offer_id": "other"}, {"revision": -1}, {"revision": True}, {"revision": "2"}]
)
def test_an_offer_whose_body_contradicts_its_path_is_refused(
    door: Any, wrong: dict[str, object]
) -> None:
    answer = asked(door, ("catalogue:write",), "PUT", "/v1/offers/h1", json=OFFER | wrong)
    assert is_problem(answer, 422)
    assert next(iter(wrong)) in answer.json()["asked"]
    assert asked(door, ("read",), "GET", "/v1/offers/h1").status_code == 404


@pytest.mark.parametrize("sign", ["\u202e", "\u2067", "\u0085", "\u2028", "\x07"])
def test_a_product_title_that_turns_its_text_around_is_refused(door: Any, sign: str) -> None:
    body = {"title": f"Tea {sign}eerf", "category": "TEA", "price_minor": 400}
    answer = asked(door, ("catalogue:write",), "PUT", "/v1/products/turned", json=body)
    assert is_problem(answer, 422)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/v1/openapi.json"])
def test_whoever_watches_the_server_needs_no_key(door: Any, path: str) -> None:
    assert asked(door, (), "GET", path).status_code == 200


def test_a_person_is_exported_then_erased_with_a_receipt_and_forgotten(door: Any) -> None:
    who = door.shoppers[20]
    held = asked(door, ("people:erase",), "GET", f"/v1/people/{who}/export")
    assert held.status_code == 200, held.text
    assert who in held.json()["ids"]
    receipt = asked(door, ("people:erase",), "POST", f"/v1/people/{who}/erase")
    assert receipt.status_code == 200, receipt.text
    assert who not in receipt.text
    assert asked(door, ("people:erase",), "GET", f"/v1/people/{who}/export").status_code == 404
    body = {"request_id": "gone", "shopper_id": who, "deadline_ms": 5000}
    told = asked(door, ("decide",), "POST", "/v1/decide", json=body).json()
    assert told["offer"] is None
    assert asked(door, ("read",), "GET", f"/v1/people/{who}/export").status_code == 403


def test_asking_for_consent_answers_the_same_for_everybody_and_counts_for_nobody(door: Any) -> None:
    body = {"shopper_id": "s-ask", "channel": "email", "source": "form", "address": "a@b.example"}
    told = asked(door, ("people:write",), "POST", "/v1/consents/ask", json=body)
    assert (told.status_code, told.json()) == (202, {"accepted": True})
    assert "s-ask" not in door.shop.house.consents.granted("email", PURPOSE)


def test_an_offer_in_another_currency_than_the_shops_is_refused(door: Any) -> None:
    body = OFFER | {"currency": "EUR"}
    sent = asked(door, ("catalogue:write",), "PUT", "/v1/offers/euro-20", json=body)
    assert sent.status_code == 422
    assert {"EUR", "USD"} <= set(sent.json()["case"].replace(",", "").split())
    assert asked(door, ("read",), "GET", "/v1/offers/euro-20").status_code == 404


def test_a_campaign_without_salt_gets_its_id_and_keeps_the_salt_it_has(door: Any) -> None:
    asked(door, ("catalogue:write",), "PUT", "/v1/offers/tea-20", json=OFFER)
    body = {name: value for name, value in CAMPAIGN.items() if name != "salt"}
    scopes = ("campaigns:write",)
    first = asked(door, scopes, "PUT", "/v1/campaigns/unsalted", json=body)
    assert first.status_code == 200, first.text
    assert first.json()["salt"] == "unsalted"
    asked(door, scopes, "PUT", "/v1/campaigns/unsalted", json=CAMPAIGN)
    again = asked(door, scopes, "PUT", "/v1/campaigns/unsalted", json=body)
    assert again.json()["salt"] == "s"


def test_what_a_campaign_brought_is_told_by_last_touch_and_by_its_holdout(door: Any) -> None:
    found = asked(door, ("read",), "GET", "/v1/campaigns/c1/attribution")
    assert found.status_code == 200, found.text
    assert found.json() == {"campaign_id": "c1", "weeks": 0, "arms": []}
    assert asked(door, ("read",), "GET", "/v1/campaigns/none/attribution").status_code == 404


def test_an_offers_prices_are_checked_by_their_history(door: Any) -> None:
    offer_id = door.shop.house.offers.all()[0].offer_id
    found = asked(door, ("read",), "GET", f"/v1/offers/{offer_id}/price-claims")
    assert found.json() == {"offer_id": offer_id, "supported": True, "refused": []}
    assert asked(door, ("read",), "GET", "/v1/offers/none/price-claims").status_code == 404


@pytest.fixture
def strict(door: Any) -> Any:
    """The same shop where the law wants a yes to mail confirmed."""
    house = door.shop.house
    door.shop.house = replace(house, double_opt_in=frozenset({"email"}))
    yield door
    door.shop.house = house


def identify(door: Any, who: str, message: str, consent: object) -> int:
    traits = {"email": f"{who}@mail.example", "consent": {"email": consent}}
    body = {"userId": who, "messageId": message, "traits": traits}
    body["timestamp"] = "2026-11-20T10:00:00Z"
    sent = asked(door, ("events:write",), "POST", "/v1/identify", json=body)
    both = Barrier(2)  # of the threads for what is done later: when they meet, it is done
    for one in [door.app.state.desk._slow.submit(both.wait) for _ in range(2)]:
        one.result(10)
    return sent.status_code


def times_asked(door: Any, who: str) -> int:
    digest = address_digest(f"{who}@mail.example", door.shop.settings.address_key.encode())
    return door.shop.house.consent_requests.asked_since(digest, datetime(2020, 1, 1, tzinfo=UTC))


def test_a_new_address_that_asked_for_messages_is_asked_to_confirm_once(strict: Any) -> None:
    assert identify(strict, "s-new", "i-1", "requested") == 200
    assert times_asked(strict, "s-new") == 1
    for message in ("i-1", "i-2"):
        assert identify(strict, "s-new", message, "requested") == 200
    assert times_asked(strict, "s-new") == 1
    assert "s-new" not in strict.shop.house.consents.granted("email", PURPOSE)


def test_a_no_and_a_shop_that_need_not_ask_send_nothing(strict: Any) -> None:
    assert identify(strict, "s-no", "i-3", False) == 200
    assert times_asked(strict, "s-no") == 0
    strict.shop.house = replace(strict.shop.house, double_opt_in=frozenset())
    assert identify(strict, "s-free", "i-4", "requested") == 200
    assert times_asked(strict, "s-free") == 0
