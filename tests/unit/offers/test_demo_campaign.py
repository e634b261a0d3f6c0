"""The demo's offers and campaign are sound, deep enough to matter and bounded in cost."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from promoloop.offers import (
    CONDITIONS,
    REWARDS,
    Offer,
    campaign_from_data,
    liability_minor,
    offer_facts,
    offer_from_json,
    offer_to_json,
    offers_from_data,
    reward_for,
)

#: Cents that a household buying the category in a week of 2017 spends on it, at the median;
#: measured once from the Complete Journey transactions.
BASKETS = {
    "COFFEE": 499,
    "FROZEN PIZZA": 536,
    "FRZN MEAT/MEAT DINNERS": 600,
    "ICE CREAM/MILK/SHERBTS": 398,
    "YOGURT": 300,
    "COOKIES/CONES": 274,
    "LAUNDRY DETERGENTS": 599,
    "COLD CEREAL": 379,
    "SOFT DRINKS": 400,
    "CHEESES": 399,
    "DOG FOODS": 600,
    "LUNCHMEAT": 334,
}


def _load(name: str) -> object:
    text = files("promoloop.flows.demo").joinpath(name).read_text(encoding="utf-8")
    loaded: object = yaml.safe_load(text)
    return loaded


OFFERS = offers_from_data(_load("offers.yaml"), "offers.yaml")


def test_the_campaign_runs_every_demo_offer() -> None:
    campaign = campaign_from_data(_load("campaign.yaml"), "campaign.yaml")
    assert set(campaign.offer_ids) == {offer.offer_id for offer in OFFERS}
    assert len(OFFERS) == 12
    assert {offer.group for offer in OFFERS} == set(BASKETS)


def test_every_reward_stands_among_the_demo_offers() -> None:
    assert {type(offer.reward) for offer in OFFERS} == set(REWARDS)
    conditions = {one.code for offer in OFFERS for one in offer.conditions}
    assert conditions == {"minimum_spend", "coupon_code", "flash_window"}
    assert len(CONDITIONS) == 5  # the other two narrow an offer to products of its group


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.offer_id)
def test_each_offer_takes_15_to_40_percent_off_the_usual_basket(offer: Offer) -> None:
    basket = BASKETS[offer.group]
    assert 0.15 * basket <= reward_for(offer, basket) <= 0.40 * basket
    assert liability_minor(offer) <= 300
    assert offer_from_json(offer_to_json(offer)) == offer


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.offer_id)
def test_each_offer_can_be_told_in_both_languages(offer: Offer) -> None:
    for locale in ("en-US", "zh-CN"):
        facts = offer_facts(offer, locale, "America/New_York")
        assert facts.starts < facts.deadline
        assert {"name", "reward", "deadline"} <= set(facts.clauses)
