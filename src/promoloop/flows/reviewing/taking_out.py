"""Texts taken out of use: retired for good, or called back into review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from promoloop.compose import Copy, ReviewEntry, require_person
from promoloop.flows.house import House
from promoloop.flows.reviewing.records import ReviewReport
from promoloop.flows.reviewing.standing import standing_of

__all__ = ["recall", "retire"]


def retire(
    house: House, copy_ids: Sequence[str], by: str, now: datetime, reason: str = ""
) -> ReviewReport:
    """Never use these texts again: neither in a decision nor for a message that is queued."""
    return _taken_out(house, copy_ids, "retired", by, now, reason)


def recall(
    house: House, copy_ids: Sequence[str], by: str, now: datetime, reason: str = ""
) -> ReviewReport:
    """Call approved texts back into review; queued messages wait until they are decided on."""
    return _taken_out(house, copy_ids, "in_review", by, now, reason)


def _taken_out(
    house: House, copy_ids: Sequence[str], state: str, by: str, now: datetime, reason: str
) -> ReviewReport:
    """Put texts into a ``state`` in which they are not used; all of them, or none."""
    person = require_person(by)
    standing = standing_of(house, copy_ids)
    house.reviews.append(
        [
            ReviewEntry(key, state, person, now, reason, edited_from=entry.edited_from)
            for key, entry in standing.items()
        ]
    )
    ids = tuple(standing)
    return ReviewReport(state, person, ids, without_text=_bare(house, ids))


def _bare(house: House, copy_ids: Sequence[str]) -> tuple[str, ...]:
    """Cells of these texts in which no approved text is left for the offer as it is."""
    approved = house.reviews.standing_in("approved")
    newest = {offer.offer_id: offer.revision for offer in house.offers.all()}
    mine = [copy for copy in house.copies.all() if newest.get(copy.offer_id) == copy.offer_revision]
    served = {_cell(copy) for copy in mine if copy.copy_id in approved}
    touched = {_cell(copy) for copy in mine if copy.copy_id in set(copy_ids)}
    return tuple(sorted(touched - served))


def _cell(copy: Copy) -> str:
    return f"{copy.offer_id}/{copy.locale}/{copy.channel}/{copy.moment}"
