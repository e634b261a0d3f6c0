"""Words of a text changed by a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from promoloop.compose import (
    READER,
    Mark,
    Past,
    ReviewEntry,
    edited_copy,
    first_reading,
    mark_said,
    require_person,
)
from promoloop.core import RefusedError
from promoloop.flows.house import House
from promoloop.flows.reviewing.records import EditReport
from promoloop.flows.reviewing.standing import as_read, facts_of, require_newest, standing_of

__all__ = ["edit"]


def edit(
    house: House,
    copy_id: str,
    parts: Mapping[str, str],
    by: str,
    now: datetime,
    reason: str = "",
) -> EditReport:
    """Change words of a text: the changed text is a new one, proven anew, and waits in review.

    One that was in review is retired for it; one that is approved stays in use until the new
    text is approved.

    Raises
    ------
    InvalidError
        See ``compose.edited_copy``.
    RefusedError
        When the text is retired, this very edit is there already, or the edit does not pass;
        nothing is changed then.
    """
    person = require_person(by)
    copy = house.copies.get(copy_id)
    entry = standing_of(house, [copy_id])[copy_id]
    if entry.state == "retired":
        raise RefusedError(
            f"an edit of {copy_id}", "it is retired", "Edit a text that is in use or in review."
        )
    require_newest(house, copy)
    facts = facts_of(house, copy)
    fresh = edited_copy(copy, parts, facts, now)
    if house.reviews.of(fresh.copy_id):
        raise RefusedError(
            f"an edit of {copy_id}", f"it is there as {fresh.copy_id}", "Review that one."
        )
    read = first_reading(fresh, facts, Past(writers={(fresh.model, fresh.prompt_hash)}))
    marks = (Mark("edited", person), *read)
    entries = [
        ReviewEntry(fresh.copy_id, "draft", person, now, reason, edited_from=copy_id),
        ReviewEntry(fresh.copy_id, "in_review", READER, now, "", marks, copy_id),
    ]
    if entry.state != "approved":
        said = f"changed, now {fresh.copy_id}"
        entries.append(
            ReviewEntry(copy_id, "retired", person, now, said, edited_from=entry.edited_from)
        )
    house.copies.put([fresh])
    house.reviews.append(entries)
    said_marks = tuple(mark_said(mark, "en-US") for mark in marks)
    return EditReport(fresh.copy_id, copy_id, person, as_read(house, fresh), said_marks)
