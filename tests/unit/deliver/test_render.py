"""What a rendered message holds, and what may never get into it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError, tongue_table, tongues_in
from promoloop.deliver import (
    CLICK,
    UNSUBSCRIBE,
    Message,
    Rendered,
    Sender,
    links_for,
    message_id,
    read_token,
    render_email,
    render_onsite,
    signed_token,
)

KEY = b"0123456789abcdef"
PARTS = {
    "subject": "20% off coffee",
    "preheader": "One code, every roast.",
    "headline": "Your next bag",
    "body": "Take 20% off coffee; it ends Nov 30.",
    "call": "Choose your coffee",
}


class Reader(HTMLParser):
    """Collects what a mail program would show and where it would lead."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.words: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def email(message: Message, sender: Sender, parts: dict[str, str] | None = None) -> Rendered:
    links = links_for(message, sender, "https://shop.example/coffee?ref=mail", KEY)
    return render_email(message, parts or PARTS, sender, links, message.not_before)


def test_html_and_plain_text_say_the_same(message: Message, sender: Sender) -> None:
    rendered = email(message, sender)
    shown = " ".join(read(rendered.html).words)
    for words in (
        *list(PARTS.values())[2:],
        "20% off",
        "ends Nov 30",
        "COFFEE20",
        "12 Mill Street",
    ):
        assert words in shown
        assert words in rendered.text
    assert "<" not in rendered.text


def test_the_preheader_is_in_the_html_only(message: Message, sender: Sender) -> None:
    rendered = email(message, sender)
    assert PARTS["preheader"] in rendered.html
    assert PARTS["preheader"] not in rendered.text


def test_every_link_leads_to_the_shop_or_out_of_the_list(message: Message, sender: Sender) -> None:
    links = links_for(message, sender, "https://shop.example/coffee?ref=mail", KEY)
    assert set(read(email(message, sender).html).links) == {links.shop, links.unsubscribe}
    assert links.shop.startswith("https://shop.example/coffee?ref=mail&pl=")


def test_headers_offer_one_click_unsubscribe_over_https_and_mail(
    message: Message, sender: Sender
) -> None:
    headers = email(message, sender).headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    web, mail = re.findall(r"<([^>]+)>", headers["List-Unsubscribe"])
    token = web.removeprefix("https://harvestlane.example/unsubscribe?t=")
    assert read_token(KEY, UNSUBSCRIBE, token) == ("s-0", "email")
    assert mail == f"mailto:unsubscribe@harvestlane.example?subject={token}"
    assert headers["List-Id"] == "<offers.harvestlane.example>"


def test_the_date_is_when_it_was_sent(message: Message, sender: Sender) -> None:
    assert parsedate_to_datetime(email(message, sender).headers["Date"]) == message.not_before


def test_the_message_id_is_stable_and_names_nobody(message: Message, sender: Sender) -> None:
    personal = replace(message, dedupe_key="ana@mail.example/c-1")
    first = email(personal, sender).message_id
    assert first == email(replace(personal, attempt=3), sender).message_id
    assert first != email(message, sender).message_id
    assert re.fullmatch(r"<[0-9a-f]{32}@harvestlane\.example>", first)


def test_chinese_mail_has_its_own_lines_and_typography(message: Message, sender: Sender) -> None:
    slots = {"reward": "咖啡8折", "deadline": "11月30日截止", "code": "COFFEE20"}
    parts = dict.fromkeys(PARTS, "常喝的咖啡，这周更划算")
    rendered = email(replace(message, locale="zh-CN", slots=slots), sender, parts)
    assert "退订" in rendered.text
    assert "优惠码：COFFEE20" in rendered.text
    assert "Unsubscribe" not in rendered.html
    assert "PingFang SC" in rendered.html
    assert 'lang="zh-CN"' in rendered.html


@pytest.mark.parametrize("clause", ["with code COFFEE-20", "凭码COFFEE-20", "COFFEE-20"])
def test_the_code_stands_alone_in_its_box(message: Message, sender: Sender, clause: str) -> None:
    rendered = email(replace(message, slots={"code": clause}), sender)
    assert "COFFEE-20" in [words.strip() for words in read(rendered.html).words]
    assert "  Code: COFFEE-20\n" in rendered.text


def test_a_clause_that_names_no_code_is_shown_as_a_term(message: Message, sender: Sender) -> None:
    slots = {"reward": "free shipping", "code": "with your personal code"}
    rendered = email(replace(message, slots=slots), sender)
    assert 'class="code"' not in rendered.html
    assert "  Free shipping\n  With your personal code\n" in rendered.text


def test_an_offer_without_a_code_shows_no_empty_box(message: Message, sender: Sender) -> None:
    rendered = email(replace(message, slots={"reward": "20% off"}), sender)
    assert 'class="code"' not in rendered.html
    assert "Code" not in rendered.text


@pytest.mark.parametrize("name", sorted(PARTS))
@pytest.mark.parametrize(
    "bad", ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "a\x00", "", " ", "{{x}}"]
)
def test_a_part_that_could_break_out_or_is_unfinished_is_refused(
    message: Message, sender: Sender, name: str, bad: str
) -> None:
    with pytest.raises(InvalidError, match=name):
        email(message, sender, {**PARTS, name: bad})


