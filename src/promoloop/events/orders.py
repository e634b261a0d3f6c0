"""What a call says of products and money, exploded into one row per product.

Segment's e-commerce names, version 2. ``price`` is what one piece costs on the shelf. A line may
carry its own ``discount`` and ``coupon_discount``; an order's ``discount`` is otherwise shared
out over its lines in proportion to their value, as a coupon's where the order names a ``coupon``.
"""

from __future__ import annotations

import msgspec

from promoloop.events.amounts import MOST_MINOR, minor_of, scale_of, shares
from promoloop.events.calls import NO_JSON, FaultError, wrong_type

__all__ = ["NO_PRODUCT", "Line", "lines_of"]


class Line(msgspec.Struct, frozen=True, gc=False):
    """The product part of one history row, in the order of ``EVENT_LINES``."""

    order_id: str | None = None
    product_id: str | None = None
    quantity: int | None = None
    revenue_minor: int | None = None
    discount_minor: int | None = None
    coupon_minor: int | None = None
    coupon: str | None = None
    campaign_id: str | None = None
    currency: str | None = None

    @property
    def has_money(self) -> bool:
        """Whether it holds an amount, 0 included."""
        return self.revenue_minor is not None


NO_PRODUCT = Line()


class _Item(msgspec.Struct, gc=False):
    product_id: str | int | None = None
    price: int | float | None = None
    quantity: int | None = None
    discount: int | float | None = None
    coupon_discount: int | float | None = None
    coupon: str | None = None


class _Properties(_Item, gc=False):
    order_id: str | int | None = None
    currency: str | None = None
    campaign_id: str | int | None = None
    products: list[_Item] | None = None


_decoder = msgspec.json.Decoder(_Properties)


def lines_of(raw: msgspec.Raw, default_currency: str | None) -> list[Line]:
    """The rows ``properties`` make: one per product of a ``products`` array, else one.

    Raises
    ------
    FaultError
        When a field has the wrong type, sign or size, or an amount has no known currency.
    """
    if raw is NO_JSON:
        return [NO_PRODUCT]
    try:
        said = _decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise wrong_type(error, "properties.") from error
    said.currency = said.currency or default_currency
    if said.products is None:
        return [_line(said, said, "properties.")]
    rows = [_line(said, item, f"properties.products[{i}].") for i, item in enumerate(said.products)]
    return _shared_out(said, rows) or [_header(said)]


def _header(said: _Properties) -> Line:
    return Line(order_id=_text(said.order_id), currency=said.currency)


def _line(said: _Properties, item: _Item, where: str) -> Line:
    """The row of ``item``, which stands at ``where`` in the call."""
    quantity = item.quantity
    if quantity is not None and not 0 <= quantity < 1 << 31:
        raise FaultError(
            f"{where}quantity", f"{quantity} is no count of pieces", "Give a number from 0 up."
        )
    revenue = discount = coupon = None
    if item.price is not None:
        revenue, discount, coupon = _money(said, item, where)
    return Line(
        _text(said.order_id),
        _text(item.product_id),
        quantity,
        revenue,
        discount,
        coupon,
        item.coupon or said.coupon,
        _text(said.campaign_id),
        said.currency,
    )


def _money(said: _Properties, item: _Item, where: str) -> tuple[int, int, int]:
    """Revenue, discount and coupon in minor units."""
    currency = _currency(said.currency)
    revenue = minor_of(item.price, currency, where, "price") if item.price else 0
    if item.quantity is not None:
        revenue *= item.quantity
    discount = coupon = 0
    if item.coupon_discount:
        coupon = minor_of(item.coupon_discount, currency, where, "coupon_discount")
    # An order's own discount is shared out over its lines later, so a bare event keeps it here.
    if item.discount:
        discount = minor_of(item.discount, currency, where, "discount")
    discount += coupon
    revenue -= discount
    if not 0 <= revenue <= MOST_MINOR:
        raise FaultError(
            f"{where}price",
            f"the line comes to {revenue} minor units",
            "Keep discounts within price × quantity.",
        )
    return revenue, discount, coupon


def _currency(currency: str | None) -> str:
    if currency is None or not scale_of(currency):
        raise FaultError(
            "properties.currency",
            f"{currency or 'nothing'} is no ISO 4217 currency",
            "Give the currency, for example USD, with every event that has amounts.",
        )
    return currency


def _shared_out(said: _Properties, rows: list[Line]) -> list[Line]:
    """``rows`` with the order's discount shared out, unless the lines carry their own."""
    if not said.discount or not rows or any(item.discount for item in said.products or ()):
        return rows
    off = minor_of(said.discount, _currency(said.currency), "properties.", "discount")
    values = [row.revenue_minor or 0 for row in rows]
    if off > sum(values):
        raise FaultError(
            "properties.discount",
            f"{said.discount} is more than the products cost",
            "Give the order's discount in the order's currency.",
        )
    return [
        _reduced(row, part, by_coupon=bool(said.coupon))
        for row, part in zip(rows, shares(off, values), strict=True)
    ]


def _reduced(row: Line, part: int, *, by_coupon: bool) -> Line:
    """``row`` with its ``part`` of the order's discount taken off."""
    return msgspec.structs.replace(
        row,
        revenue_minor=(row.revenue_minor or 0) - part,
        discount_minor=(row.discount_minor or 0) + part,
        coupon_minor=(row.coupon_minor or 0) + (part if by_coupon else 0),
    )


def _text(value: str | int | None) -> str | None:
    return None if value is None or value == "" else str(value)
