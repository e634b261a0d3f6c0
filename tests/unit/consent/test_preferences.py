"""The page of preferences: what it shows, what it changes, and what it never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from promoloop.core import InvalidError, tongue_table
from promoloop.deliver import CLICK, signed_token
from promoloop.flows.consent.leaving import (
    pause,
    resume,
    unsubscribe,
    unsubscribe_one_click,
)
from promoloop.flows.consent.person import Person, person_of, preferences_token
from promoloop.flows.consent.preferences import change_preferences, preferences_of
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.profiles import Consent

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
KEYS = (b"the newest key, 24 bytes", b"an older key of 24 bytes")
DAY = timedelta(days=1)
FORM = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def ann(house: House) -> Person:
    house.consents.record(
        [Consent("s1", name, PURPOSE, True, NOW - 30 * DAY, "form") for name in ("email", "sms")]
    )
    return Person("s1", "email")


def on(house: House) -> set[str]:
    return {name for name in ("email", "sms", "push") if house.consents.granted(name, PURPOSE)}


def leavings(house: House) -> list[str]:
    return [one.kind for one in house.outcomes.between(NOW - DAY, NOW + 99 * DAY)]


def test_one_click_leaves_the_one_channel_of_the_message(house: House, ann: Person):
    unsubscribe_one_click(house, KEYS, preferences_token(KEYS, "s1", "email"), FORM, NOW)
    assert on(house) == {"sms"}
    assert leavings(house) == ["unsubscribed"]


def test_a_link_signed_with_the_old_key_still_unsubscribes(house: House, ann: Person):
    token = preferences_token(KEYS[1], "s1", "email")
    unsubscribe_one_click(house, KEYS, token, FORM, NOW)
    assert on(house) == {"sms"}


@pytest.mark.parametrize(
    "form", [{}, {"List-Unsubscribe": "one-click"}, {"list-unsubscribe": "One-Click"}]
)
def test_a_post_that_is_not_of_rfc_8058_changes_nothing(
    house: House, ann: Person, form: dict[str, str]
):
    with pytest.raises(InvalidError, match="One-Click"):
        unsubscribe_one_click(house, KEYS, preferences_token(KEYS, "s1"), form, NOW)
    assert on(house) == {"email", "sms"}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x.y",
        signed_token(KEYS, CLICK, "s1"),
        signed_token(b"somebody else's key, 24!", "unsubscribe", "s1", "email"),
        preferences_token(KEYS, "s1")[:-2],
    ],
)
def test_a_forged_link_unsubscribes_nobody(house: House, ann: Person, token: str):
    with pytest.raises(InvalidError, match="signature"):
        unsubscribe_one_click(house, KEYS, token, FORM, NOW)
    assert on(house) == {"email", "sms"}
    assert leavings(house) == []


def test_looking_at_the_page_changes_nothing(house: House, ann: Person):
    before = house.consents.of("s1")
    preferences_of(house, person_of(KEYS, preferences_token(KEYS, "s1")), "en-US", "Shop", NOW)
    assert house.consents.of("s1") == before
    assert leavings(house) == []


def test_leaving_twice_is_leaving_once(house: House, ann: Person):
    for minutes in range(3):
        unsubscribe(house, "s1", ["email"], NOW + timedelta(minutes=minutes), "one-click")
    assert len(house.consents.of("s1")) == 3
    assert leavings(house) == ["unsubscribed"]


def test_one_can_leave_everything_at_once(house: House, ann: Person):
    change_preferences(house, ann, {"email": False, "sms": False, "push": False}, NOW)
    assert on(house) == set()
    assert leavings(house) == ["unsubscribed", "unsubscribed"]


def test_the_page_shows_what_stands_and_names_nobody(house: House, ann: Person):
    unsubscribe(house, "s1", ["sms"], NOW - DAY, "one-click")
    pause(house, "s1", "*", 7, NOW)
    page = preferences_of(house, ann, "zh-CN", "丰收", NOW + DAY)
    assert [(one.channel, one.granted) for one in page.choices] == [("email", True), ("sms", False)]
    # 17:00 in UTC is the next day in Shanghai
    assert [one.state for one in page.choices] == ["暂停至11月28日", "11月20日起关闭"]
    assert page.words["title"] == "丰收的消息设置"
    assert page.pauses[7] == "暂停7天"
    assert "s1" not in str(page)


def test_a_language_without_words_reads_english(house: House, ann: Person):
    page = preferences_of(house, ann, "sw-KE", "Shop", NOW)
    assert page.locale == "en-US"
    assert page.choices[0].state == "on since Oct 22"


def test_a_pause_ends_by_itself_or_by_hand(house: House, ann: Person):
    pause(house, "s1", "*", 14, NOW)
    assert house.rests.resting("email", NOW + 13 * DAY) == {"s1": NOW + 14 * DAY}
    assert house.rests.resting("email", NOW + 14 * DAY) == {}
    resume(house, "s1", NOW + DAY)
    assert house.rests.resting("email", NOW + DAY) == {}
    assert on(house) == {"email", "sms"}


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_a_pause_of_no_sensible_length_is_refused(house: House, days: int):
    with pytest.raises(InvalidError, match="between 1 and 365"):
        pause(house, "s1", "*", days, NOW)


def test_switching_on_a_channel_that_needs_proof_waits_for_it(house: House, ann: Person):
    careful = replace(house, double_opt_in=frozenset({"email", "push"}))
    unsubscribe(careful, "s1", ["email"], NOW, "one-click")
    waiting = change_preferences(careful, ann, {"email": True, "push": True}, NOW + DAY)
    assert waiting == ("push",)
    assert on(careful) == {"email", "sms"}


@pytest.mark.parametrize("channel", ["fax", "", "*", "email\r\nX: y", "x" * 9999, "<script>"])
def test_an_unknown_channel_is_refused_before_anything_is_changed(
    house: House, ann: Person, channel: str
):
    with pytest.raises(InvalidError, match="none of this name"):
        change_preferences(house, ann, {"email": False, channel: True}, NOW)
    assert on(house) == {"email", "sms"}


@pytest.mark.parametrize("stem", ["preferences", "confirm"])
def test_every_language_has_all_texts(stem: str):
    english = tongue_table("promoloop.flows.consent", stem, "en-US")
    for locale in ("zh-CN", "zh-TW"):
        other = tongue_table("promoloop.flows.consent", stem, locale)
        assert set(other) == set(english)
        assert set(other.get("channel", {})) == set(english.get("channel", {}))
