"""API keys: 256 random bits that their owner keeps; we keep only what they hash to.

A secret of that length cannot be guessed, so a plain SHA-256 suffices where a password needs a
slow hash; and a stolen table opens no door.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from promoloop.core import InvalidError, require_utc

__all__ = ["PAGE", "SCOPES", "ApiKey", "ApiKeys", "key_digest", "new_api_key"]

#: What a key can be allowed to do. ``page`` is for a key that everybody can read in the source of
#: a shop's page: it may send events and ask for decisions, and nothing else.
SCOPES = (
    "events:write",
    "decide",
    "redeem",
    "catalogue:write",
    "campaigns:write",
    "people:write",
    "people:erase",
    "read",
    "page",
    "admin",
)
PAGE = "page"

_PREFIX = "plk_"
_BYTES = 32


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is kept of a key; the secret itself is not.

    Attributes
    ----------
    key_id : str
        Names the key in lists and logs; says nothing about the secret.
    digest : str
        SHA-256 of the secret, hexadecimal.
    name : str
        Given by whoever made it, for example ``web shop``.
    scopes : tuple of str
        What it may do, sorted, for example ``("decide", "events")``.
    created_at, last_used_at, revoked_at : datetime
        UTC; the last two None until it happens.
    """

    key_id: str
    digest: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class ApiKeys(Protocol):
    """Who may come in."""

    def add(self, key: ApiKey) -> None:
        """Store a key; ``RefusedError`` when its id or digest is there already."""
        ...

    def of_digest(self, digest: str) -> ApiKey:
        """The key of this digest, revoked or not; ``InvalidError`` when there is none."""
        ...

    def used(self, key_id: str, at: datetime) -> None:
        """Note when it was last used; an earlier moment changes nothing."""
        ...

    def revoke(self, key_id: str, at: datetime) -> ApiKey:
        """Close it for good and return it; the first moment stands. ``InvalidError``: unknown."""
        ...

    def all(self) -> tuple[ApiKey, ...]:
        """Every key, oldest first, the revoked ones too."""
        ...


def new_api_key(
    name: str, scopes: Collection[str], random: bytes, now: datetime
) -> tuple[ApiKey, str]:
    """A key and its secret, which is shown once and kept nowhere.

    Parameters
    ----------
    name : str
        Says what it is for.
    scopes : collection of str
        What it may do.
    random : bytes, length 32
        From the system's source of randomness, ``secrets.token_bytes(32)``.
    now : datetime
        UTC.

    Raises
    ------
    InvalidError
        No name, no scope, or not 32 bytes.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> now = datetime(2026, 11, 22, tzinfo=UTC)
    >>> key, secret = new_api_key("web shop", ["events"], bytes(32), now)
    >>> secret[:12], key.digest == key_digest(secret)
    ('plk_AAAAAAAA', True)
    """
    if not name.strip() or not scopes:
        raise InvalidError(
            "a new API key",
            "it has no name" if scopes else "it has no scope",
            "Say what it is for and what it may do.",
        )
    if len(random) != _BYTES:
        raise InvalidError(
            "a new API key", f"{len(random)} random bytes were given", f"Give {_BYTES}."
        )
    secret = _PREFIX + base64.urlsafe_b64encode(random).rstrip(b"=").decode()
    digest = key_digest(secret)
    key = ApiKey(
        hashlib.sha256(f"id:{secret}".encode()).hexdigest()[:12],
        digest,
        name.strip(),
        tuple(sorted(set(scopes))),
        require_utc(now, "the time a key is made"),
    )
    return key, secret


def key_digest(secret: str) -> str:
    """What is kept of a secret: its SHA-256, hexadecimal."""
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()
