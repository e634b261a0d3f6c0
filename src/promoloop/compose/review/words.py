"""What marks and reasons of the first reader say, in English and Chinese."""

from __future__ import annotations

from promoloop.compose.review.records import BEFORE, READER, Mark, ReviewEntry
from promoloop.compose.tables import table
from promoloop.core import InvalidError, language_of

__all__ = ["mark_said", "reason_said"]


def mark_said(mark: Mark, locale: str) -> str:
    """What a mark says; a code of somebody else's reader says its detail.

    >>> mark_said(Mark("near_limit", "subject"), "en-US")
    'the subject nearly fills what the channel shows'
    """
    words = table("review")["marks"].get(mark.code)
    if words is None:
        return f"{mark.code}: {mark.detail}".removesuffix(": ")
    return str(words[_language(locale)]).format(detail=mark.detail)


def reason_said(entry: ReviewEntry, locale: str) -> str:
    """The reason of an entry: what a person wrote, or what the machine's code means."""
    words = table("review")["reasons"]
    if entry.by in (READER, BEFORE) and entry.reason in words:
        return str(words[entry.reason][_language(locale)])
    return entry.reason


def _language(locale: str) -> str:
    language = language_of(locale)
    if language not in ("en", "zh"):
        raise InvalidError(
            f"a review in {locale!r}", "there are words for en and zh only", "Ask for one of these."
        )
    return language
