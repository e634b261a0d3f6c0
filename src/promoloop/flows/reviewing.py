"""What people do with texts in review: look, approve, change, call back, retire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from promoloop.compose import (
    READER,
    REVIEW_STATES,
    Copy,
    Mark,
    Past,
    ReviewEntry,
    edited_copy,
    facts_for_copy,
    fill,
    first_reading,
    mark_said,
    proven_again,
    reason_said,
    require_person,
)
from promoloop.core import InvalidError, RefusedError
from promoloop.flows.house import House
from promoloop.offers import OfferFacts

__all__ = [
    "EditReport",
    "ReviewPage",
    "ReviewReport",
    "ReviewStep",
    "ReviewText",
    "Wanted",
    "approve",
    "edit",
    "in_review",
    "recall",
    "retire",
    "show_text",
]

_PREVIEW = 72


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which texts: every field that is not "" must fit. ``mark`` is a code of the first reader."""

    state: str = "in_review"
    offer: str = ""
    locale: str = ""
    channel: str = ""
    moment: str = ""
    source: str = ""
    mark: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything beside the state is asked for."""
        return any((self.offer, self.locale, self.channel, self.moment, self.source, self.mark))


@dataclass(frozen=True, slots=True)
class ReviewText:
    """One text in a list: where it belongs, where it stands, and why somebody should look."""

    copy_id: str
    state: str
    by: str
    at: datetime
    offer_id: str
    locale: str
    channel: str
    moment: str
    variant: str
    source: str
    why: tuple[str, ...]
    text: str
    edited_from: str = ""


@dataclass(frozen=True, slots=True)
class ReviewStep:
    """One step of a text, in words."""

    state: str
    by: str
    at: datetime
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Everything on one text.

    ``parts`` are as written, ``reads`` as a shopper reads them; ``proofs`` pairs of what is
    claimed and the field that proves it.
    """

    text: ReviewText
    parts: Mapping[str, str]
    reads: Mapping[str, str]
    proofs: tuple[tuple[str, str], ...]
    steps: tuple[ReviewStep, ...]


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """What was moved. ``without_text`` names cells (offer, locale, channel, moment) left bare."""

    state: str
    by: str
    moved: tuple[str, ...]
    retired: tuple[str, ...] = ()
    without_text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EditReport:
    """The new text that waits in review, and how it reads."""

    copy_id: str
    edited_from: str
    by: str
    reads: Mapping[str, str]
    why: tuple[str, ...]


def in_review(house: House, wanted: Wanted, words: str = "en-US") -> tuple[ReviewText, ...]:
    """The texts that are wanted, by offer, locale, channel and moment; reasons in ``words``.

    Raises
    ------
    InvalidError
        For a state that does not exist (``"all"`` stands for every state).
    """
    states = REVIEW_STATES if wanted.state == "all" else (wanted.state,)
    if states[0] not in REVIEW_STATES:
        raise InvalidError(
            f"texts in the state {wanted.state!r}",
            "there is no such state",
            f"Use one of {', '.join(REVIEW_STATES)}, or all.",
        )
    standing = {
        key: entry for state in states for key, entry in house.reviews.standing_in(state).items()
    }
    found = [
        (copy, standing[copy.copy_id])
        for copy in house.copies.all()
        if copy.copy_id in standing and _fits(copy, standing[copy.copy_id], wanted)
    ]
    found.sort(key=lambda pair: _place(pair[0]))
    return tuple(_text(copy, entry, words) for copy, entry in found)


def show_text(house: House, copy_id: str, words: str = "en-US") -> ReviewPage:
    """One text with its proofs and its whole way; ``InvalidError`` for an unknown one."""
    copy = house.copies.get(copy_id)
    steps = house.reviews.of(copy_id)
    if not steps:
        raise InvalidError(
            f"the review of {copy_id}", "it was never opened", "Run `promoloop compose`."
        )
    verdict = proven_again(copy, _facts(house, copy))
    return ReviewPage(
        text=_text(copy, steps[-1], words),
        parts=copy.parts,
        reads=_reads(house, copy),
        proofs=tuple(dict.fromkeys((one.text, one.proof) for one in verdict.claims)),
        steps=tuple(ReviewStep(step.state, step.by, step.at, _why(step, words)) for step in steps),
    )


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
    standing = _standing(house, copy_ids)
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
    standing = _standing(house, copy_ids)
    house.reviews.append(
        [
            ReviewEntry(key, state, person, now, reason, edited_from=entry.edited_from)
            for key, entry in standing.items()
        ]
    )
    ids = tuple(standing)
    return ReviewReport(state, person, ids, without_text=_bare(house, ids))


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
    entry = _standing(house, [copy_id])[copy_id]
    if entry.state == "retired":
        raise RefusedError(
            f"an edit of {copy_id}", "it is retired", "Edit a text that is in use or in review."
        )
    _require_newest(house, copy)
    facts = _facts(house, copy)
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
    return EditReport(fresh.copy_id, copy_id, person, _reads(house, fresh), said_marks)


