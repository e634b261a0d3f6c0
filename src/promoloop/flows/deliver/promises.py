"""Whether a promise still holds just before it is sent: priced again by the stacking engine.

Between a decision and its message an offer may end, sell out or change. What is looked at here is
what the checkout would look at: the offer as it stands now, the money and unit set aside for this
promise, and the price of the shopper's own cart with it. A shopper without an open cart, or with
one the offer is not about, is priced with a cart that just meets the offer's conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from promoloop.compose import Copy
from promoloop.core import InvalidError
from promoloop.decide import PromiseBook
from promoloop.deliver import Message
from promoloop.flows.books.carts import priced_with
from promoloop.flows.deliver.stops import Stop
from promoloop.offers import (
    EVERYTHING,
    BuyXGetY,
    Cart,
    CartLine,
    Catalogue,
    CouponCode,
    FreeShipping,
    InCategories,
    MinimumSpend,
    Offer,
    OfferStore,
    OnProducts,
    Product,
    TieredAmountOff,
    is_open,
)

__all__ = ["PromiseCheck", "PromiseDesk", "fitting_cart"]

#: What a shopper's own cart may lack: it can still be filled, and says nothing of the promise.
_STILL_TO_COME = frozenset({"no_such_category", "no_such_product", "below_minimum_spend"})
_BEATEN = frozenset(
    {"beaten_in_group", "beaten_by_exclusive", "exclusive_not_best", "adds_nothing"}
)


@dataclass(frozen=True, slots=True)
class PromiseDesk:
    """What the check looks at.

    ``carts`` gives the carts shoppers have left open, of the products it is handed.
    """

    offers: OfferStore
    catalogue: Catalogue
    book: PromiseBook
    carts: Callable[[Mapping[str, Product], datetime], Mapping[str, Cart]]


class PromiseCheck:
    """Looks every promise over; reads offers and carts anew when told to."""

    def __init__(self, desk: PromiseDesk) -> None:
        self._desk = desk
        self._products: Mapping[str, Product] = {}
        self._offers: dict[str, Offer | None] = {}
        self._coded: Mapping[str, tuple[Offer, ...]] = {}
        self._carts: Mapping[str, Cart] = {}
        self._standing: Mapping[str, str] = {}
        self._samples: dict[tuple[str, int, str], str] = {}

    def look_again(self, now: datetime) -> None:
        """Read catalogue, offers and open carts anew."""
        desk = self._desk
        self._products = {one.product_id: one for one in desk.catalogue.all()}
        standing = desk.offers.all()
        self._offers = {one.offer_id: one for one in standing}
        self._coded = _by_code(standing)
        self._carts = desk.carts(self._products, now)
        self._samples.clear()

    def read(self, group: Sequence[Message]) -> None:
        """Look up where the promises of a group stand."""
        self._standing = self._desk.book.standing([one.decision_id for one in group])

    def stop(self, message: Message, copy: Copy, now: datetime) -> Stop | None:
        """Why the promise is not sent; ``None`` where it holds."""
        offer = self._offers.get(copy.offer_id)
        if offer is None:
            return Stop("expired", "offer-gone")
        if offer.revision != copy.offer_revision:
            return Stop("capped", "offer-changed")
        if now < offer.valid_from and offer.valid_from < message.expires_at:
            return Stop("held", "offer-not-started", offer.valid_from)
        if not is_open(offer, now):
            return Stop("expired", "offer-over")
        standing = self._standing.get(message.decision_id, "reserved")
        if standing != "reserved":
            return Stop("expired", f"promise-{standing}")
        broken = self._price(message, offer, now)
        return Stop("capped", broken) if broken else None

    def _price(self, message: Message, offer: Offer, now: datetime) -> str:
        """The reason code when the checkout would not give what is promised."""
        code = told_code(offer, message.slots.get("code", ""))
        cart = self._carts.get(message.shopper_id)
        if cart is not None:
            others = tuple(one for entered in cart.codes for one in self._coded.get(entered, ()))
            skipped = _skipped(_shipped(cart, offer), offer, code, others, now)
            if skipped in _BEATEN:
                return "promise-beaten"
            if skipped not in _STILL_TO_COME:
                return f"promise-broken:{skipped}" if skipped else ""
        return self._sample(offer, code, now)

    def _sample(self, offer: Offer, code: str, now: datetime) -> str:
        """The same for a cart that just meets the conditions; each offer and code once."""
        key = (offer.offer_id, offer.revision, code)
        if key not in self._samples:
            cart = fitting_cart(offer, self._products)
            skipped = "" if cart is None else _skipped(cart, offer, code, (), now)
            sold = "sold-out" if cart is None else ""
            self._samples[key] = sold or (f"promise-broken:{skipped}" if skipped else "")
        return self._samples[key]


def told_code(offer: Offer, clause: str) -> str:
    """The code that a message's clause tells, "" where it tells none of the offer's.

    >>> from datetime import UTC, datetime
    >>> from promoloop.offers import PercentOff
    >>> day = datetime(2026, 11, 1, tzinfo=UTC)
    >>> coded = (CouponCode(("A1", "A12")),)
    >>> until = day.replace(day=2)
    >>> tea = Offer("o", {"en-US": "tea"}, "TEA", PercentOff(5), day, until, "USD", coded)
    >>> told_code(tea, "with code A12")
    'A12'
    """
    codes = [
        code for part in offer.conditions if isinstance(part, CouponCode) for code in part.codes
    ]
    return max((code for code in codes if code in clause), key=len, default="")


def fitting_cart(offer: Offer, products: Mapping[str, Product]) -> Cart | None:
    """The smallest cart of one product that meets the offer's conditions on what is in it.

    ``None`` when the shop sells nothing the offer is about any more.
    """
    sold = [
        one
        for one in products.values()
        if one.currency == offer.currency and one.price_minor > 0 and _about(offer, one)
    ]
    if not sold:
        return None
    one = max(sold, key=lambda product: (product.price_minor, product.product_id))
    spends = [part.amount_minor for part in offer.conditions if isinstance(part, MinimumSpend)]
    pieces = 1
    if isinstance(offer.reward, TieredAmountOff):
        spends.append(offer.reward.tiers[0][0])
    if isinstance(offer.reward, BuyXGetY):
        pieces = offer.reward.buy + offer.reward.get
    quantity = max([pieces, *(-(-spend // one.price_minor) for spend in spends)])
    line = CartLine(one.product_id, one.category, one.price_minor, quantity)
    return _shipped(Cart((line,), offer.currency), offer)


def _about(offer: Offer, product: Product) -> bool:
    """Whether the offer is about this product."""
    narrowing = [part for part in offer.conditions if part.narrows]
    if not narrowing:
        return offer.group in {EVERYTHING, product.category}
    fits = [
        product.product_id in part.product_ids
        if isinstance(part, OnProducts)
        else isinstance(part, InCategories) and product.category in part.categories
        for part in narrowing
    ]
    return all(fits)


def _shipped(cart: Cart, offer: Offer) -> Cart:
    """The cart with a shipping charge, where that is what the offer takes off."""
    if isinstance(offer.reward, FreeShipping) and not cart.shipping_minor:
        return replace(cart, shipping_minor=offer.reward.ceiling_minor)
    return cart


def _skipped(cart: Cart, offer: Offer, code: str, others: Sequence[Offer], now: datetime) -> str:
    """Why the pricing engine leaves the offer out of this cart; "" when it counts."""
    try:
        priced = priced_with(cart, offer, code, _different(others), now)
    except InvalidError:
        return "no_price"
    return priced.skipped.get(offer.offer_id, "")


def _different(offers: Sequence[Offer]) -> list[Offer]:
    return list({one.offer_id: one for one in offers}.values())


def _by_code(offers: Sequence[Offer]) -> Mapping[str, tuple[Offer, ...]]:
    found: dict[str, tuple[Offer, ...]] = {}
    for offer in offers:
        for part in offer.conditions:
            for code in part.codes if isinstance(part, CouponCode) else ():
                found[code] = (*found.get(code, ()), offer)
    return found
