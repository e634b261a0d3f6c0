"""Offers: what may be promised, as data; a change makes a new revision."""

from __future__ import annotations

from typing import Any

from promoloop.api.bodies import plain_json
from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors, Reply
from promoloop.api.pages import PageQuery, page_of, page_shape
from promoloop.api.parts import OFFER
from promoloop.api.problems import not_found
from promoloop.api.products import tagged
from promoloop.api.schemas import Shape
from promoloop.api.tags import etag_of, require_match
from promoloop.core import InvalidError, RefusedError
from promoloop.flows.campaigns.life import offer_users
from promoloop.offers import Offer, offer_to_json, offers_from_data, require_known_funding

__all__ = ["doors"]

OFFERS = Shape("Offers", page_shape({"$ref": "#/components/schemas/Offer"}))


def doors(desk: Desk) -> Doors:
    """``/offers``."""
    own = Doors(desk, "offers")
    house = desk.house

    @own.get(
        "/offers",
        "All offers, page by page",
        scope="read",
        query=PageQuery,
        answer=OFFERS,
        errors=(422,),
    )
    def list_offers(call: Call[None]) -> object:
        """The latest revision of each, in order of ``offer_id``."""
        rows = [(one.offer_id, offer_to_json(one)) for one in house.offers.all()]
        return page_of(rows, call.query, "offers", desk.secret)

    @own.put(
        "/offers/{offer_id}",
        "Store an offer",
        scope="catalogue:write",
        body=OFFER,
        answer=OFFER,
        errors=(409, 412),
        once=True,
        headers=("If-Match", "If-None-Match"),
        sends=("ETag",),
    )
    def put_offer(call: Call[None]) -> Reply:
        """One that differs from what is stored gets the next revision; old ones stay readable.

        An offer of an active campaign is not changed: pause the campaign first. Approvals of
        campaigns that name it do not cover the change.
        """
        return _stored(desk, call)

    @own.get(
        "/offers/{offer_id}",
        "An offer",
        scope="read",
        answer=OFFER,
        headers=("If-None-Match",),
        sends=("ETag",),
        may_be_seen=True,
    )
    def get_offer(call: Call[None]) -> Reply:
        """Its latest revision."""
        offer_id = call.path("offer_id")
        offer = _found(desk, offer_id)
        if offer is None:
            raise not_found("offer", offer_id)
        return tagged(call, offer_to_json(offer))

    return own


def _stored(desk: Desk, call: Call[None]) -> Reply:
    """The offer in the body as it is kept now, with its tag."""
    offer_id = call.path("offer_id")
    before = _found(desk, offer_id)
    require_match(call.request, etag_of(offer_to_json(before)) if before else None)
    offer = _read(plain_json(call.raw), offer_id, before)
    if offer.currency != desk.house.currency:
        raise InvalidError(
            "the body, field currency",
            f"it is {offer.currency}, and the shop counts in {desk.house.currency}",
            f"Give amounts in {desk.house.currency}.",
        )
    require_known_funding([offer], desk.house.offers.all())
    if before is not None and offer_to_json(offer) == offer_to_json(before):
        return _shown(before)
    users = offer_users(desk.house, offer_id)
    if users and before is not None:
        raise RefusedError(
            f"changing the offer {offer_id}",
            f"the active campaign {users[0]} promises it",
            "Pause the campaign first, or make a new offer.",
        )
    desk.house.offers.put([offer])
    desk.note(call.caller, "offer.put", offer_id, call.now)
    return _shown(desk.house.offers.get(offer_id))


def _found(desk: Desk, offer_id: str) -> Offer | None:
    try:
        return desk.house.offers.get(offer_id)
    except InvalidError:
        return None


def _read(data: Any, offer_id: str, before: Offer | None) -> Offer:
    """The offer in a body; id and revision are not the body's to say, and not to contradict."""
    if isinstance(data, dict):
        _require_same(data, offer_id)
        data = data | {"offer_id": offer_id, "revision": before.revision if before else 1}
    return offers_from_data([data], "the body")[0]


def _require_same(data: dict[str, Any], offer_id: str) -> None:
    """Raise ``InvalidError`` where a body names another offer, or a revision that cannot be."""
    if data.get("offer_id", offer_id) != offer_id:
        raise InvalidError(
            "the body, field offer_id",
            f"the path names the offer {offer_id}",
            "Leave it out, or give the same.",
        )
    revision = data.get("revision", 1)
    if isinstance(revision, bool) or not isinstance(revision, int) or revision < 1:
        raise InvalidError(
            "the body, field revision", "revisions are counted from 1, by us", "Leave it out."
        )


def _shown(offer: Offer) -> Reply:
    sent = offer_to_json(offer)
    return Reply(sent, headers={"ETag": etag_of(sent)})
