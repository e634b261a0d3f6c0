"""Which texts wait to be read, and everything on one of them."""

from __future__ import annotations

from promoloop.compose import (
    REVIEW_STATES,
    Copy,
    ReviewEntry,
    mark_said,
    proven_again,
    reason_said,
)
from promoloop.core import InvalidError
from promoloop.flows.house import House
from promoloop.flows.reviewing.records import ReviewPage, ReviewStep, ReviewText, Wanted
from promoloop.flows.reviewing.standing import as_read, facts_of

__all__ = ["in_review", "show_text"]

#: Characters of a text that a list shows.
_PREVIEW = 72


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
    return ReviewPage(
        text=_text(copy, steps[-1], words),
        parts=copy.parts,
        reads=as_read(house, copy),
        proofs=_proofs(house, copy),
        steps=tuple(ReviewStep(step.state, step.by, step.at, _why(step, words)) for step in steps),
    )


def _proofs(house: House, copy: Copy) -> tuple[tuple[str, str], ...]:
    """Each claim with its proof; none where the offer can no longer be told in its language."""
    try:
        facts = facts_of(house, copy)
    except InvalidError:
        return ()
    return tuple(dict.fromkeys((one.text, one.proof) for one in proven_again(copy, facts).claims))


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
