"""The form of a text: characters, language and script, length, slots left open."""

from __future__ import annotations

import re
from collections.abc import Mapping

from promoloop.compose.tables import table
from promoloop.core import language_of

__all__ = ["form_reasons", "length_reasons", "too_long"]

_EN = re.compile(r"[^A-Za-z0-9éèêñçïôàâ \n.,;:!?'’‘“”\"()&/%$€£¥¢#*+\-–—·…@{}]")
_ZH = re.compile(
    r"[^\u4e00-\u9fff\u3007A-Za-z0-9０-９％￥ \n"
    r"，。、；：！？“”‘’（）《》「」·…—～~.,;:!?'\"()&/%$€£¥¢#*+\-–@{}]"
)
_MARKUP = re.compile(r"<|>|&#?\w+;|\*\*|\]\(")
_SLOT = re.compile(r"\{\{|\}\}|\{|\}")
_HANZI = re.compile(r"[\u4e00-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_TRADITIONAL = re.compile(
    "[這個們來時間優買賣價錢運費滿減贈應該還為說話東車門開關貨質項數點選擇條麵飲餅雞魚豬湯陽紅綠雙號]"
)
_ZH_LATIN = frozenset({"vip", "rmb", "app", "diy", "tv", "ok", "usd", "cny", "us"})


def form_reasons(text: str, locale: str, known: str) -> list[str]:
    """Why the form is wrong; ``known`` is a name or code that may stand in another script."""
    if not text.strip():
        return ["empty: the text says nothing"]
    reasons = []
    if _SLOT.search(text):
        reasons.append("slot: a slot is left open")
    if _MARKUP.search(text):
        reasons.append("markup: HTML or Markdown in the text")
    chinese = language_of(locale) == "zh"
    bare = _without(text, known)
    foreign = (_ZH if chinese else _EN).search(bare)
    if foreign:
        reasons.append(f"characters: U+{ord(foreign[0]):04X} is not used in {locale}")
    return reasons + (_chinese(bare, text, locale) if chinese else _english(bare, text))


def _without(text: str, known: str) -> str:
    for word in filter(None, known.split("\n")):
        text = re.sub(re.escape(word), " ", text, flags=re.IGNORECASE)
    return text


def _chinese(bare: str, text: str, locale: str) -> list[str]:
    reasons = []
    if not _HANZI.search(text):
        reasons.append("language: no Chinese in the text")
    strange = [w for w in _LATIN_WORD.findall(bare) if w.lower() not in _ZH_LATIN]
    if strange:
        reasons.append(f"language: {strange[0]!r} is not Chinese")
    if locale == "zh-CN" and _TRADITIONAL.search(bare):
        reasons.append("language: traditional characters in simplified Chinese")
    return reasons


def _english(bare: str, text: str) -> list[str]:
    if not re.search(r"[A-Za-z]{2}", text):
        return ["language: no words in the text"]
    return ["language: Hanzi in an English text"] if _HANZI.search(bare) else []


def too_long(text: str, locale: str, channel: str, part: str) -> bool:
    """Whether ``text`` exceeds the limit of that part of the channel."""
    limits = table("limits").get(channel, {}).get(part)
    if not limits:
        return False
    return len(text) > int(limits[1 if language_of(locale) == "zh" else 0])


def length_reasons(parts: Mapping[str, str], locale: str, channel: str) -> list[str]:
    """One reason for each part that is too long (``data/limits.toml``)."""
    return [
        f"length: {part} has {len(text)} characters"
        for part, text in parts.items()
        if too_long(text, locale, channel, part)
    ]
