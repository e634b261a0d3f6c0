"""Offers that nobody named in one language: pages in both languages are there, and name them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.console.conftest import NOW, Reader

from promoloop.bootstrap import Shop
from promoloop.console.naming import clauses_shown
from promoloop.console.registry import PAGES
from promoloop.console.visit import LANGUAGE_COOKIE
from promoloop.offers import Gift, Offer, PercentOff

LANGUAGES = ("en-US", "zh-CN")


def speaking(reader: Reader, language: str) -> Reader:
    """The reader, with the interface in this language."""
    reader.cookies.set(LANGUAGE_COOKIE, language)
    return reader


def one_name_each(shop: Shop) -> dict[str, str]:
    """Every offer keeps one name, English and Chinese in turn; the names by id."""
    left = {}
    for at, offer in enumerate(shop.house.offers.all()):
        tag = LANGUAGES[at % 2]
        left[offer.offer_id] = offer.names[tag]
        shop.house.offers.put([replace(offer, names={tag: offer.names[tag]})])
    return left


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_when_offers_have_one_name_each(
    admin: Reader, ran: Shop, language: str
) -> None:
    names = one_name_each(ran)
    reader = speaking(admin, language)
    copies = {one.locale: one.copy_id for one in ran.house.copies.all()}
    offers = [f"/offers/{offer_id}" for offer_id in names]
    campaign = ("/campaigns/november", "/campaigns/november/edit", "/campaigns/new")
    decided = ran.house.decisions.of_campaign("november")[0]
    shopper = f"/shoppers/{decided.shopper_id}"
    more = (
        *campaign,
        shopper,
        f"{shopper}/why/{decided.decision_id}",
        *(f"{place}/november" for place in ("/report", "/results")),
        *(f"/copies/{copy_id}" for copy_id in copies.values()),
        *(f"/copies/{copy_id}/edit" for copy_id in copies.values()),
        *offers,
    )
    answers = {path: reader.get(path) for path in (*(page.path for page in PAGES), *more)}
    bad = {path: one.status_code for path, one in answers.items() if one.status_code != 200}
    assert bad == {}
    used = ran.house.campaigns.get("november").offer_ids
    for path in ("/campaigns/new", "/offers"):
        assert [name for name in names.values() if name not in answers[path].text] == []
    shown = answers["/campaigns/november"].text
    assert [names[offer_id] for offer_id in used if names[offer_id] not in shown] == []


def test_a_borrowed_name_and_gift_stand_in_a_sentence_of_the_pages_language() -> None:
    days = NOW, NOW.replace(month=12)
    offer = Offer("h1", {"en-US": "Mug"}, "MUG", PercentOff(20, 400), *days, "USD")
    assert clauses_shown(offer, "zh-CN", LANGUAGES, "UTC")["deadline"] == "12月3日截止"
    gift = replace(offer, reward=Gift("p1", {"zh-CN": "杯子"}, 300))
    assert "杯子" in clauses_shown(gift, "en-US", LANGUAGES, "UTC")["reward"]
