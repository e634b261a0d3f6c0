"""Addresses as digests: enough to know one again, not enough to write to it."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

__all__ = ["address_digest"]

_PURPOSE = b"promoloop address\0"
_PHONE = re.compile(r"\+?[0-9()./\s-]+")


def address_digest(address: str, key: bytes = b"") -> str:
    """HMAC-SHA256 (RFC 2104) of a mail address, telephone number or other address, in hex.

    Case, spacing and the forms of Unicode make no difference. ``key`` is a secret that is kept as
    long as the digests are: with another key no address is known again.

    Examples
    --------
    >>> address_digest("Ann@Shop.example ") == address_digest("ann@shop.example")
    True
    >>> address_digest("+1 (555) 010-9999") == address_digest("+15550109999")
    True
    """
    return hmac.new(key, _PURPOSE + _plain(address).encode(), hashlib.sha256).hexdigest()


def _plain(address: str) -> str:
    text = unicodedata.normalize("NFKC", address).strip().casefold()
    return re.sub(r"[^0-9+]", "", text) if _PHONE.fullmatch(text) else text
