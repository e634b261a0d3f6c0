"""The states of a text on its way to being sent, and the names that may sign for one."""

from __future__ import annotations

from promoloop.core import InvalidError

__all__ = ["BEFORE", "READER", "REVIEW_STATES", "require_person"]

REVIEW_STATES = ("draft", "in_review", "approved", "retired")
"""The way of a text; only what is ``approved`` is ever sent."""

READER = "first reader"
"""Signs what no person decided: see ``compose.review.reader``."""

BEFORE = "before review"
"""Signs the texts of a shop that is older than the review."""

_LONGEST_NAME = 80


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
