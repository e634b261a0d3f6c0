"""Terms on a picture are joined as each language joins them."""

from datetime import UTC, date, datetime

import pytest

from promoloop.compose import PictureLook, briefs_for, facts_for_copy, picture_brief, picture_copy
from promoloop.offers import MinimumSpend, Offer, PercentOff


@pytest.mark.parametrize(("locale", "sign"), [("ja-JP", "、"), ("zh-CN", "，"), ("en-US", ", ")])
def test_condition_and_ceiling_are_joined_with_the_sign_of_the_language(locale, sign):
    offer = Offer(
        "o1", {locale: {"ja-JP": "紅茶", "zh-CN": "红茶", "en-US": "tea"}[locale]}, "TEA",
        PercentOff(20, 400), datetime(2026, 11, 20, tzinfo=UTC),
        datetime(2026, 12, 1, tzinfo=UTC), "USD", (MinimumSpend(3000),),
    )  # fmt: skip
    brief = briefs_for([offer], [locale], ["ad"], ["active"], "UTC")[0]
    facts = facts_for_copy(offer, locale, "UTC")
    made = picture_brief(
        "p", picture_copy(brief, facts), facts, "active", PictureLook(), date(2026, 11, 22)
    )
    terms = next(one.text for one in made.texts if one.role == "terms")
    assert terms.lower() == f"{facts.clauses['condition']}{sign}{facts.clauses['ceiling']}".lower()
