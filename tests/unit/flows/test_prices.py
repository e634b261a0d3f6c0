"""Prices are recorded with the catalogue, and refuse what they do not support."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from promoloop.compose import fact_sheet, former_price
from promoloop.core import InvalidError, RefusedError
from promoloop.events import EVENT_LINES
from promoloop.flows.campaigns.life import move, propose
from promoloop.flows.deliver.claims import PriceClaims
from promoloop.flows.history.prices import (
    check_claim,
    check_offer,
    former_price_facts,
    put_products,
    record_sales,
    refused_offers,
)
from promoloop.offers import FreeShipping, Offer, OnProducts, PercentOff, Product
from promoloop.testing.memory_house import memory_house
from promoloop.testing.samples import campaign as sample_campaign

AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
DAY = timedelta(days=1)
COFFEE = Product("p1", "Coffee", "COFFEE", "GROCERY", "", 1000, "EUR")
BEANS = replace(COFFEE, product_id="p2", title="Beans", price_minor=2000)
OFFER = Offer("o1", {"de-DE": "Kaffee"}, "COFFEE", PercentOff(20), AT, AT + 9 * DAY, "EUR")


@pytest.fixture
def house():
    made = replace(memory_house(), market="DE", currency="EUR")
    put_products(made, [COFFEE, BEANS], AT - 60 * DAY)
    return made


def test_a_price_is_recorded_whenever_the_catalogue_changes_it(house):
    assert put_products(house, [COFFEE, BEANS], AT - 50 * DAY) == 0
    assert put_products(house, [replace(COFFEE, price_minor=900)], AT - 40 * DAY) == 1
    found = house.price_history.between(["p1"], "offered", AT - 90 * DAY, AT)["p1"]
    assert [one.price_minor for one in found] == [1000, 900]
    assert house.catalogue.all()[0].price_minor == 900


def test_an_offer_on_honest_prices_passes(house):
    assert check_offer(house, OFFER, AT) == ()


def test_an_offer_on_a_price_raised_for_it_is_refused_with_the_evidence(house):
    put_products(house, [replace(COFFEE, price_minor=1300)], AT - 5 * DAY)
    [claim] = check_offer(house, OFFER, AT)
    assert (claim.product_id, claim.code, claim.from_minor) == ("p1", "price-claim:was-lower", 1300)
    assert claim.lowest is not None
    assert claim.lowest.price_minor == 1000
    assert set(refused_offers(house, [OFFER], AT)) == {"o1"}


def test_only_the_products_the_offer_is_about_count(house):
    put_products(house, [replace(COFFEE, price_minor=1300)], AT - 5 * DAY)
    narrow = replace(OFFER, conditions=(OnProducts(("p2",)),))
    assert check_offer(house, narrow, AT) == ()
    other = replace(OFFER, group="TEA")
    assert check_offer(house, other, AT) == ()


def test_free_shipping_reduces_no_price(house):
    put_products(house, [replace(COFFEE, price_minor=1300)], AT - 5 * DAY)
    assert check_offer(house, replace(OFFER, reward=FreeShipping(500)), AT) == ()


def test_a_market_without_such_a_rule_refuses_nothing(house):
    put_products(house, [replace(COFFEE, price_minor=1300)], AT - 5 * DAY)
    assert check_offer(replace(house, market="US"), OFFER, AT) == ()


def test_a_house_that_recorded_nothing_supports_nothing(house):
    bare = replace(house, price_history=None)
    assert {one.code for one in check_offer(bare, OFFER, AT)} == {"price-claim:no-history"}


def test_a_text_may_name_the_lowest_price_and_no_other(house):
    put_products(house, [replace(COFFEE, price_minor=800)], AT)
    assert check_claim(house, "p1", 1000, AT).code == ""
    assert check_claim(house, "p1", 1200, AT).code == "price-claim:was-lower"
    with pytest.raises(InvalidError, match="none of this id"):
        check_claim(house, "<script>", 1000, AT)


def test_the_recorded_price_proves_the_words_of_a_text(house):
    put_products(house, [replace(COFFEE, price_minor=800)], AT)
    facts = former_price_facts(house, "p1", AT)
    sheet = fact_sheet("de-DE", currency="EUR", facts=facts)
    said = former_price(sheet).clause.replace("\xa0", " ")
    assert said == "8 € statt 10 € (niedrigster Preis der letzten 30 Tage)"
    assert former_price_facts(house, "p2", AT) == ()


def test_in_china_what_was_paid_counts(house):
    china = replace(house, market="CN", currency="CNY")
    put_products(china, [replace(COFFEE, currency="CNY")], AT - 60 * DAY)
    rows = [
        {
            "message_id": f"m{number}",
            "line": 0,
            "event": "Order Completed",
            "shopper_id": "s1",
            "timestamp": AT - days * DAY,
            "product_id": "p1",
            "quantity": 2,
            "revenue_minor": paid,
            "currency": "CNY",
        }
        for number, (days, paid) in enumerate([(3, 1800), (3, 1600), (2, 2000)])
    ]
    china.history.append(pl.DataFrame(rows, schema=EVENT_LINES))
    assert record_sales(china, AT - 9 * DAY, AT) == 2
    assert record_sales(china, AT - 9 * DAY, AT) == 0
    [claim] = check_offer(
        china, replace(OFFER, currency="CNY", conditions=(OnProducts(("p1",)),)), AT
    )
    assert claim.code == "price-claim:was-lower"
    assert claim.lowest is not None
    assert claim.lowest.price_minor == 800


def test_the_desk_asks_once_a_day_and_passes_what_it_does_not_know(house):
    claims = PriceClaims(house)
    house.offers.put([OFFER])
    assert claims("o1", AT) == ""
    put_products(house, [replace(COFFEE, price_minor=1300)], AT - 5 * DAY)
    assert claims("o1", AT + timedelta(hours=1)) == ""
    assert claims("o1", AT + DAY) == "price-claim:was-lower"
    assert claims("unknown", AT) == ""


def test_a_campaign_is_not_activated_on_a_price_raised_for_it(house):
    put_products(house, [replace(COFFEE, price_minor=1300)], AT - 5 * DAY)
    house.offers.put([OFFER])
    run = replace(sample_campaign("c1"), offer_ids=("o1",), currency="EUR")
    propose(house, run, "ann", AT)
    move(house, "c1", "submit", "ann", AT)
    move(house, "c1", "approve", "bob", AT)
    with pytest.raises(RefusedError, match=r"o1 on p1 at €13: price-claim:was-lower.*€10 "):
        move(house, "c1", "activate", "bob", AT)
    put_products(house, [COFFEE], AT)
    assert move(house, "c1", "activate", "bob", AT).state == "active"
