"""Erase one person: begun in a journal, done store by store, ended with a signed receipt.

Before anything is removed the erasure is noted with all the person is known by, and from that
moment nothing is sent to them. Every step can be run again, so an erasure that was cut off is
taken up where it stood; at its end the note is emptied and what stays names nobody.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import msgspec

from promoloop.core import InvalidError, UnavailableError, time_ordered_id
from promoloop.flows.privacy.ports import ErasureBook, PersonalStore
from promoloop.flows.privacy.records import Erasure, Person, Receipt, shopper_digest
from promoloop.learn import RetrainBook
from promoloop.profiles import Suppression, SuppressionList, address_digest

__all__ = ["PrivacyDesk", "check_receipt", "erase", "export_person", "receipt_json", "resume"]

_PURPOSE = b"promoloop erasure receipt\0"

#: How often what is held is looked for again: a run that was deciding may have written meanwhile.
_PASSES = 3


@dataclass(frozen=True, slots=True)
class PrivacyDesk:
    """What answering a person needs.

    ``keys`` sign receipts, the first of several, and all are believed; ``address_key`` makes
    digests. ``before`` lets the books take in what they still need of somebody's orders, as money
    alone.
    """

    stores: tuple[PersonalStore, ...]
    erasures: ErasureBook
    suppressions: SuppressionList
    retraining: RetrainBook
    keys: Sequence[bytes]
    address_key: bytes
    before: Callable[[Person, datetime], None]


def export_person(desk: PrivacyDesk, shopper_id: str, now: datetime) -> Mapping[str, object]:
    """Everything held on one person, as JSON can say it.

    Raises
    ------
    InvalidError
        When nothing is held on anybody of this id.
    """
    person = _known(desk, shopper_id)
    held = {store.name: store.held(person) for store in desk.stores}
    found = {name: dict(rows) for name, rows in held.items() if rows}
    if not found:
        raise _nobody(f"exporting what is held on {shopper_id!r}")
    return {
        "shopper_id": shopper_id,
        "ids": list(person.ids),
        "addresses": list(person.addresses),
        "exported_at": now.isoformat(),
        "held": found,
    }


def erase(desk: PrivacyDesk, shopper_id: str, now: datetime, salt: str) -> Receipt:
    """Erase one person; the receipt says what was done.

    Somebody who was erased before, and of whom nothing new is held, gets that receipt again.

    Parameters
    ----------
    desk : PrivacyDesk
    shopper_id : str
    now : datetime
        UTC.
    salt : str
        32 random hex digits or more, made for this erasure.

    Raises
    ------
    InvalidError
        When nothing is held on anybody of this id, and nobody of it was erased.
    UnavailableError
        When a store cannot be written, or no key is set to sign with; the same call again takes
        the erasure up.
    """
    if not desk.keys:
        raise UnavailableError(
            "signing the receipt of an erasure",
            "PROMOLOOP_SIGNING_KEY is not set",
            "Set it to 32 random bytes and keep it.",
        )
    digest = shopper_digest(shopper_id, desk.address_key)
    before = desk.erasures.of(digest)
    begun = next((one for one in before if one.finished_at is None), None)
    if begun is None:
        person = replace(_known(desk, shopper_id), salt=salt)
        if not any(_kept(store.held(person)) for store in desk.stores):
            if before:
                return _receipt(before[-1])
            raise _nobody(f"erasing {shopper_id!r}")
        begun = desk.erasures.begin(_begun(person, digest, now))
    return _finished(desk, begun, now)


def resume(desk: PrivacyDesk, now: datetime) -> tuple[Receipt, ...]:
    """Take up every erasure that was cut off."""
    return tuple(_finished(desk, one, now) for one in desk.erasures.open())


def receipt_json(receipt: Receipt) -> Mapping[str, object]:
    """The receipt as it is handed out and checked again."""
    plain = msgspec.to_builtins(asdict(receipt))
    return dict(plain)


def check_receipt(keys: Sequence[bytes], data: object) -> bool:
    """Whether ``data`` is a receipt that one of ``keys`` signed, unchanged."""
    try:
        receipt = msgspec.convert(data, Receipt)
    except msgspec.ValidationError:
        return False
    fits = [hmac.compare_digest(receipt.signature, _signed(receipt, key)) for key in keys]
    return any(fits)


def _known(desk: PrivacyDesk, shopper_id: str) -> Person:
    """Everything the person is known by, as the stores tell it until they have no more to tell."""
    if not shopper_id or not shopper_id.isprintable():
        raise InvalidError("a person", "the id is empty or no text", "Give the shopper's id.")
    person = Person((shopper_id,))
    for _ in range(_PASSES):
        before = person
        for store in desk.stores:
            person = store.aliases(person)
        if person == before:
            break
    digests = tuple(address_digest(one, desk.address_key) for one in person.addresses)
    return replace(person, digests=digests)


def _begun(person: Person, digest: str, now: datetime) -> Erasure:
    return Erasure(
        erasure_id=time_ordered_id(now, digest, person.salt),
        digest=digest,
        begun_at=now,
        pending={
            "ids": person.ids,
            "addresses": person.addresses,
            "digests": person.digests,
            "marks": person.marks,
            "since": (person.since.isoformat(),) if person.since else (),
            "salt": (person.salt,),
        },
    )


def _finished(desk: PrivacyDesk, begun: Erasure, now: datetime) -> Receipt:
    person = _person(begun)
    barred = [
        Suppression(digest, "erased", "*", begun.begun_at, "erasure") for digest in person.digests
    ]
    desk.suppressions.add(barred)
    desk.before(person, now)
    counts: Counter[str] = Counter()
    for _ in range(_PASSES):
        for store in desk.stores:
            removed = store.purge(person)
            counts.update({f"{store.name}/{name}": count for name, count in removed.items()})
        if not any(_kept(store.held(person)) for store in desk.stores):
            break
    models = desk.retraining.mark(person.since or now, f"erasure {begun.erasure_id}", now)
    done = replace(begun, finished_at=now, pending={}, counts=dict(counts), models=models)
    signature = _signed(_receipt(done), desk.keys[0])
    desk.erasures.finish(replace(done, signature=signature))
    return _receipt(desk.erasures.of(begun.digest)[-1])


def _person(begun: Erasure) -> Person:
    """Whom an unfinished erasure is about."""
    said = begun.pending
    since = datetime.fromisoformat(said["since"][0]) if said.get("since") else None
    return Person(
        ids=said["ids"],
        addresses=said["addresses"],
        digests=said["digests"],
        marks=said["marks"],
        since=since,
        salt=said["salt"][0],
        kept_as=begun.digest,
    )


def _kept(held: Mapping[str, Sequence[object]]) -> bool:
    """Whether more is held than what stays: the suppressed address."""
    return any(rows for name, rows in held.items() if name != "suppressions")


def _receipt(done: Erasure) -> Receipt:
    return Receipt(
        erasure_id=done.erasure_id,
        digest=done.digest,
        begun_at=done.begun_at,
        finished_at=done.finished_at or done.begun_at,
        counts=done.counts,
        models=done.models,
        signature=done.signature,
    )


def _signed(receipt: Receipt, key: bytes) -> str:
    """HMAC-SHA256 over the receipt without its signature, in one spelling."""
    text = msgspec.json.encode(asdict(replace(receipt, signature="")), order="deterministic")
    return hmac.digest(key, _PURPOSE + text, hashlib.sha256).hex()


def _nobody(asked: str) -> InvalidError:
    return InvalidError(asked, "there is none of this id", "Check the shopper's id.")
