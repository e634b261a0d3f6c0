"""Which language a shopper's or a shop's own text is in, as far as its commonest words tell."""

from __future__ import annotations

import re
from functools import cache

from promoloop.compose.kinds.checks import other_script
from promoloop.compose.proof.script import wrong_script
from promoloop.compose.tables import table
from promoloop.core import language_of

__all__ = ["other_tongue"]

_WORD = re.compile(r"[^\W\d_]+")
_CHANCE = 1
"""So many words of another language stand in English by chance ("no", "De" in a name)."""
_HANZI = re.compile(r"[\u4e00-\u9fff]")


def other_tongue(text: str, locale: str) -> str:
    """What ``text`` is written in when it is not the language of ``locale``, else "".

    A tag where the words tell it, "another script" where only the letters do.

    >>> other_tongue("Wo ist meine Bestellung?", "en-US"), other_tongue("Where is it?", "en-US")
    ('de', '')
    >>> other_tongue("怎么退货？", "en-US"), other_tongue("怎麼退貨？", "zh-CN")
    ('another script', 'another script')
    """
    if other_script(text, locale):
        return "another script"
    if language_of(locale) == "zh" and _HANZI.search(text):
        return "another script" if wrong_script(text, locale) else ""
    counted = {tag: _count(text, words) for tag, words in _common().items()}
    own = counted.pop(language_of(locale), 0)
    best = max(counted, key=lambda tag: counted[tag])
    if counted[best] > max(own, _CHANCE):
        return best
    chinese = language_of(locale) == "zh" and len(re.findall(r"[A-Za-z]{2,}", text)) > 1
    return "another script" if chinese else ""


def _count(text: str, words: frozenset[str]) -> int:
    return sum(word in words for word in set(_WORD.findall(text.casefold())))


@cache
def _common() -> dict[str, frozenset[str]]:
    return {tag: frozenset(str(words).split()) for tag, words in table("tongues").items()}
