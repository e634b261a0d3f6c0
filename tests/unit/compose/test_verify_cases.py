"""Hand-written texts, right and wrong, in both languages, against four offers."""

from datetime import date
from types import MappingProxyType

import pytest

from promoloop.compose import verify
from promoloop.offers import OfferFacts


def _facts(locale: str, currency: str, name: str, clauses: dict[str, str], **given: object):
    plain = {
        "percents": (), "amounts_minor": (), "counts": (), "codes": (), "gift": None,
        "free_shipping": False, "starts": date(2026, 11, 20), "deadline": date(2026, 11, 30),
    }  # fmt: skip
    return OfferFacts(
        offer_id="o", revision=1, locale=locale, currency=currency, name=name,
        clauses=MappingProxyType(clauses), **{**plain, **given},
    )  # fmt: skip


OFFERS = {
    "percent": _facts(
        "en-US", "USD", "coffee",
        {"name": "coffee", "reward": "20% off", "deadline": "ends Nov 30", "code": "code BREW20"},
        percents=(20,), codes=("BREW20",),
    ),
    "spend": _facts(
        "en-US", "USD", "frozen pizza",
        {"name": "frozen pizza", "reward": "$5 off", "condition": "when you spend $30",
         "deadline": "ends Nov 30"},
        amounts_minor=(500, 3000),
    ),
    "bogo": _facts(
        "en-US", "USD", "yogurt",
        {"name": "yogurt", "reward": "buy 1, get 1 free", "deadline": "ends Nov 30"},
        counts=(1, 1),
    ),
    "ship": _facts(
        "en-US", "USD", "pet food",
        {"name": "pet food", "reward": "free shipping", "deadline": "ends Nov 30"},
        free_shipping=True,
    ),
    "gift": _facts(
        "en-US", "USD", "tea",
        {"name": "tea", "reward": "a free glass mug", "deadline": "ends Nov 30"}, gift="glass mug",
    ),
    "flash": _facts(
        "en-US", "USD", "ice cream",
        {"name": "ice cream", "reward": "50% off", "deadline": "ends Nov 30"},
        percents=(50,), starts=date(2026, 11, 30),
    ),
    "折": _facts(
        "zh-CN", "CNY", "咖啡",
        {"name": "咖啡", "reward": "8折", "deadline": "11月30日截止", "code": "优惠码BREW20"},
        percents=(20,), codes=("BREW20",),
    ),
    "满减": _facts(
        "zh-CN", "CNY", "冷冻披萨",
        {"name": "冷冻披萨", "reward": "减50元", "condition": "满300元", "deadline": "11月30日截止"},
        amounts_minor=(30000, 5000),
    ),
    "买送": _facts(
        "zh-CN", "CNY", "酸奶",
        {"name": "酸奶", "reward": "买一送一", "deadline": "11月30日截止"}, counts=(1, 1),
    ),
    "包邮": _facts(
        "zh-CN", "CNY", "猫粮",
        {"name": "猫粮", "reward": "包邮", "deadline": "11月30日截止"}, free_shipping=True,
    ),
    "赠": _facts(
        "zh-CN", "CNY", "茶叶",
        {"name": "茶叶", "reward": "送玻璃杯", "deadline": "11月30日截止"}, gift="玻璃杯",
    ),
    "闪": _facts(
        "zh-CN", "CNY", "冰淇淋",
        {"name": "冰淇淋", "reward": "5折", "deadline": "11月30日截止"},
        percents=(50,), starts=date(2026, 11, 30),
    ),
}  # fmt: skip

