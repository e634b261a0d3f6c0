"""Answers to text messages: STOP, 退订 and their like end consent, from any number."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import datetime
from functools import cache
from importlib.resources import files

from promoloop.core import require_utc
from promoloop.flows.consent.leaving import unsubscribe
from promoloop.flows.house import House
from promoloop.profiles import Suppression, address_digest

__all__ = ["says_stop", "take_reply"]

#: Nobody says stop at greater length.
_LONGEST = 200


def says_stop(text: str) -> bool:
    """Whether an answer says, and says nothing else, that no more is wanted.

    >>> says_stop(" Stop. "), says_stop("拒收"), says_stop("Please stop by, I like tea")
    (True, True, False)
    """
    if len(text) > _LONGEST:
        return False
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", " ", plain).strip() in _words()


def take_reply(house: House, address: str, text: str, now: datetime) -> bool:
    """End consent to text messages where ``text`` says so; whether it did.

    The number is proof enough: it can end nothing but its own messages. A number that no shopper
    is known by is barred instead, since a message to it may still be on its way.
    """
    if not says_stop(text):
        return False
    moment = require_utc(now, "the time of the answer")
    digest = address_digest(address, house.address_key)
    known = _shoppers(house, digest)
    for shopper_id in known:
        unsubscribe(house, shopper_id, ["sms"], moment, "answer")
    if not known and house.suppressions is not None:
        house.suppressions.add([Suppression(digest, "stopped", "sms", moment, "answer")])
    return True


@cache
def _words() -> frozenset[str]:
    source = files("promoloop.flows.consent").joinpath("data", "stop-words.toml")
    return frozenset(tomllib.loads(source.read_text(encoding="utf-8"))["words"])


def _shoppers(house: House, digest: str) -> list[str]:
    """Everybody whose number has this digest: a family may share one."""
    if "contacts" not in house.tables.names():
        return []
    contacts = house.tables.get("contacts")
    if "phone" not in contacts.columns:
        return []
    rows = contacts.select("shopper_id", "phone").drop_nulls().iter_rows()
    return [
        who for who, phone in rows if phone and address_digest(phone, house.address_key) == digest
    ]
