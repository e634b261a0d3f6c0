"""Every cell gets eight proven messages with no model installed, whatever the offer."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from itertools import product

import numpy as np
import pytest
import yaml

from promoloop.compose import CHANNELS, MOMENTS, briefs_for, facts_for_copy, fill, verify
from promoloop.compose.tables import table
from promoloop.compose.templates import assemble, rendered, template_hooks, template_message
from promoloop.core import InvalidError
from promoloop.offers import (
    AmountOff,
    BuyXGetY,
    CouponCode,
    FreeShipping,
    Gift,
    MinimumSpend,
    Offer,
    PercentOff,
    TieredAmountOff,
    offers_from_data,
)

LOCALES = ("en-US", "zh-CN")
TURNS = range(8)
NAMES = (
    {"en-US": "coffee", "zh-CN": "咖啡"},
    {
        "en-US": "hand-knitted winter socks for big feet",
        "zh-CN": "手编加厚羊毛混纺冬季长筒保暖室内地板袜子大码",
    },
)
REWARDS = (
    PercentOff(20, 400),
    PercentOff(100),
    AmountOff(500),
    TieredAmountOff(((3000, 500), (6000, 1200), (12000, 3000))),
    BuyXGetY(1, 1),
    BuyXGetY(2, 1, 50),
    Gift("mug", {"en-US": "glass mug with a long handle", "zh-CN": "长柄玻璃杯"}, 1200),
    FreeShipping(800),
)
CONDITIONS = (
    (),
    (MinimumSpend(3000),),
    (CouponCode(("BREWING-2026-NOVEMBER",)),),
    (CouponCode(("A1", "C3")),),
    (MinimumSpend(300000), CouponCode(("BREW20",))),
)


def _offer(reward, conditions, names) -> Offer:
    return Offer(
        "o1", names, "COFFEE", reward, datetime(2026, 11, 20, tzinfo=UTC),
        datetime(2026, 12, 1, tzinfo=UTC), "USD", conditions,
    )  # fmt: skip


@cache
def _demo_offers() -> tuple[Offer, ...]:
    text = files("promoloop.flows").joinpath("demo", "offers.yaml").read_text("utf-8")
    return offers_from_data(yaml.safe_load(text), "offers.yaml")


def _assert_eight_proven(offer, moments) -> None:
    for locale in LOCALES:
        facts = facts_for_copy(offer, locale, "UTC")
        for brief in briefs_for([offer], [locale], CHANNELS, moments, "UTC"):
            found = set()
            for turn in TURNS:
                parts = rendered(brief, turn)
                verdict = verify(parts, facts, brief.channel, brief.moment)
                assert verdict.passed, (parts, verdict.reasons)
                found.add(tuple(parts.values()))
            assert len(found) == 8, (locale, brief.channel, brief.moment, found)


@pytest.mark.parametrize("at", range(12))
def test_each_offer_of_the_demo_gets_eight_proven_messages_in_every_cell(at: int):
    moments = [moment for i, moment in enumerate(MOMENTS) if i % 4 == at % 4]
    _assert_eight_proven(_demo_offers()[at], moments)


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_moment_has_eight_proven_messages_for_a_plain_offer(moment: str):
    _assert_eight_proven(_offer(PercentOff(20), (), NAMES[0]), [moment])


CASES = list(product(REWARDS, CONDITIONS, NAMES))


@pytest.mark.parametrize("at", range(len(CASES)))
def test_every_reward_and_condition_gets_eight_proven_messages(at: int):
    _assert_eight_proven(_offer(*CASES[at]), [MOMENTS[at % len(MOMENTS)]])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_list_has_eight_different_texts_and_every_language_the_same_lists(language: str):
    texts, english = table(f"templates-{language}"), table("templates-en")
    assert tuple(texts["moment"]) == MOMENTS
    assert [key for key in texts if key != "moment"] == [key for key in english if key != "moment"]
    for moment, lists in texts["moment"].items():
        assert set(lists) == {"opener", "hook", "short", "subject", "preheader", "headline"}
        for name, found in lists.items():
            assert len(set(found)) == len(found) >= 8, (moment, name)
        assert not any("{" in text for text in lists["short"] + lists["headline"])
        assert sum("{" not in text for text in lists["subject"]) >= 3, moment


def test_no_text_shouts():
    for language in ("en", "zh"):
        for lists in table(f"templates-{language}")["moment"].values():
            assert not any(
                mark in text for some in lists.values() for text in some for mark in "!！"
            )


@pytest.mark.parametrize("locale", LOCALES)
def test_each_winback_message_says_that_time_has_passed_or_bids_come_back(locale: str):
    back = {
        "en-US": ("back", "again", "a while", "long time", "return", "left", "whenever", "still"),
        "zh-CN": ("好久", "隔了", "回来", "再", "还", "什么时候", "随时", "照旧"),
    }[locale]
    brief = _brief(locale, "email", "lapsed")
    for turn in TURNS:
        text = " ".join(rendered(brief, turn).values()).lower()
        assert any(word in text for word in back), text


def test_a_festival_and_a_gift_are_named_only_where_the_facts_name_them():
    for moment, slot in (("festival", "festival"), ("gift", "gift")):
        brief = _brief("en-US", "email", moment)
        plain = [" ".join(template_message(brief, turn).values()) for turn in range(9)]
        assert not any(f"{{{{{slot}}}}}" in text for text in plain)
        named = _with_facts(brief, **{slot: "Spring Fair"})
        texts = [" ".join(template_message(named, turn).values()) for turn in range(9)]
        assert any(f"{{{{{slot}}}}}" in text for text in texts)


def test_the_shop_is_named_first_in_a_text_message_where_it_is_known():
    for locale, start in (("en-US", "Corner Shop: "), ("zh-CN", "【街角小店】")):
        brand = start.strip(":【】 ")
        brief = _with_facts(_brief(locale, "sms", "cart"), brand=brand)
        assert rendered(brief, 0)["text"].startswith(start)


def test_a_text_message_tells_how_to_opt_out():
    assert rendered(_brief("en-US", "sms", "new"), 1)["text"].endswith("Reply STOP to opt out")
    assert rendered(_brief("zh-CN", "sms", "new"), 1)["text"].endswith("拒收请回复R")


def test_the_name_of_the_product_stands_in_front_of_a_reward_that_does_not_name_it():
    brief = _brief("en-US", "onsite", "active", AmountOff(500))
    assert rendered(brief, 0)["body"] == "Coffee: $5 off, ends Nov 30."
    brief = _brief("en-US", "onsite", "active", PercentOff(20))
    assert rendered(brief, 0)["body"] == "20% off coffee, ends Nov 30."


def test_a_given_hook_stands_in_the_message():
    brief = _brief("en-US", "push", "cart")
    parts = assemble(brief, "Put the kettle on", 3)
    assert fill(parts, brief.facts)["headline"] == "Put the kettle on"


def test_hooks_are_short_where_there_is_little_room():
    short, line = _brief("en-US", "sms", "vip"), _brief("en-US", "popup", "vip")
    assert max(len(text) for text in template_hooks(short)) <= 28
    assert all(text[-1] in ".?" for text in template_hooks(line))


def test_a_channel_or_language_without_templates_is_an_error():
    brief = _brief("en-US", "email", "cart")
    with pytest.raises(InvalidError, match="no templates"):
        rendered(_changed(brief, channel="fax"), 0)
    with pytest.raises(InvalidError, match="no templates"):
        rendered(_changed(brief, moment="moonrise"), 0)


def test_a_message_is_rendered_in_five_milliseconds():
    briefs = briefs_for(_demo_offers()[:2], LOCALES, CHANNELS, MOMENTS, "UTC")
    spent = []
    for brief in briefs:
        start = time.process_time()
        rendered(brief, 3)
        spent.append(time.process_time() - start)
    assert np.quantile(spent, 0.99) <= 0.005


def _brief(locale, channel, moment, reward=None):
    offer = _offer(reward or PercentOff(20), (), NAMES[0])
    return briefs_for([offer], [locale], [channel], [moment], "UTC")[0]


def _changed(brief, **fields):
    return replace(brief, **fields)


def _with_facts(brief, **clauses):
    return _changed(brief, facts={**brief.facts, **clauses})
