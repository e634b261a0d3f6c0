"""Numbers as they are written: full-width digits, grouped thousands, words, Chinese numerals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

__all__ = ["CHINESE", "DIGITS", "NO_NUMBER", "number_value", "plain"]

DIGITS = r"\d+(?:,\d+)*(?:\.\d+)?"
CHINESE = "〇零一二三四五六七八九十百千万两"
NO_NUMBER = Decimal(-1)
_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNIT = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_WELL_FORMED = re.compile(r"(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?")
_SCALED = re.compile(r"(\d+(?:\.\d+)?)([百千万])")
_THOUSANDS = {
    ",": re.compile(r"(?<=\d)[.\u00a0\u202f\u2009 ](?=\d{3}(?!\d))"),
    ".": re.compile(r"(?!)"),
}
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")


def plain(text: str, decimal: str = ".") -> str:
    """``text`` in compatibility form, Chinese commas apart, numbers with a decimal point.

    >>> plain("满３００减５０，１１月３０日截止"), plain("1.200,50 €", ",")
    ('满300减50;11月30日截止', '1200.50 €')
    """
    flat = unicodedata.normalize("NFKC", text.replace("，", ";").replace("、", ";"))
    if "$" in flat or "¥" in flat:
        flat = flat.replace("US$", "$").replace("CN¥", "¥").replace("JP¥", "¥")
    if decimal == ",":
        flat = _DECIMAL_COMMA.sub(".", _THOUSANDS[","].sub("", flat))
    return flat


def number_value(written: str, words: Mapping[str, int]) -> Decimal:
    """The value of digits, number words or Chinese numerals; ``NO_NUMBER`` when ill-formed.

    A leading zero or a wrong thousands group is ill-formed: no fact is written like that.

    >>> english = {"two": 2, "twenty": 20, "five": 5, "hundred": 100}
    >>> written = ("1,200", "三百", "十二", "三百五", "twenty-five", "two hundred", "1.5万", "020")
    >>> [int(number_value(text, english)) for text in written]
    [1200, 300, 12, 350, 25, 200, 15000, -1]
    """
    if _WELL_FORMED.fullmatch(written):
        return Decimal(written.replace(",", ""))
    if written in words:
        return Decimal(words[written])
    if written and written[0] in CHINESE:
        return Decimal(_chinese_value(written)) if set(written) <= set(CHINESE) else NO_NUMBER
    scaled = _SCALED.fullmatch(written)
    if scaled:
        return Decimal(scaled[1]) * _UNIT[scaled[2]]
    return _words_value(re.split(r"[ -]+", written), words)


def _words_value(parts: list[str], words: Mapping[str, int]) -> Decimal:
    total = 0
    for part in parts:
        if part == "and":
            continue
        if part not in words:
            return NO_NUMBER
        value = words[part]
        total = (total or 1) * value if value >= 100 else total + value
    return Decimal(total)


def _chinese_value(written: str) -> int:
    if not any(c in _UNIT for c in written):
        return int("".join(str(_DIGIT[c]) for c in written))
    total = section = digit = 0
    for c in written:
        if c == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        elif c in _UNIT:
            section, digit = section + (digit or 1) * _UNIT[c], 0
        else:
            digit = _DIGIT[c]
    short = len(written) > 1 and written[-2] in "百千万" and digit  # 三百五 is 350
    return total + section + (digit * _UNIT[written[-2]] // 10 if short else digit)
