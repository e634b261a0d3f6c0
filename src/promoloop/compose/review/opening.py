"""Open the review of texts: the first reader reads, the policy says what a person reads."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from promoloop.compose.ports import ReviewLog
from promoloop.compose.records import Copy, Mark, ReviewEntry
from promoloop.compose.review.policy import ReviewPolicy
from promoloop.compose.review.reader import Past, first_reading
from promoloop.compose.review.records import READER
from promoloop.core import InvalidError, RefusedError
from promoloop.offers import OfferFacts

__all__ = ["ReviewCounts", "open_reviews"]

Facts = Mapping[tuple[str, str], OfferFacts]


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """What became of the texts that were new to the review; ``marks`` counts why some wait."""

    approved: int = 0
    waiting: int = 0
    marks: Mapping[str, int] = field(default_factory=dict)


def open_reviews(
    copies: Sequence[Copy],
    facts: Facts,
    policy: ReviewPolicy,
    log: ReviewLog,
    now: datetime,
    scores: Mapping[str, float] | None = None,
) -> ReviewCounts:
    """Take every text into the review that is not in it yet; call it as often as you like.

    Each passes from draft into review and is read by the first reader. What neither a mark nor
    the policy holds back is approved at once. A template's words were read beforehand, so marks
    are kept with it but hold it back only where ``all`` are read or it is drawn into a sample:
    no cell is left without a text.

    Parameters
    ----------
    copies : sequence of Copy
        New ones and, for comparison, those that were there before.
    facts : mapping
        By (offer id, locale): what the slots of ``copies`` are filled from.
    policy : ReviewPolicy
    log : ReviewLog
    now : datetime
        UTC.
    scores : mapping of str to float, optional
        The quality gate's, by copy id; a text without is not judged by it.

    Raises
    ------
    InvalidError
        When facts are missing.
    RefusedError
        When a text was not proven; nothing is opened then.
    """
    standing = log.standing([copy.copy_id for copy in copies])
    past = _past(copies, standing)
    entries: list[ReviewEntry] = []
    marked: Counter[str] = Counter()
    waiting = 0
    fresh = [copy for copy in copies if copy.copy_id not in standing]
    for copy in {copy.copy_id: copy for copy in fresh}.values():
        _require_proof(copy, facts)
        about = facts[copy.offer_id, copy.locale]
        score = (scores or {}).get(copy.copy_id, math.nan)
        marks = first_reading(copy, about, past, policy.market, score)
        held, marks = _held(copy, marks, policy)
        entries += _steps(copy, marks, held, now)
        past.writers.add((copy.model, copy.prompt_hash))
        if held:
            waiting += 1
            marked.update(mark.code for mark in marks)
        else:
            past.running.append(copy)
    log.append(entries)
    opened = sum(entry.state == "draft" for entry in entries)
    return ReviewCounts(opened - waiting, waiting, dict(sorted(marked.items())))


def _past(copies: Sequence[Copy], standing: Mapping[str, ReviewEntry]) -> Past:
    known = [copy for copy in copies if copy.copy_id in standing]
    return Past(
        [copy for copy in known if standing[copy.copy_id].state == "approved"],
        {(copy.model, copy.prompt_hash) for copy in known},
    )


def _require_proof(copy: Copy, facts: Facts) -> None:
    if not copy.verdict.passed:
        raise RefusedError(
            f"reviewing {copy.copy_id}",
            f"it was not proven: {'; '.join(copy.verdict.reasons)}",
            "Only texts whose every claim is proven are read.",
        )
    if (copy.offer_id, copy.locale) not in facts:
        raise InvalidError(
            f"reviewing {copy.copy_id}",
            f"no facts are given on {copy.offer_id} in {copy.locale}",
            "Give the facts of every offer and locale that is written about.",
        )


def _held(
    copy: Copy, marks: tuple[Mark, ...], policy: ReviewPolicy
) -> tuple[bool, tuple[Mark, ...]]:
    """Whether a person reads it, and the marks with what the policy adds."""
    reads = policy.reads(copy)
    if reads == "all":
        return True, (*marks, Mark("policy_all"))
    if reads == "sample" and policy.drawn(copy.copy_id):
        return True, (*marks, Mark("sampled"))
    return bool(marks) and copy.source != "template", marks


def _steps(
    copy: Copy, marks: tuple[Mark, ...], held: bool, now: datetime
) -> tuple[ReviewEntry, ...]:
    draft = ReviewEntry(copy.copy_id, "draft", copy.model or copy.source, now)
    read = ReviewEntry(copy.copy_id, "in_review", READER, now, marks=marks)
    if held:
        return draft, read
    why = "template" if copy.source == "template" else "unmarked"
    return draft, read, ReviewEntry(copy.copy_id, "approved", READER, now, why)
