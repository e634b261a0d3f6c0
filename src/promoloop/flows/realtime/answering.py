"""What the page is told of a decision: offer, words, and the cart priced with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypedDict

from promoloop.compose import Copy, facts_for_copy, fill
from promoloop.core import InvalidError
from promoloop.decide import CopyApproved, Decision
from promoloop.deliver import ONSITE_PARTS, ai_label
from promoloop.flows.books.carts import priced_with, shared_code
from promoloop.flows.books.stock import code_pool
from promoloop.flows.realtime.drafting import Draft
from promoloop.flows.realtime.records import (
    CartItem,
    LiveAnswer,
    LiveCart,
    LiveCopy,
    LiveOffer,
    LivePrice,
    LiveRequest,
)
from promoloop.flows.realtime.window import Window
from promoloop.offers import Cart, CartLine, Offer, PricedCart, Product

__all__ = ["Answers", "cart_of", "live_price"]

#: Clauses of so many offers, locales, zones and codes are kept ready.
_KEPT = 20_000

_Key = tuple[str, int, datetime, str, str, str]


@dataclass(slots=True)
class Clauses:
    """The clauses of offers as shoppers read them, each made once."""

    _made: dict[_Key, Mapping[str, str]] = field(default_factory=dict)

    def of(self, offer: Offer, locale: str, zone: str, code: str) -> Mapping[str, str]:
        """The slots of one offer in one locale, zone and, from a pool, with one code."""
        key = (offer.offer_id, offer.revision, offer.valid_until, locale, zone, code)
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            found = self._made[key] = facts_for_copy(offer, locale, zone, code or None).clauses
        return found


def live_offer(offer: Offer, clauses: Mapping[str, str], code: str) -> LiveOffer:
    """The offer as the page is told of it; ``code`` is the one drawn from its pool."""
    return LiveOffer(
        offer_id=offer.offer_id,
        revision=offer.revision,
        group=offer.group,
        name=clauses["name"],
        valid_until=offer.valid_until,
        code=code or shared_code(offer),
    )


def live_copy(copy: Copy, clauses: Mapping[str, str], label: str = "") -> LiveCopy:
    """The words with every slot filled from the offer's own clauses.

    Raises
    ------
    InvalidError
        When a part is missing or a slot has no clause.
    """
    filled = fill({name: copy.parts[name] for name in ONSITE_PARTS if name in copy.parts}, clauses)
    missing = [name for name in ONSITE_PARTS if not filled.get(name, "").strip()]
    if missing:
        raise InvalidError(
            f"showing the text {copy.copy_id}",
            f"it has no {missing[0]}",
            "Write the text anew for a page.",
        )
    told = label if copy.source == "model" else ""
    place = (copy.copy_id, copy.locale, copy.moment, copy.variant)
    return LiveCopy(*place, filled, copy.source, told)


def cart_of(cart: LiveCart, products: Mapping[str, Product], currency: str) -> Cart:
    """The cart as the pricing engine takes it, with what the catalogue knows.

    Raises
    ------
    InvalidError
        For a product that is neither in the catalogue nor given with price and group, or an
        amount that is none.
    """
    lines = tuple(_line(item, products) for item in cart.items)
    return Cart(lines, cart.currency or currency, cart.shipping_minor, cart.codes)


def _line(item: CartItem, products: Mapping[str, Product]) -> CartLine:
    known = products.get(item.product_id)
    category = item.category or (known.category if known else "")
    price = item.unit_minor
    if price is None and known is not None:
        price = known.price_minor
    if not category or price is None:
        raise InvalidError(
            f"a cart with the product {item.product_id!r}",
            "the catalogue does not have it",
            "Send the product first, or give unit_minor and category with the item.",
        )
    return CartLine(item.product_id, category, price, item.quantity)


def live_price(priced: PricedCart, promised: str) -> LivePrice:
    """``priced`` as the page is told of it; ``promised`` is an offer id."""
    own = [one for one in priced.applied if one.offer_id == promised]
    return LivePrice(
        currency=priced.currency,
        subtotal_minor=priced.subtotal_minor,
        discount_minor=priced.discount_minor,
        shipping_minor=priced.shipping_minor,
        shipping_discount_minor=priced.shipping_discount_minor,
        total_minor=priced.total_minor,
        saves_minor=sum(one.discount_minor + one.shipping_minor for one in own),
        applied=tuple(one.offer_id for one in priced.applied),
        skipped=dict(priced.skipped),
    )


class Answers:
    """Writes answers, from drafts, from what stands, and from what was stored before.

    Parameters
    ----------
    window : Window
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._clauses = Clauses()

    def clauses(self, draft: Draft) -> Mapping[str, str]:
        """The slots of what was drawn; empty where nothing was."""
        found, view, spot = draft.found, draft.found.shelf.view, draft.drawing.spot
        if spot < 0:
            return {}
        offer = view.offers[int(view.offer_of[spot])]
        zone = view.audience.time_zones[found.row]
        return self._clauses.of(offer, found.locale, zone, draft.code)

    def of_draft(self, draft: Draft, decision: Decision) -> LiveAnswer:
        """The answer to a decision just made."""
        spot, view = draft.drawing.spot, draft.found.shelf.view
        base = _base(draft.request, decision)
        if spot < 0:
            reason = _why_nothing(draft)
            return replace(
                base, fallback=reason, price=self._price(draft.request, None, "", draft.now)
            )
        offer = view.offers[int(view.offer_of[spot])]
        copy, clauses = draft.found.texts[spot], self.clauses(draft)
        shown = self._shown(offer, copy, clauses, draft.code, draft.now)
        price = self._price(draft.request, offer, draft.code, draft.now)
        return replace(base, price=price, **shown)

    def of_stored(self, request: LiveRequest, decision: Decision, now: datetime) -> LiveAnswer:
        """The answer to a request that was decided before this process knew of it."""
        base = replace(_base(request, decision), repeated=True)
        shelf = self._window.shelf_of(decision.campaign_id)
        offer = shelf.offer(decision.offer_id) if shelf is not None else None
        if shelf is None or offer is None:
            price = self._price(request, None, "", now)
            return replace(base, price=price, fallback="" if shelf else "no_campaign")
        house, view = self._window.house, shelf.view
        code = ""
        if house.codes is not None and code_pool(offer):
            code = house.codes.issue(offer.offer_id, decision.decision_id, decision.shopper_id, now)
        copy_id = house.deliveries.copy_of(decision.decision_id)
        price = self._price(request, offer, code, now)
        if not copy_id:
            return replace(base, price=price, fallback=CopyApproved.code)
        copy = house.copies.get(copy_id)
        row = view.rows.get(decision.shopper_id)
        zone = view.audience.time_zones[row] if row is not None else house.time_zone
        clauses = self._clauses.of(offer, copy.locale, zone, code)
        return replace(base, price=price, **self._shown(offer, copy, clauses, code, now))

    def priced_again(self, stands: LiveAnswer, request: LiveRequest, now: datetime) -> LiveAnswer:
        """What stands, for another look: with the cart as it is now."""
        offer = None
        if stands.offer is not None:
            shelf = self._window.shelf_of(stands.campaign_id)
            offer = shelf.offer(stands.offer.offer_id) if shelf else None
        code = stands.offer.code if stands.offer else ""
        price = self._price(request, offer, code, now)
        return replace(stands, request_id=request.request_id, price=price, repeated=True)

    def nothing(self, request: LiveRequest, now: datetime, reason: str) -> LiveAnswer:
        """Nothing was decided; the cart is priced all the same."""
        return LiveAnswer(
            request_id=request.request_id,
            decision_id="",
            shopper_id=request.shopper_id,
            price=self._price(request, None, "", now),
            reasons=(reason,),
            fallback=reason,
        )

    def _shown(
        self, offer: Offer, copy: Copy, clauses: Mapping[str, str], code: str, now: datetime
    ) -> _Shown:
        told = live_offer(offer, clauses, code)
        try:
            house = self._window.house
            label = ai_label(house.market, copy.locale, "onsite", now.date(), house.ai_label)
            return {"offer": told, "copy": live_copy(copy, clauses, label)}
        except InvalidError:
            return {"offer": told, "copy": None, "fallback": CopyApproved.code}

    def _price(
        self, request: LiveRequest, promised: Offer | None, code: str, now: datetime
    ) -> LivePrice | None:
        if request.cart is None or not request.cart.items:
            return None
        window = self._window
        cart = cart_of(request.cart, window.products, window.house.currency)
        others = window.offers_by_code(cart.codes)
        priced = priced_with(cart, promised, code, others, now)
        return live_price(priced, promised.offer_id if promised else "")


class _Shown(TypedDict, total=False):
    offer: LiveOffer
    copy: LiveCopy | None
    fallback: str


def _base(request: LiveRequest, decision: Decision) -> LiveAnswer:
    return LiveAnswer(
        request_id=request.request_id,
        decision_id=decision.decision_id,
        shopper_id=decision.shopper_id,
        campaign_id=decision.campaign_id,
        arm=decision.arm,
        action=decision.action,
        propensity=decision.propensity,
        reasons=decision.reasons,
    )


def _why_nothing(draft: Draft) -> str:
    """Why a page gets nothing: its arm, the one rule that cut all, what is short, or the draw."""
    found = draft.found
    if draft.arm == "holdout":
        return "holdout"
    mine = [
        code
        for code, spot in zip(found.cuts.codes, found.shelf.view.spots, strict=True)
        if spot.channel == found.channel
    ]
    if not found.final(draft.arm).any() and mine:
        return max(sorted(set(mine)), key=mine.count)
    if draft.drawing.odds[-1] == 1.0 and draft.out:
        return sorted(draft.out.values())[0]
    return "nothing_better"
