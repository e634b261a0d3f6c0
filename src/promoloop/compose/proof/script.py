"""Traditional and simplified Chinese: read either, and notice one in the other's text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import opencc

from promoloop.core import language_of

__all__ = ["reader", "writes_traditional", "wrong_script"]

_HANZI = "".join(map(chr, range(0x4E00, 0xA000)))
# Characters of simplified texts that traditional fonts hold too, as rare or old forms.
_RARE_IN_TRADITIONAL = frozenset(
    "万与丰么优价体党厂听圣坏宁怀怜惊愿扑扰据晒机极构柜气洁洒涂灶炖痒确离种筑篱网腊胜蚕蜡触赶适亿"
)
_USED_IN_BOTH = frozenset("乾夥於著瞭徵藉榘捱薹醣")


def writes_traditional(locale: str) -> bool:
    """Whether texts in ``locale`` are written in traditional characters."""
    return language_of(locale) == "zh" and not locale.endswith(("-CN", "-SG", "-MY"))


@cache
def reader(locale: str) -> Callable[[str], str]:
    """What turns a text of ``locale`` into the characters the tables are written in.

    >>> reader("zh-TW")("滿300減50"), reader("en-US")("coffee")
    ('满300减50', 'coffee')
    """
    if not writes_traditional(locale):
        return _same
    table = _simplified_of()

    def read(text: str) -> str:
        return text.translate(table)

    return read


def wrong_script(text: str, locale: str) -> str:
    """The first character that belongs to the other way of writing Chinese, "" when none does.

    >>> wrong_script("咖啡優惠", "zh-CN"), wrong_script("咖啡优惠", "zh-TW")
    ('優', '优')
    >>> wrong_script("咖啡優惠", "zh-TW"), wrong_script("咖啡优惠", "zh-CN")
    ('', '')
    """
    found = _foreign(traditional=not writes_traditional(locale)).search(text)
    return found[0] if found else ""


def _same(text: str) -> str:
    return text


@cache
def _simplified_of() -> dict[int, str]:
    simple = opencc.OpenCC("t2s").convert("\n".join(_HANZI)).split("\n")
    found = {ord(c): one for c, one in zip(_HANZI, simple, strict=True) if c != one}
    return found | {ord("兩"): "两", ord("塊"): "块"}


@cache
def _foreign(*, traditional: bool) -> re.Pattern[str]:
    """All characters that only ``traditional`` (or only simplified) texts are written with."""
    if traditional:
        simple = _simplified_of()
        odd = [c for c in _HANZI if ord(c) in simple and not _encodes(c, "gb2312")]
        return re.compile(f"[{''.join(c for c in odd if c not in _USED_IN_BOTH)}]")
    turned = opencc.OpenCC("s2t").convert("\n".join(_HANZI)).split("\n")
    odd = [c for c, one in zip(_HANZI, turned, strict=True) if c != one]
    rare = [c for c in odd if not _encodes(c, "big5") or c in _RARE_IN_TRADITIONAL]
    return re.compile(f"[{''.join(rare)}]")


def _encodes(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
