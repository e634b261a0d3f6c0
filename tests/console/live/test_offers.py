"""Offers in words, their revisions, and codes from files that may be hostile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promoloop.console.pages.offers import read_codes
from promoloop.core import InvalidError
from promoloop.offers import CouponCode


def test_offers_are_listed_in_words_and_found_by_id(viewer, chinese):
    assert "25% off coffee" in viewer.get("/offers").text
    assert "咖啡" in chinese.get("/offers").text
    found = viewer.get("/offers?find=TEA").text
    assert "tea-150" in found
    assert "coffee-25" not in found
    assert "No offer has this" in viewer.get("/offers?find=%25").text


def test_an_offer_tells_its_clauses_in_every_locale_and_its_revisions(viewer, ran):
    old = ran.house.offers.get("tea-150")
    ran.house.offers.put([replace(old, stacking="tea")])
    page = viewer.get("/offers/tea-150").text
    assert "$1.50 off" in page
    assert '<article class="card" lang="zh-CN">' in page
    assert "stacking" in page
    assert "revision 2" in page


def test_an_unknown_offer_is_a_page_that_says_so(viewer):
    answer = viewer.get("/offers/nothing")
    assert answer.status_code == 422
    assert "there is none of this id" in answer.text


def with_pool(ran):
    old = ran.house.offers.get("coffee-25")
    ran.house.offers.put([replace(old, conditions=(CouponCode(("A1", "A2")),))])
    ran.house.codes.fill("coffee-25", ["A1", "A2"])


def test_codes_join_the_offer_and_its_pool_and_are_counted(approver, ran):
    with_pool(ran)
    approver.get("/offers/coffee-25")
    answer = approver.post("/offers/coffee-25/codes", codes="code\nA2\nB7\nB8\n")
    assert answer.status_code == 303
    found = ran.house.views.codes("coffee-25")
    assert (found.codes, found.issued, found.used) == (4, 0, 0)
    assert ran.house.offers.get("coffee-25").conditions[0].codes == ("A1", "A2", "B7", "B8")
    assert ran.audit.latest(1)[0].details == {"read": "3", "new": "2"}


def test_one_wrong_code_keeps_all_out(approver, ran):
    with_pool(ran)
    approver.get("/offers/coffee-25")
    answer = approver.post("/offers/coffee-25/codes", codes="B7\n=cmd|' /C calc'!A0\n")
    assert answer.status_code == 422
    assert ran.house.views.codes("coffee-25").codes == 2


def test_an_offer_without_a_pool_takes_no_codes(approver, marketer):
    approver.get("/offers/tea-150")
    assert approver.post("/offers/tea-150/codes", codes="B7").status_code == 409
    marketer.get("/offers/tea-150")
    assert marketer.post("/offers/tea-150/codes", codes="B7").status_code == 403


@pytest.mark.parametrize(
    "text",
    [
        "",
        "code\n",
        "=1+1",
        "+49",
        "-2",
        "@sum",
        "../../etc/passwd",
        "a\\b",
        "A" * 65,
        "AB 12",
        "AB\u200b12",
        "<b>",
        "A1\nA1",
        "A\0B",
        "\n".join(f"C{number}" for number in range(20_001)),
    ],
)
def test_what_is_no_code_is_refused(text):
    with pytest.raises(InvalidError):
        read_codes(text)


def test_the_column_called_code_is_read_wherever_it_stands():
    assert read_codes('name,Code\n"Ann, B.",X-1\nBob,X_2\n') == ("X-1", "X_2")


def test_a_form_beyond_the_limit_is_refused(approver, ran):
    with_pool(ran)
    approver.get("/offers/coffee-25")
    assert approver.post("/offers/coffee-25/codes", codes="A" * 70_000).status_code in (400, 413)
