"""A whole message that states the reward may leave out no condition of the offer."""

from __future__ import annotations

import pytest

from promoloop.compose import briefs_for, facts_for_copy, fill, verify
from promoloop.compose.templates import template_message
from promoloop.offers import (
    AmountOff,
    Condition,
    CouponCode,
    FreeShipping,
    MinimumSpend,
    Offer,
    PercentOff,
    Reward,
    TieredAmountOff,
)
from promoloop.testing.samples import COFFEE_NAMES

from ..locales.test_currencies import DAYS, LOCALES

SPEND, CODE, POOL = MinimumSpend(3000), CouponCode(("BREW20",)), CouponCode(("A7", "B8"))
CASES: list[tuple[str, Reward, tuple[Condition, ...], str, str, str]] = [
    ("en-US", PercentOff(20), (CODE,), "20% off coffee, ends Dec 1.",
     "20% off coffee with code BREW20, ends Dec 1.", "code"),
    ("en-US", PercentOff(20), (POOL,), "20% off coffee, ends Dec 1.",
     "20% off coffee with your personal code, ends Dec 1.", "code"),
    ("en-US", PercentOff(20), (POOL,), "20% off coffee, no code needed, ends Dec 1.",
     "20% off coffee, use your coupon, ends Dec 1.", "code"),
    ("en-US", PercentOff(20, 400), (), "20% off coffee until Dec 1.",
     "20% off coffee, up to €4 off, until Dec 1.", "ceiling"),
    ("en-US", PercentOff(20), (SPEND,), "20% off coffee, ends Dec 1.",
     "20% off coffee when you spend €30, ends Dec 1.", "minimum spend"),
    ("en-US", AmountOff(500), (SPEND,), "€5 off, ends Dec 1.",
     "€5 off when you spend €30, ends Dec 1.", "minimum spend"),
    ("en-US", FreeShipping(500), (SPEND,), "Free shipping, covers up to €5 of shipping.",
     "Free shipping on orders over €30, covers up to €5 of shipping.", "minimum spend"),
    ("en-US", TieredAmountOff(((3000, 500), (6000, 1200))), (), "Save €12 on coffee.",
     "Save €12 when you spend €60.", "minimum spend"),
    ("zh-CN", PercentOff(20), (CODE,), "咖啡8折，12月1日截止。",
     "咖啡8折，凭码BREW20，12月1日截止。", "code"),
    ("zh-CN", PercentOff(20), (POOL,), "咖啡8折，无需优惠码。",
     "咖啡8折，凭专属优惠码。", "code"),
    ("zh-CN", PercentOff(20, 400), (), "咖啡8折。", "咖啡8折，最多减€4。", "ceiling"),
    ("zh-CN", PercentOff(20), (SPEND,), "咖啡8折。", "满€30可享咖啡8折。", "minimum spend"),
    ("zh-CN", AmountOff(500), (SPEND,), "咖啡立减€5。", "咖啡满€30减€5。", "minimum spend"),
]  # fmt: skip


def _passes(locale: str, reward: Reward, terms: tuple[Condition, ...], text: str) -> list[str]:
    offer = Offer("o", COFFEE_NAMES, "COFFEE", reward, *DAYS, "EUR", terms)
    facts = facts_for_copy(offer, locale, "UTC")
    return list(verify({"text": text}, facts, "sms", "active").reasons)


@pytest.mark.parametrize(("locale", "reward", "terms", "without", "whole", "what"), CASES)
def test_a_condition_left_out_is_refused_and_told_it_passes(
    locale: str, reward: Reward, terms: tuple[Condition, ...], without: str, whole: str, what: str
) -> None:
    said = f"omitted: the reward is stated without the offer's {what}"
    assert said in _passes(locale, reward, terms, without)
    assert _passes(locale, reward, terms, whole) == []


def test_a_message_that_only_points_to_the_offer_may_leave_the_terms_to_the_page() -> None:
    assert _passes("en-US", PercentOff(20, 400), (SPEND, CODE), "An offer on coffee.") == []


def test_a_bare_hook_or_subject_may_state_the_reward_alone() -> None:
    offer = Offer("o", COFFEE_NAMES, "COFFEE", PercentOff(20), *DAYS, "EUR", (SPEND, CODE))
    facts = facts_for_copy(offer, "en-US", "UTC")
    assert verify("20% off coffee", facts, "hook", "active").passed
    assert verify({"subject": "20% off coffee"}, facts, "email", "active").passed


@pytest.mark.parametrize("slot", ["condition", "code", "ceiling"])
@pytest.mark.parametrize("locale", LOCALES)
def test_a_mail_without_one_of_the_terms_is_refused_in_every_locale(locale: str, slot: str) -> None:
    offer = Offer("o", COFFEE_NAMES, "COFFEE", PercentOff(20, 400), *DAYS, "EUR", (SPEND, CODE))
    facts = facts_for_copy(offer, locale, "UTC")
    brief = briefs_for([offer], [locale], ["email"], ["active"], "UTC")[0]
    parts = template_message(brief, 2)
    assert verify(fill(parts, facts.clauses), facts, "email", "active").passed
    cut = {part: text.replace(f"{{{{{slot}}}}}", "") for part, text in parts.items()}
    reasons = verify(fill(cut, facts.clauses), facts, "email", "active").reasons
    assert any(reason.startswith("omitted: ") for reason in reasons), reasons
