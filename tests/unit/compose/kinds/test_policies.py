"""A policy is quoted only to a question whose subject it states, in the question's language."""

from datetime import date

import pytest

from promoloop.compose.kinds import SupportQuestion, write_reply

TODAY = date(2026, 11, 20)
POLICIES = {
    "en-US": {
        "returns": "You can return any item within 30 days. Worn shoes cannot be returned.",
        "shipping": "Shipping costs $4.90 and takes three days. We do not ship to Canada.",
    },
    "zh-CN": {
        "returns": "收到后30天内可以退货，鲜花不退。",
        "shipping": "运费8元，三天送到，新疆不送。",
    },
}
ANSWERED = {
    "en-US": (
        "How do I return this?", "Can I return it?", "How long do I have to return an item?",
        "Hi, what is your return policy please?", "Can I still return my order?",
        "Can I send it back?", "Can I return worn shoes?", "How many days do I have for a return?",
        "What are the shipping costs?", "How much is shipping?", "How long does delivery take?",
        "Do you ship to Canada?", "How long is shipping, and how much is delivery?",
    ),
    "zh-CN": (
        "怎么退货？", "可以退货吗？", "几天内可以退货？", "你好，请问你们能退货吗",
        "收到后多久能退？", "鲜花可以退货吗？", "运费多少？", "请问邮费多少钱",
        "运费要多少，多久能送到？", "新疆包邮吗？", "你们包邮吗？", "我想退货，怎么退？",
    ),
}  # fmt: skip
HANDED = {
    "en-US": (
        "Do you ship abroad?", "Do you ship to Norway?", "What is your return address?",
        "Where do I send my return?", "Can I return it in the store on Sunday?",
        "Are returns free?", "Who pays for return shipping?", "Can I exchange it for a larger one?",
        "Can I return opened food?", "Can I return it after 45 days?",
        "Do you ship on Saturdays?", "Which carrier do you ship with?",
        "Do you ship to a PO box?", "Can I return a gift without the receipt?",
        "Why did you refuse my return?", "Do you ship frozen food?",
    ),
    "zh-CN": (
        "可以退到哪个地址？", "退货寄到哪里？", "退货运费谁出？", "能换货吗？", "星期天能退货吗？",
        "拆封了还能退吗？", "没有发票可以退货吗？", "寄海外运费多少？", "能送到香港吗？",
        "送不送货上门？", "冷冻食品包邮吗？", "用什么快递包邮？", "别人送的礼物能退吗？",
    ),
}  # fmt: skip


def _ask(question, locale, **policies):
    asked = SupportQuestion(question, locale, TODAY, policies={**POLICIES[locale], **policies})
    return write_reply(asked)


def _pairs(questions):
    return [(locale, one) for locale, some in questions.items() for one in some]


@pytest.mark.parametrize(("locale", "question"), _pairs(ANSWERED))
def test_a_question_about_what_the_policy_states_is_answered(locale, question):
    written = _ask(question, locale)
    assert not written.hand_over, (written.hand_over, written.refused)
    assert any(text in written.parts["text"] for text in POLICIES[locale].values())


@pytest.mark.parametrize(("locale", "question"), _pairs(HANDED))
def test_a_question_about_anything_else_goes_to_a_person(locale, question):
    written = _ask(question, locale)
    assert written.hand_over
    assert not any(text in written.parts["text"] for text in POLICIES[locale].values())


@pytest.mark.parametrize(
    ("locale", "question", "topic", "policy"),
    [
        ("en-US", "Do you ship abroad?", "shipping", "We ship only within the United States."),
        ("en-US", "What is your return address?", "returns", "Return items to 12 Harbor Street."),
        ("en-US", "Are returns free?", "returns", "Returns are free."),
        ("zh-CN", "退货运费谁出？", "returns", "退货运费由买家承担。"),
        ("zh-CN", "寄海外运费多少？", "shipping", "海外运费80元。"),
    ],
)
def test_the_same_question_is_answered_where_the_policy_states_it(locale, question, topic, policy):
    written = _ask(question, locale, **{topic: policy})
    assert not written.hand_over, written.hand_over
    assert policy in written.parts["text"]


@pytest.mark.parametrize(
    ("question", "locale", "tongue"),
    [
        ("Wo ist meine Bestellung?", "en-US", "de"),
        ("Wie lautet der Code?", "en-US", "de"),
        ("Kann ich den Artikel zurückgeben? Return?", "en-US", "de"),
        ("Où est ma commande ?", "en-GB", "fr"),
        ("¿Dónde está mi pedido?", "en-US", "es"),
        ("Wo ist meine Bestellung?", "zh-CN", "de"),
        ("怎麼退貨？", "zh-CN", "another script"),
    ],
)
def test_a_question_in_another_language_is_handed_over_and_the_language_named(
    question, locale, tongue
):
    written = write_reply(SupportQuestion(question, locale, TODAY, policies={"returns": "x1"}))
    assert written.hand_over == "other_language"
    assert written.refused == (f"language: the question is in {tongue}",)


@pytest.mark.parametrize(
    "question",
    ["Coupon code no longer valid?", "Refund status, De Luca", "Tracking please, order e"],
)
def test_terse_english_with_a_foreign_word_is_still_english(question):
    written = write_reply(SupportQuestion(question, "en-US", TODAY))
    assert written.hand_over != "other_language"


@pytest.mark.parametrize(
    ("question", "locale", "topic", "policy"),
    [
        ("Can I return it?", "en-US", "returns", "Sie können innerhalb von 30 Tagen zurückgeben."),
        ("Can I return it?", "en-US", "returns", "收到后30天内可以退货。"),
        ("How much is shipping?", "en-US", "shipping", "La livraison est à 5 € dans les villes."),
        ("怎么退货？", "zh-CN", "returns", "You can return any item within 30 days."),
        ("怎么退货？", "zh-CN", "returns", "收到後30天內可以退貨。"),
    ],
)
def test_a_policy_in_another_language_is_never_quoted(question, locale, topic, policy):
    written = _ask(question, locale, **{topic: policy})
    assert written.hand_over == "policy_language"
    assert policy not in written.parts["text"]


def test_a_question_in_a_language_without_texts_is_handed_over_with_the_reason():
    written = write_reply(SupportQuestion("Wo ist meine Bestellung?", "de-DE", TODAY))
    assert (written.hand_over, dict(written.parts)) == ("no_texts", {})
    assert written.refused == ("language: there are no replies in de-DE",)
