"""What products cost, recorded whenever the catalogue changes, and what it supports.

``put_products`` is the one way to change the catalogue: a price that was never recorded supports
no reduction later.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import polars as pl

from promoloop.compose import Fact
from promoloop.core import InvalidError, Money, RefusedError, require_utc
from promoloop.flows.house import House
from promoloop.offers import (
    Campaign,
    Offer,
    OnProducts,
    PriceClaim,
    PricePoint,
    Product,
    announces_reduction,
    check_price,
    price_changes,
    price_rule,
)

__all__ = [
    "check_claim",
    "check_offer",
    "former_price_facts",
    "put_products",
    "record_sales",
    "refused_offers",
    "require_price_claims",
]

#: How far back a price counts that was the last one paid.
_LAST_SALE = timedelta(days=365)

_ROLES = {"offered": "lowest_30_days", "sold": "lowest_7_days"}


def put_products(
    house: House, products: Sequence[Product], now: datetime, source: str = "catalogue"
) -> int:
    """Store products, and record the prices that are new or changed; return how many were.

    Prices are recorded first: killed in between, the history says more than the shelf, not less.
    """
    moment = require_utc(now, "the time of storing products")
    recorded = 0
    if house.price_history is not None:
        standing = house.price_history.standing({one.product_id for one in products})
        last = {one.product_id: one for one in products}.values()
        recorded = house.price_history.record(price_changes(last, standing, moment, source))
    house.catalogue.put(products)
    return recorded


def record_sales(house: House, since: datetime, until: datetime) -> int:
    """Record the lowest price paid for each product on each day; return how many were new.

    Nothing where the market asks for prices offered: what was paid is kept only where it counts.
    """
    rule = price_rule(house.market, until.date())
    if house.price_history is None or rule is None or rule.kind != "sold":
        return 0
    paid = (
        house.history.scan()
        .filter(
            (pl.col("event") == "Order Completed")
            & pl.col("timestamp").is_between(since, until, closed="left")
            & pl.col("product_id").is_not_null()
            & (pl.col("quantity").fill_null(1) > 0)
            & pl.col("revenue_minor").is_not_null()
        )
        .select(
            "product_id",
            "currency",
            at=pl.col("timestamp"),
            price=pl.col("revenue_minor") // pl.col("quantity").fill_null(1),
        )
        .sort("price", "at")
        .group_by("product_id", pl.col("at").dt.date().alias("day"), maintain_order=True)
        .first()
        .collect()
    )
    return house.price_history.record(
        [
            PricePoint(product, "sold", price, currency or house.currency, at, "orders")
            for product, currency, at, price in paid.select(
                "product_id", "currency", "at", "price"
            ).iter_rows()
        ]
    )


def check_offer(house: House, offer: Offer, at: datetime) -> tuple[PriceClaim, ...]:
    """The products whose price history does not support the offer's reduction; empty when all do.

    Empty too where the market asks for no history, and for offers that reduce nothing. A refusal
    names the product, what it is announced against and what it cost before.
    """
    if price_rule(house.market, at.date()) is None or not announces_reduction(offer):
        return ()
    listed = {
        code
        for part in offer.conditions
        if isinstance(part, OnProducts)
        for code in part.product_ids
    }
    concerned = [
        one
        for one in house.catalogue.all()
        if (one.product_id in listed if listed else one.category == offer.group)
    ]
    return tuple(one for one in _claims(house, concerned, at) if one.code)


def refused_offers(
    house: House, offers: Collection[Offer], at: datetime
) -> dict[str, tuple[PriceClaim, ...]]:
    """Offers that may not be announced at ``at``, with the evidence; see ``check_offer``."""
    found = {one.offer_id: check_offer(house, one, at) for one in offers}
    return {key: claims for key, claims in found.items() if claims}


def require_price_claims(house: House, campaign: Campaign, at: datetime) -> None:
    """Refuse to run a campaign whose offers announce what the price history does not support.

    Raises
    ------
    RefusedError
        Naming each such offer with its first product, its price and what it cost before.
    """
    refused = refused_offers(house, [house.offers.get(key) for key in campaign.offer_ids], at)
    if refused:
        told = "; ".join(_evidence(house, key, claims) for key, claims in refused.items())
        raise RefusedError(
            f"running the campaign {campaign.campaign_id}",
            told,
            "Lower the price to what it was, or wait until the market's days have passed.",
        )


def _evidence(house: House, offer_id: str, claims: Sequence[PriceClaim]) -> str:
    first, more = claims[0], len(claims) - 1
    now = Money(first.from_minor, house.currency).text("en-US")
    told = f"{offer_id} on {first.product_id} at {now}: {first.code}"
    if first.lowest is not None:
        before = Money(first.lowest.price_minor, house.currency).text("en-US")
        told += f", it was {before} from {first.lowest.at:%Y-%m-%d} on"
    return f"{told} (and {more} more products)" if more else told


def check_claim(house: House, product_id: str, claimed_minor: int, at: datetime) -> PriceClaim:
    """Whether a text may name ``claimed_minor`` as what the product cost before.

    Raises
    ------
    InvalidError
        When there is no such product.
    """
    product = _product(house, product_id)
    rule = price_rule(house.market, at.date())
    if rule is None:
        low = claimed_minor <= product.price_minor
        return PriceClaim(product_id, "price-claim:not-lower" if low else "", claimed_minor, None)
    points = _points(house, [product_id], rule.kind, rule.days, at)[product_id]
    return check_price(product, points, rule, at, claimed_minor)


def former_price_facts(house: House, product_id: str, at: datetime) -> tuple[Fact, ...]:
    """Facts that prove a former price to a text: the price now and the lowest before.

    Empty where the market has no rule, the history is too short or nothing was dearer; then
    nothing may be named.
    """
    product, rule = _product(house, product_id), price_rule(house.market, at.date())
    if rule is None:
        return ()
    points = _points(house, [product_id], rule.kind, rule.days, at)[product_id]
    claim = check_price(product, points, rule, at)
    if claim.lowest is None or claim.lowest.price_minor <= product.price_minor:
        return ()
    lowest = claim.lowest.price_minor
    return (
        Fact("money", product.price_minor, f"products.{product_id}.price_minor", "price"),
        Fact("money", lowest, f"price_history.{product_id}.lowest", _ROLES[rule.kind]),
    )


def _claims(house: House, products: Sequence[Product], at: datetime) -> list[PriceClaim]:
    rule = price_rule(house.market, at.date())
    if rule is None:
        return []
    ids = [one.product_id for one in products]
    points = _points(house, ids, rule.kind, rule.days, at)
    return [check_price(one, points[one.product_id], rule, at) for one in products]


def _points(
    house: House, product_ids: Sequence[str], kind: str, days: int, at: datetime
) -> dict[str, tuple[PricePoint, ...]]:
    if house.price_history is None:
        return dict.fromkeys(product_ids, ())
    back = timedelta(days=days) if kind == "offered" else _LAST_SALE
    return dict(house.price_history.between(product_ids, kind, at - back, at))


def _product(house: House, product_id: str) -> Product:
    for one in house.catalogue.all():
        if one.product_id == product_id:
            return one
    raise InvalidError(
        f"the product {product_id[:80]!r}", "the catalogue has none of this id", "Check the id."
    )
