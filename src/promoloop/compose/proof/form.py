"""The form of a text: characters, language and script, markup, slots left open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from promoloop.compose.proof.known import Known
from promoloop.compose.proof.script import wrong_script
from promoloop.compose.tables import table
from promoloop.core import language_of

__all__ = ["form_reasons"]

_SUSPECT = re.compile(r"[<>&{}*\]]")
_MARKUP = re.compile(r"<|>|&#?\w+;|\*\*|\]\(")
_SLOT = re.compile(r"\{\{|\}\}|\{|\}|\[[a-z_ ]+\]")
_HANZI = re.compile(r"[\u4e00-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
_CJK = frozenset({"zh", "ja"})
_WITH_LATIN = frozenset({"vip", "rmb", "app", "diy", "tv", "ok", "usd", "cny", "us", "bbq", "off"})


def form_reasons(text: str, known: Known) -> list[str]:
    """Why the form is wrong; names and codes of the sheet may stand in another script."""
    if not text.strip():
        return ["empty: the text says nothing"]
    locale, reasons = known.sheet.locale, []
    if _SUSPECT.search(text):
        if _SLOT.search(text):
            reasons.append("slot: a slot is left open")
        if _MARKUP.search(text):
            reasons.append("markup: HTML or Markdown in the text")
    foreign, strange = _charset(known.grammar.language)
    bare = text
    if strange is not None or known.grammar.language in _CJK or foreign.search(text):
        bare = _without(text, known)
        found = foreign.search(bare)
        if found:
            reasons.append(f"characters: U+{ord(found[0]):04X} is not used in {locale}")
    return reasons + _language(bare, text, locale)


def _without(text: str, known: Known) -> str:
    for word in known.written:
        if word.lower() in text.lower():
            text = re.sub(re.escape(word), " ", text, flags=re.IGNORECASE)
    return text


@cache
def _charset(
    language: str,
) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """What is not written in a language, and the words that betray another."""
    said: Mapping[str, Any] = table(f"lang-{language}")["form"]
    foreign = re.compile(f"[^{said['letters']}{said['marks']}]")
    words = "|".join(said["foreign"])
    strange = re.compile(rf"(?<![^\W\d_])(?:{words})(?![^\W\d_])", re.IGNORECASE)
    return foreign, strange if words else None


def _language(bare: str, text: str, locale: str) -> list[str]:
    language = language_of(locale)
    if language == "zh":
        return _chinese(bare, text, locale)
    if language == "ja":
        latin = _latin(bare)
        return [f"language: {latin!r} is not Japanese"] if latin else []
    if not _TWO_LETTERS.search(text):
        return ["language: no words in the text"]
    _, strange = _charset(language)
    found = strange.search(bare) if strange else None
    return [f"language: {found[0]!r} is not of {locale}"] if found else []


def _chinese(bare: str, text: str, locale: str) -> list[str]:
    reasons = []
    if not _HANZI.search(text):
        reasons.append("language: no Chinese in the text")
    latin = _latin(bare)
    if latin:
        reasons.append(f"language: {latin!r} is not Chinese")
    other = wrong_script(bare, locale)
    if other:
        reasons.append(f"language: {other!r} is not written so in {locale}")
    return reasons


def _latin(bare: str) -> str:
    """The first Latin word that is neither known nor one of the few everybody writes."""
    words = _LATIN_WORD.findall(bare)
    return next((word for word in words if word.lower() not in _WITH_LATIN), "")
