"""Texts that are about no offer, proven against a sheet of facts."""

from datetime import date, time

import pytest

from promoloop.compose import Fact, FactSheet, fact_sheet, sms_segments, verify_statement
from promoloop.core import InvalidError

EVENT = fact_sheet(
    "en-US",
    names={"Harbor Books": "event.host", "Maple Hall": "event.place"},
    dates={date(2026, 12, 5): "event.day", date(2026, 12, 1): "event.reply_until"},
    times={time(19): "event.opens"},
    numbers={40: "event.seats"},
    promises={"free_item": "event.entry"},
)
PRODUCT = fact_sheet(
    "en-US",
    names={"trail jacket": "product.title"},
    attributes={
        "waterproof": "product.attributes.finish",
        "recycled nylon": "product.attributes.shell",
    },
)
DENIED = fact_sheet(
    "zh-CN", names={"水杯": "product.title"}, attributes={"不防水": "product.attributes.finish"}
)
ORDER = fact_sheet(
    "en-US",
    currency="USD",
    codes={"A10023": "order.id"},
    money_minor={2599: "order.refund_minor", 4200: "order.total_minor"},
    dates={date(2026, 11, 27): "order.returns_until"},
    promises={"refund": "order.refund", "returns": "policy.returns"},
)
REPORT = fact_sheet(
    "en-US",
    numbers={4310: "report.orders"},
    percents={12: "report.orders_growth.change", -7: "report.visits.change"},
)


@pytest.mark.parametrize(
    ("sheet", "text"),
    [
        (EVENT, "Join Harbor Books at Maple Hall on December 5 at 7 pm."),
        (EVENT, "An evening at Harbor Books, Dec 5. Please reply by Dec 1. There are 40 seats."),
        (EVENT, "Entry is free."),
        (PRODUCT, "The trail jacket is waterproof, with a shell of recycled nylon."),
        (ORDER, "Your refund of $25.99 for order A10023 is on its way."),
        (ORDER, "You can make returns until Nov 27."),
        (REPORT, "Orders rose 12% to 4,310."),
        (REPORT, "Visits fell by 7%, while orders rose 12%."),
    ],
)
def test_a_true_statement_passes(sheet: FactSheet, text: str):
    verdict = verify_statement(text, sheet)
    assert verdict.passed, verdict.reasons
    assert verdict.claims


@pytest.mark.parametrize(
    ("sheet", "text"),
    [
        (EVENT, "Join Harbor Books at Maple Hall on December 6 at 7 pm."),
        (EVENT, "Join Harbor Books on December 5 at 8 pm."),
        (EVENT, "Harbor Books has 400 seats."),
        (EVENT, "Reply by Dec 5."),
        (PRODUCT, "The trail jacket is organic."),
        (PRODUCT, "The trail jacket is the best jacket."),
        (PRODUCT, "The trail jacket cures a cold."),
        (DENIED, "这款水杯防水。"),
        (ORDER, "Your refund of $42 for order A10023 is on its way."),
        (ORDER, "Your refund of $25.99 for order A10024 is on its way."),
        (ORDER, "We also sent you a voucher."),
        (REPORT, "Orders fell 12% to 4,310."),
        (REPORT, "Visits rose by 7%."),
        (REPORT, "Orders rose 12% to 4,311."),
        (REPORT, "Orders rose 7%."),
    ],
)
def test_a_statement_that_is_not_on_the_sheet_is_refused(sheet: FactSheet, text: str):
    assert not verify_statement(text, sheet).passed


@pytest.mark.parametrize(
    ("locale", "text", "role"),
    [
        ("en-US", "Coffee was $12, now $9.", "regular_price"),
        ("en-GB", "Coffee was £12, now £9.", "regular_price"),
        ("de-DE", "Kaffee jetzt 9 €, statt 12 €.", "lowest_30_days"),
        ("fr-FR", "Le café à 9 €, au lieu de 12 €.", "lowest_30_days"),
        ("es-ES", "Café, antes 12 €, ahora 9 €.", "lowest_30_days"),
        ("zh-CN", "咖啡原价12元，现价9元。", "lowest_7_days"),
        ("zh-TW", "咖啡原價12元，現價9元。", "regular_price"),
    ],
)
def test_a_former_price_must_be_the_one_its_market_asks_for(locale: str, text: str, role: str):
    currency = {"US": "USD", "GB": "GBP", "CN": "CNY", "TW": "TWD"}.get(locale[-2:], "EUR")
    names = dict.fromkeys(("Coffee", "Kaffee", "café", "Café", "咖啡"), "product.title")
    now = {900: "product.price_minor"}

    def passed(given: str) -> bool:
        former = (Fact("money", 1200, "product.former", given),)
        sheet = fact_sheet(locale, currency=currency, names=names, money_minor=now, facts=former)
        return verify_statement(text, sheet).passed

    assert passed(role)
    assert not passed("price")
    others = {"regular_price", "lowest_30_days", "lowest_7_days"} - {role}
    assert not any(passed(other) for other in others)


