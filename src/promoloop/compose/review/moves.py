"""Which step may follow which; every log of reviews asks here before it adds an entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from promoloop.compose.records import ReviewEntry
from promoloop.compose.review.records import REVIEW_STATES
from promoloop.core import InvalidError, RefusedError

__all__ = ["MOVES", "new_steps"]

MOVES: Mapping[str, tuple[str, ...]] = {
    "": ("draft",),
    "draft": ("in_review", "retired"),
    "in_review": ("approved", "retired"),
    "approved": ("in_review", "retired"),
    "retired": (),
}
"""From a state to those it may go to; "" is a text without an entry.

An approved text can be called back to be read again; a retired one stays retired, as the reason
may have been that it was wrong.
"""

_REMEDY = {
    "": "Open its review first.",
    "draft": "Put it into review first.",
    "in_review": "Approve or retire it.",
    "approved": "Retire it, or call it back into review.",
    "retired": "Write or edit another text; a retired one is not used again.",
}


def new_steps(
    standing: Mapping[str, ReviewEntry], entries: Sequence[ReviewEntry]
) -> tuple[ReviewEntry, ...]:
    """The entries to add, in order; ``standing`` is the last entry of each text there is.

    An entry equal to the one its text stands at is left out, so the same again changes nothing.

    Raises
    ------
    InvalidError
        For a state that does not exist.
    RefusedError
        For a step that may not follow the one before; nothing is to be added then.
    """
    last = dict(standing)
    found = []
    for entry in entries:
        if entry.state not in REVIEW_STATES:
            raise InvalidError(
                f"the state {entry.state!r} of {entry.copy_id}",
                "there is no such state",
                f"Use one of {', '.join(REVIEW_STATES)}.",
            )
        before = last.get(entry.copy_id)
        if entry == before:
            continue
        state = before.state if before else ""
        if entry.state not in MOVES[state]:
            raise RefusedError(
                f"moving {entry.copy_id} to {entry.state}",
                f"it is {state.replace('_', ' ') or 'not in the review at all'}",
                _REMEDY[state],
            )
        last[entry.copy_id] = entry
        found.append(entry)
    return tuple(found)
