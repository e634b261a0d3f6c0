"""Figures below zero are told and proven as what they are."""

from datetime import date
from decimal import Decimal

import pytest

from promoloop.compose.kinds import Figure, MarketFigures, write_report

SAID = [
    ("money", "-20000", "50000", "fell by $700 to -$200", "少了¥700"),
    ("money", "30000", "-20000", "rose by $500 to $300", "多了¥500"),
    ("money", "-20000", "-50000", "rose by $300 to -$200", "多了¥300"),
    ("count", "-12", "40", "fell by 52 to -12", "少了52"),
    ("percent", "-3.2", "1.5", "fell 4.7 percentage points to -3.2%", "下滑4.7个百分点"),
    ("percent", "-3.2", None, "-3.2%", "-3.2%"),
    ("money", "-20000", None, "-$200", "-¥200"),
    ("money", "-20000", "0", "-$200", "-¥200"),
    ("count", "-12", "-12", "stayed at -12", "持平"),
    ("count", "1000001", "1000000", "rose slightly to 1,000,001", "略有上升"),
    ("money", "999999", "1000000", "fell slightly to $9,999.99", "略有下降"),
    ("percent", "31.54", "31.5", "rose slightly to 31.54%", "略有上升"),
]


@pytest.mark.parametrize(("unit", "value", "before", "english", "chinese"), SAID)
def test_a_figure_below_zero_or_hardly_changed_is_told_and_proven(
    unit, value, before, english, chinese
):
    earlier = None if before is None else Decimal(before)
    for locale, currency, name, said in (
        ("en-US", "USD", "lift", english),
        ("zh-CN", "CNY", "毛利", chinese),
    ):
        figure = Figure(name, unit, Decimal(value), earlier)
        asked = MarketFigures(locale, date(2026, 11, 1), date(2026, 11, 30), (figure,), currency)
        for turn in range(3):
            written = write_report(asked, turn=turn)
            assert written.verdict.passed, (written.parts, written.verdict.reasons)
            assert said in written.parts["text"]


def test_a_fall_below_zero_is_never_told_in_per_cent():
    figure = Figure("margin", "money", Decimal(-20000), Decimal(50000))
    asked = MarketFigures("en-US", date(2026, 11, 1), date(2026, 11, 30), (figure,), "USD")
    assert "%" not in write_report(asked).parts["text"]
