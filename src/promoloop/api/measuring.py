"""Last touch beside what was caused, and whether prices may be announced as they are."""

from __future__ import annotations

from datetime import datetime

import msgspec

from promoloop.api.campaigns import known
from promoloop.api.decisions import Interval, interval_of
from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors
from promoloop.api.problems import not_found
from promoloop.core import InvalidError
from promoloop.flows.measuring.attribution import ArmAttribution
from promoloop.offers import PriceClaim

__all__ = ["doors"]


class ArmAttributed(msgspec.Struct):
    """One arm over the weeks that are over: net margin in minor units, totals of the arm.

    ``last_touch`` credits purchases to the latest message, whoever would have bought anyway;
    ``incremental`` is the difference to the holdout, null where there is none. ``open`` messages
    may still earn: ``open_minor`` of ``last_touch`` is theirs. ``refunded_minor`` was taken back,
    ``left_minor`` is what leaving cost.
    """

    arm: str
    shoppers: int
    messages: int
    conversions: int
    last_touch: Interval | None
    incremental: Interval | None
    open: int
    open_minor: int
    refunded_minor: int
    left_minor: int


class Attributed(msgspec.Struct):
    """Both figures of every arm that sends; ``weeks`` is how many are in them."""

    campaign_id: str
    weeks: int
    arms: list[ArmAttributed]


class RefusedPrice(msgspec.Struct):
    """A product whose price history does not support the offer, and why (``code``).

    ``from_minor`` is what it is announced against; the lowest price before and since when, where
    the history shows one.
    """

    product_id: str
    code: str
    from_minor: int
    lowest_minor: int | None
    lowest_since: datetime | None


class PriceCheck(msgspec.Struct):
    """Whether the law of the shop's market lets the offer be announced now."""

    offer_id: str
    supported: bool
    refused: list[RefusedPrice]


def doors(desk: Desk) -> Doors:
    """``/campaigns/{campaign_id}/attribution`` and ``/offers/{offer_id}/price-claims``."""
    own = Doors(desk, "measuring")

    @own.get(
        "/campaigns/{campaign_id}/attribution",
        "What a campaign brought, by last touch and by its holdout",
        scope="read",
        answer=Attributed,
        errors=(409, 422),
    )
    def attribution(call: Call[None]) -> Attributed:
        """Side by side, over the same weeks; 422 while a week that is over waits to be closed."""
        campaign_id = known(desk, call.path("campaign_id")).campaign_id
        found = desk.shop.attribution(campaign_id, call.now)
        return Attributed(campaign_id, found.weeks, [_arm(one) for one in found.arms])

    @own.get(
        "/offers/{offer_id}/price-claims",
        "Whether an offer's prices may be announced",
        scope="read",
        answer=PriceCheck,
    )
    def price_claims(call: Call[None]) -> PriceCheck:
        """By the price history, as the market's law asks; nothing is refused where none does."""
        offer_id = call.path("offer_id")
        try:
            claims = desk.shop.price_claims(offer_id, call.now)
        except InvalidError as error:
            raise not_found("offer", offer_id) from error
        return PriceCheck(offer_id, not claims, [_refused(one) for one in claims])

    return own


def _arm(one: ArmAttribution) -> ArmAttributed:
    return ArmAttributed(
        one.arm,
        one.shoppers,
        one.messages,
        one.conversions,
        interval_of(one.last_touch),
        interval_of(one.incremental),
        one.open,
        one.open_minor,
        one.refunded_minor,
        one.left_minor,
    )


def _refused(one: PriceClaim) -> RefusedPrice:
    lowest = one.lowest
    price, since = (None, None) if lowest is None else (lowest.price_minor, lowest.at)
    return RefusedPrice(one.product_id, one.code, one.from_minor, price, since)
