"""Texts read, changed and let out in the console."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.console.conftest import Reader

from promoloop.bootstrap import Shop
from promoloop.compose import Copy


def text_of(shop: Shop, **wanted: str) -> Copy:
    """The first text that fits."""
    return next(
        one
        for one in shop.house.copies.all()
        if all(getattr(one, name) == value for name, value in wanted.items())
    )


def state_of(shop: Shop, copy_id: str) -> str:
    return shop.house.reviews.standing([copy_id])[copy_id].state


def test_variants_stand_side_by_side_with_proofs_and_marks(viewer: Reader, shop: Shop) -> None:
    page = viewer.get("/copies?channel=onsite&locale=en-US&offer=coffee-25").text
    assert page.count("data-text") >= 2
    assert "every text is read here" in page
    assert "offer.reward.percent" in page
    assert "25% off coffee" in page


def test_a_text_is_approved_by_who_may(marketer: Reader, approver: Reader, shop: Shop) -> None:
    copy_id = text_of(shop, channel="onsite").copy_id
    assert marketer.post(f"/copies/{copy_id}/approve").status_code == 403
    assert state_of(shop, copy_id) == "in_review"
    assert approver.post(f"/copies/{copy_id}/approve").status_code == 303
    assert state_of(shop, copy_id) == "approved"
    noted = shop.audit.of(copy_id)
    assert [(one.action, one.user_id) for one in noted] == [
        ("copies.approve", "approver@shop.example")
    ]


def test_an_edit_is_proven_anew_and_waits(marketer: Reader, shop: Shop) -> None:
    old = text_of(shop, channel="onsite", locale="en-US", offer_id="coffee-25")
    sent: dict[str, Any] = {f"part.{name}": text for name, text in old.parts.items()}
    sent["part.headline"] = "Fresh coffee, {{reward}}"
    response = marketer.post(f"/copies/{old.copy_id}/edit", **sent)
    fresh = response.headers["location"].rpartition("/")[2]
    assert state_of(shop, fresh) == "in_review"
    assert state_of(shop, old.copy_id) == "retired"
    assert shop.house.copies.get(fresh).parts["headline"] == "Fresh coffee, {{reward}}"


@pytest.mark.parametrize("lie", ["90% off everything", "The best coffee in the world, only $1"])
def test_an_edit_that_promises_what_the_offer_does_not_is_refused(
    marketer: Reader, shop: Shop, lie: str
) -> None:
    old = text_of(shop, channel="onsite", locale="en-US", offer_id="coffee-25")
    before = shop.house.copies.all()
    response = marketer.post(f"/copies/{old.copy_id}/edit", **{"part.headline": lie})
    assert response.status_code == 409
    assert "This text does not pass" in response.text
    assert shop.house.copies.all() == before
    assert state_of(shop, old.copy_id) == "in_review"


def test_a_script_in_a_text_is_shown_as_text_or_refused(marketer: Reader, shop: Shop) -> None:
    old = text_of(shop, channel="onsite", locale="en-US", offer_id="coffee-25")
    hostile = "<script>alert(1)</script>{{reward}}"
    response = marketer.post(f"/copies/{old.copy_id}/edit", **{"part.headline": hostile})
    assert "<script>alert" not in response.text
    page = marketer.get("/copies?channel=onsite&locale=en-US&offer=coffee-25").text
    assert "<script>alert" not in page


def test_ticked_texts_are_approved_together_or_not_at_all(approver: Reader, shop: Shop) -> None:
    ids = [one.copy_id for one in shop.house.copies.all()][:3]
    wrong = approver.post("/copies/bulk", verb="approve", copy_id=[*ids, "copy-none"])
    assert wrong.status_code == 422
    assert {state_of(shop, one) for one in ids} == {"in_review"}
    assert approver.post("/copies/bulk", verb="approve", copy_id=ids).status_code == 303
    assert {state_of(shop, one) for one in ids} == {"approved"}


def test_all_that_fit_are_approved_only_behind_a_filter(approver: Reader, shop: Shop) -> None:
    assert approver.post("/copies/bulk", all="approve", state="in_review").status_code == 422
    fields = {"all": "approve", "state": "in_review", "channel": "onsite", "locale": "zh-CN"}
    assert approver.post("/copies/bulk", **fields).status_code == 303
    states = {
        (one.channel, one.locale): state_of(shop, one.copy_id) for one in shop.house.copies.all()
    }
    assert states["onsite", "zh-CN"] == "approved"
    assert states["onsite", "en-US"] == states["email", "zh-CN"] == "in_review"


def test_a_mail_is_shown_under_a_policy_without_scripts(viewer: Reader, shop: Shop) -> None:
    copy = text_of(shop, channel="email", locale="en-US", offer_id="coffee-25")
    response = viewer.get(f"/copies/{copy.copy_id}/mail")
    policy = response.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert "25% off coffee" in response.text
    frame = re.search(r"<iframe [^>]*>", viewer.get(f"/copies/{copy.copy_id}").text)[0]
    assert " sandbox " in frame


def test_a_part_of_a_page_is_given_to_htmx(approver: Reader, shop: Shop) -> None:
    copy_id = text_of(shop, channel="onsite").copy_id
    response = approver.ask(
        "POST",
        f"/copies/{copy_id}/approve",
        headers={"HX-Request": "true", "X-CSRF-Token": approver.token},
        data={},
    )
    assert response.status_code == 200
    assert response.text.lstrip().startswith("<article")
    again = approver.ask(
        "POST",
        f"/copies/{copy_id}/approve",
        headers={"HX-Request": "true", "X-CSRF-Token": approver.token},
        data={},
    )
    assert again.status_code in (200, 409)
