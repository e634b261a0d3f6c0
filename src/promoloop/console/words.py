"""What the console says, in the reader's language; numbers, money and dates as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from math import isinf
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent, get_currency_precision

from promoloop.console.translating import knows, said_in
from promoloop.core import (
    InvalidError,
    Money,
    PromoloopError,
    date_text,
    language_of,
    tongue_table,
)

__all__ = ["LANGUAGES", "Words", "nearest_language"]

#: The languages of the interface, with their own names.
LANGUAGES: Mapping[str, str] = {"en-US": "English", "zh-CN": "中文"}


class Words:
    """The texts of one language, and how it writes figures.

    Parameters
    ----------
    locale : str
        One of ``LANGUAGES``.
    currency : str
        What amounts without a currency of their own are in.
    time_zone : str
        IANA name; moments are shown in it.

    Examples
    --------
    >>> from datetime import UTC
    >>> words = Words("en-US", "USD", "America/New_York")
    >>> words.say("layout.sign_out"), words.money(1250), words.percent(0.125)
    ('Sign out', '$12.50', '12.5%')
    >>> words.moment(datetime(2026, 11, 22, 17, 5, tzinfo=UTC))
    'Nov 22, 2026, 12:05\u202fPM'
    """

    def __init__(self, locale: str, currency: str, time_zone: str) -> None:
        self.locale = locale
        self.currency = currency
        self._tag = locale.replace("-", "_")
        self._zone = ZoneInfo(time_zone)

    @property
    def digits(self) -> int:
        """Decimal places of the shop's currency."""
        return get_currency_precision(self.currency)

    def say(self, key: str, /, **values: object) -> str:
        """The text ``stem.name...`` with its slots filled; a missing one is an error."""
        return _text(self.locale, key).format(**values)

    def maybe(self, key: str, otherwise: str = "") -> str:
        """The text where there is one."""
        try:
            return _text(self.locale, key)
        except InvalidError:
            return otherwise

    def said(self, text: str) -> str:
        """What an error, a guardrail or a gate says."""
        return said_in(text, self.locale)

    def outside(self, text: str) -> str:
        """What a provider says: in the reader's language where we know it, else as it was said."""
        return self.said(text) if knows(text) else text

    def fault(self, error: PromoloopError) -> str:
        """What is wrong and what to do."""
        full = "。" if self.locale.startswith("zh") else ". "
        case, remedy = self.said(error.case), self.said(error.remedy)
        return f"{case.removesuffix('。')}{full}{remedy}"

    def who(self, user_id: str) -> str:
        """Who did something: a person by name, a program by its key."""
        if user_id == "command line":
            return self.say("people.command_line")
        kind, _, key = user_id.partition(" ")
        return self.say("people.by_key", id=key) if kind == "key" and key else user_id

    def counted(self, key: str, count: int, **more: object) -> str:
        """A number with what is counted; the text ``KEY_one`` is for just one of it."""
        return self.say(f"{key}_one" if count == 1 else key, count=self.number(count), **more)

    def money(self, minor: float, currency: str = "") -> str:
        """An amount of minor units; the end of an interval may be nowhere."""
        if isinf(minor):
            return "∞" if minor > 0 else "-∞"
        return Money(round(minor), currency or self.currency).text(self.locale)

    def number(self, value: float, digits: int = 0) -> str:
        """A number with at most so many decimals."""
        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return str(format_decimal(value, pattern, locale=self._tag))

    def percent(self, share: float, digits: int = 1) -> str:
        """A share as a percentage."""
        pattern = "#,##0" + ("." + "#" * digits if digits else "") + "%"
        return str(format_percent(share, pattern, locale=self._tag))

    def day(self, day: date | datetime) -> str:
        """A day, in the shop's time zone."""
        if isinstance(day, datetime):
            day = day.astimezone(self._zone).date()
        return date_text(day, self.locale)

    def dated(self, day: date | datetime) -> str:
        """A day with its year, in the shop's time zone."""
        if isinstance(day, datetime):
            day = day.astimezone(self._zone).date()
        return str(format_date(day, "medium", locale=self._tag))

    def span(self, first: datetime, end: datetime) -> str:
        """From the first to the last day before ``end``, with the year, in the shop's time zone.

        >>> from datetime import UTC
        >>> four_weeks = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 21, tzinfo=UTC)
        >>> Words("zh-CN", "USD", "UTC").span(*four_weeks)
        '2026年11月23日至12月20日'
        """
        last = max(first, end - timedelta(microseconds=1))
        begins, ends = (at.astimezone(self._zone).date() for at in (first, last))
        return str(format_interval(begins, ends, "yMMMd", locale=self._tag))

    def moment(self, at: datetime) -> str:
        """A day and a time of day, in the shop's time zone."""
        return str(format_datetime(at, "medium", tzinfo=self._zone, locale=self._tag)).replace(
            at.astimezone(self._zone).strftime(":%M:%S"), at.astimezone(self._zone).strftime(":%M")
        )

    def listed(self, items: list[str] | tuple[str, ...]) -> str:
        """Items as a list in words."""
        return str(format_list(list(items), locale=self._tag)) if items else ""

    def language(self, tag: str) -> str:
        """The name of the locale ``tag`` in this language."""
        named = Locale.parse(tag, sep="-").get_display_name(self._tag)
        return str(named) if named else tag


@cache
def _text(locale: str, key: str) -> str:
    stem, *names = key.split(".")
    found: Any = tongue_table("promoloop.console", stem, locale)
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, str):
        raise InvalidError(
            f"the words {key} in {locale}", "there are none", f"Add them to data/{stem}-*.toml."
        )
    return found


def nearest_language(asked: str, otherwise: str) -> str:
    """The first language of an ``Accept-Language`` header that we speak.

    >>> nearest_language("de-DE,zh-TW;q=0.8,en;q=0.5", "en-US")
    'zh-CN'
    >>> nearest_language("", "zh-CN"), nearest_language("fr", "en-US")
    ('zh-CN', 'en-US')
    """
    ours = {language_of(tag): tag for tag in LANGUAGES}
    for part in asked.split(",")[:20]:
        tag = part.split(";")[0].strip().split("-")[0].lower()
        if tag in ours:
            return ours[tag]
    return otherwise if otherwise in LANGUAGES else next(iter(LANGUAGES))
