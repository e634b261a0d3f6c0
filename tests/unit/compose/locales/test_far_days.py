"""An offer that lasts a year: its days are told with the year, and its texts are proven."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from promoloop.compose import CHANNELS, MOMENTS, briefs_for, facts_for_copy, fill, verify
from promoloop.compose.templates import template_message
from promoloop.offers import CouponCode, MinimumSpend, Offer, PercentOff
from promoloop.testing.samples import COFFEE_NAMES

FIRST, END = datetime(2026, 11, 21, tzinfo=UTC), datetime(2027, 11, 21, tzinfo=UTC)
BEFORE, NOW = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
OFFER = Offer("y", COFFEE_NAMES, "COFFEE", PercentOff(25, 250), FIRST, END, "USD")
WITH_TERMS = Offer(
    "z", COFFEE_NAMES, "COFFEE", PercentOff(25, 250), FIRST, END, "USD",
    (MinimumSpend(3000), CouponCode(("BREW25",))),
)  # fmt: skip
ENDS = {
    "en-US": "ends Nov 20, 2027",
    "en-GB": "ends 20 Nov 2027",
    "zh-CN": "2027年11月20日截止",
    "zh-TW": "2027年11月20日截止",
    "de-DE": "bis 20. November 2027",
    "fr-FR": "jusqu’au 20 novembre 2027",
    "es-ES": "hasta el 20 de noviembre de 2027",
    "ja-JP": "2027年11月20日まで",
}


@pytest.mark.parametrize("locale", ENDS)
def test_the_last_day_of_an_offer_of_a_year_is_told_with_its_year(locale: str) -> None:
    assert facts_for_copy(OFFER, locale, "UTC").clauses["deadline"] == ENDS[locale]
    assert facts_for_copy(OFFER, locale, "UTC", now=NOW).clauses["deadline"] == ENDS[locale]


def test_both_days_of_an_offer_of_a_year_that_has_not_begun_are_told_with_their_years() -> None:
    facts = facts_for_copy(OFFER, "en-US", "UTC", now=BEFORE)
    assert facts.clauses["deadline"] == "from Nov 21, 2026 until Nov 20, 2027"


def test_a_day_more_than_half_a_year_from_now_is_told_with_its_year() -> None:
    first, end = datetime(2027, 11, 1, tzinfo=UTC), datetime(2027, 11, 21, tzinfo=UTC)
    offer = Offer("f", COFFEE_NAMES, "COFFEE", PercentOff(25), first, end, "USD")
    early = facts_for_copy(offer, "en-US", "UTC", now=NOW)
    assert early.clauses["deadline"] == "from Nov 1, 2027 until Nov 20, 2027"
    late = facts_for_copy(offer, "en-US", "UTC", now=datetime(2027, 11, 2, tzinfo=UTC))
    assert late.clauses["deadline"] == "ends Nov 20"


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
@pytest.mark.parametrize("locale", ENDS)
def test_every_cell_of_an_offer_of_a_year_has_a_proven_message(locale: str, zone: str) -> None:
    """West of London it begins and ends on one day of November, a year apart."""
    for offer in (OFFER, WITH_TERMS):
        facts = facts_for_copy(offer, locale, zone, now=NOW)
        for brief in briefs_for([offer], [locale], CHANNELS, MOMENTS, zone, NOW):
            parts = fill(template_message(brief, 1), facts.clauses)
            verdict = verify(parts, facts, brief.channel, brief.moment)
            assert verdict.passed, (brief.channel, brief.moment, parts, verdict.reasons)
