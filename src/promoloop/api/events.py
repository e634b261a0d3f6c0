"""What shoppers did: taken in durably, once each, and felt by the next decision."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

import msgspec

from promoloop.api.bodies import JSON, require_sound
from promoloop.api.desk import Desk, required
from promoloop.api.doors import Call, Doors
from promoloop.api.problems import WebError
from promoloop.api.schemas import Id, OptionalId, Shape
from promoloop.core import InvalidError
from promoloop.events import ANONYMOUS, Heard, calls_in, hear
from promoloop.flows.consent.asking import Asking
from promoloop.flows.realtime.records import Signal

__all__ = ["doors"]

_CLOUD = "application/cloudevents+json"
_CLOUDS = "application/cloudevents-batch+json"
#: What a beacon of a page can send without asking first.
_PLAIN = "text/plain"


class EventResult(msgspec.Struct):
    """What became of one call, in the order of the request.

    ``accepted`` is safe on disk; sent again it is accepted again and changes nothing. ``set_aside``
    is malformed: ``field``, ``reason`` and ``remedy`` say how.
    """

    message_id: str
    status: Literal["accepted", "set_aside"]
    field: str = ""
    reason: str = ""
    remedy: str = ""


class EventsAnswer(msgspec.Struct):
    """``new`` counts the calls not known before, those set aside among them."""

    accepted: int
    set_aside: int
    new: int
    results: list[EventResult]


Trait = str | int | float | bool | None | dict[str, bool | Literal["requested"]]
#: The trait that holds the address of a channel.
_ADDRESSES = {"email": "email", "sms": "phone"}


class Identity(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A visitor turns out to be a user. ``messageId`` is made up when left out.

    ``traits.consent`` says yes or no by channel, or ``requested``: the shopper asked for messages
    in a form. Where the law of the market wants a yes confirmed, a yes and a request have the
    address in ``traits`` (``email``, ``phone``) asked by a message, once.
    """

    user_id: Id
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]
    anonymous_id: OptionalId = ""
    message_id: OptionalId = ""
    traits: dict[str, Trait] = {}


class IdentityAnswer(msgspec.Struct):
    """``new`` is whether it was not known before."""

    message_id: str
    shopper_id: str
    new: bool


def _said(text: str) -> dict[str, str]:
    """A field that is described and not constrained: each call has a result of its own."""
    return {"description": text}


_EVENT: dict[str, Any] = {
    "type": "object",
    "description": "A Segment call, or a CloudEvents 1.0 envelope around one.",
    "properties": {
        "type": _said("Text: track, identify, page or screen; in an envelope the event's name."),
        "event": _said("Text: the name of a track, such as Product Viewed."),
        "messageId": _said("Text, the idempotency key."),
        "userId": _said("Text; this or anonymousId is needed."),
        "anonymousId": _said("Text."),
        "timestamp": _said("RFC 3339 with its zone."),
        "properties": _said("Object: product_id, products, order_id, currency, ..."),
        "traits": _said("Object, of an identify."),
        "specversion": _said('"1.0", of an envelope.'),
        "id": _said("Text, of an envelope."),
        "source": _said("Text, of an envelope."),
        "time": _said("RFC 3339 with its zone, of an envelope."),
        "data": _said("The call, or the properties of a track named by type."),
    },
}
#: Whatever stands in a list is taken: what is no call is set aside, and its result says so.
_ITEM = {name: value for name, value in _EVENT.items() if name != "type"}
EVENTS = Shape(
    "Events",
    {
        "description": "Segment's batch, a list of calls, or one call. Malformed calls do not"
        " fail the request: each has a result of its own.",
        "oneOf": [
            {
                "type": "object",
                "required": ["batch"],
                "properties": {"batch": {"type": "array", "items": _ITEM, "maxItems": 1000}},
            },
            {"type": "array", "items": _ITEM, "maxItems": 1000},
            {**_EVENT, "not": {"required": ["batch"]}},
        ],
    },
)