def test_line_breaks_in_address_and_slots_are_refused(message: Message, sender: Sender) -> None:
    for change in ({"address": "a@b.example\nBcc: c@d.example"}, {"slots": {"code": "A\r\nB"}}):
        with pytest.raises(InvalidError):
            email(replace(message, **change), sender)


@given(text=st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40))
def test_no_text_can_add_markup(text: str) -> None:
    message = Message(
        **dict.fromkeys(("decision_id", "campaign_id", "shopper_id", "copy_id"), "x"),
        dedupe_key="k",
        channel="email",
        address="a@b.example",
        time_zone="UTC",
        locale="en-US",
        slots={"reward": text},
        not_before=datetime.fromisoformat("2026-11-20T12:00:00+00:00"),
        expires_at=datetime.fromisoformat("2026-11-30T12:00:00+00:00"),
    )
    sender = Sender("S", "s@s.example", "S", "Street 1", "https://s.example/u", "l.s.example")
    harmless = dict.fromkeys(PARTS, "words")
    links = links_for(message, sender, "https://s.example/", KEY)
    plain = replace(message, slots={"reward": "words"})
    risky = harmless if "{{" in text else dict.fromkeys(PARTS, text)
    expected = read(render_email(plain, harmless, sender, links, message.not_before).html)
    got = read(render_email(message, risky, sender, links, message.not_before).html)
    assert (got.tags, got.links) == (expected.tags, expected.links)


def test_a_template_expression_in_a_slot_stays_text(message: Message, sender: Sender) -> None:
    rendered = email(replace(message, slots={"reward": "{% set x = 7 %}{{ 7 * 6 }}"}), sender)
    assert "{{ 7 * 6 }}" in rendered.html
    assert "42" not in rendered.text


def test_a_language_without_lines_of_ours_is_refused(message: Message, sender: Sender) -> None:
    with pytest.raises(InvalidError, match=r"frame in ko-KR.*data/frame-ko\.toml"):
        email(replace(message, locale="ko-KR"), sender)


@pytest.mark.parametrize(
    ("locale", "leave"),
    [
        ("en-GB", "Unsubscribe: https://"),
        ("de-DE", "Abmelden: https://"),
        ("fr-FR", "Se désinscrire\u00a0: https://"),
        ("es-ES", "Darse de baja: https://"),
        ("ja-JP", "配信停止：https://"),
        ("zh-TW", "取消訂閱：https://"),
    ],
)
def test_mail_has_the_lines_of_its_language(
    message: Message, sender: Sender, locale: str, leave: str
) -> None:
    rendered = email(replace(message, locale=locale), sender)
    assert leave in rendered.text
    assert f'lang="{locale}"' in rendered.html
    assert sender.shop_name in rendered.text


def test_every_language_has_all_lines_of_the_frame() -> None:
    english = tongue_table("promoloop.deliver", "frame", "en")
    for tag in tongues_in("promoloop.deliver", "frame"):
        own = tongue_table("promoloop.deliver", "frame", tag)
        assert set(own) == set(english), tag
        assert "{shop_name}" in own["because"], tag


def test_onsite_messages_are_plain_fields(message: Message) -> None:
    rendered = render_onsite(message, PARTS)
    assert (rendered.subject, rendered.text, rendered.html) == (
        PARTS["headline"],
        PARTS["body"],
        "",
    )
    assert rendered.headers["call"] == PARTS["call"]
    assert rendered.headers["slot.code"] == "COFFEE20"
    assert datetime.fromisoformat(rendered.headers["expires_at"]) == message.expires_at


def test_a_token_for_one_purpose_does_not_serve_another() -> None:
    token = signed_token(KEY, CLICK, "d-1")
    with pytest.raises(InvalidError, match="signature"):
        read_token(KEY, UNSUBSCRIBE, token)


@pytest.mark.parametrize("forged", ["", ".", "WyJzIl0", "WyJzIl0.AAAA", "é.é", "a.b.c", "====.="])
def test_a_forged_token_is_refused(forged: str) -> None:
    with pytest.raises(InvalidError, match="signature"):
        read_token(KEY, UNSUBSCRIBE, forged)


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(InvalidError, match="signature"):
        read_token(b"another key 1234", CLICK, signed_token(KEY, CLICK, "d-1"))


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("address", "not an address"),
        ("address", "a@b.example\r\nBcc: c@d.example"),
        ("name", "Shop\r\nBcc: c@d.example"),
        ("shop_address", ""),
        ("unsubscribe_base", "http://shop.example/u"),
        ("unsubscribe_base", "https://shop.example/u>\r\nX: y"),
    ],
)
def test_a_sender_that_would_break_the_headers_is_refused(
    sender: Sender, field: str, bad: str
) -> None:
    with pytest.raises(InvalidError, match=field):
        replace(sender, **{field: bad})


def test_a_shop_link_that_runs_a_script_is_refused(message: Message, sender: Sender) -> None:
    with pytest.raises(InvalidError, match="shop_url"):
        links_for(message, sender, "javascript:alert(1)", KEY)


def test_a_send_time_outside_utc_is_refused(message: Message, sender: Sender) -> None:
    links = links_for(message, sender, "https://shop.example/", KEY)
    local = message.not_before.astimezone(timezone(timedelta(hours=8)))
    with pytest.raises(InvalidError, match="UTC"):
        render_email(message, PARTS, sender, links, local)


def test_message_ids_of_different_keys_differ() -> None:
    ids = {message_id(f"k{number}", "shop.example") for number in range(1000)}
    assert len(ids) == 1000