def _facts(house: House, copy: Copy) -> OfferFacts:
    return facts_for_copy(house.offers.get(copy.offer_id), copy.locale, house.time_zone)


def _reads(house: House, copy: Copy) -> Mapping[str, str]:
    """The parts with today's facts; as written where the offer has lost one of them."""
    try:
        return fill(copy.parts, _facts(house, copy).clauses)
    except InvalidError:
        return copy.parts


def _standing(house: House, copy_ids: Sequence[str]) -> Mapping[str, ReviewEntry]:
    """Where each of these texts stands, each once; an unknown one is an error."""
    if not copy_ids:
        raise InvalidError("a review", "no text is named", "Name one: promoloop review list.")
    wanted = list(dict.fromkeys(copy_ids))
    for copy_id in wanted:
        house.copies.get(copy_id)
    found = house.reviews.standing(wanted)
    missing = [copy_id for copy_id in wanted if copy_id not in found]
    if missing:
        raise InvalidError(
            f"the review of {missing[0]}", "it was never opened", "Run `promoloop compose`."
        )
    return {copy_id: found[copy_id] for copy_id in wanted}


def _state(house: House, copy_id: str) -> str:
    entry = house.reviews.standing([copy_id]).get(copy_id)
    return entry.state if entry else ""


def _require_newest(house: House, copy: Copy) -> None:
    revision = house.offers.get(copy.offer_id).revision
    if copy.offer_revision != revision:
        raise RefusedError(
            f"the text {copy.copy_id}",
            f"it was written for revision {copy.offer_revision} of {copy.offer_id}, which stands"
            f" at {revision} now",
            "Run `promoloop compose` for texts on the offer as it is.",
        )


def _require_true(house: House, copy: Copy) -> None:
    _require_newest(house, copy)
    verdict = proven_again(copy, _facts(house, copy))
    if not verdict.passed:
        raise RefusedError(
            f"approving {copy.copy_id}",
            f"it does not pass: {'; '.join(verdict.reasons)}",
            "Edit or retire it.",
        )


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


def _place(copy: Copy) -> tuple[str, ...]:
    return copy.offer_id, copy.locale, copy.channel, copy.moment, copy.variant, copy.copy_id


def _fits(copy: Copy, entry: ReviewEntry, wanted: Wanted) -> bool:
    pairs = (
        (wanted.offer, copy.offer_id),
        (wanted.locale, copy.locale),
        (wanted.channel, copy.channel),
        (wanted.moment, copy.moment),
        (wanted.source, copy.source),
    )
    marked = not wanted.mark or wanted.mark in {mark.code for mark in entry.marks}
    return marked and all(asked in ("", there) for asked, there in pairs)


def _text(copy: Copy, entry: ReviewEntry, words: str) -> ReviewText:
    whole = " / ".join(" ".join(text.split()) for text in copy.parts.values())
    return ReviewText(
        copy_id=copy.copy_id,
        state=entry.state,
        by=entry.by,
        at=entry.at,
        offer_id=copy.offer_id,
        locale=copy.locale,
        channel=copy.channel,
        moment=copy.moment,
        variant=copy.variant,
        source=copy.source,
        why=_why(entry, words),
        text=whole if len(whole) <= _PREVIEW else f"{whole[: _PREVIEW - 1]}…",
        edited_from=entry.edited_from,
    )


def _why(entry: ReviewEntry, words: str) -> tuple[str, ...]:
    said = reason_said(entry, words)
    return (*([said] if said else []), *(mark_said(mark, words) for mark in entry.marks))
