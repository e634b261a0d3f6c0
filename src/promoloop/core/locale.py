"""Numbers, percentages and dates as a native reads them, through Babel; which locales are kin."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel import Locale
from babel.core import UnknownLocaleError, get_global
from babel.dates import format_date, format_skeleton

from promoloop.core.errors import InvalidError

__all__ = ["date_text", "language_of", "locale_kin", "percent_text", "require_locale", "script_of"]


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


@lru_cache(maxsize=1024)
def script_of(tag: str) -> str:
    """The script a BCP 47 tag is written in, by Unicode's likely subtags.

    >>> script_of("zh-TW"), script_of("zh-CN"), script_of("en-GB")
    ('Hant', 'Hans', 'Latn')
    """
    parts = tag.split("-")
    if len(parts) > 1 and len(parts[1]) == 4:
        return parts[1].title()
    likely = get_global("likely_subtags")
    found = likely.get("_".join(parts[:2])) or likely.get(parts[0], f"{parts[0]}_Zyyy")
    return str(found.split("_")[1])


@lru_cache(maxsize=1024)
def locale_kin(tag: str) -> tuple[str, ...]:
    """The names under which texts for ``tag`` may be kept, nearest first.

    The locale itself, its parent in CLDR where that is no plain language (``en-001`` is the
    English of the world outside the United States), and the language; with the script where it is
    not the usual one of the language, so that Taiwan never falls back to simplified characters.

    >>> locale_kin("en-US"), locale_kin("en-GB"), locale_kin("zh-TW")
    (('en-US', 'en'), ('en-GB', 'en-001', 'en'), ('zh-TW', 'zh-Hant'))
    """
    language, script = language_of(tag), script_of(tag)
    parent = str(get_global("parent_exceptions").get(tag.replace("-", "_"), ""))
    usual = script_of(language) == script
    last = language if usual else f"{language}-{script}"
    return tuple(dict.fromkeys(filter(None, (tag, parent.replace("_", "-"), last))))


def percent_text(percent: int, locale: str) -> str:
    """A discount as it is said in ``locale``: 20 is ``20%`` in English, ``8折`` in Chinese.

    A share of the price that needs two digits has a point in mainland China and none elsewhere.

    >>> percent_text(20, "en-US"), percent_text(20, "zh-CN"), percent_text(20, "fr-FR")
    ('20%', '8折', '20\\xa0%')
    >>> percent_text(15, "zh-CN"), percent_text(15, "zh-TW")
    ('8.5折', '85折')
    >>> percent_text(100, "zh-CN")
    '100%优惠'
    """
    if language_of(locale) != "zh":
        return f"{percent}{_percent_sign(locale)}"
    if percent == 100:
        return "100%優惠" if script_of(locale) == "Hant" else "100%优惠"
    left = 100 - percent
    if script_of(locale) == "Hant" and left % 10 and left > 10:
        return f"{left}折"
    return f"{left / 10:g}折"


def date_text(day: date, locale: str, *, year: bool = False) -> str:
    """A calendar day as running text has it, without its year unless that is asked for.

    >>> [date_text(date(2026, 11, 30), locale) for locale in ("en-US", "en-GB", "zh-CN", "de-DE")]
    ['Nov 30', '30 Nov', '11月30日', '30. November']
    >>> [date_text(date(2026, 12, 1), locale) for locale in ("fr-FR", "es-ES", "ja-JP")]
    ['1er décembre', '1 de diciembre', '12月1日']
    >>> [date_text(date(2027, 11, 20), locale, year=True) for locale in ("en-US", "de-DE", "ja-JP")]
    ['Nov 20, 2027', '20. November 2027', '2027年11月20日']
    """
    language = language_of(locale)
    if language in _SHORT_MONTHS:
        text = format_skeleton("yMMMd" if year else "MMMd", day, locale=_babel(locale))
    elif year:
        text = format_date(day, "long", locale=_babel(locale))
    else:
        text = format_skeleton("MMMMd", day, locale=_babel(locale))
    first = language == "fr" and day.day == 1
    return f"1er{text[1:]}" if first and text.startswith("1 ") else text


_SHORT_MONTHS = frozenset({"en", "zh", "ja"})


def _babel(locale: str) -> str:
    return locale.replace("-", "_")


@lru_cache(maxsize=1024)
def _percent_sign(locale: str) -> str:
    """The percent sign with the space that CLDR's pattern sets before it."""
    pattern = str(Locale.parse(locale, sep="-").percent_formats[None].pattern)
    return "\u00a0%" if pattern.endswith(("\u00a0%", "\u202f%", " %")) else "%"
