"""Identifiers: stable hashes for assignment, time-ordered ids for records."""

from __future__ import annotations

import hashlib
from datetime import datetime

__all__ = ["stable_hash", "time_ordered_id", "unit_interval"]


def stable_hash(*parts: str) -> int:
    """A 64-bit hash of ``parts`` that is the same on every machine, for ever.

    >>> stable_hash("shopper-1", "salt") == stable_hash("shopper-1", "salt")
    True
    >>> stable_hash("ab", "c") == stable_hash("a", "bc")
    False
    """
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return int.from_bytes(digest.digest(), "big")


def unit_interval(*parts: str) -> float:
    """``stable_hash`` as a number in [0, 1)."""
    return (stable_hash(*parts) >> 11) / float(1 << 53)


def time_ordered_id(at: datetime, *parts: str) -> str:
    """An id that sorts by ``at`` (UTC, milliseconds) and is determined by ``parts``.

    The same facts give the same id, so writing them twice is noticed by a unique key.
    """
    return f"{int(at.timestamp() * 1000):012x}{stable_hash(*parts):016x}"
