"""What errors, guardrails and gates say, in the reader's language.

Rooms and flows say in English what was asked, what is the case and what to do.
``translations/zh.toml`` holds their sentences with slots, and how they are said in Chinese. A
sentence that is not there is shown as it is, with a word before it that says so.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from promoloop.core import language_of

__all__ = ["knows", "place_in", "said_in"]

#: A slot in a sentence that was escaped for a pattern.
_SLOT = re.compile(r"\\\{(\w+)\\\}")
_SENTENCES = re.compile(r"(?<=[.;])\s+(?=[A-Z])")
_UNKNOWN = "系统说明（英文）：{text}"


def said_in(text: str, locale: str) -> str:
    """``text``, of one or more sentences, in the language of ``locale``.

    Examples
    --------
    >>> said_in("'x' is no percentage", "zh-CN"), said_in("it is empty", "en-US")
    ('“x”不是百分比', 'it is empty')
    """
    if not text or language_of(locale) != "zh" or _is_chinese(text):
        return text
    whole = _translated(text)
    if whole is not None:
        return whole
    parts = [_translated(one) for one in _SENTENCES.split(text)]
    found = [one for one in parts if one is not None]
    return "".join(found) if len(found) == len(parts) else _UNKNOWN.format(text=text)


def place_in(asked: str, locale: str) -> str:
    """Where something is wrong: the first part of an error, or the name of a field.

    Examples
    --------
    >>> place_in("campaign 'c1', field guardrails, item 2, field limit", "zh-CN")
    '活动 c1“护栏”第 2 项“限值”'
    """
    if language_of(locale) != "zh" or _translated(asked) is not None:
        return said_in(asked, locale)
    found = [_step(part) for part in asked.split(", ")]
    return "".join(found) if all(found) else said_in(asked, locale)


def _step(part: str) -> str:
    """One step on the way to a field."""
    kind, _, name = part.partition(" ")
    if kind == "field":
        return f"“{_slot(name)}”"
    if kind == "item" and name.isdigit():
        return f"第 {name} 项"
    return _translated(part) or (part if _is_chinese(part) else "")


def knows(text: str) -> bool:
    """Whether there is a translation."""
    return not said_in(text, "zh-CN").startswith(_UNKNOWN.partition("{")[0])


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def _translated(text: str) -> str | None:
    words, patterns = _table()
    if text in words:
        return words[text]
    for pattern, said in patterns:
        found = pattern.fullmatch(text)
        if found is not None:
            slots = {name: _slot(value) for name, value in found.groupdict().items()}
            return said.format(**slots)
    return None


def _slot(value: str) -> str:
    """What stands in a slot: said in Chinese where we can, or as it is."""
    listed = value.split(", ")
    if len(listed) > 1 and all(one in _table()[0] for one in listed):
        return "、".join(_table()[0][one] for one in listed)
    return _translated(value) or value


@cache
def _table() -> tuple[Mapping[str, str], list[tuple[re.Pattern[str], str]]]:
    """Words, and sentences with their slots; those with most letters of their own come first."""
    source = files("promoloop.console").joinpath("translations", "zh.toml")
    data = tomllib.loads(source.read_text("utf-8"))
    patterns = [(_pattern(english), said) for english, said in data["said"].items()]
    ranked = sorted(data["said"], key=lambda one: -len(re.sub(r"\{\w+\}", "", one)))
    by_text = dict(zip(data["said"], patterns, strict=True))
    return data["words"], [by_text[one] for one in ranked]


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile(_SLOT.sub(r"(?P<\1>.*?)", re.escape(english)), re.DOTALL)
