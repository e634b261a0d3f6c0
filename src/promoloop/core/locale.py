"""Numbers, percentages and dates as a native reads them, through Babel."""

from __future__ import annotations

from datetime import date

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date

from promoloop.core.errors import InvalidError

__all__ = ["date_text", "language_of", "percent_text", "require_locale"]


def require_locale(tag: str) -> str:
    """``tag`` unchanged when Babel knows it as a BCP 47 locale; an error otherwise."""
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise InvalidError(
            f"the locale {tag!r}", "it is not a known BCP 47 tag", "Write it like en-US or zh-CN."
        ) from error
    return tag


def language_of(tag: str) -> str:
    """The language part of a BCP 47 tag.

    >>> language_of("zh-CN")
    'zh'
    """
    return tag.split("-", 1)[0]


def percent_text(percent: int, locale: str) -> str:
    """A discount as it is said in ``locale``: 20 is ``20%`` in English, ``8折`` in Chinese.

    >>> percent_text(20, "en-US"), percent_text(20, "zh-CN"), percent_text(15, "zh-CN")
    ('20%', '8折', '8.5折')
    """
    if language_of(locale) != "zh":
        return f"{percent}%"
    tenths = (100 - percent) / 10
    return f"{tenths:g}折"


def date_text(day: date, locale: str) -> str:
    """A calendar day, short: ``Nov 30`` in English, ``11月30日`` in Chinese.

    >>> date_text(date(2026, 11, 30), "en-US"), date_text(date(2026, 11, 30), "zh-CN")
    ('Nov 30', '11月30日')
    """
    pattern = {"zh": "M月d日", "ja": "M月d日", "de": "d. MMMM", "fr": "d MMMM"}
    return format_date(
        day, pattern.get(language_of(locale), "MMM d"), locale=locale.replace("-", "_")
    )
