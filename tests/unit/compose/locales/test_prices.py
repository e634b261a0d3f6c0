"""Former prices: from the history the market asks for, worded so that the verifier proves them."""

from __future__ import annotations

from importlib.resources import files

import pytest

from promoloop.compose import Fact, FactSheet, fact_sheet, former_price, verify_statement
from promoloop.compose.tables import table
from promoloop.core import RefusedError, tongue_table, tongues_in


def _sheet(locale: str, currency: str, **history: int) -> FactSheet:
    facts = [Fact("money", 2499, "product.price_minor", "price")]
    facts += [Fact("money", minor, f"history.{role}", role) for role, minor in history.items()]
    return fact_sheet(locale, currency=currency, facts=tuple(facts))


@pytest.mark.parametrize(
    ("locale", "currency", "role", "worded"),
    [
        ("en-US", "USD", "regular_price", "$24.99, was $29.99"),
        ("en-GB", "GBP", "list_price", "£24.99, RRP £29.99"),
        ("de-DE", "EUR", "lowest_30_days",
         "24,99 € statt 29,99 € (niedrigster Preis der letzten 30 Tage)"),
        ("fr-FR", "EUR", "lowest_30_days",
         "24,99 € au lieu de 29,99 € (prix le plus bas des 30 derniers jours)"),
        ("es-ES", "EUR", "lowest_30_days",
         "24,99 € en lugar de 29,99 € (precio más bajo de los últimos 30 días)"),
        ("ja-JP", "JPY", "regular_price", "￥2,499（通常価格￥2,999）"),
        ("zh-CN", "CNY", "lowest_7_days", "现价¥24.99，此前¥29.99（前7日最低成交价）"),
        ("zh-TW", "TWD", "list_price", "現價$24.99，建議零售價$29.99"),
    ],
)  # fmt: skip
def test_a_former_price_reads_as_the_market_allows_and_is_proven(
    locale: str, currency: str, role: str, worded: str
) -> None:
    found = former_price(_sheet(locale, currency, **{role: 2999}))
    assert found.clause.replace("\u00a0", " ") == worded
    verdict = verify_statement(found.clause, found.sheet)
    assert verdict.passed, verdict.reasons


@pytest.mark.parametrize(
    ("locale", "currency", "history"),
    [
        ("de-DE", "EUR", {"regular_price": 2999}),
        ("fr-FR", "EUR", {"list_price": 2999}),
        ("zh-CN", "CNY", {"lowest_30_days": 2999}),
        ("ja-JP", "JPY", {"list_price": 2999}),
        ("en-US", "USD", {}),
        ("de-DE", "EUR", {"lowest_30_days": 2499}),
        ("de-DE", "EUR", {"lowest_30_days": 1999}),
    ],
)
def test_no_comparison_without_the_history_that_the_market_asks_for(
    locale: str, currency: str, history: dict[str, int]
) -> None:
    with pytest.raises(RefusedError, match=f"a former price in {locale}.*Record that price"):
        former_price(_sheet(locale, currency, **history))


def test_every_language_with_templates_words_every_kind_of_former_price() -> None:
    assert tongues_in("promoloop.compose", "prices") == tongues_in("promoloop.compose", "templates")
    for tag in tongues_in("promoloop.compose", "prices"):
        table = tongue_table("promoloop.compose", "prices", tag)
        assert set(table) == {"regular_price", "list_price", "lowest_30_days", "lowest_7_days"}
        assert all({"text", "basis"} == set(row) for row in table.values())


def test_rules_and_words_of_former_prices_stand_under_one_name() -> None:
    names = [one.name for one in files("promoloop.compose").joinpath("data").iterdir()]
    assert all(one.startswith("prices") for one in names if one.startswith("price"))
    asked = {role for row in table("prices")["market"] for role in row["roles"]}
    for tag in tongues_in("promoloop.compose", "prices"):
        assert asked == set(tongue_table("promoloop.compose", "prices", tag))


def test_no_template_compares_prices() -> None:
    words = ("statt", "UVP", "au lieu de", "prix barré", "en lugar de", "PVPR", "通常価格", "原价",
             "原價", "was {", "RRP")  # fmt: skip
    for tag in tongues_in("promoloop.compose", "templates"):
        text = str(tongue_table("promoloop.compose", "templates", tag))
        text += str(tongue_table("promoloop.offers", "clauses", tag))
        assert not any(word in text for word in words), tag
