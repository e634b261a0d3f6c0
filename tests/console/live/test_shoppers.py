"""Shoppers: found, told of, exported and erased, each by whom it may be."""

from __future__ import annotations

import json
import re

import pytest
from tests.console.live.conftest import sent_messages

from promoloop.profiles import ConsentRequest, address_digest

KEY = b"another key for tests"


def shopper_of(ran):
    return sent_messages(ran)[0].shopper_id


@pytest.mark.parametrize("how", ["id", "address", "digest"])
def test_somebody_is_found_by_id_address_or_digest(marketer, ran, how):
    who = shopper_of(ran)
    address = f"{who}@shopper.example"
    asked = {"id": who, "address": address.upper(), "digest": address_digest(address, KEY)}[how]
    marketer.get("/shoppers")
    answer = marketer.post("/shoppers", find=asked)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/shoppers/{who}")


@pytest.mark.parametrize("asked", ["nobody", "x@y.example", "0" * 64, "<script>", "' or 1=1 --"])
def test_nobody_is_found_by_what_nobody_is_called(marketer, asked):
    marketer.get("/shoppers")
    answer = marketer.post("/shoppers", find=asked)
    assert answer.status_code == 404
    assert "Nothing is held" in answer.text
    assert "<script>" not in answer.text.replace('<script src="', "")


def test_the_page_tells_profile_consent_and_what_happened(marketer, ran):
    who = shopper_of(ran)
    page = marketer.get(f"/shoppers/{who}").text
    for said in ("Profile", "agreed", "Decided", "Message", "Ordered", "Why this"):
        assert said in page
    assert f"{who}@shopper.example" not in page  # covered


def test_why_is_told_in_the_readers_language(marketer, chinese, ran):
    who = shopper_of(ran)
    decision = ran.house.decisions.of_shopper(who)[0]
    path = f"/shoppers/{who}/why/{decision.decision_id}"
    assert "Decided" in marketer.get(path).text
    assert "决定时间" in chinese.get(path).text
    assert marketer.get(f"/shoppers/s-nobody/why/{decision.decision_id}").status_code == 422


def test_what_was_not_possible_comes_with_the_reason_in_words(marketer, chinese, ran):
    every = ran.house.decisions.of_campaign("november")
    one = next(one for one in every if one.rejected)
    path = f"/shoppers/{one.shopper_id}/why/{one.decision_id}"
    assert "Not possible, and why" in marketer.get(path).text
    assert "不可行的选项及原因" in chinese.get(path).text


def test_a_yes_that_waits_for_its_confirmation_says_so(marketer, ran):
    from datetime import timedelta

    from tests.console.conftest import NOW

    who = shopper_of(ran)
    ends = NOW + timedelta(days=2)
    asked = ConsentRequest("r1", who, "sms", "marketing", "d", NOW, ends, "checkout")
    ran.house.consent_requests.ask([asked])
    assert "waits for confirmation" in marketer.get(f"/shoppers/{who}").text


def test_export_is_an_administrators_and_is_noted(marketer, admin, ran):
    who = shopper_of(ran)
    marketer.get(f"/shoppers/{who}")
    assert marketer.post(f"/shoppers/{who}/export").status_code == 403
    admin.get(f"/shoppers/{who}")
    answer = admin.post(f"/shoppers/{who}/export")
    assert answer.headers["content-disposition"] == f'attachment; filename="shopper-{who}.json"'
    assert json.loads(answer.text)["shopper_id"] == who
    assert ran.audit.latest(1)[0].action == "person.export"


def test_erasing_wants_the_id_typed_and_hands_over_a_receipt(admin, ran):
    who = shopper_of(ran)
    admin.get(f"/shoppers/{who}")
    assert admin.post(f"/shoppers/{who}/erase", typed="s-000000").status_code == 422
    assert admin.get(f"/shoppers/{who}").status_code == 200
    answer = admin.post(f"/shoppers/{who}/erase", typed=who)
    assert answer.status_code == 200
    receipt = re.search(r"<code>(\{.*?\})</code>", answer.text.replace("&#34;", '"'), re.S)
    assert receipt
    assert ran.is_our_receipt(json.loads(receipt[1]))
    assert admin.get(f"/shoppers/{who}").status_code == 404
    entry = ran.audit.latest(1)[0]
    assert entry.action == "person.erase"
    assert who not in (entry.subject, *entry.details.values())


def test_viewers_do_not_see_shoppers(viewer, ran):
    assert viewer.get("/shoppers").status_code == 403
    assert viewer.get(f"/shoppers/{shopper_of(ran)}").status_code == 403
