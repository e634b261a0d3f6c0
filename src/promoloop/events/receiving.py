"""Calls as they come in over the network: checked one by one, and told apart at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from promoloop.core import InvalidError
from promoloop.events.calls import MOST_CALL, Call, Fault, FaultError, decode_call
from promoloop.events.jsonlines import call_lines, shopper_of
from promoloop.events.records import Received

__all__ = ["MOST_CALL", "Heard", "calls_in", "hear"]


class _Batch(msgspec.Struct):
    """What a Segment client sends at once; the other fields are not read."""

    batch: list[msgspec.Raw]


_list = msgspec.json.Decoder(list[msgspec.Raw])
_batch = msgspec.json.Decoder(_Batch)


@dataclass(frozen=True, slots=True)
class Heard:
    """One call, checked.

    ``received`` is what an inbox keeps, of a malformed call too: a reader of the inbox sets it
    aside for people to see. ``fault`` says what is wrong, ``None`` when nothing is. ``event`` is
    its name, ``identify``, ``page`` or ``screen``; ``anonymous`` the visitor whom an ``identify``
    names; ``product_ids`` what it was about.
    """

    received: Received
    fault: Fault | None = None
    event: str = ""
    at: datetime | None = None
    anonymous: str = ""
    product_ids: tuple[str, ...] = ()


def calls_in(body: bytes) -> list[bytes]:
    """The calls in a request's body, each as it was written.

    A body is ``{"batch": [...]}`` as Segment's clients send it, a list of calls or of CloudEvents
    envelopes, or one of either.

    Raises
    ------
    InvalidError
        When it is no JSON, or a ``batch`` that is no list.

    Examples
    --------
    >>> calls_in(b'{"batch": [{"type": "page"}, 3]}')
    [b'{"type": "page"}', b'3']
    >>> calls_in(b'{"type": "page"}')
    [b'{"type": "page"}']
    """
    text = body.strip()
    try:
        if text.startswith(b"["):
            return [bytes(one) for one in _list.decode(text)]
        return [bytes(one) for one in _batch.decode(text).batch]
    except msgspec.ValidationError as error:
        if "missing required field" in str(error):
            return [text]
        raise InvalidError(
            "the body, field batch", "it is no list", "Send a list of calls, or one call."
        ) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidError("the body", f"it is not JSON: {error}", "Mend it.") from error


def hear(
    calls: Sequence[bytes], now: datetime, currency: str | None = None, shop: str | None = None
) -> list[Heard]:
    """Every call checked as a file's lines are, in their order.

    Parameters
    ----------
    calls : sequence of bytes
        JSON, one call each.
    now : datetime
        UTC; when they came.
    currency, shop : str, optional
        See ``JsonLinesReader``.
    """
    return [_heard(raw, now, currency, shop) for raw in calls]


def _heard(raw: bytes, now: datetime, currency: str | None, shop: str | None) -> Heard:
    try:
        call = decode_call(raw)
        lines = call_lines(call, currency, shop)
    except FaultError as error:
        made = "malformed-" + hashlib.sha256(raw).hexdigest()
        return Heard(Received(made, "", now, raw[:MOST_CALL]), error.fault)
    received = Received(str(call.message_id), shopper_of(call), now, raw)
    products = tuple({line.product_id: None for line in lines if line.product_id})
    return Heard(received, None, _name(call), call.timestamp, _anonymous(call), products)


def _name(call: Call) -> str:
    return call.event if call.event and call.type in {"track", None, ""} else str(call.type)


def _anonymous(call: Call) -> str:
    """The visitor whom an ``identify`` turns into a user, "" for other calls."""
    if call.type != "identify" or call.user_id in {None, ""}:
        return ""
    return "" if call.anonymous_id in {None, ""} else str(call.anonymous_id)