RIGHT = [
    ("percent", "Coffee: 20% off, ends Nov 30."),
    ("percent", "Take 20 percent off coffee through November 30, 2026."),
    ("percent", "20 % off coffee until 30 November"),
    ("percent", "Twenty percent off coffee, by 11/30"),
    ("percent", "Coffee is 20% off until 2026-11-30. Use code BREW20 at checkout."),
    ("percent", "Your morning coffee, 20% off with code BREW20"),
    ("percent", "From Nov 20 to Nov 30, coffee is 20% off."),
    ("percent", "A warm cup for a slow morning. Coffee is 20% off until Nov 30th."),
    ("percent", "20% off coffee, ends Nov 30. See the offer."),
    ("percent", "20% off coffee ends Monday, Nov 30"),
    ("spend", "Frozen pizza: $5 off when you spend $30, ends Nov 30."),
    ("spend", "Spend $30, save $5 on frozen pizza"),
    ("spend", "Spend $30 and save $5 on frozen pizza by Nov. 30"),
    ("spend", "USD 5 off frozen pizza when you spend USD 30"),
    ("spend", "5 dollars off frozen pizza orders of $30"),
    ("spend", "Five dollars off frozen pizza when you spend $30.00"),
    ("spend", "Save $5 on frozen pizza when you spend $30. Dinner is sorted."),
    ("spend", "$5 off frozen pizza over $30, until November 30th"),
    ("bogo", "Yogurt: buy 1, get 1 free, ends Nov 30."),
    ("bogo", "Yogurt, two for one until Nov 30"),
    ("bogo", "Yogurt: buy one, get one free"),
    ("bogo", "BOGO on yogurt, ends Nov 30"),
    ("bogo", "Yogurt is 2-for-1 until Nov 30"),
    ("bogo", "Buy one yogurt, get another free"),
    ("ship", "Pet food ships free until Nov 30."),
    ("ship", "Free shipping on pet food, ends Nov 30."),
    ("ship", "Pet food with free delivery until Nov 30"),
    ("gift", "Tea comes with a free glass mug, ends Nov 30."),
    ("gift", "A glass mug is our gift with tea until Nov 30"),
    ("flash", "Ice cream is half price today."),
    ("flash", "Ice cream is 50% off, today only, Nov 30"),
    ("flash", "Last day: half off ice cream"),
    ("折", "咖啡8折，11月30日截止。"),
    ("折", "咖啡八折，十一月三十日截止"),
    ("折", "咖啡打八折，用优惠码BREW20，11月30日截止"),
    ("折", "咖啡80折，截至11月30号"),
    ("折", "咖啡立享8折，2026年11月30日截止"),
    ("折", "咖啡８折，１１月３０日截止"),
    ("折", "咖啡8 折，2026-11-30截止"),
    ("折", "11月20日起，咖啡8折"),
    ("折", "11月20日至11月30日，咖啡8折"),
    ("折", "周末早上，一杯咖啡慢慢喝。8折，11月30日截止"),
    ("折", "又到一周的开始，咖啡8折"),
    ("满减", "冷冻披萨满300减50，11月30日截止"),
    ("满减", "冷冻披萨满300元减50元"),
    ("满减", "冷冻披萨满三百减五十，11月30日前有效"),
    ("满减", "冷冻披萨满３００减５０"),
    ("满减", "冷冻披萨满¥300立减¥50"),
    ("满减", "冷冻披萨买满300元，减50元，11月30日截止"),
    ("满减", "冷冻披萨满￥300，减￥50"),
    ("满减", "冷冻披萨满300元，立减五十元"),
    ("买送", "酸奶买一送一，11月30日截止"),
    ("买送", "酸奶买1送1"),
    ("买送", "酸奶买一件送一件"),
    ("买送", "酸奶买一赠一，11月30日截止"),
    ("包邮", "猫粮包邮，11月30日截止"),
    ("包邮", "猫粮免运费，11月30日截止"),
    ("包邮", "猫粮免费配送"),
    ("赠", "买茶叶送玻璃杯，11月30日截止"),
    ("赠", "茶叶附赠玻璃杯"),
    ("赠", "茶叶，免费赠送玻璃杯"),
    ("闪", "冰淇淋半价，今天截止"),
    ("闪", "冰淇淋5折，就在今天，最后一天"),
    ("闪", "冰淇淋五折，今晚截止"),
]

