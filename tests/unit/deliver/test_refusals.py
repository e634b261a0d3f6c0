"""Suppressed addresses and shoppers at rest are not written to; every block says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from promoloop.backends.sql import State
from promoloop.core import InvalidError, SteppedClock, tongue_table
from promoloop.deliver import (
    CLICK,
    Channel,
    Message,
    Sender,
    Tracking,
    links_for,
    read_link,
    read_token,
)
from promoloop.flows.deliver import Desk, deliver_due, stop_said
from promoloop.profiles import SUPPRESSED, ContactRest, Suppression, address_digest
from promoloop.testing import MemoryChannel

KEY = b"0123456789abcdef"
Desks = Callable[[Sequence[Channel]], Desk]
Many = Callable[[int], list[Message]]


@pytest.fixture
def careful(desk: Desks, state: State) -> Desks:
    """A desk that asks the lists."""

    def make(channels: Sequence[Channel]) -> Desk:
        return replace(
            desk(channels), suppressions=state.suppressions, rests=state.rests, address_key=KEY
        )

    return make


@pytest.mark.parametrize("reason", SUPPRESSED)
def test_a_suppressed_address_is_never_written_to(
    state: State, careful: Desks, many: Many, clock: SteppedClock, noon: datetime, reason: str
) -> None:
    channel = MemoryChannel()
    state.outbox.enqueue(many(2))
    digest = address_digest(" S1@Mail.Example", KEY)
    state.suppressions.add([Suppression(digest, reason, "email", noon, "DSN")])
    report = deliver_due(careful([channel]), "w1", clock)
    assert (report.sent, report.reasons) == (1, {f"suppressed:{reason}": 1})
    assert [taken.address for taken in channel.taken] == ["s0@mail.example"]


def test_an_address_suppressed_on_one_channel_is_suppressed_on_all(
    state: State, careful: Desks, many: Many, clock: SteppedClock, noon: datetime
) -> None:
    channel = MemoryChannel()
    state.outbox.enqueue(many(1))
    digest = address_digest("s0@mail.example", KEY)
    state.suppressions.add([Suppression(digest, "complained", "sms", noon, "carrier")])
    assert deliver_due(careful([channel]), "w1", clock).sent == 0


def test_an_address_suppressed_during_the_run_is_not_written_to(
    state: State, careful: Desks, many: Many, clock: SteppedClock, noon: datetime
) -> None:
    class Reporting(MemoryChannel):
        def send(self, messages):
            digest = address_digest("s3@mail.example", KEY)
            state.suppressions.add([Suppression(digest, "bounced", "email", noon, "DSN")])
            return super().send(messages)

    channel = Reporting()
    for number, one in enumerate(many(4)):
        later = one.not_before + timedelta(seconds=number)
        state.outbox.enqueue([replace(one, not_before=later)])
    deliver_due(careful([channel]), "w1", clock, limit_group=1)
    assert "s3@mail.example" not in [taken.address for taken in channel.taken]


def test_a_shopper_at_rest_is_written_to_when_the_rest_ends(
    state: State, careful: Desks, many: Many, clock: SteppedClock, noon: datetime
) -> None:
    channel = MemoryChannel()
    state.outbox.enqueue(many(2))
    state.rests.write([ContactRest("s-1", "*", noon + timedelta(days=3), noon)])
    report = deliver_due(careful([channel]), "w1", clock)
    assert (report.sent, report.held, report.reasons) == (1, 1, {"resting": 1})
    later = SteppedClock(noon + timedelta(days=3))
    assert deliver_due(careful([channel]), "w2", later).sent == 1


def test_an_offer_that_ends_before_the_rest_does_expires(
    state: State, careful: Desks, many: Many, clock: SteppedClock, noon: datetime
) -> None:
    state.outbox.enqueue(many(1))
    state.rests.write([ContactRest("s-0", "email", noon + timedelta(days=30), noon)])
    report = deliver_due(careful([MemoryChannel()]), "w1", clock)
    assert (report.expired, report.reasons) == (1, {"offer-over-before-rest-ends": 1})


def test_a_tracked_button_leads_over_our_page_to_the_shop(
    state: State, careful: Desks, many: Many, clock: SteppedClock, noon: datetime
) -> None:
    channel = MemoryChannel()
    state.outbox.enqueue(many(1))
    tracked = Tracking("https://go.harvestlane.example/l", days=30, opens=True)
    deliver_due(replace(careful([channel]), tracking=tracked), "w1", clock)
    [mail] = channel.taken
    found = [
        part.partition('"')[0].partition("\n")[0]
        for part in mail.html.split("https://go.harvestlane.example/l/")[1:]
    ]
    links = {read_link(KEY, token, noon) for token in found}
    assert {(link.kind, link.target.partition("?")[0]) for link in links} == {
        ("click", "/coffee"),
        ("open", "/"),
    }
    assert {link.expires_at for link in links} == {noon + timedelta(days=30)}


@pytest.mark.parametrize("base", ["", "go.shop.example", "javascript:x", "https://a.example/?x=1"])
def test_a_tracking_page_that_is_no_web_address_is_refused(base: str) -> None:
    with pytest.raises(InvalidError, match="tracking base"):
        Tracking(base)


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW"])
def test_every_block_has_words_in_every_language(locale: str) -> None:
    english = tongue_table("promoloop.deliver", "blocks", "en-US")
    assert set(english) == set(tongue_table("promoloop.deliver", "blocks", locale))
    for code in english:
        assert stop_said(code, locale) != stop_said(code, "en-US")
        assert "{" not in stop_said(f"{code}", locale).replace("{name}", "")


def test_taiwan_reads_its_own_script() -> None:
    assert stop_said("offer-over", "zh-TW") == "優惠已結束"


def test_a_reduction_that_the_price_history_does_not_support_is_not_announced(
    state: State, careful: Desks, many: Many, clock: SteppedClock, noon: datetime
) -> None:
    asked: list[tuple[str, datetime]] = []

    def claims(offer_id: str, now: datetime) -> str:
        asked.append((offer_id, now))
        return "price-claim:was-lower"

    channel = MemoryChannel()
    state.outbox.enqueue(many(2))
    report = deliver_due(replace(careful([channel]), claims=claims), "w1", clock)
    assert (report.sent, report.reasons) == (0, {"price-claim:was-lower": 2})
    assert set(asked) == {("o-1", noon)}
    assert stop_said("price-claim:was-lower", "en-US").startswith("it was sold for less")


def test_the_button_of_a_code_leads_to_the_cart_with_it(
    message: Message, sender: Sender, noon: datetime
) -> None:
    tracked = Tracking("https://go.harvestlane.example/t", redeem="/cart?coupon={code}")
    coded = replace(message, slots={"reward": "20% off", "code": "with code COFFEE20"})
    for one, kind, path in ((coded, "redeem", "/cart"), (replace(coded, slots={}), "click", "/")):
        link = read_link(KEY, _token(one, sender, tracked, noon), noon)
        assert (link.kind, urlsplit(link.target).path) == (kind, path)
    target = read_link(KEY, _token(coded, sender, tracked, noon), noon).target
    query = parse_qs(urlsplit(target).query)
    assert query["coupon"] == ["COFFEE20"]
    assert read_token(KEY, CLICK, query["pl"][0]) == (coded.decision_id,)


def _token(message: Message, sender: Sender, tracked: Tracking, now: datetime) -> str:
    links = links_for(message, sender, "https://harvestlane.example/", KEY, tracked, now)
    return links.shop.rpartition("/")[2]


@pytest.mark.parametrize(
    "redeem",
    ["cart?c={code}", "/cart", "/{code}/{code}", "//x.example/{code}", "/\\x/{code}", "/{0}{code}"],
)
def test_a_redeem_path_that_is_none_is_refused(redeem: str) -> None:
    with pytest.raises(InvalidError, match="tracking redeem"):
        Tracking("https://go.harvestlane.example/t", redeem=redeem)
