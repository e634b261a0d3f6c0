"""The other kinds in every locale we write: proven, and as people there write."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from promoloop.compose import facts_for_copy
from promoloop.compose.kinds import (
    ORDER_STATES,
    Invitation,
    JointPromotion,
    OrderFacts,
    ProductSheet,
    SupportQuestion,
    write_description,
    write_invitation,
    write_joint_promotion,
    write_reply,
)
from promoloop.offers import CouponCode, MinimumSpend, Offer, PercentOff

CHANNELS = ("email", "push", "sms", "onsite")
ENGLISH = ("Tea Evening", "12 Harbor Street", "Corner Shop", "Harbor Books", "coffee", "oak")
NAMES = {
    "en-US": ENGLISH,
    "en-GB": ENGLISH,
    "zh-CN": ("新茶品鉴会", "海港路12号", "街角小店", "海港书店", "咖啡", "橡木"),
    "zh-TW": ("新茶品鑑會", "海港路12號", "街角小店", "海港書店", "咖啡", "橡木"),
}
ASKED = {"en": "Where is my order?", "zh-CN": "我的订单到哪了？", "zh-TW": "我的訂單到哪了？"}


def _invitation(locale: str, channel: str = "email", last: int = 5) -> Invitation:
    title, place, host, *_ = NAMES[locale]
    return Invitation(
        title, place, datetime(2026, 12, 5, 18, tzinfo=UTC),
        datetime(2026, 12, last, 20, 30, tzinfo=UTC), host, locale, channel=channel,
    )  # fmt: skip


def _joint(locale: str, channel: str) -> JointPromotion:
    offer = Offer(
        "o1", {locale: NAMES[locale][4]}, "COFFEE", PercentOff(20, 400),
        datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), "USD",
        (MinimumSpend(3000), CouponCode(("BREW20",))),
    )  # fmt: skip
    facts = facts_for_copy(offer, locale, "UTC")
    return JointPromotion(NAMES[locale][2], NAMES[locale][3], facts, channel)


@pytest.mark.parametrize(("locale", "channel", "turn"), list(product(NAMES, CHANNELS, range(6))))
def test_invitations_and_joint_promotions_are_proven_in_every_locale(locale, channel, turn):
    for written in (
        write_invitation(_invitation(locale, channel, 5 + turn % 2), turn=turn),
        write_joint_promotion(_joint(locale, channel), turn=turn),
    ):
        assert written.verdict.passed, (written.parts, written.verdict.reasons)


@pytest.mark.parametrize(
    ("locale", "day"),
    [
        ("en-US", "Saturday, December 5, 6:00 PM"),
        ("en-GB", "Saturday 5 December, 6:00 pm"),
        ("zh-CN", "12月5日（星期六）18:00"),
        ("zh-TW", "12月5日（星期六）18:00"),
    ],
)
def test_days_are_written_in_the_order_of_the_place(locale, day):
    text = write_invitation(_invitation(locale, "sms")).parts["text"].replace("\u202f", " ")
    assert day in text


@pytest.mark.parametrize(("locale", "turn"), list(product(NAMES, range(3))))
def test_no_sentence_of_a_description_takes_the_title_for_a_singular(locale, turn):
    title = "Oat Bars" if locale.startswith("en") else NAMES[locale][0]
    sheet = ProductSheet("p1", title, locale, {"material": NAMES[locale][5], "color": "M1"})
    text = write_description(sheet, turn=turn).parts["description"]
    assert not any(word in text for word in ("This is", "It is", "It has", "这是", "這是"))
    assert ("Colour" in text) == (locale == "en-GB" and "In M1" not in text)


@pytest.mark.parametrize(("locale", "state", "turn"), list(product(NAMES, ORDER_STATES, range(2))))
def test_every_state_of_an_order_is_told_in_every_locale(locale, state, turn):
    days = ("placed_on", "shipped_on", "delivered_on", "refunded_on")
    order = OrderFacts(
        "A-1041", state, "USD", refund_minor=1250, expected_on=date(2026, 11, 22),
        **dict.fromkeys(days, date(2026, 11, 18)),
    )  # fmt: skip
    question = ASKED.get(locale) or ASKED["en"]
    written = write_reply(SupportQuestion(question, locale, date(2026, 11, 20), order), turn=turn)
    assert not written.hand_over, (written.hand_over, written.refused)
    assert "A-1041" in written.parts["text"]


def test_a_policy_of_a_shop_in_taiwan_answers_what_it_states_and_no_more():
    policies = {"returns": "收到後30天內可以退貨。", "shipping": "運費80元，三天送到。"}
    for question, reason in (
        ("怎麼退貨？", ""),
        ("運費多少？", ""),
        ("可以寄到海外嗎？運費多少？", "not_in_policy"),
        ("退貨地址是哪裡？", "not_in_policy"),
    ):
        asked = SupportQuestion(question, "zh-TW", date(2026, 11, 20), policies=policies)
        assert write_reply(asked).hand_over == reason
