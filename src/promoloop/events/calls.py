"""One JSON line: a Segment call, or one in a CloudEvents 1.0 envelope.

Shapes: Segment's ``identify`` and ``track`` calls and CloudEvents 1.0 in JSON. Decoding is typed
and happens in one pass; fields nobody reads are kept as raw JSON.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

import msgspec

__all__ = ["MOST_CALL", "Call", "Fault", "FaultError", "decode_call"]

Zoned = Annotated[datetime, msgspec.Meta(tz=True)]
NO_JSON = msgspec.Raw(b"")
#: Bytes of the largest call that is taken.
MOST_CALL = 32_768
_NUL = b"\\u0000"
#: Times from the first on and before the second are taken; spans are added to and taken off them.
FIRST_TIME, END_OF_TIME = datetime(1971, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class Fault(NamedTuple):
    """What is wrong with a row: the field, the reason and the remedy."""

    field: str
    reason: str
    remedy: str


class FaultError(Exception):
    """A row is malformed; carries its :class:`Fault`. Never leaves the room."""

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(field, reason, remedy)
        self.fault = Fault(field, reason, remedy)


class Call(msgspec.Struct, rename="camel", gc=False):
    """The fields promoloop reads of a call; CloudEvents' own fields stand beside them."""

    message_id: str | int | None = None
    type: str | None = None
    event: str | None = None
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    timestamp: Zoned | None = None
    properties: msgspec.Raw = NO_JSON
    traits: msgspec.Raw = NO_JSON
    specversion: str | None = None
    id: str | None = None
    source: str | None = None
    subject: str | None = None
    time: Zoned | None = None
    data: msgspec.Raw = NO_JSON


_decoder = msgspec.json.Decoder(Call)
#: Characters of an id: what is longer does not fit the index of every database.
_LONGEST_ID = 512


def decode_call(raw: bytes) -> Call:
    """The call in ``raw``, out of its envelope and with its obligatory fields present.

    Raises
    ------
    FaultError
        When ``raw`` is no JSON object in UTF-8, is too large or holds the character NUL, a field
        has the wrong type or is missing, or its time is out of all bounds.
    """
    if len(raw) > MOST_CALL:
        raise FaultError("line", f"it has {len(raw)} bytes", f"Send {MOST_CALL} at most.")
    if _NUL in raw:
        raise FaultError("line", "a text holds the character NUL", "Take it out.")
    call = _decode(raw)
    if call.specversion is not None:
        call = _opened(call)
    _require_fields(call)
    return call


def _decode(raw: bytes) -> Call:
    try:
        if not raw.isascii():
            raw.decode()  # the decoder does not look into fields it passes over
        return _decoder.decode(raw)
    except UnicodeDecodeError as error:
        raise FaultError(
            "line", f"byte {error.start} is not UTF-8", "Save the file as UTF-8."
        ) from error
    except msgspec.ValidationError as error:
        raise wrong_type(error) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise FaultError(
            "line", f"it is not JSON: {error}", "Write one JSON object per line."
        ) from error


def wrong_type(error: msgspec.ValidationError, prefix: str = "") -> FaultError:
    """The fault behind a typed decoding error, with the path of the field."""
    reason, _, path = str(error).partition(" - at `$")
    field = prefix + re.sub(r"^\.", "", path.rstrip("`"))
    if "timezone" in reason or "RFC3339" in reason:
        remedy = "Give the time with its zone, for example 2026-11-30T18:00:00Z."
    else:
        remedy = "Give the value in the type the field expects."
    return FaultError(field or "line", reason, remedy)


def _opened(envelope: Call) -> Call:
    """The call a CloudEvents 1.0 envelope carries.

    ``data`` is a whole Segment call, or the properties of a ``track`` named by ``type``. Where
    the call has no ``messageId``, ``source`` and ``id`` identify it, as CloudEvents lays down.
    """
    if envelope.specversion != "1.0":
        raise FaultError(
            "specversion", f"it is {envelope.specversion!r}", "CloudEvents 1.0 is read."
        )
    for field in ("id", "source", "type"):
        if not getattr(envelope, field):
            raise FaultError(field, "it is missing", "CloudEvents 1.0 requires it.")
    inner = _inner(envelope.data)
    if inner.event is None and inner.type not in {"identify", "track", "page", "screen"}:
        inner.type, inner.event, inner.properties = "track", envelope.type, envelope.data
    if inner.message_id is None:
        inner.message_id = f"{envelope.source}#{envelope.id}"
    if inner.user_id is None and inner.anonymous_id is None:
        inner.user_id = envelope.subject
    inner.timestamp = inner.timestamp or envelope.time
    return inner


def _inner(data: msgspec.Raw) -> Call:
    if not bytes(data):
        return Call()
    try:
        return _decoder.decode(data)
    except msgspec.ValidationError as error:
        raise wrong_type(error, "data.") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise FaultError("data", f"it is not JSON: {error}", "Give an object.") from error


def _require_fields(call: Call) -> None:
    if call.message_id is None or call.message_id == "":
        raise FaultError("messageId", "it is missing", "Give every call its own messageId.")
    if call.user_id in {None, ""} and call.anonymous_id in {None, ""}:
        raise FaultError(
            "userId", "neither userId nor anonymousId is given", "Give at least one of them."
        )
    _require_short("messageId", call.message_id)
    _require_short("userId", call.user_id)
    _require_short("anonymousId", call.anonymous_id)
    if call.timestamp is None:
        raise FaultError(
            "timestamp",
            "it is missing",
            "Give the time with its zone, for example 2026-11-30T18:00:00Z.",
        )
    if not FIRST_TIME <= call.timestamp < END_OF_TIME:
        raise FaultError(*time_fault("timestamp"))
    if call.event in {None, ""} and (call.type in {None, ""} or call.type == "track"):
        raise FaultError("event", "it is missing", "Name the event of a track call.")


def time_fault(field: str) -> Fault:
    """Nothing can be reckoned from such a time."""
    first, end = FIRST_TIME.year, END_OF_TIME.year
    return Fault(
        field,
        f"it is not within the years {first} to {end - 1} in UTC",
        f"Give a time from {first} on and before {end}.",
    )


def _require_short(field: str, value: str | int | None) -> None:
    if isinstance(value, str) and len(value) > _LONGEST_ID:
        raise FaultError(
            field, f"it has {len(value)} characters", f"Use at most {_LONGEST_ID} characters."
        )
