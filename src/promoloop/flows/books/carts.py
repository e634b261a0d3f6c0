"""A shopper's cart with what was promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from promoloop.flows.books.stock import code_pool
from promoloop.offers import Cart, CouponCode, Offer, PricedCart, price_cart

__all__ = ["priced_with", "shared_code"]


def priced_with(
    cart: Cart, promised: Offer | None, code: str, others: Sequence[Offer], now: datetime
) -> PricedCart:
    """The cart with the promised offer, as if its code were entered, and what else applies."""
    codes = cart.codes
    if promised is not None:
        needed = code or shared_code(promised)
        codes = (*codes, needed) if needed and needed not in codes else codes
        others = [one for one in others if one.offer_id != promised.offer_id]
    offers = [*others, *([promised] if promised is not None else [])]
    return price_cart(replace(cart, codes=codes), offers, now)


def shared_code(offer: Offer) -> str:
    """The one code for everybody; "" where there is none, or a pool."""
    if code_pool(offer):
        return ""
    return next(
        (code for part in offer.conditions if isinstance(part, CouponCode) for code in part.codes),
        "",
    )
