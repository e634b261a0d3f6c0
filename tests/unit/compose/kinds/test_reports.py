"""Market reports: every figure is told as it is."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from promoloop.compose.kinds import (
    Figure,
    MarketFigures,
    write_report,
)
from promoloop.core import InvalidError

LOCALES = ("en-US", "zh-CN")


def _told(locale, english, chinese):
    return english if locale == "en-US" else chinese


FIGURES = {
    "en-US": ("orders", "revenue", "repeat share", "returned orders", "new shoppers", "visits"),
    "zh-CN": ("订单数", "销售额", "复购率", "退货数", "新顾客", "访问量"),
}


def _figures(locale, compared="previous"):
    values = [
        ("count", "1240", "1000"), ("money", "1250000", "1300000"), ("percent", "31.5", "29.4"),
        ("count", "12", "0"), ("count", "80", None), ("count", "80", "80"),
    ]  # fmt: skip
    figures = tuple(
        Figure(name, unit, Decimal(value), None if before is None else Decimal(before))
        for name, (unit, value, before) in zip(FIGURES[locale], values, strict=True)
    )
    currency = _told(locale, "USD", "CNY")
    return MarketFigures(locale, date(2026, 11, 1), date(2026, 11, 30), figures, currency, compared)


@pytest.mark.parametrize(
    ("locale", "compared", "turn"), list(product(LOCALES, ("previous", "year_earlier"), range(4)))
)
def test_reports_are_proven_and_tell_period_value_and_change(locale, compared, turn):
    written = write_report(_figures(locale, compared), turn=turn)
    assert written.verdict.passed, (written.parts, written.verdict.reasons)
    # by hand: 240/1000, -50000/1300000 = -3.846 %, 31.5 - 29.4
    for number in ("1,240", "24%", "12,500", "3.8%", "2.1", "31.5%", "80"):
        assert number in written.parts["text"]
    assert all(one.fields for one in written.sources)


def test_a_fall_is_not_told_as_a_rise():
    text = write_report(_figures("en-US")).parts["text"]
    assert "fell 3.8% to $12,500" in text
    assert "rose 24% to 1,240" in text


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("-Infinity"), Decimal("Infinity"), Decimal("1.5")]
)
def test_a_figure_that_is_no_count_is_an_error(value: Decimal):
    with pytest.raises(InvalidError, match="orders, field value"):
        Figure("orders", "count", value)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"figures": ()}, "figures"), ({"currency": ""}, "currency"), ({"compared": "x"}, "compared"),
     ({"last": date(2026, 10, 1)}, "last")],
)  # fmt: skip
def test_a_report_that_cannot_be_told_is_an_error(changes, field):
    with pytest.raises(InvalidError, match=field):
        replace(_figures("en-US"), **changes)
