"""Every locale in every currency: each clause and each channel's message is proven."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product

import pytest

from promoloop.compose import CHANNELS, briefs_for, facts_for_copy, fill, verify
from promoloop.compose.templates import template_message
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
)
from promoloop.testing.samples import COFFEE_NAMES, TOTE_NAMES

LOCALES = ("en-US", "en-GB", "zh-CN", "zh-TW", "de-DE", "fr-FR", "es-ES", "ja-JP")
UNITS = {"USD": 100, "EUR": 100, "GBP": 100, "CNY": 700, "JPY": 100, "TWD": 3000}
DAYS = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)


def _rewards(unit: int) -> tuple[Reward, ...]:
    return (
        PercentOff(15),
        PercentOff(20, 4 * unit),
        PercentOff(100),
        PercentOff(100, 4 * unit),
        AmountOff(5 * unit),
        TieredAmountOff(((6 * unit, unit), (1200 * unit, 300 * unit))),
        BuyXGetY(2, 1),
        BuyXGetY(1, 2, 50, 3 * unit),
        BuyXGetY(1, 1, 100, 3 * unit),
        Gift("g", TOTE_NAMES, 4 * unit),
        FreeShipping(5 * unit),
    )


def _conditions(unit: int) -> tuple[tuple[Condition, ...], ...]:
    return (
        (),
        (MinimumSpend(15 * unit + (unit // 2)),),
        (CouponCode(("A7", "B8")),),
        (MinimumSpend(1500 * unit), CouponCode(("COFFEE20",))),
    )


def _offers(currency: str) -> Iterator[Offer]:
    unit = UNITS[currency]
    for reward, conditions in product(_rewards(unit), _conditions(unit)):
        yield Offer("o", COFFEE_NAMES, "COFFEE", reward, *DAYS, currency, conditions)


@pytest.mark.parametrize("currency", UNITS)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_clause_of_every_offer_is_proven(locale: str, currency: str) -> None:
    for offer in _offers(currency):
        facts = facts_for_copy(offer, locale, "UTC")
        for slot, clause in facts.clauses.items():
            verdict = verify(clause, facts, "none", "")
            assert verdict.passed, (slot, clause, verdict.reasons)


@pytest.mark.parametrize("currency", UNITS)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_channel_of_every_offer_has_a_proven_message(locale: str, currency: str) -> None:
    for offer in _offers(currency):
        facts = facts_for_copy(offer, locale, "UTC")
        for brief in briefs_for([offer], [locale], CHANNELS, ["active"], "UTC"):
            parts = fill(template_message(brief, 1), facts.clauses)
            verdict = verify(parts, facts, brief.channel, brief.moment)
            assert verdict.passed, (brief.channel, parts, verdict.reasons)


@pytest.mark.parametrize(
    ("locale", "currency", "text"),
    [
        ("fr-FR", "TWD", "5 $US de remise"),
        ("de-DE", "USD", "5 NT$ Rabatt"),
        ("fr-FR", "JPY", "5 CNY de remise"),
        ("es-ES", "EUR", "5 GBP de descuento"),
        ("zh-CN", "CNY", "立减新台币35元"),
        ("zh-TW", "TWD", "現折人民幣150元"),
        ("ja-JP", "USD", "5台湾ドルOFF"),
        ("zh-CN", "CNY", "满30日元减5日元"),
    ],
)
def test_an_amount_in_another_currency_is_refused(locale: str, currency: str, text: str) -> None:
    unit = UNITS[currency]
    offer = Offer("o", COFFEE_NAMES, "COFFEE", AmountOff(5 * unit), *DAYS, currency)
    verdict = verify(text, facts_for_copy(offer, locale, "UTC"), "none", "")
    assert not verdict.passed


@pytest.mark.parametrize("locale", LOCALES)
def test_a_full_discount_with_a_ceiling_says_both_and_is_not_called_free(
    locale: str,
) -> None:
    offer = Offer("o", COFFEE_NAMES, "COFFEE", PercentOff(100, 400), *DAYS, "EUR")
    facts = facts_for_copy(offer, locale, "UTC")
    assert "100" in facts.clauses["reward"]
    assert "4" in facts.clauses["ceiling"]
    free = {"en": "free", "zh": "免", "de": "gratis", "fr": "gratuit", "es": "gratis", "ja": "無料"}
    assert free[locale[:2]] not in facts.clauses["reward"]
    uncapped = Offer("o", COFFEE_NAMES, "COFFEE", PercentOff(100), *DAYS, "EUR")
    said = facts_for_copy(uncapped, locale, "UTC").clauses["reward"]
    assert not verify(said, facts, "none", "").passed


@pytest.mark.parametrize("locale", ["es-ES", "ja-JP"])
def test_a_text_message_states_the_reward_with_code_or_spend(locale: str) -> None:
    """Spanish keeps to the letters of one SMS of 160, Japanese to 70 characters."""
    terms = ((), (MinimumSpend(3000),), (CouponCode(("BREW20",)),), (CouponCode(("A7", "B8")),))
    for reward, conditions in product((PercentOff(20), PercentOff(20, 400)), terms):
        offer = Offer("o", COFFEE_NAMES, "COFFEE", reward, *DAYS, "EUR", conditions)
        for brief in briefs_for([offer], [locale], ["sms"], ["active", "cart"], "UTC"):
            for turn in range(8):
                parts = template_message(brief, turn)
                assert "{{reward}}" in parts["text"], fill(parts, brief.facts)
