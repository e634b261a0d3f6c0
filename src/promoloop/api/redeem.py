"""The checkout: a promise is used in an order, or a use is taken back."""

from __future__ import annotations

import msgspec

from promoloop.api.decide import CartBody
from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors
from promoloop.api.problems import not_found
from promoloop.api.schemas import Code, Id, OptionalId
from promoloop.core import InvalidError
from promoloop.flows.realtime.records import RedeemRequest, Redemption

__all__ = ["doors"]


class RedeemBody(msgspec.Struct, forbid_unknown_fields=True):
    """One use of an offer.

    ``key`` names the use, for example the order's number: asked again, the same answer is given.
    ``code`` is what the shopper entered, or ``decision_id`` names a promise without a code.
    """

    key: Id
    shopper_id: Id
    cart: CartBody
    code: Code = ""
    decision_id: OptionalId = ""
    order_id: OptionalId = ""

    def record(self) -> RedeemRequest:
        """As the flows take it."""
        return RedeemRequest(
            self.key,
            self.shopper_id,
            self.cart.record(),
            self.code,
            self.decision_id,
            self.order_id,
        )


def doors(desk: Desk) -> Doors:
    """``/redeem`` and ``/redemptions``."""
    own = Doors(desk, "redemptions")

    @own.post(
        "/redeem",
        "Use an offer in an order",
        scope="redeem",
        body=RedeemBody,
        answer=Redemption,
        errors=(409,),
        once=True,
    )
    def redeem(call: Call[RedeemBody]) -> Redemption:
        """The cart is priced again; money, units, caps and codes are booked in one step.

        409 says why it is not redeemed: over, used, capped, somebody else's, not for this cart.
        """
        return desk.till.redeem(call.body.record(), call.now)

    @own.post(
        "/redemptions/{key}/roll-back",
        "Take a use back",
        scope="redeem",
        answer=Redemption,
        errors=(409,),
        once=True,
    )
    def roll_back(call: Call[None]) -> Redemption:
        """As when its order is cancelled: money, units and code are free again, once."""
        key = call.path("key")
        try:
            return desk.till.roll_back(key, call.now)
        except InvalidError as error:
            raise not_found("redemption", key) from error

    return own
