"""The page's words in one language, and figures as a native of it reads them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from math import isfinite

from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_precision

from promoloop.core import InvalidError, Money, language_of, require_locale

__all__ = ["LANGUAGES", "Wording", "localised"]

LANGUAGES = ("en", "zh")

_DAY = {"en": "MMM d, y", "zh": "y年M月d日"}


class Wording:
    """Texts and number formats of one locale, for amounts in one currency.

    Parameters
    ----------
    locale : str
        BCP 47 tag whose language is English or Chinese.
    currency : str
        ISO 4217 code.

    Examples
    --------
    >>> words = Wording("zh-CN", "USD")
    >>> words.money(123456), words.gain(-5000), words.percent(0.1234)
    ('US$1,234.56', '−US$50', '12.3%')
    >>> Wording("en-US", "USD").named("arms", "bau")
    'Business as usual'
    """

    def __init__(self, locale: str, currency: str) -> None:
        language = language_of(require_locale(locale))
        if language not in LANGUAGES:
            raise InvalidError(
                f"a report in {locale!r}",
                f"there are words for {', '.join(LANGUAGES)} only",
                "Ask for one of these.",
            )
        self.locale = locale
        self.language = language
        self.currency = currency
        self.unit = 10 ** get_currency_precision(currency)
        self.words = _words(language)

    def say(self, section: str, key: str, **values: object) -> str:
        """A sentence with its figures filled in."""
        return self.words[section][key].format(**values)

    def named(self, section: str, code: str) -> str:
        """What ``code`` is called, or the code itself, spaced, when there is no word for it."""
        return self.words[section].get(code) or code.replace("_", " ")

    def money(self, minor: float) -> str:
        """An amount in minor units, rounded to whole ones; a dash for what is not finite."""
        if not isfinite(minor):
            return self.words["page"]["nothing"]
        text = Money(round(minor), self.currency).text(self.locale)
        return text.replace("-", "−", 1)

    def gain(self, minor: float) -> str:
        """An amount with its sign said."""
        said = self.money(minor)
        return f"+{said}" if isfinite(minor) and round(minor) > 0 else said

    def rounded(self, minor: float) -> str:
        """An amount without its cents where they say nothing: from twenty units on."""
        return self.money(_coarse(minor, self.unit, abs(minor)))

    def per_thousand(self, minor: float) -> str:
        """A gain per shopper (minor units) as the gain per thousand of them."""
        return self.gain(_coarse(1000 * minor, self.unit, abs(1000 * minor)))

    def span(self, minors: Sequence[float]) -> tuple[str, ...]:
        """Gains that belong together, all rounded as the largest of them.

        >>> Wording("en-US", "USD").span([3770.0, 594.0])
        ('+$38', '+$6')
        """
        largest = max((abs(minor) for minor in minors if isfinite(minor)), default=0.0)
        return tuple(self.gain(_coarse(minor, self.unit, largest)) for minor in minors)

    def range(self, value: float, low: float, high: float) -> str:
        """A gain with its interval, which does not break over two lines."""
        value_text, low_text, high_text = self.span((value, low, high))
        said = self.say("lift", "range", value=value_text, low=low_text, high=high_text)
        return said.replace(" ", "\u00a0")

    def number(self, value: float, digits: int = 0) -> str:
        """A plain number with ``digits`` decimals."""
        if not isfinite(value):
            return self.words["page"]["nothing"]
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        text: str = format_decimal(value, pattern, locale=self.locale.replace("-", "_"))
        return text.replace("-", "−", 1)

    def percent(self, share: float, digits: int = 1) -> str:
        """A share of 1 as per cent; trailing zeros are dropped."""
        text = self.number(100 * share, digits)
        short = text.rstrip("0").rstrip(".") if digits and "." in text else text
        return f"{short}%"

    def day(self, moment: datetime) -> str:
        """A calendar day with its year."""
        locale = self.locale.replace("-", "_")
        return format_date(moment.date(), _DAY[self.language], locale=locale)

    def seconds(self, value: float) -> str:
        """A length of time in seconds, or in minutes and seconds from two minutes on."""
        if value < 120:
            return self.say("cost", "seconds", seconds=self.number(value, 1))
        minutes, rest = divmod(round(value), 60)
        return self.say("cost", "minutes", minutes=minutes, seconds=rest)


def _coarse(minor: float, unit: int, largest: float) -> float:
    """``minor`` in whole major units when ``largest`` is at least twenty of them."""
    whole = isfinite(minor) and largest >= 20 * unit
    return round(minor / unit) * unit if whole else minor


def localised(texts: Mapping[str, str], locale: str) -> str | None:
    """The text for ``locale``, else for its language, else None.

    >>> localised({"en": "tea", "zh-CN": "茶"}, "en-US")
    'tea'
    """
    if locale in texts:
        return texts[locale]
    language = language_of(locale)
    return next((text for tag, text in texts.items() if language_of(tag) == language), None)


@cache
def _words(language: str) -> Mapping[str, Mapping[str, str]]:
    source = files("promoloop.report").joinpath("words", f"{language}.toml")
    found = tomllib.loads(source.read_text(encoding="utf-8"))
    return {name: part for name, part in found.items() if isinstance(part, dict)}