def doors(desk: Desk) -> Doors:
    """``/events`` and ``/identify``."""
    own = Doors(desk, "events")
    ears = Ears(desk)

    @own.post(
        "/events",
        "Tell what shoppers did",
        scope="events:write",
        body=EVENTS,
        answer=EventsAnswer,
        reads=(JSON, _CLOUD, _CLOUDS, _PLAIN),
        key_in_query=True,
        once=True,
    )
    async def events(call: Call[None]) -> EventsAnswer:
        """Calls in Segment's shapes or in CloudEvents envelopes, many at once.

        Answered once they are on disk. ``messageId`` is the idempotency key of each call: a
        repeated one changes nothing. The next decision knows of them.
        """
        try:
            calls = calls_in(call.raw)
        except InvalidError:
            require_sound(call.raw)
            raise
        most = desk.settings.serve.batch
        if len(calls) > most:
            raise _too_many(len(calls), most)
        return await ears.take(calls, call.now)

    @own.post(
        "/identify",
        "Say who a visitor is",
        scope="events:write",
        body=Identity,
        answer=IdentityAnswer,
        once=True,
    )
    async def identify(call: Call[Identity]) -> IdentityAnswer:
        """What the visitor did before counts for the user from now on."""
        said = call.body
        made = f"identify-{said.user_id}-{said.anonymous_id}-{said.timestamp.isoformat()}"
        message = {
            "type": "identify",
            "messageId": said.message_id or made,
            "userId": said.user_id,
            "timestamp": said.timestamp,
            "traits": said.traits,
        }
        if said.anonymous_id:
            message["anonymousId"] = said.anonymous_id
        told = await ears.take([msgspec.json.encode(message)], call.now)
        only = told.results[0]
        if only.status == "set_aside":
            raise InvalidError(f"field {only.field}", only.reason, only.remedy)
        if told.new:
            _ask(desk, said, call.now)
        return IdentityAnswer(only.message_id, said.user_id, told.new > 0)

    return own


def _ask(desk: Desk, said: Identity, now: datetime) -> None:
    """Have new addresses asked to confirm what was requested, where that is the law; later."""
    consent = said.traits.get("consent")
    if not isinstance(consent, dict):
        return
    for channel, trait in _ADDRESSES.items():
        address = said.traits.get(trait)
        if consent.get(channel) in (True, "requested") and isinstance(address, str):
            locale = str(said.traits.get("locale") or desk.house.locales[0])
            who = (said.user_id, channel, address, locale, "identify")
            desk.later("asking for consent", partial(_ask_one, desk, who, now))


def _ask_one(desk: Desk, who: tuple[str, str, str, str, str], now: datetime) -> None:
    desk.shop.ask_new_address(Asking(*who), now)


class Ears:
    """Hears calls, stores them, and passes on what the next decision must know."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._inbox = required(desk.house.inbox, "event inbox")

    async def take(self, calls: Sequence[bytes], now: datetime) -> EventsAnswer:
        """Store the calls; answer for each once they are safe."""
        shop = self._desk.house.currency
        heard = hear(calls, now, shop, shop)
        new = await asyncio.wrap_future(self._inbox.put([one.received for one in heard]))
        self._tell([one for one in heard if one.fault is None])
        results = [_result(one) for one in heard]
        aside = sum(one.fault is not None for one in heard)
        return EventsAnswer(len(heard) - aside, aside, new, results)

    def _tell(self, heard: Sequence[Heard]) -> None:
        signals = []
        for one in heard:
            if one.anonymous:
                self._desk.signals.moved(ANONYMOUS + one.anonymous, one.received.shopper_id)
            elif one.product_ids and one.at is not None:
                about = self._desk.groups_of(one.product_ids)
                signals.append(Signal(one.received.shopper_id, one.event, one.at, about))
        if signals:
            self._desk.signals.saw(signals)


def _result(one: Heard) -> EventResult:
    if one.fault is None:
        return EventResult(one.received.message_id, "accepted")
    return EventResult(one.received.message_id, "set_aside", *one.fault)


def _too_many(given: int, most: int) -> WebError:
    return WebError(
        413,
        "too-large",
        "the body",
        f"it has {given:,} events",
        f"Send {most:,} at a time.",
    )
