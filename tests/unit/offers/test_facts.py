"""What may be said of an offer, worked out by hand in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.offers import (
    AmountOff,
    BuyXGetY,
    Condition,
    CouponCode,
    FlashWindow,
    FreeShipping,
    Gift,
    MinimumSpend,
    PercentOff,
    Reward,
    TieredAmountOff,
    offer_facts,
)

from .made import conditions, offer, rewards, steady

TITLES = {"en-US": "tote bag", "zh-CN": "帆布袋"}


@pytest.mark.parametrize(
    ("reward", "conditions", "english", "chinese"),
    [
        (PercentOff(20), (), "20% off coffee", "咖啡8折"),
        (PercentOff(100), (), "coffee for free", "咖啡免费"),
        (AmountOff(500), (), "$5 off", "立减US$5"),
        (AmountOff(1000), (MinimumSpend(5000),), "$10 off when you spend $50", "满US$50减US$10"),
        (
            TieredAmountOff(((600, 100), (1200, 300))),
            (),
            "$1 off when you spend $6, $3 off when you spend $12",
            "满US$6减US$1，满US$12减US$3",
        ),
        (BuyXGetY(2, 1), (), "buy 2, get 1 free", "买二送一"),
        (BuyXGetY(1, 1, 50), (), "buy 1, get 1 at 50% off", "买一件，再买一件享5折"),
        (Gift("g", TITLES, 400), (), "a free tote bag", "送帆布袋"),
        (FreeShipping(500), (), "free shipping", "免运费"),
    ],
)
def test_every_reward_reads_naturally_in_both_languages(
    reward: Reward, conditions: tuple[Condition, ...], english: str, chinese: str
) -> None:
    whole = offer(reward, *conditions)
    assert offer_facts(whole, "en-US", "UTC").clauses["reward"] == english
    assert offer_facts(whole, "zh-CN", "UTC").clauses["reward"] == chinese


@pytest.mark.parametrize(
    ("reward", "conditions", "chinese"),
    [
        (TieredAmountOff(((30000, 5000),)), (), "满300减50"),
        (AmountOff(550), (), "立减5.5元"),
        (AmountOff(1000), (MinimumSpend(5000),), "满50减10"),
    ],
)
def test_yuan_are_written_as_shoppers_in_china_read_them(
    reward: Reward, conditions: tuple[Condition, ...], chinese: str
) -> None:
    whole = offer(reward, *conditions, currency="CNY")
    assert offer_facts(whole, "zh-CN", "Asia/Shanghai").clauses["reward"] == chinese


def test_terms_stand_in_their_own_clauses() -> None:
    whole = offer(PercentOff(20, 400), MinimumSpend(1500), CouponCode(("COFFEE20",)))
    english = offer_facts(whole, "en-US", "UTC")
    chinese = offer_facts(whole, "zh-CN", "UTC")
    assert dict(english.clauses) == {
        "name": "coffee",
        "reward": "20% off coffee",
        "deadline": "ends Nov 30",
        "condition": "when you spend $15",
        "code": "with code COFFEE20",
        "ceiling": "up to $4 off",
    }
    assert dict(chinese.clauses) == {
        "name": "咖啡",
        "reward": "咖啡8折",
        "deadline": "11月30日截止",
        "condition": "满US$15可享",
        "code": "凭码COFFEE20",
        "ceiling": "最多减US$4",
    }


def test_the_facts_hold_every_number_that_may_be_stated() -> None:
    facts = offer_facts(offer(BuyXGetY(2, 1, 50, 700), MinimumSpend(900)), "en-US", "UTC")
    assert facts.percents == (50,)
    assert facts.amounts_minor == (700, 900)
    assert facts.counts == (2, 1)
    assert facts.codes == ()
    assert facts.gift is None
    assert not facts.free_shipping


def test_a_gift_is_named_in_the_readers_language_and_its_value_may_be_stated() -> None:
    facts = offer_facts(offer(Gift("g", TITLES, 400)), "zh-CN", "UTC")
    assert facts.gift == "帆布袋"
    assert facts.amounts_minor == (400,)


def test_the_deadline_is_the_local_day_of_the_last_valid_moment() -> None:
    whole = offer(PercentOff(20))  # until 2026-12-01T00:00Z
    assert offer_facts(whole, "en-US", "UTC").deadline == date(2026, 11, 30)
    assert offer_facts(whole, "en-US", "Asia/Shanghai").deadline == date(2026, 12, 1)
    assert offer_facts(whole, "en-US", "America/New_York").starts == date(2026, 10, 31)


def test_a_flash_window_sets_the_dates() -> None:
    window = FlashWindow(
        datetime(2026, 11, 10, 16, tzinfo=UTC), datetime(2026, 11, 11, 16, tzinfo=UTC)
    )
    facts = offer_facts(offer(PercentOff(20), window), "zh-CN", "Asia/Shanghai")
    assert (facts.starts, facts.deadline) == (date(2026, 11, 11), date(2026, 11, 11))


def test_a_flash_window_outside_the_offers_validity_is_refused() -> None:
    window = FlashWindow(datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC))
    with pytest.raises(InvalidError, match="leaves no moment"):
        offer_facts(offer(PercentOff(20), window), "en-US", "UTC")


def test_a_pool_speaks_of_a_personal_code_until_one_is_drawn() -> None:
    whole = offer(AmountOff(100), CouponCode(("A1", "B2")))
    assert offer_facts(whole, "en-US", "UTC").codes == ("A1", "B2")
    assert offer_facts(whole, "en-US", "UTC").clauses["code"] == "with your personal code"
    assert offer_facts(whole, "zh-CN", "UTC", "B2").clauses["code"] == "凭码B2"
    with pytest.raises(InvalidError, match="none of offer o1's codes"):
        offer_facts(whole, "en-US", "UTC", "C3")


def test_another_locale_of_the_language_falls_back_to_it() -> None:
    facts = offer_facts(offer(PercentOff(20)), "en-GB", "Europe/London")
    assert facts.name == "coffee"
    assert facts.locale == "en-GB"


def test_a_language_without_a_name_or_clauses_is_refused() -> None:
    whole = offer(PercentOff(20))
    with pytest.raises(InvalidError, match="there is none for de-DE"):
        offer_facts(whole, "de-DE", "UTC")
    with pytest.raises(InvalidError, match="we know only de, en, en-001, es"):
        offer_facts(replace(whole, names={"sv-SE": "kaffe"}), "sv-SE", "UTC")


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(InvalidError, match="'Mars/Olympus': it is not known"):
        offer_facts(offer(PercentOff(20)), "en-US", "Mars/Olympus")


@steady
@given(rewards, st.lists(conditions, max_size=3), st.sampled_from(["en-US", "zh-CN"]))
def test_no_clause_is_ever_left_empty_or_unfilled(
    reward: Reward, some: list[Condition], locale: str
) -> None:
    kept = [one for one in some if not isinstance(one, FlashWindow)]
    clauses = offer_facts(offer(reward, *kept), locale, "UTC").clauses
    assert {"name", "reward", "deadline"} <= set(clauses)
    assert all(text and "{" not in text for text in clauses.values() if "凭码" not in text)
