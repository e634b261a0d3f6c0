"""Signed tokens for links in messages: they cannot be forged, and name no person.

A token is ``payload.signature``, both base64url without padding; the signature is HMAC-SHA256
(RFC 2104) over the purpose and the payload, so a click token cannot unsubscribe anybody.
Unsubscribe tokens carry no time: a link in an old message must keep working.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from promoloop.core import InvalidError

__all__ = ["read_token", "signed_token"]

#: Bytes of the signature that travel: 128 bits, which keeps links short.
SIGNATURE_BYTES = 16


def signed_token(key: bytes, purpose: str, *values: str) -> str:
    """A token for ``purpose`` that carries ``values`` (pseudonymous ids, never an address).

    Raises
    ------
    InvalidError
        When the key is shorter than 16 bytes.

    Examples
    --------
    >>> token = signed_token(b"sixteen bytes ok", "unsubscribe", "s-1", "email")
    >>> read_token(b"sixteen bytes ok", "unsubscribe", token)
    ('s-1', 'email')
    """
    if len(key) < 16:
        raise InvalidError(
            "signing a link",
            f"the key has {len(key)} bytes, which can be guessed",
            "Set a signing key of at least 16 random bytes.",
        )
    payload = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    return f"{_text(payload)}.{_text(_signature(key, purpose, payload))}"


def read_token(key: bytes, purpose: str, token: str) -> tuple[str, ...]:
    """The values of a token signed for ``purpose``; ``InvalidError`` for any other token."""
    head, _, tail = token.partition(".")
    try:
        payload, signature = _raw(head), _raw(tail)
    except ValueError:
        payload, signature = b"", b""
    if not hmac.compare_digest(signature, _signature(key, purpose, payload)):
        raise InvalidError(
            f"reading a token for {purpose!r}",
            "its signature does not match",
            "Use the link exactly as it stands in the message.",
        )
    values: list[str] = json.loads(payload)
    return tuple(values)


def _signature(key: bytes, purpose: str, payload: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + payload, hashlib.sha256)[:SIGNATURE_BYTES]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