def test_a_rule_holds_from_its_day_on():
    def passed(today: date) -> bool:
        sheet = fact_sheet("de-DE", names={"Kaffee": "product.title"}, today=today)
        return verify_statement("Kaffee, nachhaltig gedacht.", sheet).passed

    assert passed(date(2026, 9, 26))
    assert not passed(date(2026, 9, 27))


@pytest.mark.parametrize(
    ("locale", "text"), [("zh-CN", "咖啡優惠"), ("zh-TW", "咖啡优惠"), ("zh-TW", "这杯咖啡")]
)
def test_the_other_script_is_refused(locale: str, text: str):
    assert not verify_statement(text, fact_sheet(locale, names={"咖啡": "p"})).passed


def test_a_locale_without_tables_is_refused_with_a_remedy():
    with pytest.raises(InvalidError, match="lang-sw"):
        verify_statement("Habari", fact_sheet("sw-KE"))


@pytest.mark.parametrize(
    ("kind", "value"),
    [("colour", "red"), ("money", "5"), ("date", 5), ("name", ""), ("count", True)],
)
def test_a_fact_of_the_wrong_kind_is_named(kind: str, value: object):
    with pytest.raises(InvalidError, match=r"product\.x"):
        Fact(kind, value, "product.x")


def test_a_tiers_threshold_does_not_stand_for_the_condition():
    sheet = fact_sheet(
        "zh-CN",
        currency="CNY",
        tiers={(2000, 300): "offer.reward.tiers", (4000, 1000): "offer.reward.tiers"},
        facts=(
            Fact("money", 2000, "offer.condition.amount", "threshold"),
            Fact("money", 4000, "offer.reward.tiers", "threshold"),
        ),
    )
    assert verify_statement("满20减3，满40减10，满20元可享。", sheet).passed
    assert not verify_statement("满20减3，满40减10，满40元可享。", sheet).passed


def test_money_needs_a_currency():
    with pytest.raises(InvalidError, match="currency"):
        fact_sheet("en-US", money_minor={100: "product.price"})


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 0), ("a", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("€" * 80, 1), ("€" * 81, 2), ("a" * 159 + "€", 2), ("a" * 152 + "€" + "a" * 152, 3),
        ("咖" * 70, 1), ("咖" * 71, 2), ("咖" * 134, 2), ("咖" * 135, 3), ("a" * 70 + "’", 2),
        ("😀" * 35, 1), ("😀" * 36, 2), ("é" * 160, 1), ("ê", 1), ("ê" * 71, 2),
    ],
)  # fmt: skip
def test_sms_are_counted_as_the_standard_counts_them(text: str, segments: int):
    assert sms_segments(text) == segments


@pytest.mark.parametrize(
    ("channel", "part", "locale", "fits", "spills"),
    [
        ("email", "subject", "en-US", "a" * 50, "a" * 51),
        ("email", "subject", "zh-CN", "咖" * 25, "咖" * 26),
        ("ad", "headline", "en-US", "a" * 30, "a" * 31),
        ("ad", "headline", "zh-CN", "咖" * 15, "咖" * 16),
        ("ad", "description", "ja-JP", "あ" * 45, "あ" * 46),
        ("push", "body", "en-US", "aa\naa", "aa\naa\naa"),
        ("sms", "text", "en-US", "a" * 160, "a" * 161),
        ("popup", "headline", "en-US", "a" * 50, "a" * 51),
    ],
)
def test_each_part_has_its_length(channel: str, part: str, locale: str, fits: str, spills: str):
    sheet = fact_sheet(locale)
    assert verify_statement({part: fits}, sheet, channel).passed
    reasons = verify_statement({part: spills}, sheet, channel).reasons
    assert any(reason.startswith("length") for reason in reasons)
