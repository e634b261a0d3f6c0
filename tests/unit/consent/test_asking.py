"""A yes counts once its link's button was pressed, and only then."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from promoloop.core import InvalidError
from promoloop.deliver import UNSUBSCRIBE, signed_token
from promoloop.flows.consent.asking import Asking, ask_consent, ask_new_address, confirm_consent
from promoloop.flows.consent.leaving import unsubscribe
from promoloop.flows.deliver import Desk
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.profiles import Suppression, address_digest
from promoloop.testing import MemoryChannel

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
DAY = timedelta(days=1)
PAGE = "https://harvestlane.example/confirm"
ANN = Asking("s1", "email", "ann@mail.example", "en-US", "newsletter form", "Yes, send me offers")


def agreed(house: House) -> frozenset[str]:
    return house.consents.granted("email", PURPOSE)


def token_in(channel: MemoryChannel) -> str:
    found = re.search(rf"{re.escape(PAGE)}\?t=(\S+)", channel.taken[-1].text)
    assert found
    return found[1]


def test_a_yes_counts_only_once_it_is_confirmed(house: House, desk: Desk, channel: MemoryChannel):
    assert ask_consent(house, desk, ANN, PAGE, NOW).reason == "asked"
    assert agreed(house) == frozenset()
    done = confirm_consent(house, desk.key, token_in(channel), NOW + DAY)
    assert (done.shopper_id, done.channel, done.fresh) == ("s1", "email", True)
    assert agreed(house) == {"s1"}
    [entry] = house.consents.of("s1")
    assert entry.at == NOW + DAY
    assert entry.source.startswith("double-opt-in:")


def test_what_was_agreed_to_and_where_is_kept_as_proof(house: House, desk: Desk):
    asked = ask_consent(house, desk, ANN, PAGE, NOW)
    kept = house.consent_requests.get(asked.request_id)
    assert (kept.source, kept.wording) == ("newsletter form", "Yes, send me offers")
    assert "ann@" not in str(kept)


def test_confirming_again_never_undoes_a_later_no(house: House, desk: Desk, channel: MemoryChannel):
    ask_consent(house, desk, ANN, PAGE, NOW)
    token = token_in(channel)
    confirm_consent(house, desk.key, token, NOW + DAY)
    unsubscribe(house, "s1", ["email"], NOW + 2 * DAY, "one-click")
    again = confirm_consent(house, desk.key, token, NOW + 3 * DAY)
    assert not again.fresh
    assert agreed(house) == frozenset()


def test_a_confirmation_killed_half_way_is_completed_by_the_next_click(
    house: House, desk: Desk, channel: MemoryChannel
):
    asked = ask_consent(house, desk, ANN, PAGE, NOW)
    house.consent_requests.confirm(asked.request_id, NOW + DAY)
    assert agreed(house) == frozenset()
    confirm_consent(house, desk.key, token_in(channel), NOW + 2 * DAY)
    assert [(one.granted, one.at) for one in house.consents.of("s1")] == [(True, NOW + DAY)]


def test_a_link_runs_out(house: House, desk: Desk, channel: MemoryChannel):
    ask_consent(house, desk, ANN, PAGE, NOW, days=7)
    with pytest.raises(InvalidError, match="run out"):
        confirm_consent(house, desk.key, token_in(channel), NOW + 7 * DAY)
    assert agreed(house) == frozenset()


def test_an_unsubscribe_link_confirms_nothing(house: House, desk: Desk):
    asked = ask_consent(house, desk, ANN, PAGE, NOW)
    for forged in (
        signed_token(desk.key, UNSUBSCRIBE, asked.request_id),
        signed_token(b"a key of somebody else!!", "confirm", asked.request_id),
        asked.request_id,
        "",
    ):
        with pytest.raises(InvalidError, match="signature"):
            confirm_consent(house, desk.key, forged, NOW)
    assert agreed(house) == frozenset()


def test_a_suppressed_address_is_not_even_asked(house: House, desk: Desk, channel: MemoryChannel):
    digest = address_digest("ANN@mail.example", b"kept for ever")
    house.suppressions.add([Suppression(digest, "complained", "email", NOW, "feedback loop")])
    assert ask_consent(house, desk, ANN, PAGE, NOW).reason == "suppressed"
    assert channel.taken == []


def test_an_address_cannot_be_flooded_through_the_form(
    house: House, desk: Desk, channel: MemoryChannel
):
    told = [
        ask_consent(
            house,
            desk,
            Asking(f"s{number}", "email", "ann@mail.example", "en-US", "form"),
            PAGE,
            NOW + timedelta(minutes=number),
        ).reason
        for number in range(5)
    ]
    assert told == ["asked", "asked", "asked", "asked-often", "asked-often"]
    assert len(channel.taken) == 3
    assert ask_consent(house, desk, ANN, PAGE, NOW + 2 * DAY).reason == "asked"


def test_the_message_carries_nothing_the_asker_chose(
    house: House, desk: Desk, channel: MemoryChannel
):
    hostile = Asking("s1", "email", "a@mail.example", "en-US", "<b>{{7*7}}", "{0.__class__} win!")
    ask_consent(house, desk, hostile, PAGE, NOW)
    [mail] = channel.taken
    for part in (mail.subject, mail.text, *mail.headers.values()):
        assert "<b>" not in part
        assert "{{" not in part
        assert "__class__" not in part
    assert "s1" not in mail.text


def test_the_message_is_in_the_readers_language(house: House, desk: Desk, channel: MemoryChannel):
    ask_consent(house, desk, Asking("s1", "email", "a@mail.example", "zh-TW", "form"), PAGE, NOW)
    assert "請確認訂閱Harvest Lane" in channel.taken[0].subject


@pytest.mark.parametrize(
    "bad",
    [
        {"address": "a@mail.example\r\nBcc: b@mail.example"},
        {"address": "no address"},
        {"address": "a" * 300 + "@mail.example"},
        {"address": "a@mail"},
        {"channel": "sms", "address": "0555"},
        {"channel": "fax"},
        {"channel": "onsite"},
        {"source": "form\nX: y"},
        {"wording": "x" * 2001},
        {"shopper_id": "s" * 201},
        {"shopper_id": "s\x00"},
    ],
)
def test_what_could_break_out_of_its_line_is_refused(bad: dict[str, str]):
    good = {
        "shopper_id": "s1",
        "channel": "email",
        "address": "a@mail.example",
        "locale": "en-US",
        "source": "form",
    }
    with pytest.raises(InvalidError):
        Asking(**(good | bad))


def test_a_new_address_is_asked_once_and_never_again(
    house: House, desk: Desk, channel: MemoryChannel
) -> None:
    told = [
        ask_new_address(house, desk, ANN, PAGE, NOW + days * DAY).reason for days in (0, 1, 400)
    ]
    assert told == ["asked", "known", "known"]
    assert len(channel.taken) == 1


def test_nobody_who_said_yes_or_no_before_is_asked_by_a_new_address(
    house: House, desk: Desk, channel: MemoryChannel
) -> None:
    unsubscribe(house, "s1", ("email",), NOW, "test")
    assert ask_new_address(house, desk, ANN, PAGE, NOW + DAY).reason == "known"
    assert channel.taken == []
