"""Locales and amounts, against what natives write and what Babel reads back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import parse_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.core import Money, date_text, locale_kin, percent_text, script_of

LOCALES = ("en-US", "en-GB", "zh-CN", "zh-TW", "de-DE", "fr-FR", "es-ES", "ja-JP")


@pytest.mark.parametrize(
    ("locale", "currency", "minor", "written"),
    [
        ("en-US", "USD", 1250, "$12.50"),
        ("en-GB", "GBP", 125000, "£1,250"),
        ("de-DE", "EUR", 125050, "1.250,50\u00a0€"),
        ("fr-FR", "EUR", 125050, "1\u202f250,50\u00a0€"),
        ("es-ES", "EUR", 125050, "1250,50\u00a0€"),
        ("es-ES", "EUR", 1250000, "12.500\u00a0€"),
        ("es-MX", "MXN", 125000, "$1,250"),
        ("zh-CN", "CNY", 30000, "¥300"),
        ("en-AU", "EUR", 5000, "EUR\u00a050"),
    ],
)
def test_amounts_stand_as_a_native_writes_them(
    locale: str, currency: str, minor: int, written: str
) -> None:
    assert Money(minor, currency).text(locale) == written


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.integers(0, 10**8), st.sampled_from(LOCALES), st.sampled_from(["EUR", "JPY", "USD"]))
def test_babel_reads_every_amount_back(minor: int, locale: str, currency: str) -> None:
    money = Money(minor, currency)
    number = "".join(c for c in money.text(locale) if c.isdigit() or c in ".,\u202f")
    assert parse_decimal(number, locale.replace("-", "_")) == money.decimal()
    assert money.decimal() == Decimal(minor).scaleb(0 if currency == "JPY" else -2)


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en-US", "Dec 1"),
        ("en-GB", "1 Dec"),
        ("zh-TW", "12月1日"),
        ("de-DE", "1. Dezember"),
        ("fr-FR", "1er décembre"),
        ("es-ES", "1 de diciembre"),
        ("ja-JP", "12月1日"),
    ],
)
def test_days_stand_as_a_native_writes_them(locale: str, written: str) -> None:
    assert date_text(date(2026, 12, 1), locale) == written


@pytest.mark.parametrize("locale", LOCALES)
def test_every_day_of_a_year_names_its_month_as_babel_does(locale: str) -> None:
    months = Locale.parse(locale, sep="-").months["format"]
    width = "wide" if locale[:2] in {"de", "fr", "es"} else "abbreviated"
    for month in range(1, 13):
        for day in (1, 2, 15, 28):
            text = date_text(date(2026, month, day), locale)
            assert months[width][month].rstrip(".") in text
            assert str(day) in text


def test_a_discount_is_said_in_tenths_of_the_price_in_chinese_and_in_percent_elsewhere() -> None:
    assert [percent_text(25, locale) for locale in ("zh-CN", "zh-TW", "zh-HK")] == [
        "7.5折",
        "75折",
        "75折",
    ]
    assert percent_text(95, "zh-TW") == "0.5折"
    assert [percent_text(25, locale) for locale in ("en-GB", "ja-JP")] == ["25%", "25%"]
    assert [percent_text(25, locale) for locale in ("de-DE", "fr-FR", "es-ES")] == ["25\u00a0%"] * 3


def test_kin_never_cross_scripts() -> None:
    assert locale_kin("zh-HK") == ("zh-HK", "zh-Hant")
    assert locale_kin("zh-SG") == ("zh-SG", "zh")
    assert locale_kin("zh-Hant-MO") == ("zh-Hant-MO", "zh-Hant-HK", "zh-Hant")
    assert locale_kin("de-AT") == ("de-AT", "de")
    assert {script_of(tag) for tag in locale_kin("zh-HK")} == {"Hant"}
