"""The carts shoppers have left open, out of what they did lately."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from promoloop.events import EventInbox, History, JsonLinesReader
from promoloop.flows.history.drain import READER
from promoloop.offers import Cart, CartLine, Product

__all__ = ["LASTING", "recent_carts"]

#: How long a cart counts as open.
LASTING = timedelta(days=3)

#: Calls that wait in the inbox, read at most.
_WAITING = 50_000

_WHOLE = ("Cart Viewed", "Checkout Started")
_TELLING = (*_WHOLE, "Product Added", "Product Removed", "Order Completed", "Coupon Applied")
_COLUMNS = ("shopper_id", "timestamp", "event", "message_id", "product_id", "quantity", "coupon")


def recent_carts(
    history: History,
    inbox: EventInbox | None,
    products: Mapping[str, Product],
    currency: str,
    now: datetime,
) -> Mapping[str, Cart]:
    """Per shopper the cart as the events of the last days leave it; empty ones are left out.

    Events still in the inbox count too. Prices are the catalogue's as they stand; products it does
    not have any more, or in another currency, are left out.
    """
    telling = pl.col("event").is_in(_TELLING) & (pl.col("timestamp") >= now - LASTING)
    frames = [history.scan().filter(telling).select(_COLUMNS).collect()]
    if inbox is not None:
        bodies = [call.body for _, call in inbox.read(inbox.place(READER), _WAITING)]
        lines = JsonLinesReader("inbox", shop=currency).read(bodies).lines
        frames.append(lines.filter(telling).select(_COLUMNS))
    rows = pl.concat(frames).sort("timestamp", maintain_order=True)
    carts: dict[str, _Open] = {}
    for shopper, _, event, call, product, quantity, coupon in rows.iter_rows():
        cart = carts.setdefault(shopper, _Open())
        cart.take(event, call, product or "", quantity or 1, coupon or "")
    closed = {shopper: one.closed(products, currency) for shopper, one in carts.items()}
    return {shopper: cart for shopper, cart in closed.items() if cart.lines}


class _Open:
    """A cart being filled."""

    __slots__ = ("_call", "_codes", "_quantities")

    def __init__(self) -> None:
        self._quantities: dict[str, int] = {}
        self._codes: dict[str, None] = {}
        self._call = ""

    def take(self, event: str, call: str, product: str, quantity: int, coupon: str) -> None:
        """One row of one event, in order of time."""
        if event == "Order Completed":
            self._quantities.clear()
            self._codes.clear()
            return
        if event in _WHOLE and call != self._call and product:
            self._quantities.clear()  # the call lists everything that is in the cart
        self._call = call
        if coupon:
            self._codes[coupon] = None
        if not product:
            return
        if event == "Product Removed":
            self._quantities.pop(product, None)
        else:
            self._quantities[product] = self._quantities.get(product, 0) + max(1, quantity)

    def closed(self, products: Mapping[str, Product], currency: str) -> Cart:
        """The cart as the pricing engine takes it."""
        known = ((products.get(name), count) for name, count in self._quantities.items())
        lines = tuple(
            CartLine(one.product_id, one.category, one.price_minor, count)
            for one, count in known
            if one is not None and one.currency == currency
        )
        return Cart(lines, currency, codes=tuple(self._codes))
