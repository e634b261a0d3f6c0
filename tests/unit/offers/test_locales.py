"""The clauses of every language: as natives write them, complete, and true to the numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from babel.numbers import parse_decimal

from promoloop.core import Money, tongue_table, tongues_in
from promoloop.offers import (
    AmountOff,
    BuyXGetY,
    Condition,
    CouponCode,
    FreeShipping,
    Gift,
    MinimumSpend,
    Offer,
    PercentOff,
    Reward,
    TieredAmountOff,
    offer_facts,
    offers_from_data,
    unspoken,
)
from promoloop.testing.samples import COFFEE_NAMES, CURRENCY_OF, TOTE_NAMES

from .made import offer


def _made(reward: Reward, *conditions: Condition, currency: str) -> Offer:
    return replace(offer(reward, *conditions, currency=currency), names=COFFEE_NAMES)


def _clauses(locale: str, reward: Reward, *conditions: Condition) -> dict[str, str]:
    whole = _made(reward, *conditions, currency=CURRENCY_OF[locale])
    return dict(offer_facts(whole, locale, "UTC").clauses)


@pytest.mark.parametrize(
    ("locale", "percent", "spend", "second", "gift", "shipping", "until"),
    [
        ("en-GB", "20% off coffee", "£10 off when you spend £50", "buy 2, get 1 free",
         "a free tote bag", "free delivery", "ends 30 Nov"),
        ("zh-TW", "咖啡8折", "滿50元折10元", "買二送一", "送帆布袋", "免運費", "11月30日截止"),
        ("de-DE", "20 % Rabatt auf Kaffee", "10 € Rabatt ab 50 € Einkaufswert",
         "2 kaufen, 1 gratis dazu", "Stofftasche gratis dazu", "kostenloser Versand",
         "bis 30. November"),
        ("fr-FR", "20 % de remise sur la sélection café", "10 € de remise dès 50 € d’achat",
         "2 articles achetés, 1 offert", "sac en toile en cadeau", "livraison gratuite",
         "jusqu’au 30 novembre"),
        ("es-ES", "20 % de descuento en café", "10 € de descuento a partir de 50 € de compra",
         "compra 2 y llévate 1 gratis", "bolsa de tela de regalo", "envío gratis",
         "hasta el 30 de noviembre"),
        ("ja-JP", "コーヒーが20%OFF", "5,000円以上のご購入で1,000円OFF", "2点ご購入で1点無料",
         "トートバッグプレゼント", "送料無料", "11月30日まで"),
    ],
)  # fmt: skip
def test_every_reward_reads_as_a_native_writes_it(
    locale: str, percent: str, spend: str, second: str, gift: str, shipping: str, until: str
) -> None:
    found = [
        _clauses(locale, PercentOff(20))["reward"],
        _clauses(locale, AmountOff(1000), MinimumSpend(5000))["reward"],
        _clauses(locale, BuyXGetY(2, 1))["reward"],
        _clauses(locale, Gift("g", TOTE_NAMES, 400))["reward"],
        _clauses(locale, FreeShipping(500))["reward"],
        _clauses(locale, PercentOff(20))["deadline"],
    ]
    plain = [text.replace("\u00a0", " ").replace("\u202f", " ") for text in found]
    assert plain == [percent, spend, second, gift, shipping, until]


def test_french_counts_agree_with_their_number() -> None:
    assert _clauses("fr-FR", BuyXGetY(1, 2))["reward"] == "1 article acheté, 2 offerts"
    half = _clauses("fr-FR", BuyXGetY(1, 1, 50))["reward"]
    assert half == "1 article acheté, 1 autre avec 50\u00a0% de remise"


def test_chinese_counts_of_pieces_say_both_instead_of_two() -> None:
    whole = _made(BuyXGetY(2, 2, 50), currency="CNY")
    assert offer_facts(whole, "zh-CN", "UTC").clauses["reward"] == "买两件，再买两件享5折"


REWARDS: tuple[tuple[Reward, tuple[Condition, ...]], ...] = (
    (PercentOff(15, 120050), (MinimumSpend(340000), CouponCode(("COFFEE20",)))),
    (AmountOff(123450), (MinimumSpend(500000),)),
    (TieredAmountOff(((600000, 100000), (1200000, 300000))), ()),
    (BuyXGetY(3, 2, 40, 250000), ()),
    (FreeShipping(50000), ()),
)


@pytest.mark.parametrize("locale", CURRENCY_OF)
@pytest.mark.parametrize(("reward", "conditions"), REWARDS)
def test_babel_reads_in_the_clauses_the_numbers_of_the_offer_and_no_other(
    locale: str, reward: Reward, conditions: tuple[Condition, ...]
) -> None:
    currency = CURRENCY_OF[locale]
    facts = offer_facts(_made(reward, *conditions, currency=currency), locale, "UTC")
    text = " ".join(facts.clauses.values()).replace("COFFEE20", "")
    written = re.findall(r"\d[\d.,\u202f]*\d|\d", text)
    found = {parse_decimal(one, locale.replace("-", "_")) for one in written}
    amounts = {Money(minor, currency).decimal() for minor in facts.amounts_minor}
    numbers = {Decimal(one) for one in (*facts.percents, *facts.counts, 11, 30)}
    if locale == "zh-TW":  # 85折 is 15 % off, and 二, 兩 are written as words
        numbers |= {Decimal(100 - one) for one in facts.percents}
        numbers |= {Decimal(100 - one) / 10 for one in facts.percents}
    assert found <= amounts | numbers
    assert amounts <= found


def _keys(table: object) -> object:
    if not isinstance(table, dict):
        return None
    return {
        key: _keys(value) for key, value in table.items() if key not in {"pair", "alone", "count"}
    }


@pytest.mark.parametrize("tag", tongues_in("promoloop.offers", "clauses"))
def test_every_language_has_all_keys_and_the_places_of_the_english_wording(tag: str) -> None:
    own = tongue_table("promoloop.offers", "clauses", tag)
    english = tongue_table("promoloop.offers", "clauses", "en")
    assert _keys(own) == _keys(english)
    assert set(own["count"]) == set(english["count"])
    for key, wording in english["words"].items():
        places = [sorted(re.findall(r"\{\w+\}", text)) for text in (own["words"][key], wording)]
        assert places[0] == places[1], key


@pytest.mark.parametrize("tag", ["de", "fr", "es"])
def test_no_word_before_the_name_would_have_to_agree_with_it(tag: str) -> None:
    before = {
        "de": r"\b(?:der|die|das|den|dem|ein|eine|einen|deine?n?|mit|von|zu|bei)\s\{name\}",
        "fr": r"(?:\b(?:le|la|les|de|du|des|à|au|aux|un|une|que)\s|['’])\{name\}",
        "es": r"\b(?:el|la|los|las|un|una|del|al)\s\{name\}",
    }
    for text in tongue_table("promoloop.offers", "clauses", tag)["words"].values():
        assert not re.search(before[tag], text), text


def test_a_name_of_another_region_does_and_one_of_another_script_is_converted() -> None:
    mouse = replace(
        _made(PercentOff(20), currency="TWD"), names={"zh-CN": "鼠标垫", "fr-FR": "thé"}
    )
    assert offer_facts(mouse, "zh-TW", "UTC").name == "滑鼠墊"
    assert offer_facts(mouse, "fr-CA", "UTC").name == "thé"


DATA = {
    "offer_id": "tea-20",
    "names": {"en-US": "tea"},
    "group": "TEA",
    "reward": {"code": "gift", "product_id": "g", "titles": {"en-US": "mug"}, "value_minor": 400},
    "valid_from": "2026-11-01T00:00:00Z",
    "valid_until": "2026-12-01T00:00:00Z",
    "currency": "EUR",
}


def test_an_offer_that_cannot_be_spoken_of_in_a_locale_is_named_with_field_and_remedy() -> None:
    (tea,) = offers_from_data([DATA], "o.yaml")
    assert unspoken(tea, ["en-US", "en-GB"]) == {}
    missing = unspoken(tea, ["de-DE", "ko-KR", "en-GB"])
    assert set(missing) == {"de-DE", "ko-KR"}
    assert missing["de-DE"].asked == "offer 'tea-20', field names"
    assert "none for de-DE" in missing["de-DE"].case
    assert missing["de-DE"].remedy


def test_a_gift_needs_its_title_too() -> None:
    (tea,) = offers_from_data([DATA | {"names": {"en-US": "tea", "de-DE": "Tee"}}], "o.yaml")
    assert "field reward, field titles: there is none" in str(unspoken(tea, ["de-DE"])["de-DE"])
