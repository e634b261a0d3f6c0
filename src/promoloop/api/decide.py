"""What to show one shopper now."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from promoloop.api.bodies import JSON
from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors
from promoloop.api.problems import not_found
from promoloop.api.schemas import Code, Id, Minor, OptionalId
from promoloop.flows.realtime.records import CartItem, LiveAnswer, LiveCart, LiveRequest

__all__ = ["CartBody", "doors"]

Quantity = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class ItemBody(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Pieces of a product; what is left out is looked up in the catalogue."""

    product_id: Id
    quantity: Quantity = 1
    unit_minor: Minor | None = None
    category: OptionalId = ""


class CartBody(msgspec.Struct, forbid_unknown_fields=True):
    """What lies in the cart; ``codes`` are those the shopper entered. Money in minor units."""

    items: Annotated[list[ItemBody], msgspec.Meta(max_length=500)]
    currency: Annotated[str, msgspec.Meta(pattern="^([A-Z]{3})?$")] = ""
    shipping_minor: Minor = 0
    codes: Annotated[list[Code], msgspec.Meta(max_length=20)] = []

    def record(self) -> LiveCart:
        """As the flows take it."""
        return LiveCart(
            tuple(
                CartItem(one.product_id, one.quantity, one.unit_minor, one.category)
                for one in self.items
            ),
            self.currency,
            self.shipping_minor,
            tuple(self.codes),
        )


class DecideBody(msgspec.Struct, forbid_unknown_fields=True):
    """One look at a page.

    ``request_id`` names it: asked again, the same decision is given. ``product_id`` or ``group``
    is what the page is about; ``campaign_id`` asks for one campaign only. An answer comes within
    ``deadline_ms`` milliseconds, if need be an empty one with the reason in ``fallback``.
    """

    request_id: Id
    shopper_id: Id
    slot: Literal["banner", "popup", "cart"] = "banner"
    page: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    product_id: OptionalId = ""
    group: OptionalId = ""
    locale: Annotated[str, msgspec.Meta(max_length=35, pattern="^[A-Za-z0-9-]*$")] = ""
    campaign_id: OptionalId = ""
    cart: CartBody | None = None
    deadline_ms: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 50

    def record(self) -> LiveRequest:
        """As the flows take it."""
        return LiveRequest(
            self.request_id,
            self.shopper_id,
            self.slot,
            self.page,
            self.product_id,
            self.group,
            self.locale,
            self.campaign_id,
            self.cart.record() if self.cart is not None else None,
            self.deadline_ms,
        )


def doors(desk: Desk) -> Doors:
    """``/decide``."""
    own = Doors(desk, "decide")

    @own.post(
        "/decide",
        "What to show one shopper now",
        scope="decide",
        body=DecideBody,
        answer=LiveAnswer,
        errors=(404, 409),
        reads=(JSON, "text/plain"),
        key_in_query=True,
    )
    async def decide(call: Call[DecideBody]) -> LiveAnswer:
        """An offer with its words and the price of the cart with it, or nothing, and why.

        The decision is on disk with its money before it is answered. Events sent before count.
        What is missing makes the answer poorer, with a reason code in ``fallback``, never late.
        409 says that ``request_id`` came lately from another shopper or with another cart; 404
        that there is no such campaign.
        """
        campaign_id = call.body.campaign_id
        window = desk.realtime.window
        if campaign_id and window.made_at is not None and campaign_id not in window.campaigns:
            raise not_found("campaign", campaign_id)
        return await desk.live.decide_async(call.body.record(), call.now)

    return own
