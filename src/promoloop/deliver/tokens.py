"""Signed tokens for links in messages: they cannot be forged, and name no person.

A token is ``payload.signature``, both base64url without padding; the signature is HMAC-SHA256
(RFC 2104) over the purpose and the payload, so a click token cannot unsubscribe anybody.
Unsubscribe tokens carry no time: a link in an old message must keep working. Keys are rotated by
putting a new one before the old: the first signs, all of them are believed.

Whatever is wrong with a token, the answer is the same: it tells nothing to one who tries.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache

from promoloop.core import InvalidError

__all__ = ["Keys", "bad_token", "read_token", "signed_token"]

#: One key, or several, the newest first.
Keys = bytes | Sequence[bytes]

#: Bytes of the signature that travel: 128 bits, which keeps links short.
SIGNATURE_BYTES = 16

#: Nothing of ours is longer, and nothing longer is decoded.
_LONGEST = 1024
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{22}")


def signed_token(key: Keys, purpose: str, *values: str) -> str:
    """A token for ``purpose`` that carries ``values`` (pseudonymous ids, never an address).

    Raises
    ------
    InvalidError
        When a key is shorter than 16 bytes, there is none, or the token would be too long.

    Examples
    --------
    >>> token = signed_token(b"sixteen bytes ok", "unsubscribe", "s-1", "email")
    >>> read_token(b"sixteen bytes ok", "unsubscribe", token)
    ('s-1', 'email')
    >>> read_token((b"a new, longer key", b"sixteen bytes ok"), "unsubscribe", token)
    ('s-1', 'email')
    """
    keys = _ring(key)
    for one in keys:
        _require_long(one)
    payload = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    token = f"{_text(payload)}.{_text(_signature(keys[0], purpose, payload))}"
    if len(token) > _LONGEST:
        raise InvalidError(
            "signing a link", f"it has {len(token)} characters", "Use ids and paths that are short."
        )
    return token


def read_token(key: Keys, purpose: str, token: str) -> tuple[str, ...]:
    """The values of a token signed for ``purpose``; ``InvalidError`` for any other token."""
    payload, signature = _parts(token)
    # Every key is tried, so that the time says nothing of which one fits.
    fits = [hmac.compare_digest(signature, _signature(k, purpose, payload)) for k in _ring(key)]
    if not any(fits):
        raise bad_token(purpose)
    values: list[str] = json.loads(payload)
    return tuple(values)


def bad_token(purpose: str) -> InvalidError:
    """The one answer to every token that is not to be believed."""
    return InvalidError(
        f"reading a token for {purpose!r}",
        "its signature does not match",
        "Use the link exactly as it stands in the message.",
    )


def _ring(key: Keys) -> tuple[bytes, ...]:
    keys = (key,) if isinstance(key, bytes) else tuple(key)
    if not keys:
        _require_long(b"")
    return keys


def _require_long(key: bytes) -> None:
    if len(key) < 16:
        raise InvalidError(
            "signing a link",
            f"the key has {len(key)} bytes, which can be guessed",
            "Set a signing key of at least 16 random bytes.",
        )


def _parts(token: str) -> tuple[bytes, bytes]:
    """Payload and signature; empty ones, which nothing was signed with, when it is no token."""
    if len(token) > _LONGEST or not _TOKEN.fullmatch(token):
        return b"", b""
    head, _, tail = token.partition(".")
    try:
        payload, signature = _raw(head), _raw(tail)
    except ValueError:
        return b"", b""
    # One token has one spelling: the spare bits of the last character must be zero.
    return (payload, signature) if f"{_text(payload)}.{_text(signature)}" == token else (b"", b"")


def _signature(key: bytes, purpose: str, payload: bytes) -> bytes:
    signing = _begun(key).copy()
    signing.update(purpose.encode() + b"\0" + payload)
    return signing.digest()[:SIGNATURE_BYTES]


@lru_cache(maxsize=32)
def _begun(key: bytes) -> hmac.HMAC:
    """The HMAC before any message; unlike ``hmac.digest`` its copies never yield the thread."""
    return hmac.new(key, digestmod=hashlib.sha256)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
