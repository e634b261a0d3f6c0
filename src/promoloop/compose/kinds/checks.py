"""What the briefs of all kinds check, and how they write days and times."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_time

from promoloop.compose.kinds.wording import words_of
from promoloop.compose.proof import safe_name
from promoloop.core import InvalidError, language_of, require_locale

__all__ = [
    "WHO_PAYS",
    "day_text",
    "local",
    "other_script",
    "require_name",
    "require_no_offer",
    "require_written",
    "time_text",
]

_MARKUP = re.compile(r"<|>|https?:|www\.|@|\{\{|\*\*|\]\(|[\x00-\x08\x0b-\x1f]")
WHO_PAYS = re.compile(
    r"\b(?:sponsor\w*|funded|financed|paid|pays?|at (?:its|their|our) (?:own )?cost|courtesy of)\b"
    r"|赞助|出资|买单|付款|承担|补贴|请客|贊助|出資|買單|承擔|補貼|請客",
    re.IGNORECASE,
)
"""Words that say who bears the cost of something."""
_OFFER = re.compile(
    r"%|[$¥€£]\s?\d|(?<!sugar[ -])(?<!gluten[ -])(?<!dairy[ -])(?<!nut[ -])(?<!alcohol[ -])"
    r"(?<!plastic[ -])(?<!smoke[ -])(?<!car[ -])(?<!meat[ -])(?<!caffeine[ -])(?<!lactose[ -])"
    r"(?<!duty[ -])(?<!cruelty[ -])(?<!waste[ -])\bfree\b"
    r"(?![ -](?:range|trade|form|style|church)\b)"
    r"|\b(?:half|third|quarter|\d+) off\b|\bhalf[ -]price\b|\bdiscount\w*|\bcomplimentary\b"
    r"|\bon the house\b|\bgratis\b|\bgiveaways?\b|\b(?:two|2|three|3)[ -]for[ -](?:one|1|two|2)\b"
    r"|\bbogo\b|免费|免費|半价|半價|[\d一二三四五六七八九半]折|打折|折扣|优惠|優惠|特价|特價|包邮|包郵"
    r"|白送|赠送|贈送|[买買]\S?[送赠贈]",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_HANZI = re.compile(r"[\u4e00-\u9fff]")


def require_name(text: str, field: str) -> str:
    """``text`` when it may stand in copy as a name; an error that names the field otherwise."""
    if not safe_name(text):
        raise InvalidError(
            f"field {field}",
            f"{text!r:.60} is no plain name of at most 40 characters, or carries a claim",
            "Give the name alone: no markup, address, price, code or superlative.",
        )
    return text


def require_written(text: str, field: str, longest: int) -> str:
    """``text`` when it is plain, printable and no longer than ``longest`` characters."""
    if not text.strip() or len(text) > longest:
        raise InvalidError(
            f"field {field}", f"it has {len(text)} characters", f"Give 1 to {longest}."
        )
    if _MARKUP.search(text) or not any(c.isalnum() for c in text):
        raise InvalidError(
            f"field {field}", "it holds markup, an address or no letter", "Give plain words."
        )
    return text


def require_no_offer(text: str, field: str, *, paid: bool = True) -> str:
    """``text`` when it carries no offer and, with ``paid``, does not say who pays.

    >>> require_no_offer("Gluten-free baking", "title")
    'Gluten-free baking'
    """
    found = _OFFER.search(text) or (WHO_PAYS.search(text) if paid else None)
    if found:
        raise InvalidError(
            f"field {field}",
            f"{found[0]!r} in {text!r:.60} reads as an offer, or says who pays",
            "Give the name alone; offers are written under offers.",
        )
    return text


def other_script(text: str, locale: str) -> bool:
    """Whether most letters are not those ``locale`` is written with; brands in Latin may stand.

    >>> other_script("绿茶", "en-US"), other_script("Lumo", "zh-CN"), other_script("чай", "zh-CN")
    (True, False, True)
    """
    own = [_LATIN, _HANZI] if language_of(locale) == "zh" else [_LATIN]
    letters = _LETTERS.findall(text)
    return any(not any(script.match(letter) for script in own) for letter in letters)


def local(moment: datetime, time_zone: str, field: str) -> datetime:
    """``moment`` in ``time_zone``; an error for a moment without a zone or an unknown zone."""
    if moment.tzinfo is None:
        raise InvalidError(f"field {field}", "it has no time zone", "Write 2026-12-05T15:00:00Z.")
    try:
        return moment.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidError(
            f"the time zone {time_zone!r}", "it is not known", "Use a name such as Asia/Shanghai."
        ) from error


def day_text(day: date, locale: str, form: str = "day") -> str:
    """A day as ``[format]`` of the language's table says: ``form`` is ``day`` or ``date``.

    >>> day_text(date(2026, 12, 5), "en-US"), day_text(date(2026, 12, 5), "zh-CN")
    ('Saturday, December 5', '12月5日（星期六）')
    """
    pattern = str(words_of(require_locale(locale))["format"][form])
    return format_date(day, pattern, locale=locale.replace("-", "_"))


def time_text(moment: time, locale: str) -> str:
    """A clock time.

    >>> time_text(time(15, 30), "en-US"), time_text(time(15, 30), "zh-CN")
    ('3:30 PM', '15:30')
    """
    pattern = str(words_of(locale)["format"]["time"])
    return format_time(moment, pattern, locale=locale.replace("-", "_"))
