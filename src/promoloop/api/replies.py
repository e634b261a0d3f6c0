"""Answers to shoppers' questions: proven against the facts, or handed over to a person."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors
from promoloop.api.problems import not_found
from promoloop.api.schemas import OptionalId
from promoloop.compose import OrderFacts, SupportQuestion, Written, write_reply
from promoloop.core import InvalidError
from promoloop.offers import OfferFacts, offer_facts

__all__ = ["doors"]

Line = Annotated[str, msgspec.Meta(max_length=400, pattern=r"^[^\u0000-\u001f\u007f]*$")]


class OrderBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the shop's system says of the order."""

    order_id: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
    status: Literal["placed", "packed", "shipped", "delivered", "cancelled", "returned", "refunded"]
    placed_on: date | None = None
    shipped_on: date | None = None
    expected_on: date | None = None
    delivered_on: date | None = None
    refunded_on: date | None = None
    refund_minor: Annotated[int, msgspec.Meta(ge=1, le=10**12)] | None = None
    carrier: Annotated[str, msgspec.Meta(max_length=60, pattern=r"^[^\u0000-\u001f\u007f]*$")] = ""

    def record(self, currency: str) -> OrderFacts:
        """As the writer takes it."""
        return OrderFacts(
            self.order_id,
            self.status,
            currency,
            self.placed_on,
            self.shipped_on,
            self.expected_on,
            self.delivered_on,
            self.refunded_on,
            self.refund_minor,
            self.carrier,
        )


class ReplyBody(msgspec.Struct, forbid_unknown_fields=True):
    """A question, and what bears on it. ``policies`` are the shop's own sentences by topic."""

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=4000, pattern=r"^[^\u0000]*$")]
    locale: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")]
    order: OrderBody | None = None
    offer_id: OptionalId = ""
    policies: Annotated[dict[str, Line], msgspec.Meta(max_length=20)] = {}
    today: date | None = None


class ProvenSentence(msgspec.Struct):
    """One sentence, and the facts that it says."""

    text: str
    facts: list[str]


class ReplyAnswer(msgspec.Struct):
    """``text`` answers the question, or says that a person will: then ``hand_over`` is the reason.

    ``refused`` says why another wording was not used.
    """

    answered: bool
    text: str
    hand_over: str
    written_by: str
    sentences: list[ProvenSentence]
    refused: list[str]
    request_id: str


def doors(desk: Desk) -> Doors:
    """``/reply``."""
    own = Doors(desk, "replies")

    @own.post(
        "/reply",
        "Answer a shopper's question",
        scope="read",
        body=ReplyBody,
        answer=ReplyAnswer,
        errors=(404,),
    )
    def reply(call: Call[ReplyBody]) -> ReplyAnswer:
        """Every sentence is proven against the facts that were given, or a person is asked.

        Complaints, legal and medical matters, anger and everything that is not understood are
        handed over, with the reason.
        """
        said = call.body
        written = write_reply(
            SupportQuestion(
                said.question,
                said.locale,
                said.today or desk.local_day(call.now),
                said.order.record(desk.house.currency) if said.order else None,
                _offer(desk, said, call.now),
                said.policies,
            )
        )
        return _answer(written, str(call.request.scope.get("request_id", "")))

    return own


def _offer(desk: Desk, said: ReplyBody, now: datetime) -> OfferFacts | None:
    if not said.offer_id:
        return None
    try:
        offer = desk.house.offers.get(said.offer_id)
    except InvalidError as error:
        raise not_found("offer", said.offer_id) from error
    zone = desk.house.time_zone
    told = datetime.combine(said.today, time(), ZoneInfo(zone)) if said.today else now
    return offer_facts(offer, said.locale, zone, now=told)


def _answer(written: Written, request_id: str) -> ReplyAnswer:
    return ReplyAnswer(
        answered=not written.hand_over,
        text=written.parts.get("text", ""),
        hand_over=written.hand_over,
        written_by=written.written_by,
        sentences=[ProvenSentence(one.sentence, list(one.fields)) for one in written.sources],
        refused=list(written.refused),
        request_id=request_id,
    )