WRONG = [
    ("percent", "Coffee: 30% off, ends Nov 30.", "percent"),
    ("percent", "Coffee: 20% off, ends Nov 29.", "date"),
    ("percent", "Coffee: 20% off, ends Dec 30.", "date"),
    ("percent", "Coffee: 20% off until Nov 30, 2027.", "date"),
    ("percent", "Coffee: $20 off, ends Nov 30.", "money"),
    ("percent", "Up to 20% off coffee", "percent"),
    ("percent", "An extra 20% off coffee", "percent"),
    ("percent", "120% off coffee", "percent"),
    ("percent", "Half price coffee", "percent"),
    ("percent", "Fifteen percent off coffee", "percent"),
    ("percent", "20% off coffee with code BREW30", "code"),
    ("percent", "20% off coffee with code welcome", "code"),
    ("percent", "20% off coffee. Use BEANS at checkout.", "code"),
    ("percent", "20% off coffee, ends today", "date"),
    ("percent", "20% off coffee, tonight", "date"),
    ("percent", "20% off coffee after Nov 30", "date"),
    ("percent", "20% off coffee, ends Nov 20", "date"),
    ("percent", "20% off coffee ends Tuesday", "date"),
    ("percent", "20% off the best coffee in town", "superlative"),
    ("percent", "20% off our #1 coffee", "superlative"),
    ("percent", "20% off coffee, guaranteed", "guarantee"),
    ("percent", "20% off, our lowest price on coffee", "price"),
    ("percent", "20% off coffee. Hurry!", "urgency"),
    ("percent", "20% off coffee while supplies last", "urgency"),
    ("percent", "20% off coffee that boosts your energy", "health"),
    ("percent", "20% off organic coffee", "health"),
    ("percent", "20% off coffee and a free mug", "free"),
    ("percent", "20% off coffee with free shipping", "free"),
    ("percent", "20% off coffee at www.example.com", "address"),
    ("percent", "20% off {{name}}", "slot"),
    ("percent", "<b>20% off</b> coffee", "markup"),
    ("percent", "20% off coffee 咖啡", "characters"),
    ("percent", "20% off c\u043effee", "characters"),
    ("percent", "20% off coffee \u202e", "characters"),
    ("percent", "🎉🎉🎉", "language"),
    ("percent", "   ", "empty"),
    ("percent", "20% off coffee, free returns", "promise"),
    ("percent", "20% off coffee and double points", "number"),
    ("percent", "We miss you. 20% off coffee", "moment"),
    ("percent", "20% off 3 coffee", "number"),
    ("spend", "Frozen pizza: $30 off when you spend $5", "money"),
    ("spend", "Save $30 on frozen pizza", "money"),
    ("spend", "¥5 off frozen pizza when you spend ¥30", "money"),
    ("spend", "$5.50 off frozen pizza when you spend $30", "money"),
    ("spend", "Five hundred dollars off frozen pizza", "money"),
    ("spend", "€5 off frozen pizza when you spend $30", "money"),
    ("bogo", "Yogurt: buy 2, get 1 free", "count"),
    ("bogo", "Yogurt: three for two", "count"),
    ("bogo", "Free yogurt", "free"),
    ("ship", "Free gift with pet food", "free"),
    ("gift", "Tea with free shipping", "free"),
    ("flash", "Ice cream is half price tomorrow", "date"),
    ("折", "咖啡7折，11月30日截止", "percent"),
    ("折", "咖啡二折", "percent"),
    ("折", "咖啡8.5折", "percent"),
    ("折", "咖啡半价", "percent"),
    ("折", "咖啡低至8折", "percent"),
    ("折", "咖啡8折，12月30日截止", "date"),
    ("折", "咖啡8折，11月30日后有效", "date"),
    ("折", "咖啡8折，今晚截止", "date"),
    ("折", "咖啡8折，最后一天", "date"),
    ("折", "咖啡8折，明天见", "date"),
    ("折", "最好喝的咖啡8折", "superlative"),
    ("折", "全国第一咖啡8折", "superlative"),
    ("折", "咖啡8折，全网底价", "price"),
    ("折", "咖啡8折，手慢无", "urgency"),
    ("折", "咖啡8折，限量", "urgency"),
    ("折", "提神咖啡8折", "health"),
    ("折", "进口咖啡8折", "quality"),
    ("折", "咖啡8折再送杯子", "free"),
    ("折", "咖啡8折包邮", "free"),
    ("折", "咖啡8折，优惠码SAVE99", "code"),
    ("折", "咖啡8折，加微信领取", "address"),
    ("折", "咖啡8折，好久不见", "moment"),
    ("折", "Coffee 8折", "language"),
    ("折", "咖啡8折，優惠來了", "language"),
    ("折", "咖啡减20元", "money"),
    ("满减", "冷冻披萨满300减60", "money"),
    ("满减", "冷冻披萨满50减300", "money"),
    ("满减", "冷冻披萨满二百减五十", "money"),
    ("满减", "冷冻披萨立减300元", "money"),
    ("满减", "冷冻披萨满$300减$50", "money"),
    ("满减", "冷冻披萨满300减50，再打9折", "percent"),
    ("买送", "酸奶买二送一", "count"),
    ("买送", "酸奶免费", "free"),
    ("买送", "酸奶第二件半价", "percent"),
    ("包邮", "猫粮包邮，还有赠品", "free"),
    ("赠", "买茶叶送玻璃杯两个，买一送三", "count"),
]


def test_the_table_is_large_enough_in_both_languages():
    for rows in (RIGHT, WRONG):
        assert len(rows) >= 60
        assert sum(OFFERS[row[0]].locale == "zh-CN" for row in rows) >= 25


@pytest.mark.parametrize(("offer", "text"), RIGHT)
def test_a_true_text_passes_and_names_its_proofs(offer: str, text: str):
    verdict = verify(text, OFFERS[offer], "email", "active")
    assert verdict.passed, verdict.reasons
    assert all(claim.proof.startswith("offer.") for claim in verdict.claims)
    assert verdict.claims


@pytest.mark.parametrize(("offer", "text", "kind"), WRONG)
def test_a_false_text_is_refused_for_the_right_reason(offer: str, text: str, kind: str):
    verdict = verify(text, OFFERS[offer], "email", "active")
    assert not verdict.passed
    assert kind in {reason.split(":")[0] for reason in verdict.reasons}, verdict.reasons
