"""Dates and deadlines in a text, proven against the days the offer runs."""

from __future__ import annotations

import re
from datetime import date

from promoloop.compose.proof.numerals import CHINESE, number_value
from promoloop.compose.proof.scan import Scan

__all__ = ["scan_dates"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s*(?P<year>\d{4}))?(?![\d.,]*\d|\s*%)"
_C = f"[{CHINESE}]"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)(?P<year>\d{4})(?P<s>[-/])(?P<month>\d{1,2})(?P=s)(?P<day>\d{1,2})(?!\d)",
        rf"(?<![\d.])(?:(?P<year>\d{{4}}|{_C}{{4}})\s*年)?\s*(?P<month>\d{{1,2}}|{_C}{{1,2}})"
        rf"\s*月\s*(?P<day>\d{{1,2}}|{_C}{{1,3}})\s*[日号]",
        rf"\b{_MONTH}\.?\s+{_DAY}{_YEAR}",
        rf"(?<![\d.,]){_DAY}(?:\s+of)?\s+{_MONTH}\b\.?{_YEAR}",
        r"(?<![\d/.])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>\d{4}))?(?![\d/])",
    )
)
_ONE_DAY = re.compile(
    r"\b(?:today|tonight|last day|final day)\b|今天|今日|今晚|今夜|当天|当日|最后一天|末日"
)
_CLOCK = re.compile(
    r"(?<!\d)\d{1,2}:\d{2}|(?<!\d)\d{1,2}\s*(?:[ap]\.?m\b|点|时|小时)"
    r"|\bmidnight\b|\bnoon\b|午夜|零点|凌晨"
)
_RELATIVE = re.compile(
    r"\btomorrow\b|\b(?:this|next|last) (?:week|weekend|month|year)\b"
    r"|\bweekend only\b|\bmonth.?end\b"
    r"|\b(?:hours?|days?|weeks?) (?:only|left)\b|\ball (?:week|month|year)\b|\bforever\b"
    r"|明天|明日|后天|昨天|这周|本周|下周|上周|本月|这个月|下个月|下月|月底|年底|倒计时|全年"
    r"|双十一|双十二|双11|双12|black friday|cyber monday|thanksgiving|christmas|new year"
    r"|春节|中秋|国庆|元旦|端午"
)
_WEEKDAY = re.compile(
    r"\b(?P<en>mon|tues|wednes|thurs|fri|satur|sun)days?\b|(?:星期|礼拜|周)(?P<zh>[一二三四五六日天])"
)
_WEEKDAYS = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
_BARE_MONTH = re.compile(
    r"\b(?:january|february|april|june|july|august|september|october|november|december)\b"
    rf"|{_C}+月"
)
_STARTING = re.compile(r"(?:\bfrom|\bstarts?|\bstarting|\bbegins?|\bbetween|\bsince|自|从|于)\W*$")
_AFTER = re.compile(r"(?:\bafter|\bsince|\bfrom|\bstarts?|\bstarting|\bbegins?|自|从)\W*$")
_RANGE = re.compile(r"\s*(?:-|–|—|~|至|到|to\b|through\b|until\b|and\b|起|开始|开抢)")
_LATER = re.compile(r"\s*(?:起|之后|以后|后|开始|onwards?|and after)")


def scan_dates(scan: Scan) -> None:
    """Take every date out of the text: the start and the deadline are proven, others refused."""
    for pattern in _DATES:
        scan.take(pattern, "date", _proof)
    scan.take(_ONE_DAY, "date", _one_day)
    scan.take(_RELATIVE, "date", lambda _match, _scan: "")
    scan.take(_WEEKDAY, "date", _weekday)
    scan.take(_CLOCK, "date", lambda _match, _scan: "")
    scan.take(_BARE_MONTH, "date", lambda _match, _scan: "")


def _proof(match: re.Match[str], scan: Scan) -> str:
    facts = scan.facts
    if facts.starts == facts.deadline and _is(match, facts.deadline):
        return "offer.valid_until"
    before, after = scan.before(match, 12), scan.after(match, 10)
    if _is(match, facts.deadline):
        wrong = _AFTER.search(before) or _LATER.match(after)
        return "" if wrong else "offer.valid_until"
    if _is(match, facts.starts):
        starting = _STARTING.search(before) or _RANGE.match(after)
        return "offer.valid_from" if starting else ""
    return ""


def _is(match: re.Match[str], day: date) -> bool:
    parts = match.groupdict()
    month = (
        _MONTHS.index(parts["name"][:3]) + 1 if parts.get("name") else _ordinal(str(parts["month"]))
    )
    year = number_value(parts["year"]) if parts.get("year") else day.year
    return (int(year), month, _ordinal(str(parts["day"]))) == (day.year, day.month, day.day)


def _ordinal(written: str) -> int:
    return int(written) if written.isdigit() else int(number_value(written))


def _one_day(_match: re.Match[str], scan: Scan) -> str:
    return "offer.valid_until" if scan.facts.starts == scan.facts.deadline else ""


def _weekday(match: re.Match[str], scan: Scan) -> str:
    if match["en"]:
        found = _WEEKDAYS.index(match["en"])
    else:
        found = 6 if match["zh"] == "天" else "一二三四五六日".index(match["zh"])
    return "offer.valid_until" if scan.facts.deadline.weekday() == found else ""
