"""A person, what is held on them, and the record of an erasure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

__all__ = ["ERASED", "Erasure", "Person", "Receipt", "pseudonym", "shopper_digest"]

#: Starts the name that stands in books in place of somebody who was erased.
ERASED = "erased-"


@dataclass(frozen=True, slots=True)
class Person:
    """Everything one person is known by.

    ``ids`` are shopper ids, the main one first, then those of devices before they were known;
    ``addresses`` are mail addresses and telephone numbers, ``digests`` what they are suppressed
    under, ``marks`` the ids of decisions, outcomes and uses that were made for them, and ``since``
    is when the first thing happened that is known of them. ``salt`` is random and is thrown away
    with the erasure: from it come the names that stand in books afterwards, which nobody can work
    out again. ``kept_as`` is the digest under which it stays known how often the main id used an
    offer, so that a cap holds for whoever comes back.
    """

    ids: tuple[str, ...]
    addresses: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    since: datetime | None = None
    salt: str = ""
    kept_as: str = ""

    def joined(
        self,
        ids: Iterable[str] = (),
        addresses: Iterable[str] = (),
        marks: Iterable[str] = (),
        since: datetime | None = None,
    ) -> Person:
        """The same person with what more is known."""
        moments = [one for one in (self.since, since) if one is not None]
        return replace(
            self,
            ids=tuple(dict.fromkeys((*self.ids, *ids))),
            addresses=tuple(dict.fromkeys((*self.addresses, *(one for one in addresses if one)))),
            marks=tuple(dict.fromkeys((*self.marks, *marks))),
            since=min(moments, default=None),
        )

    @property
    def shopper_id(self) -> str:
        """The main id."""
        return self.ids[0]

    @property
    def needles(self) -> tuple[str, ...]:
        """Texts that name this person wherever they stand."""
        bare = (one.partition(":")[2] for one in self.ids if one.startswith("anonymous:"))
        return tuple(dict.fromkeys((*self.ids, *bare, *self.addresses)))


@dataclass(frozen=True, slots=True)
class Erasure:
    """One person's erasure, begun or finished.

    ``digest`` knows the shopper id again without naming it. While it is unfinished ``pending``
    says whom it is about, so that it can be taken up after a crash; then it is emptied.
    ``counts`` says what was removed or rewritten where, ``models`` which versions had used it,
    ``signature`` is that of the receipt.
    """

    erasure_id: str
    digest: str
    begun_at: datetime
    finished_at: datetime | None = None
    pending: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a person is given: proof that the shop erased, signed by it; it names nobody."""

    erasure_id: str
    digest: str
    begun_at: datetime
    finished_at: datetime
    counts: Mapping[str, int]
    models: tuple[str, ...]
    signature: str


def shopper_digest(shopper_id: str, key: bytes = b"") -> str:
    """HMAC-SHA256 (RFC 2104) of a shopper id, in hex: knows somebody again who was erased.

    >>> shopper_digest("s-1", b"secret") == shopper_digest("s-1", b"secret")
    True
    """
    return hmac.new(key, b"promoloop shopper\0" + shopper_id.encode(), hashlib.sha256).hexdigest()


def pseudonym(person: Person, value: str) -> str:
    """What stands in books in place of ``value``, for one erasure always the same.

    >>> one = Person(("s-1",), salt="a")
    >>> pseudonym(one, "s-1") == pseudonym(one, "s-1") != pseudonym(one, "s-2")
    True
    """
    digest = hashlib.blake2b(value.encode(), key=person.salt.encode()[:64], digest_size=12)
    return ERASED + digest.hexdigest()
