"""Messages rendered in the other languages: proven by the verifier, and read again by Babel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from babel.numbers import parse_decimal

from promoloop.compose import (
    CHANNELS,
    MOMENTS,
    Brief,
    briefs_for,
    facts_for_copy,
    fill,
    sms_segments,
    sms_text,
    verify,
)
from promoloop.compose.templates import template_message
from promoloop.core import Money
from promoloop.offers import (
    AmountOff,
    BuyXGetY,
    Condition,
    CouponCode,
    FreeShipping,
    Gift,
    MinimumSpend,
    Offer,
    OfferFacts,
    PercentOff,
    Reward,
    TieredAmountOff,
)
from promoloop.testing.samples import COFFEE_NAMES, CURRENCY_OF, TOTE_NAMES

DAYS = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
UNIT = {"GBP": 100, "EUR": 100, "JPY": 100, "TWD": 3000}


def _offers(locale: str) -> tuple[Offer, ...]:
    """One offer for each kind of reward, with every kind of term among them."""
    currency = CURRENCY_OF[locale]
    unit = UNIT[currency]
    kinds: list[tuple[Reward, tuple[Condition, ...]]] = [
        (PercentOff(15, 4 * unit), (CouponCode(("COFFEE20",)), MinimumSpend(15 * unit))),
        (PercentOff(100), ()),
        (AmountOff(5 * unit), (CouponCode(("A7", "B8")),)),
        (AmountOff(10 * unit), (MinimumSpend(50 * unit),)),
        (TieredAmountOff(((6 * unit, unit), (1200 * unit, 300 * unit))), ()),
        (BuyXGetY(2, 1), ()),
        (BuyXGetY(1, 2, 50, 3 * unit), ()),
        (Gift("g", TOTE_NAMES, 4 * unit), ()),
        (FreeShipping(5 * unit), ()),
    ]
    return tuple(
        Offer(f"o{at}", COFFEE_NAMES, "COFFEE", reward, *DAYS, currency, conditions)
        for at, (reward, conditions) in enumerate(kinds)
    )


def _messages(locale: str, turns: int) -> Iterator[tuple[Brief, OfferFacts, dict[str, str]]]:
    for at, offer in enumerate(_offers(locale)):
        facts = facts_for_copy(offer, locale, "UTC")
        for brief in briefs_for([offer], [locale], CHANNELS, MOMENTS, "UTC"):
            for turn in range(turns):
                parts = fill(template_message(brief, (at + turn * 3) % 8), brief.facts)
                yield brief, facts, parts


@pytest.mark.parametrize("locale", CURRENCY_OF)
def test_every_cell_has_a_message_that_the_verifier_proves(locale: str) -> None:
    cells = set()
    for brief, facts, parts in _messages(locale, turns=2):
        verdict = verify(parts, facts, brief.channel, brief.moment)
        assert verdict.passed, (brief.channel, brief.moment, parts, verdict.reasons)
        cells.add((brief.offer_id, brief.channel, brief.moment))
    assert len(cells) == 9 * len(CHANNELS) * len(MOMENTS)


@pytest.mark.parametrize("locale", CURRENCY_OF)
def test_every_cell_has_eight_different_messages(locale: str) -> None:
    for offer in (_offers(locale)[0], _offers(locale)[3]):
        for brief in briefs_for([offer], [locale], CHANNELS, MOMENTS, "UTC"):
            seen = {
                tuple(fill(template_message(brief, turn), brief.facts).values())
                for turn in range(8)
            }
            assert len(seen) == 8, (brief.channel, brief.moment, seen)


@pytest.mark.parametrize("locale", CURRENCY_OF)
def test_babel_reads_no_number_in_a_message_but_those_of_the_offer(locale: str) -> None:
    """A second parser, which knows nothing of ours: every number is one the offer states."""
    for brief, facts, parts in _messages(locale, turns=1):
        text = "\n".join(parts.values())
        for code in facts.codes:
            text = text.replace(code, "")
        amounts = {Money(one, facts.currency).decimal() for one in facts.amounts_minor}
        known = amounts | {Decimal(one) for one in (*facts.percents, *facts.counts, 1, 12)}
        if locale == "zh-TW":
            known |= {Decimal(100 - one) for one in facts.percents}
            known |= {Decimal(100 - one) / 10 for one in facts.percents}
        written = re.findall(r"\d[\d.,\u202f]*\d|\d", text)
        found = {parse_decimal(one, locale.replace("-", "_")) for one in written}
        assert found <= known, (brief.channel, brief.moment, parts)


@pytest.mark.parametrize("locale", ["en-GB", "de-DE", "fr-FR", "es-ES", "ja-JP", "zh-TW"])
def test_every_text_message_is_one_sms_and_says_how_to_leave(locale: str) -> None:
    leave = {
        "en-GB": "STOP", "de-DE": "Abmelden", "fr-FR": "se désinscrire",
        "es-ES": "darte de baja", "ja-JP": "配信停止", "zh-TW": "退訂",
    }[locale]  # fmt: skip
    for brief, _, parts in _messages(locale, turns=1):
        if brief.channel == "sms":
            assert sms_segments(sms_text(parts["text"])) == 1, parts
            assert leave in parts["text"]


def test_a_wrong_amount_is_refused_in_every_language() -> None:
    wrong = {
        "en-GB": "£12 off when you spend £50, ends 1 Dec",
        "zh-TW": "滿1,500元折360元，12月1日截止",
        "de-DE": "12 € Rabatt ab 50 € Einkaufswert, bis 1. Dezember",
        "fr-FR": "12 € de remise dès 50 € d’achat, jusqu’au 1er décembre",
        "es-ES": "12 € de descuento a partir de 50 € de compra, hasta el 1 de diciembre",
        "ja-JP": "5,000円以上のご購入で1,200円OFF、12月1日まで",
    }
    right = {
        "en-GB": "£10 off when you spend £50, ends 1 Dec",
        "zh-TW": "滿1,500元折300元，12月1日截止",
        "de-DE": "10 € Rabatt ab 50 € Einkaufswert, bis 1. Dezember",
        "fr-FR": "10 € de remise dès 50 € d’achat, jusqu’au 1er décembre",
        "es-ES": "10 € de descuento a partir de 50 € de compra, hasta el 1 de diciembre",
        "ja-JP": "5,000円以上のご購入で1,000円OFF、12月1日まで",
    }
    for locale, text in wrong.items():
        facts = facts_for_copy(_offers(locale)[3], locale, "UTC")
        assert not verify(text, facts, "email", "active").passed, locale
        assert verify(right[locale], facts, "email", "active").passed, locale


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en-GB", "Ends 2 Dec."),
        ("de-DE", "Bis 2. Dezember."),
        ("fr-FR", "Jusqu’au 2 décembre."),
        ("es-ES", "Hasta el 2 de diciembre."),
        ("ja-JP", "12月2日まで。"),
        ("zh-TW", "12月2日截止。"),
    ],
)
def test_a_wrong_deadline_is_refused_in_every_language(locale: str, text: str) -> None:
    facts = facts_for_copy(_offers(locale)[1], locale, "UTC")
    verdict = verify(text, facts, "email", "active")
    assert not verdict.passed
    assert verdict.reasons[0].startswith("date: ")
