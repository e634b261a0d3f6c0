"""Invitations and joint promotions: proven, and whole."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from promoloop.compose import facts_for_copy
from promoloop.compose.kinds import (
    Invitation,
    JointPromotion,
    write_invitation,
    write_joint_promotion,
)
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
)

LOCALES = ("en-US", "zh-CN")
CHANNELS = ("email", "push", "sms", "onsite")
REWARDS = (
    PercentOff(20, 400),
    PercentOff(100),
    AmountOff(500),
    TieredAmountOff(((3000, 500), (6000, 1200))),
    BuyXGetY(2, 1, 50),
    Gift("mug", {"en-US": "glass mug", "zh-CN": "玻璃杯"}, 1200),
    FreeShipping(800),
)
CONDITIONS = ((), (MinimumSpend(3000), CouponCode(("BREW20",))))


def _told(locale, english, chinese):
    return english if locale == "en-US" else chinese


def _invitation(locale, channel="email", end=datetime(2026, 12, 5, 20, 30, tzinfo=UTC), **other):
    fields = {
        "title": _told(locale, "Tea Evening", "新茶品鉴会"),
        "place": _told(locale, "12 Harbor Street, second floor", "海港路12号二楼"),
        "host": _told(locale, "Corner Shop", "街角小店"),
    } | other
    return Invitation(
        starts=datetime(2026, 12, 5, 18, tzinfo=UTC), ends=end, locale=locale, channel=channel,
        **fields,
    )  # fmt: skip


def _offer(reward=REWARDS[0], conditions=CONDITIONS[1]):
    return Offer(
        "o1", {"en-US": "coffee", "zh-CN": "咖啡"}, "COFFEE", reward,
        datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), "USD", conditions,
    )  # fmt: skip


@pytest.mark.parametrize(("locale", "channel", "turn"), list(product(LOCALES, CHANNELS, range(4))))
def test_invitations_are_proven_and_hold_title_place_day_and_time(locale, channel, turn):
    written = write_invitation(_invitation(locale, channel), turn=turn)
    assert written.verdict.passed, written.verdict.reasons
    text = " ".join(written.parts.values())
    for fact in _told(
        locale,
        ("Tea Evening", "12 Harbor", "December 5", "6:00"),
        ("新茶", "海港路12号", "12月5日", "18:00"),
    ):
        assert fact in text
    assert written.parts["link"] == "{{link}}"


def test_an_invitation_tells_the_local_time_and_both_days_of_a_long_event():
    shanghai = _invitation(
        "zh-CN", end=datetime(2026, 12, 6, 1, tzinfo=UTC), time_zone="Asia/Shanghai"
    )
    body = write_invitation(shanghai, turn=2).parts["body"]
    assert "12月6日星期日02:00至12月6日" not in body
    assert "02:00" in body
    assert "09:00" in body


@pytest.mark.parametrize("locale", ["en-US", "en-GB", "zh-CN", "zh-TW"])
@pytest.mark.parametrize(
    ("start", "end"),
    [((5, 0, 30), (5, 2, 0)), ((5, 18, 0), (6, 0, 0)), ((5, 0, 0), (5, 0, 59))],
)
def test_times_of_the_first_hour_of_a_day_are_proven(locale, start, end):
    title, host, place = (
        ("Midnight Tea", "Shop", "Hall") if locale[:2] == "en" else ["茶会", "小店", "大厅"]
    )
    begins, ends = (datetime(2026, 12, *one, tzinfo=UTC) for one in (start, end))
    for channel, turn in product(CHANNELS, range(4)):
        asked = Invitation(title, place, begins, ends, host, locale, channel=channel)
        written = write_invitation(asked, turn=turn)
        assert written.verdict.passed, (written.parts, written.verdict.reasons)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "Best Party, 90% off"}, "title"),
        ({"title": "🎉🎉"}, "title"),
        ({"host": "<b>Shop</b>"}, "host"),
        ({"place": "x" * 81}, "place"),
        ({"place": "see www.example.com"}, "place"),
        ({"end": datetime(2026, 12, 5, 17, tzinfo=UTC)}, "ends"),
        ({"time_zone": "Mars/Base"}, "Mars"),
    ],
)
def test_an_invitation_that_cannot_be_proven_is_an_error_naming_the_field(changes, field):
    with pytest.raises(InvalidError, match=field):
        _invitation("en-US", **changes)


@pytest.mark.parametrize(
    ("locale", "field", "text"),
    [
        ("en-GB", "title", "Free beer for all"),
        ("en-US", "title", "Half-price night"),
        ("en-US", "title", "Tea, on the house"),
        ("en-US", "host", "Corner Shop pays"),
        ("en-US", "place", "Half off at the hall"),
        ("en-US", "place", "Hall, free beer"),
        ("en-US", "place", "Hall, 50% off"),
        ("zh-CN", "title", "免费品酒"),
        ("zh-CN", "place", "大厅，全场五折"),
        ("zh-TW", "place", "大廳，買一送一"),
        ("zh-TW", "host", "小店請客"),
    ],
)
def test_an_offer_in_a_title_host_or_place_is_an_error_naming_the_field(locale, field, text):
    with pytest.raises(InvalidError, match=f"field {field}"):
        _invitation(locale, **{field: text})


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("title", "Gluten-free baking"),
        ("place", "Free Trade Hall, Peter Street"),
        ("place", "Town Hall, Sale"),
        ("place", "3 Mill Lane, just off Main Street"),
    ],
)
def test_a_plain_title_or_place_with_such_a_word_in_it_stands(field, text):
    written = write_invitation(_invitation("en-GB", **{field: text}))
    assert written.verdict.passed, written.verdict.reasons


@pytest.mark.parametrize(
    ("field", "name"),
    [("partner", "Harbor Books pays all"), ("shop", "Free Tea"), ("partner", "海港书店请客")],
)
def test_a_shop_or_partner_that_carries_an_offer_is_an_error_naming_the_field(field, name):
    facts = facts_for_copy(_offer(), "en-US", "UTC")
    with pytest.raises(InvalidError, match=f"field {field}"):
        JointPromotion(
            **{"shop": "Corner Shop", "partner": "Harbor Books", "facts": facts} | {field: name}
        )


@pytest.mark.parametrize(
    ("reward", "conditions", "locale"), list(product(REWARDS, CONDITIONS, LOCALES))
)
def test_joint_promotions_are_proven_and_name_both_shops(reward, conditions, locale):
    facts = facts_for_copy(_offer(reward, conditions), locale, "UTC")
    shops = _told(locale, ("Corner Shop", "Harbor Books"), ("街角小店", "海港书店"))
    for channel, turn in product(CHANNELS, range(3)):
        written = write_joint_promotion(JointPromotion(*shops, facts, channel), turn=turn)
        assert written.verdict.passed, (written.parts, written.verdict.reasons)
        assert shops[1] in " ".join(written.parts.values())


def test_a_joint_promotion_with_oneself_is_refused():
    facts = facts_for_copy(_offer(), "en-US", "UTC")
    with pytest.raises(InvalidError, match="partner"):
        JointPromotion("Corner Shop", "corner shop", facts)


def test_a_language_without_texts_is_an_error():
    with pytest.raises(InvalidError, match="de-DE"):
        write_invitation(replace(_invitation("en-US"), locale="de-DE"))
