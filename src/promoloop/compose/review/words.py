"""What marks and reasons of the first reader say, in English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from promoloop.compose.records import Mark, ReviewEntry
from promoloop.compose.review.records import BEFORE, READER
from promoloop.compose.tables import table
from promoloop.core import InvalidError, language_of

__all__ = ["approval_said", "mark_said", "reason_said"]

_APPROVED = {
    "en": "Text {text}{changed}: approved on {when} UTC by {by}{why}.",
    "zh": "文案 {text}{changed}：{when} UTC 由{by}审核通过{why}。",
}
_CHANGED = {"en": " (changed by {by})", "zh": "（由{by}修改）"}
_OLDER = {
    "en": "Text {text}: in use since {when} UTC, before texts were reviewed.",
    "zh": "文案 {text}：自 {when} UTC 起使用，早于审核制度。",
}
_NEVER = {"en": "Text {text}: nobody has approved it.", "zh": "文案 {text}：尚未审核通过。"}
_BY_READER = {"en": "the first reader", "zh": "系统初审"}
_WHY = {"en": " ({said})", "zh": "（{said}）"}


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


def approval_said(copy_id: str, steps: Sequence[ReviewEntry], at: datetime, locale: str) -> str:
    """Who approved a text, and when: the approval in force at ``at``, else the last one there is.

    ``steps`` are all entries of the text, oldest first.
    """
    language = _language(locale)
    passed = [step for step in steps if step.state == "approved"]
    if not passed:
        return _NEVER[language].format(text=copy_id)
    step = next((one for one in reversed(passed) if one.at <= at), passed[-1])
    when = f"{step.at:%Y-%m-%d %H:%M}"
    if step.by == BEFORE:
        return _OLDER[language].format(text=copy_id, when=when)
    said = reason_said(step, locale)
    return _APPROVED[language].format(
        text=copy_id,
        changed=_CHANGED[language].format(by=_name(steps[0].by, language))
        if step.edited_from
        else "",
        when=when,
        by=_name(step.by, language),
        why=_WHY[language].format(said=said) if said else "",
    )


def _name(by: str, language: str) -> str:
    """A signature within a sentence: Chinese sets other scripts off by blanks."""
    if by == READER:
        return _BY_READER[language]
    return f" {by} " if language == "zh" and by.isascii() else by


def _language(locale: str) -> str:
    language = language_of(locale)
    if language not in ("en", "zh"):
        raise InvalidError(
            f"a review in {locale!r}", "there are words for en and zh only", "Ask for one of these."
        )
    return language
