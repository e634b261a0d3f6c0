"""Dates, weekdays and clock times in a text, proven against the days of the sheet."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from promoloop.compose.proof.amounts import value_of
from promoloop.compose.proof.grammar import Rule, grammar_of
from promoloop.compose.proof.scan import HARMLESS, Scan
from promoloop.compose.proof.script import reader

__all__ = ["says_running", "scan_dates"]

_NEAR = 4


def scan_dates(scan: Scan) -> None:
    """Take every date out of the text: what the sheet says of that day, or refused.

    Of what has not begun, words that say it runs are refused too.
    """
    if scan.known.sheet.upcoming:
        scan.take_all("running", "date", _never)
    scan.take_all("date", "date", _date)
    scan.take_all("today", "date", _today)
    scan.take_all("tomorrow", "date", _tomorrow)
    scan.take_all("relative", "date", _never)
    scan.take_all("weekday", "date", _weekday)
    scan.take_all("clock", "date", _clock)
    scan.take_all("bare_month", "date", _never)


def says_running(text: str, locale: str) -> bool:
    """Whether ``text`` has words that hold only for an offer that runs, such as "on offer now".

    >>> says_running("Now on offer: {{name}}.", "en-US"), says_running("Coming up.", "en-US")
    (True, False)
    """
    read = reader(locale)(text.lower())
    return any(rule.pattern.search(read) for rule in grammar_of(locale).rules.get("running", ()))


def _never(_match: re.Match[str], _scan: Scan, _rule: Rule) -> str:
    return ""


def _date(match: re.Match[str], scan: Scan, _rule: Rule) -> str:
    day = _day(match, scan)
    proof = _day_proof(day, match, scan) if day else ""
    if proof:
        scan.days += [match.start(), match.end()]
    return proof


def _day_proof(day: date, match: re.Match[str], scan: Scan) -> str:
    """The field that proves what the words around a date make of it."""
    known, cued = scan.known, _cues_around(match, scan)
    if day == known.single_day:
        return "" if "after" in cued else known.ends[day]
    if "only" in cued:
        return known.days.get(day, "")
    if "starts" in cued:
        return known.starts.get(day, "")
    if "after" in cued:
        return ""
    ends = known.ends_by(day, before="before" in cued)
    return ends if cued else ends or known.days.get(day, "")


def _cues_around(match: re.Match[str], scan: Scan) -> frozenset[str]:
    """Which of only, after, starts, before and ends the words around a date say."""
    grammar, before, after = scan.grammar, scan.before(match, 34), scan.after(match, 18)
    said = {
        name
        for name in ("only", "after", "starts", "before", "ends")
        if grammar.cue(f"date_{name}_before", before)
        or grammar.follows(f"date_{name}_after", after)
    }
    return frozenset(said)


def _day(match: re.Match[str], scan: Scan) -> date | None:
    """The calendar day of a match; without a year, that of a day the sheet knows."""
    parts = match.groupdict()
    name = parts.get("name")
    month = _month(name, scan) if name else int(value_of(parts["month"] or "", scan))
    day = int(value_of(parts["day"].lstrip("0"), scan)) if parts.get("day") else 0
    known = scan.known
    years = {one.year for one in (*known.ends, *known.starts, *known.days)}
    if parts.get("year"):
        years = {int(value_of(parts["year"], scan))}
    for year in sorted(years):
        found = _calendar(year, month, day)
        around = found and (
            found in known.ends
            or found in known.starts
            or found in known.days
            or found - timedelta(days=1) in known.ends
        )
        if around:
            return found
    return None


def _month(name: str, scan: Scan) -> int:
    months = scan.grammar.months
    return months.get(name.rstrip("."), months.get(name[:3], 0))


def _calendar(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _today(_match: re.Match[str], scan: Scan, _rule: Rule) -> str:
    known, today = scan.known, scan.known.sheet.today
    if known.single_day and today in (None, known.single_day):
        return known.ends[known.single_day]
    if today is None:
        return ""
    return known.ends.get(today, known.days.get(today, ""))


def _tomorrow(_match: re.Match[str], scan: Scan, _rule: Rule) -> str:
    known, today = scan.known, scan.known.sheet.today
    if today is None:
        return ""
    day = today + timedelta(days=1)
    return known.ends.get(day, known.days.get(day, ""))


def _weekday(match: re.Match[str], scan: Scan, _rule: Rule) -> str:
    """A weekday beside its own date, or one that only one day of the sheet can mean."""
    parts = match.groupdict()
    said = str(parts.get("weekday") or parts.get("short"))
    number = scan.grammar.weekdays.get("日" if said == "天" else said[:3].rstrip(), -1)
    if number < 0:
        number = scan.grammar.weekdays.get(said, -1)
    known = scan.known
    beside = any(-_NEAR <= match.start() - at <= _NEAR for at in scan.days) or any(
        -_NEAR <= match.end() - at <= _NEAR for at in scan.days
    )
    days = [*known.ends, *known.days] if not beside else [*known.ends, *known.days, *known.starts]
    for day in days:
        if day.weekday() == number and (beside or _soon(day, scan)):
            return known.ends.get(day) or known.days.get(day) or known.starts.get(day, "")
    offered = scan.grammar.cue("date_offered_before", scan.sentence(match))
    return "" if offered else HARMLESS


def _soon(day: date, scan: Scan) -> bool:
    """Whether a bare weekday can mean only this day: within a week of today, or of the start."""
    today = scan.known.sheet.today or min(scan.known.starts, default=None)
    return today is not None and timedelta(0) <= day - today < timedelta(days=7)


def _clock(match: re.Match[str], scan: Scan, _rule: Rule) -> str:
    said = _time(match, scan)
    proof = scan.known.times.get(said, "") if said is not None else ""
    if proof or any(c.isdigit() for c in match[0]):
        return proof
    return "" if scan.grammar.cue("date_offered_before", scan.sentence(match)) else HARMLESS


def _time(match: re.Match[str], scan: Scan) -> time | None:
    """The clock time of a match; the last minute of a day is its midnight.

    00:00 is that only where the sheet has it as a moment, not as the end of a day: of an end it
    leaves open which night is meant.
    """
    parts = match.groupdict()
    if parts.get("midnight"):
        return time()
    if parts.get("noon"):
        return time(12)
    written = parts.get("hour") or parts.get("hour24")
    if not written:
        return None
    hour = int(value_of(written.lstrip("0") or "0", scan))
    minute = int(
        parts.get("minute") or parts.get("minute24") or (30 if parts.get("half_past") else 0)
    )
    half = parts.get("half") or ""
    late = half in {"p", "下午", "晚上", "晚"}
    hour += 12 if late and hour < 12 else 0
    hour = 0 if half == "a" and hour == 12 else hour
    if (hour, minute) in {(24, 0), (23, 59)}:
        return time()
    if (hour, minute) == (0, 0) and not _has_midnight(scan):
        return None
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _has_midnight(scan: Scan) -> bool:
    facts = scan.known.sheet.facts
    return any(one.kind == "time" and one.value == time() and not one.role for one in facts)
