"""Where a text stands on its way to being sent, and what made somebody look at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from promoloop.core import InvalidError

__all__ = ["BEFORE", "READER", "REVIEW_STATES", "Mark", "ReviewEntry", "require_person"]

REVIEW_STATES = ("draft", "in_review", "approved", "retired")
"""The way of a text; only what is ``approved`` is ever sent."""

READER = "first reader"
"""Signs what no person decided: see ``compose.review.reader``."""

BEFORE = "before review"
"""Signs the texts of a shop that is older than the review."""

_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing a person should look at; ``detail`` is what it is about, e.g. the part."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReviewEntry:
    """One step of one text. Entries are only ever added; the last says where the text stands.

    ``by`` is a person, the model that wrote the text, or ``READER``. ``reason`` is what a person
    said, or for the first reader a code (see ``reason_said``). ``edited_from`` is the id of the
    text that a changed text came from, "" for one written anew.
    """

    copy_id: str
    state: str
    by: str
    at: datetime
    reason: str = ""
    marks: tuple[Mark, ...] = ()
    edited_from: str = ""


def require_person(name: str) -> str:
    """``name`` without blanks around, when it can stand for a person in the log.

    >>> require_person(" Ana ")
    'Ana'
    """
    given = name.strip()
    if not given or not given.isprintable() or len(given) > _LONGEST_NAME:
        raise InvalidError(
            f"a review by {name[:_LONGEST_NAME]!r}",
            "that is no name",
            f"Say who reads: 1 to {_LONGEST_NAME} printable characters.",
        )
    if given.lower() in (READER, BEFORE):
        raise InvalidError(
            f"a review by {given!r}", "the machine signs so", "Give the reader's own name."
        )
    return given
