"""Numbers as they are written: full-width digits, grouped thousands, Chinese numerals."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

__all__ = ["CHINESE", "ENGLISH_WORDS", "NUMBER", "number_value", "plain"]

NUMBER = r"\d+(?:,\d+)*(?:\.\d+)?"
CHINESE = "〇零一二三四五六七八九十百千万两"
ENGLISH_WORDS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
    "twenty-five": 25, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90, "hundred": 100,
}  # fmt: skip
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_WELL_FORMED = re.compile(r"(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?")


def plain(text: str) -> str:
    """``text`` in compatibility form (``％`` is ``%``), with Chinese commas kept apart.

    >>> plain("满３００减５０，１１月３０日截止")
    '满300减50;11月30日截止'
    """
    apart = text.replace("，", ";").replace("、", ";")
    return unicodedata.normalize("NFKC", apart).replace("US$", "$").replace("CN¥", "¥")


def number_value(written: str) -> Decimal:
    """The value of digits, an English number word or Chinese numerals; -1 when ill-formed.

    A leading zero or a wrong thousands group is ill-formed: no fact is written like that.

    >>> [int(number_value(text)) for text in ("1,200", "三百", "十二", "twenty", "020")]
    [1200, 300, 12, 20, -1]
    """
    if written in ENGLISH_WORDS:
        return Decimal(ENGLISH_WORDS[written])
    if _WELL_FORMED.fullmatch(written):
        return Decimal(written.replace(",", ""))
    if written and all(c in CHINESE for c in written):
        return Decimal(_chinese_value(written))
    return Decimal(-1)


def _chinese_value(written: str) -> int:
    if not any(c in "十百千万" for c in written):
        return int("".join(str(_DIGITS[c]) for c in written))
    total = section = digit = 0
    for c in written:
        if c == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        elif c in _UNITS:
            section, digit = section + (digit or 1) * _UNITS[c], 0
        else:
            digit = _DIGITS[c]
    return total + section + digit
