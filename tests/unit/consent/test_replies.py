"""STOP means stop, from any number, in our languages, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from promoloop.flows.consent.replies import says_stop, take_reply
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.profiles import Consent, address_digest

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop.",
        " Unsubscribe ",
        "Opt-out!",
        "退订",
        "ＴＤ",
        "R",
        "Arrêt",
        "配信停止",
        "BAJA",
    ],
)
def test_a_word_for_stop_in_any_dress_is_one(text: str):
    assert says_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "don't stop",
        "Where is my order?",
        "stop " * 100,
        "x" * 10**6,
        "1",
        "'; DROP TABLE x",
        "\x00",
    ],
)
def test_other_answers_are_none(text: str):
    assert not says_stop(text)


@pytest.fixture
def known(house: House) -> House:
    phones = ["+1 555 010 9999", "+15550109999", "+15550100000", None]
    house.tables.put(
        "contacts",
        pl.DataFrame({"shopper_id": ["s1", "s2", "s3", "s4"], "phone": phones}),
    )
    house.consents.record(
        [
            Consent(f"s{number}", channel, PURPOSE, True, datetime(2026, 1, 1, tzinfo=UTC), "form")
            for number in (1, 2, 3)
            for channel in ("sms", "email")
        ]
    )
    return house


def test_an_answer_ends_text_messages_for_all_who_share_the_number(known: House):
    assert take_reply(known, "+1-555-010-9999", "Stop", NOW)
    assert known.consents.granted("sms", PURPOSE) == {"s3"}
    assert known.consents.granted("email", PURPOSE) == {"s1", "s2", "s3"}
    assert known.suppressions.counts() == {}


def test_a_number_that_nobody_is_known_by_is_barred(known: House):
    assert take_reply(known, "+4915550000", "STOPP", NOW)
    digest = address_digest("+49 1555 0000", known.address_key)
    assert known.suppressions.among([digest])[digest].reason == "stopped"
    assert known.consents.granted("sms", PURPOSE) == {"s1", "s2", "s3"}


def test_another_answer_changes_nothing(known: House):
    assert not take_reply(known, "+15550109999", "thanks!", NOW)
    assert known.consents.granted("sms", PURPOSE) == {"s1", "s2", "s3"}
