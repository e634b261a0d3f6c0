"""Texts let out: proven once more, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from promoloop.compose import Copy, ReviewEntry, proven_again, require_person
from promoloop.core import RefusedError
from promoloop.flows.house import House
from promoloop.flows.reviewing.records import ReviewReport
from promoloop.flows.reviewing.standing import facts_of, require_newest, standing_of

__all__ = ["approve"]


def approve(
    house: House, copy_ids: Sequence[str], by: str, now: datetime, reason: str = ""
) -> ReviewReport:
    """Let texts be sent, all of them or none. Each is proven again with the facts of today.

    A changed text takes the place of the one it came from, which is retired.

    Raises
    ------
    InvalidError
        For an unknown text, or a name that is none.
    RefusedError
        When a text is not in review, its offer has changed since, or it does not pass.
    """
    person = require_person(by)
    entries, replaced = list[ReviewEntry](), list[str]()
    standing = standing_of(house, copy_ids)
    for copy_id, entry in standing.items():
        _require_true(house, house.copies.get(copy_id))
        if entry.state == "draft":
            entries.append(ReviewEntry(copy_id, "in_review", person, now))
        origin = entry.edited_from
        entries.append(ReviewEntry(copy_id, "approved", person, now, reason, edited_from=origin))
        if origin and origin not in replaced and _state(house, origin) == "approved":
            replaced.append(origin)
    entries += [
        ReviewEntry(origin, "retired", person, now, "replaced by its changed text")
        for origin in replaced
        if origin not in standing
    ]
    house.reviews.append(entries)
    return ReviewReport("approved", person, tuple(standing), tuple(replaced))


def _state(house: House, copy_id: str) -> str:
    entry = house.reviews.standing([copy_id]).get(copy_id)
    return entry.state if entry else ""


def _require_true(house: House, copy: Copy) -> None:
    require_newest(house, copy)
    verdict = proven_again(copy, facts_of(house, copy))
    if not verdict.passed:
        raise RefusedError(
            f"approving {copy.copy_id}",
            f"it does not pass: {'; '.join(verdict.reasons)}",
            "Edit or retire it.",
        )
