"""Bodies of requests: read within bounds, then decoded by their type."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import msgspec
from fastapi import Request

from promoloop.api.problems import WebError
from promoloop.core import InvalidError

__all__ = [
    "JSON",
    "decoded",
    "fields_of",
    "plain_json",
    "read_body",
    "require_json",
    "require_sound",
]

T = TypeVar("T")
JSON = "application/json"

#: An escaped NUL in a JSON text: its backslash is not itself escaped.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def require_json(request: Request, kinds: Collection[str]) -> str:
    """The media type of the body, which must be among ``kinds``; and it must come as it is.

    Compressed bodies are refused: a small one can hold a large one.
    """
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"", "identity"}:
        raise WebError(
            415,
            "wrong-content",
            "the header Content-Encoding",
            f"it is {coding!r:.40}, and compressed bodies are not read",
            "Send the body as it is.",
            {"Accept-Encoding": "identity"},
        )
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.partition("charset=")[2].strip(' "').lower()
    if kind.strip().lower() not in kinds or charset not in {"", "utf-8", "utf8"}:
        raise WebError(
            415,
            "wrong-content",
            "the header Content-Type",
            f"it is {request.headers.get('content-type', '')!r:.60}",
            f"Send {' or '.join(kinds)} in UTF-8.",
            {"Accept-Post": ", ".join(kinds)},
        )
    return kind.strip().lower()


async def read_body(request: Request, most: int) -> bytes:
    """The body, of at most ``most`` bytes; more is refused as soon as it is seen.

    Bytes are counted as they come: what the header says of the length may be missing or wrong.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise too_large(most)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def too_large(most: int) -> WebError:
    """The error for a body over the limit; the connection is closed, its rest stays unread."""
    return WebError(
        413,
        "too-large",
        "the body of this request",
        f"it is larger than {most:,} bytes",
        "Send less at a time.",
        {"Connection": "close"},
    )


def decoded(raw: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """``raw`` as what ``decoder`` reads.

    Raises
    ------
    WebError
        400 when it is no JSON at all.
    InvalidError
        When a field has not the type, form or size that it must have.
    """
    try:
        if not raw.isascii():
            raw.decode()  # the decoder does not look into fields it passes over
        found = decoder.decode(raw)
    except msgspec.ValidationError as error:
        require_sound(raw)  # the decoder stops at the first wrong field, and may see no end
        raise _wrong_field(error, "the body") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _no_json(str(error)) from error
    except RecursionError as error:
        raise _too_deep() from error
    if b"\\u0000" in raw and _NUL.search(raw):
        raise InvalidError("the body", "a text holds the character NUL", "Take it out.")
    return found


def require_sound(raw: bytes) -> None:
    """Refuse, by 400, what is no JSON from its first to its last byte."""
    decoded(raw, _anything)


def fields_of(values: Mapping[str, str], kind: type[T], where: str) -> T:
    """Texts, such as those of a query, as the record they stand for."""
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong_field(error, where) from error


def _wrong_field(error: msgspec.ValidationError, where: str) -> InvalidError:
    reason, _, path = str(error).partition(" - at `$")
    field = path.rstrip("`").removeprefix(".")
    return InvalidError(
        f"{where}, field {field}" if field else where,
        reason[:1].lower() + reason[1:],
        "See the schema in /v1/openapi.json.",
    )


def _no_json(why: str) -> WebError:
    return WebError(400, "malformed", "the body", f"it is not JSON: {why:.120}", "Mend it.")


def _too_deep() -> WebError:
    case = "it is nested too deeply"
    return WebError(400, "malformed", "the body", case, "Nothing of ours is nested: flatten it.")


def plain_json(raw: bytes) -> Any:
    """``raw`` as plain values, for readers of their own; nothing in it is beyond all bounds.

    Raises
    ------
    WebError
        400 when it is no JSON at all.
    InvalidError
        A number or a text larger than anything of ours, or a control character in a text.
    """
    data = decoded(raw, _anything)
    _require_bounds(data, "the body")
    return data


_anything: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_MOST = 10**12
_LONGEST = 2000


def _require_bounds(value: Any, where: str) -> None:
    if isinstance(value, dict):
        for name, one in value.items():
            _require_bounds(name, where)
            _require_bounds(one, f"{where}, field {name:.60}")
    elif isinstance(value, list):
        for at, one in enumerate(value, 1):
            _require_bounds(one, f"{where}, item {at}")
    elif isinstance(value, str):
        if len(value) > _LONGEST or any(ord(one) < 32 or ord(one) == 127 for one in value):
            case = "it is too long, or holds a control character"
            raise InvalidError(where, case, f"Write {_LONGEST} characters at most, in one line.")
    elif isinstance(value, int | float) and not -_MOST <= value <= _MOST:
        raise InvalidError(where, "it is larger than anything we count", f"Give {_MOST} at most.")
