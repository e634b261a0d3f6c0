"""JSON Lines, one call a line, into event lines and quarantine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import polars as pl
from msgspec.structs import astuple

from promoloop.events.calls import Call, FaultError, decode_call
from promoloop.events.identity import ANONYMOUS
from promoloop.events.orders import NO_PRODUCT, Line, lines_of
from promoloop.events.records import EVENT_LINES, EventBatch, Quarantined
from promoloop.events.rules import MOST_RAW, foreign_fault

__all__ = ["JsonLinesReader", "call_lines", "shopper_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: Rows held as Python objects at a time: few, so that the garbage collector has little to scan.
_BLOCK = 8_192
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


class JsonLinesReader:
    """Read one file's lines, chunk after chunk.

    Blank lines are skipped. A repeated ``messageId`` is a replay when the line is the same to
    the byte, and set aside when it is not. What is remembered for that grows with the file, by
    about 200 bytes a message.

    Parameters
    ----------
    file : str
        The name quarantined rows carry.
    currency : str, optional
        ISO 4217 currency of amounts that do not name theirs.
    shop : str, optional
        The currency that the shop counts in: calls with amounts in another are set aside.

    Examples
    --------
    >>> reader = JsonLinesReader("events.jsonl")
    >>> batch = reader.read([
    ...     b'{"type": "track", "event": "Product Viewed", "messageId": "m1", "userId": "42",'
    ...     b' "timestamp": "2026-11-01T09:00:00Z", "properties": {"product_id": "p7"}}',
    ...     b'{"type": "track", "event": "Product Viewed", "userId": "42"}'])
    >>> batch.lines["product_id"].to_list(), batch.quarantined[0].field
    (['p7'], 'messageId')
    """

    def __init__(self, file: str, currency: str | None = None, shop: str | None = None) -> None:
        self._file = file
        self._currency = currency
        self._shop = shop
        self._number = 0
        self._seen: dict[str, int] = {}

    def read(self, chunk: Iterable[bytes]) -> EventBatch:
        """The rows of the file's next lines."""
        frames: list[pl.DataFrame] = []
        rows: list[tuple[object, ...]] = []
        bad: list[Quarantined] = []
        for raw in chunk:
            if len(rows) >= _BLOCK:
                frames.append(_frame(rows))
                rows = []
            self._number += 1
            text = raw.strip()
            if self._number == 1:
                text = text.removeprefix(b"\xef\xbb\xbf")
            if not text:
                continue
            try:
                rows += self._rows(text)
            except FaultError as error:
                shown = text[: 4 * MOST_RAW].decode(errors="replace")[:MOST_RAW]
                bad.append(Quarantined(self._file, self._number, *error.fault, shown))
        return EventBatch(pl.concat([*frames, _frame(rows)]), tuple(bad))

    def _rows(self, text: bytes) -> list[tuple[object, ...]]:
        call = decode_call(text)
        message_id, content = str(call.message_id), hash(text)
        before = self._seen.get(message_id)
        if before == content:
            return []
        if before is not None:
            raise FaultError(
                "messageId",
                f"{message_id} stands on an earlier line with other content",
                "Give every call its own messageId.",
            )
        rows = _rows_of(call, message_id, self._currency, self._shop)
        self._seen[message_id] = content
        return rows


def _rows_of(
    call: Call, message_id: str, currency: str | None, shop: str | None
) -> list[tuple[object, ...]]:
    if call.timestamp is None:  # decode_call has refused it already
        return []
    event = call.event if call.event and call.type in {"track", None, ""} else call.type
    at = (call.timestamp - _EPOCH) // _MICROSECOND
    lines = call_lines(call, currency, shop)
    said = _identity(call) if call.type == "identify" else _kept(call.properties)
    start = (event, shopper_of(call), at)
    return [
        (message_id, i, *start, *astuple(line), said if i == 0 else None)
        for i, line in enumerate(lines)
    ]


def call_lines(call: Call, currency: str | None, shop: str | None) -> list[Line]:
    """One line per product of the call, at least one; ``FaultError`` where they are malformed."""
    lines = [NO_PRODUCT] if call.type == "identify" else lines_of(call.properties, currency)
    # All lines of a call are in its currency.
    named = lines[0].currency
    if shop and named and named != shop and any(line.has_money for line in lines):
        raise FaultError(*foreign_fault("properties.currency", shop))
    return lines


def shopper_of(call: Call) -> str:
    """Whom a call is about, as the column ``shopper_id`` has it."""
    if call.user_id is not None and call.user_id != "":
        return str(call.user_id)
    return f"{ANONYMOUS}{call.anonymous_id}"


def _identity(call: Call) -> str:
    """Traits, and the anonymous id that this user turns out to be."""
    said: dict[str, object] = {"traits": call.traits if bytes(call.traits) else {}}
    if call.anonymous_id not in {None, ""}:
        said["anonymousId"] = str(call.anonymous_id)
    return _json(msgspec.json.encode(said))


def _kept(properties: msgspec.Raw) -> str | None:
    """The properties as they came; an order's products are left out, they have their own rows."""
    raw = bytes(properties)
    if b'"products"' not in raw:
        return _json(raw) if raw else None
    members = _members.decode(raw)
    members.pop("products", None)
    return _json(msgspec.json.encode(members))


def _json(raw: bytes) -> str:
    return raw.decode()


def _frame(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    if not rows:
        return pl.DataFrame(schema=EVENT_LINES)
    columns = zip(EVENT_LINES.items(), zip(*rows, strict=True), strict=True)
    return pl.DataFrame(
        [
            pl.Series(name, values, dtype=pl.Int64).cast(dtype)
            if dtype.is_temporal()
            else pl.Series(name, values, dtype=dtype)
            for (name, dtype), values in columns
        ]
    )
