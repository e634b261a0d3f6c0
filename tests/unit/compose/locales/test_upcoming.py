"""Offers that have not begun: every message says from when, none speaks of them as running."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from promoloop.compose import CHANNELS, MOMENTS, briefs_for, facts_for_copy, fill, verify
from promoloop.compose.templates import template_message
from promoloop.core import date_text
from promoloop.offers import CouponCode, MinimumSpend, Offer, PercentOff
from promoloop.testing.samples import COFFEE_NAMES

from .test_currencies import LOCALES

FIRST, END = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
BEFORE, AFTER = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
OFFERS = (
    Offer("a", COFFEE_NAMES, "COFFEE", PercentOff(20), FIRST, END, "EUR"),
    Offer(
        "b", COFFEE_NAMES, "COFFEE", PercentOff(20, 500), FIRST, END, "EUR",
        (MinimumSpend(3000), CouponCode(("BREW20",))),
    ),
    Offer("c", COFFEE_NAMES, "COFFEE", PercentOff(20), FIRST, AFTER, "EUR"),
)  # fmt: skip
RUNNING = {
    "en-US": "Now on offer: 20% off coffee, from Nov 20 until Nov 30.",
    "en-GB": "Now on offer: 20% off coffee, from 20 Nov until 30 Nov.",
    "zh-CN": "咖啡正有优惠，8折，11月20日至11月30日。",
    "zh-TW": "咖啡正有優惠，8折，11月20日至11月30日。",
    "de-DE": "Jetzt im Angebot: 20 % Rabatt auf Kaffee, vom 20. November bis 30. November.",
    "fr-FR": "En ce moment : 20 % de remise sur la sélection café, du 20 novembre au 30 novembre.",
    "es-ES": "Ahora en oferta: 20 % de descuento en café, del 20 de noviembre al 30 de noviembre.",
    "ja-JP": "ただいまコーヒーが20%OFF、11月20日から11月30日まで。",
}
ALONE = {
    "en-US": "20% off coffee, ends Nov 30.",
    "en-GB": "20% off coffee, ends 30 Nov.",
    "zh-CN": "咖啡8折，11月30日截止。",
    "zh-TW": "咖啡8折，11月30日截止。",
    "de-DE": "20 % Rabatt auf Kaffee, bis 30. November.",
    "fr-FR": "20 % de remise sur la sélection café, jusqu’au 30 novembre.",
    "es-ES": "20 % de descuento en café, hasta el 30 de noviembre.",
    "ja-JP": "コーヒーが20%OFF、11月30日まで。",
}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_cell_of_an_upcoming_offer_has_a_proven_message(locale: str) -> None:
    for offer in OFFERS:
        facts = facts_for_copy(offer, locale, "UTC", now=BEFORE)
        assert facts.upcoming
        for brief in briefs_for([offer], [locale], CHANNELS, MOMENTS, "UTC", BEFORE):
            for turn in range(3):
                parts = fill(template_message(brief, turn), facts.clauses)
                verdict = verify(parts, facts, brief.channel, brief.moment)
                assert verdict.passed, (brief.channel, brief.moment, parts, verdict.reasons)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_mail_about_an_upcoming_offer_says_the_first_day(locale: str) -> None:
    first = date_text(date(2026, 11, 20), locale)
    for brief in briefs_for(OFFERS[:2], [locale], ["email"], MOMENTS, "UTC", BEFORE):
        assert first in fill(template_message(brief, 1), brief.facts)["body"]


@pytest.mark.parametrize("locale", LOCALES)
def test_words_that_say_it_runs_are_refused_before_it_begins(locale: str) -> None:
    for now, passes in ((BEFORE, False), (AFTER, True)):
        facts = facts_for_copy(OFFERS[0], locale, "UTC", now=now)
        verdict = verify(RUNNING[locale], facts, "none", "active")
        assert verdict.passed is passes, verdict.reasons


@pytest.mark.parametrize("locale", LOCALES)
def test_a_whole_message_that_leaves_the_first_day_out_is_refused(locale: str) -> None:
    for now, passes in ((BEFORE, False), (AFTER, True)):
        facts = facts_for_copy(OFFERS[0], locale, "UTC", now=now)
        verdict = verify({"text": ALONE[locale]}, facts, "sms", "active")
        assert verdict.passed is passes, verdict.reasons
    today = date(2026, 11, 10)
    plain = facts_for_copy(OFFERS[0], locale, "UTC")
    assert not verify({"text": ALONE[locale]}, plain, "sms", "active", today).passed


@pytest.mark.parametrize("locale", LOCALES)
def test_a_wrong_first_day_is_refused(locale: str) -> None:
    facts = facts_for_copy(OFFERS[0], locale, "UTC", now=BEFORE)
    said = date_text(date(2026, 11, 20), locale)
    other = date_text(date(2026, 11, 18), locale)
    comma = {"zh": "，", "ja": "、"}.get(locale[:2], ", ")
    right = comma.join((facts.clauses["reward"], facts.clauses["deadline"]))
    assert verify(right, facts, "none", "active").passed
    assert not verify(right.replace(said, other), facts, "none", "active").passed
