"""Explanations: every amount accounted for, every feature in words, in both languages."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.decide import (
    NOTHING,
    Decision,
    Explanation,
    Grounds,
    Weighed,
    Weighing,
    explain_fully,
    has_habit_words,
    has_words,
)
from promoloop.decide.phrases import CHANNELS, FRAME, KINDS, PHRASES, REASONS
from promoloop.offers import REWARDS, Funding
from promoloop.respond import (
    BASELINE_FEATURES,
    Action,
    EffectModel,
    Habit,
    OfferTerms,
    attribute,
    feature_names,
)

LANGUAGES = ("en", "zh")
ACTIONS = tuple(
    Action(offer, channel, 18, variant)
    for offer in ("coffee-25", "tea-10")
    for channel in ("email", "onsite", "sms")
    for variant in ("a", "b")
)
NONE = np.zeros(1)
TERMS = tuple(
    OfferTerms(offer, group, kind, NONE, NONE, NONE, 250)
    for offer, group, kind in (
        ("coffee-25", "COFFEE", "percent_off"),
        ("tea-10", "TEA", "tiered_amount_off"),
    )
)
NAMES = feature_names(ACTIONS, TERMS)
SHOPPER = {
    "intercept": 1.0,
    "depth": 0.22,
    "depth_x_coupon_affinity": 0.22 * 0.9,
    "depth_x_coupon_affinity_squared": 0.22 * 0.81,
    "depth_x_discount_affinity": 0.22 * -0.5,
    "depth_x_price_index": 0.22 * 0.15,
    "coupon_affinity": 0.9,
    "habit": math.sqrt(0.3),
    "hour_affinity": 0.6,
    "fatigue": 1.5,
    "variant:b": 1.0,
    "kind:percent_off": 1.0,
    "offer:coffee-25": 1.0,
}
DECISION = Decision(
    decision_id="d1",
    campaign_id="c1",
    shopper_id="s1",
    arm="policy",
    decided_at=datetime(2026, 1, 5, tzinfo=UTC),
    send_at=None,
    action="coffee-25/email/18/b",
    offer_id="coffee-25",
    channel="email",
    hour=18,
    variant="b",
    propensity=0.62,
    value_minor=30.0,
    spend_minor=60.0,
    liability_minor=251,
    reasons=(),
    weighed=(
        Weighed("coffee-25/email/18/b", 0.62, 30.0, 60.0, 20.0),
        Weighed("tea-10/onsite/9/a", 0.3, 10.0, 60.0, 4.0),
        Weighed(NOTHING, 0.08, 0.0, 0.0, 0.0),
    ),
    rejected={"milk-5": "stock_exhausted", "tea-10/sms/18": "quiet_hours"},
    prices={"budget": 0.04, "coffee-25": 3.0, "partner/roaster": 0.5},
    features=(),
    policy="inverse-gap",
    model_version="effect-c1-7",
    seed=11,
)


def weighing(key: str, shopper: dict[str, float], **charged: float) -> Weighing:
    offer, _, hour, _ = key.split("/")
    model = EffectModel(NAMES)
    features = np.array([shopper.get(name, 0.0) for name in NAMES])
    split = attribute(model, offer, features, 0.3, 900.0, 250.0, 1.0, 1.5)
    return Weighing(key, int(hour), split, charged, 251.0)


CHOSEN = weighing("coffee-25/email/18/b", SHOPPER, **{"budget": 10.0, "coffee-25": 3.0})
OTHER = weighing(
    "tea-10/onsite/9/a",
    {**SHOPPER, "depth": 0.1, "offer:coffee-25": 0.0, "offer:tea-10": 1.0, "hour_affinity": -1.0},
)
HABIT = Habit(
    "COFFEE",
    0.3,
    -2.0,
    dict.fromkeys(BASELINE_FEATURES, 0.1) | {"weeks_since": 0.9, "rate_13w": 0.4},
    dict.fromkeys(BASELINE_FEATURES, 0.3) | {"weeks_since": 2.0},
)
GROUNDS = Grounds(
    DECISION,
    "USD",
    {"coffee-25": "coffee", "tea-10": "tea"},
    CHOSEN,
    OTHER,
    "coffee-25/email/18/b",
    HABIT,
)


def said(grounds: Grounds = GROUNDS, locale: str = "en-US") -> Explanation:
    return explain_fully(grounds, locale)


def test_the_money_of_all_reasons_sums_to_the_priced_value():
    found = said()
    total = math.fsum(reason.money_minor for reason in found.reasons)
    assert total == pytest.approx(CHOSEN.priced_minor, abs=1e-9)
    assert found.priced_minor == CHOSEN.priced_minor == CHOSEN.split.value_minor - 13.0


def test_the_log_odds_of_all_reasons_sum_to_the_models():
    found = said()
    total = math.fsum([found.split.base, *(one.log_odds for one in found.reasons)])
    assert total == pytest.approx(CHOSEN.split.log_odds, abs=1e-12)


def test_the_difference_to_the_alternative_sums_to_the_gap_in_priced_value():
    gap = math.fsum(one.money_minor for one in said().comparison.reasons)
    assert gap == pytest.approx(CHOSEN.priced_minor - OTHER.priced_minor, abs=1e-9)


def test_what_a_partner_pays_is_told_beside_the_shops_cost():
    """.40 per decision are $400 per thousand."""
    funding = Funding("roaster", "The Roaster", 0.4, 50_000)
    shared = replace(GROUNDS, decision=replace(DECISION, funding=funding, partner_spend_minor=40.0))
    assert "The Roaster is expected to pay another $400, which is no cost of the shop's." in (
        said(shared).facts
    )
    assert "另由合作方 The Roaster 预计承担 US$400，不计入本店花费。" in said(shared, "zh-CN").facts
    assert "Roaster" not in said().text().replace("roaster", "")


def test_reasons_are_facts_a_marketer_knows():
    text = said().text()
    for fact in (
        "coffee-25 (coffee) by e-mail at 18:00, text b",
        "takes 22% off this shopper's usual basket",
        "uses coupons more often than 9 of 10 shoppers",
        "sets $2.51 of the budget aside",
        "the discount also goes to purchases that would be made anyway",
        "probability of 62.0%, among 3 options",
        "Another $100 would have brought $4 of margin",
        "Units of “coffee” are short: one more would have brought $0.03",
        "budget of partner roaster is short: another $100 would have brought $50",
        "milk-5, because none of it is left",
        "model effect-c1-7, seed 11",
        "×2.46 last bought 2 weeks ago",
    ):
        assert fact in text
    assert "coupon_affinity" not in text


def test_the_same_is_said_in_chinese():
    text = said(locale="zh-CN").text()
    for fact in (
        "用券频率高于 9 成的顾客",
        "优惠力度约为该顾客平时单次消费的 22%",
        "本来就会买的人也用了优惠",
        "概率为 62.0%，共 3 个选项",
        "合作方 roaster 的预算紧张",
        "milk-5，原因是名额已用完",
        "上次购买在 2 周前",
    ):
        assert fact in text
    assert not re.search("[a-z]+_[a-z]+", text)


def test_features_of_one_thing_are_one_reason():
    found = next(one for one in said().reasons if one.topic == "coupons")
    assert found.features == (
        "depth_x_coupon_affinity",
        "depth_x_coupon_affinity_squared",
        "coupon_affinity",
    )


def test_every_current_feature_has_words_in_both_languages():
    assert [name for name in NAMES if not has_words(name)] == []
    assert [name for name in BASELINE_FEATURES if not has_habit_words(name)] == []
    model = EffectModel(NAMES)
    model.mean_ = np.full(len(NAMES), 0.1)
    split = attribute(model, "coffee-25", np.full(len(NAMES), 0.5), 0.3, 900.0, 250.0, 1.0, 1.5)
    about = Weighing("coffee-25/email/18/b", 18, split, {}, 251.0)
    for locale in ("en-US", "zh-CN"):
        found = said(replace(GROUNDS, chosen=about), locale)
        gathered = [name for reason in found.reasons for name in reason.features]
        assert sorted(gathered) == sorted(NAMES)


def test_a_feature_nobody_has_words_for_is_named_and_counted():
    model = EffectModel(("intercept", "moon_phase"))
    model.mean_ = np.array([0.1, 0.4])
    split = attribute(model, "coffee-25", np.array([1.0, 2.0]), 0.3, 900.0, 250.0, 1.0, 0.0)
    about = Weighing("coffee-25/email/18/b", 18, split, {}, 251.0)
    for locale, text in (("en-US", "moon_phase (at 2)"), ("zh-CN", "moon_phase（取值 2）")):
        assert text in said(replace(GROUNDS, chosen=about), locale).text()
    assert not has_words("moon_phase")


@pytest.mark.parametrize("words", [PHRASES, FRAME, CHANNELS, KINDS, REASONS])
def test_both_languages_say_the_same_with_the_same_figures(words):
    assert words["en"].keys() == words["zh"].keys()
    for key, text in words["en"].items():
        fields = [set(re.findall(r"{(\w+)}", words[language][key])) for language in LANGUAGES]
        assert fields[0] == fields[1], key
        assert text


def test_every_kind_of_reward_and_channel_of_ours_has_a_name():
    codes = {reward.code for reward in REWARDS}
    assert codes <= KINDS["en"].keys()
    assert {"email", "onsite"} <= CHANNELS["en"].keys()


@pytest.mark.parametrize(
    ("favoured", "text"),
    [
        ("coffee-25/email/18/b", "favoured exactly this"),
        ("tea-10/onsite/9/a", "The plan favoured tea-10 (tea)"),
        (NOTHING, "favoured sending nothing"),
    ],
)
def test_it_is_said_whether_the_choice_was_favoured_or_tried(favoured, text):
    assert text in said(replace(GROUNDS, favoured=favoured)).text()


@pytest.mark.parametrize(
    ("arm", "text"), [("random", "Random arm"), ("bau", "as usual"), ("holdout", "Holdout")]
)
def test_other_arms_say_how_they_choose(arm, text):
    decision = replace(DECISION, arm=arm)
    assert text in said(replace(GROUNDS, decision=decision)).text()


def test_nothing_is_explained_by_what_the_best_action_lacked():
    nothing = replace(DECISION, action=NOTHING, offer_id=None)
    found = said(replace(GROUNDS, decision=nothing, chosen=None, favoured=NOTHING))
    assert found.weighed == "tea-10/onsite/9/a"
    assert "the best that could be sent" in found.text()
    assert "Sent: nothing." in found.text()
    total = math.fsum(reason.money_minor for reason in found.reasons)
    assert total == pytest.approx(OTHER.priced_minor, abs=1e-9)


def test_where_nothing_else_was_possible_that_is_said():
    alone = replace(DECISION, weighed=(Weighed(NOTHING, 1.0, 0.0, 0.0, 0.0),), action=NOTHING)
    found = said(Grounds(alone, "USD", {}, None, None, NOTHING))
    assert "there was no other option" in found.text()


def test_money_without_smaller_coins_is_written_whole():
    assert "JP¥" in said(replace(GROUNDS, currency="JPY"), "zh-CN").text()


def test_other_languages_are_refused():
    with pytest.raises(InvalidError, match="fr-FR"):
        said(locale="fr-FR")
