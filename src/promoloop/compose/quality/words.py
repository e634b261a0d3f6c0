"""Texts as words: what stands for meaning in them, per language.

English is split at spaces, Chinese into pairs of neighbouring characters, which needs no
dictionary of words and no segmenter.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from promoloop.compose.tables import table

__all__ = ["content_words", "neighbours", "tokens"]

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_HANZI = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z]+")
_PLURAL = re.compile(r"(?<=[a-z]{3})(?:'s|(?<=sh)es|(?<=ch)es|(?<=[sx])es|(?<![sui'])s)$")


@cache
def _stops(language: str) -> frozenset[str]:
    given = str(table("quality")["stop"][language])
    return frozenset(given if language == "zh" else given.split())


def tokens(text: str, language: str) -> list[str]:
    """The words of an English text in lower case; the characters of a Chinese one.

    >>> tokens("A warm cup.", "en"), tokens("泡杯茶。", "zh")
    (['a', 'warm', 'cup'], ['泡', '杯', '茶'])
    """
    if language == "zh":
        return [one for run in _HANZI.findall(text) for one in (run if run > "z" else [run])]
    return _WORD.findall(text.lower().replace("’", "'"))


def content_words(text: str, language: str) -> list[str]:
    """The words that carry meaning, plurals cut; in Chinese, pairs of characters.

    >>> content_words("The cups are for slow mornings.", "en")
    ['cup', 'slow', 'morning']
    >>> content_words("泡杯热茶，慢慢喝。", "zh")
    ['泡杯', '杯热', '热茶', '慢慢', '慢喝']
    """
    stops = _stops(language)
    if language == "zh":
        runs = [run for run in _HANZI.findall(text) if run > "z"]
        pairs = [run[at : at + 2] for run in runs for at in range(len(run) - 1)]
        return [pair for pair in pairs if not stops.intersection(pair)]
    return [_PLURAL.sub("", word) for word in tokens(text, language) if word not in stops]


def neighbours(text: str, language: str) -> list[tuple[str, str]]:
    """Each word with the one that follows it; the ends count as words."""
    words = ["", *tokens(text, language), ""]
    return list(pairwise(words))
