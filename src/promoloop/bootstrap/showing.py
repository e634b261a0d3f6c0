"""A shop to look at: the demo's when it has been run, else a small one with simulated shoppers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from promoloop.bootstrap.shop import Shop, init_shop
from promoloop.compose import CopyRequest, Writers
from promoloop.flows.compose import compose
from promoloop.flows.demo.people import assumed_contacts
from promoloop.flows.history.learn import learn
from promoloop.flows.house import House
from promoloop.offers import Campaign, Caps, CouponCode, Offer, PercentOff
from promoloop.profiles import LIFECYCLES, Consent
from promoloop.settings import CONFIG_NAME, load_settings
from promoloop.simulate import simulated_shop

__all__ = ["shop_to_show"]

_WEEK = timedelta(days=7)
_GROUPS = ("COFFEE", "PIZZA")
_NAMES = {
    "COFFEE": {"en-US": "coffee", "zh-CN": "咖啡"},
    "PIZZA": {"en-US": "pizza", "zh-CN": "披萨"},
}
_SHOPPERS = 600


def shop_to_show(out: Path, now: datetime) -> tuple[Path, str]:
    """The configuration of a shop to serve, and a sentence on whose data it holds.

    Parameters
    ----------
    out : Path
        Where demos leave their shops: ``out/demo`` is taken as it is, ``out/shown`` is made once.
    now : datetime
        UTC; from when on the small shop's campaign runs.
    """
    demo = out / "demo" / "work" / CONFIG_NAME
    if demo.exists():
        return demo, (
            "the demo's shop: real shoppers' history of 2017, simulated answers to the campaign"
        )
    config = out / "shown" / CONFIG_NAME
    if not config.exists():
        with Shop(load_settings(init_shop(config.parent))) as shop:
            _fill(shop.house, now)
    return config, f"{_SHOPPERS} simulated shoppers; run `make demo` first for real history"


def _fill(house: House, now: datetime) -> None:
    """Shoppers, offers, texts, and a campaign on the pages that runs from yesterday on."""
    start = now - timedelta(days=1)
    people = simulated_shop(_SHOPPERS, _GROUPS, start, house.currency, np.random.default_rng(7))
    house.catalogue.put(people.products)
    house.offers.put([_offer(group, start, house.currency) for group in _GROUPS])
    house.history.append(people.lines)
    house.history.append(assumed_contacts(people.shopper_ids, start - _WEEK))
    house.consents.record(
        [
            Consent(one, channel, "marketing", True, start - _WEEK, "simulated")
            for one in people.shopper_ids
            for channel in ("onsite", "popup")
        ]
    )
    house.campaigns.put(_campaign(start, house.currency))
    learn(house, start)
    requests = [
        CopyRequest(one, house.locales, ("onsite",), (*LIFECYCLES, "viewed", "cart"))
        for one in house.offers.all()
    ]
    compose(requests, house.time_zone, Writers(), house.copies, 0, start, reviews=house.reviews)


def _offer(group: str, start: datetime, currency: str) -> Offer:
    whole = Offer(
        f"{group.lower()}-25",
        _NAMES[group],
        group,
        PercentOff(25, 250),
        start,
        start + 52 * _WEEK,
        currency,
        caps=Caps(per_shopper=2),
    )
    return replace(whole, conditions=(CouponCode(("COFFEE25",)),)) if group == "COFFEE" else whole


def _campaign(start: datetime, currency: str) -> Campaign:
    return Campaign(
        campaign_id="on-our-pages",
        name="On our pages",
        offer_ids=tuple(f"{group.lower()}-25" for group in _GROUPS),
        channels={"onsite": 0},
        hours=(9, 18),
        budget_minor=300_000,
        currency=currency,
        arms={"policy": 0.6, "random": 0.2, "bau": 0.1, "holdout": 0.1},
        starts_at=start,
        weeks=52,
        salt="on-our-pages",
        floor=0.02,
    )
