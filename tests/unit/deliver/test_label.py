"""Machine-written messages say so where the market or the shop wants it, in its words."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from importlib.resources import files

import pytest

from promoloop.backends.sql import State
from promoloop.core import SteppedClock, tongues_in
from promoloop.deliver import (
    ONSITE_PARTS,
    Channel,
    Message,
    ai_label,
    labelled,
    market_labels,
    render_onsite,
)
from promoloop.flows.deliver import Desk, deliver_due
from promoloop.testing import MemoryChannel, rendered

TODAY = date(2026, 11, 20)
Desks = Callable[[Sequence[Channel]], Desk]
Many = Callable[[int], list[Message]]


@pytest.fixture
def machine_written(state: State, many: Many) -> State:
    """Two copies in the bank, one of them by a model, and a message of each."""
    template = state.copies.get("copy-1")
    mine = {"source": "model", "model": "gemma-3-270m+adapter-7", "prompt_hash": "abc"}
    state.copies.put([replace(template, copy_id="copy-2", variant="b", **mine)])
    first, second = many(2)
    state.outbox.enqueue([first, replace(second, copy_id="copy-2")])
    return state


def texts(desk: Desk, clock: SteppedClock) -> dict[str, str]:
    channel = MemoryChannel()
    deliver_due(replace(desk, channels={"email": channel}), "w1", clock)
    return {one.address: one.text + one.html for one in channel.taken}


def test_only_what_a_model_wrote_is_labelled(
    machine_written: State, desk: Desks, clock: SteppedClock
) -> None:
    told = texts(replace(desk([]), ai_label={"US": True}), clock)
    label = "This message was written with the help of AI."
    assert told["s0@mail.example"].count(label) == 0
    assert told["s1@mail.example"].count(label) == 2  # in the text and in the HTML


def test_a_market_that_asks_for_nothing_gets_no_label(
    machine_written: State, desk: Desks, clock: SteppedClock
) -> None:
    assert not any("AI" in told for told in texts(desk([]), clock).values())


def test_china_is_labelled_unless_the_shop_says_otherwise(
    machine_written: State, desk: Desks, clock: SteppedClock
) -> None:
    told = texts(replace(desk([]), market="CN"), clock)
    assert "AI" in told["s1@mail.example"]


def test_the_shop_may_switch_the_label_off(
    machine_written: State, desk: Desks, clock: SteppedClock
) -> None:
    told = texts(replace(desk([]), market="CN", ai_label={"CN": False}), clock)
    assert "AI" not in told["s1@mail.example"]


def test_where_a_text_comes_from_stays_with_it_whatever_the_label_says(
    machine_written: State, desk: Desks, clock: SteppedClock
) -> None:
    texts(desk([]), clock)
    copy_id = machine_written.outbox.copy_of("d-1")
    kept = machine_written.copies.get(copy_id)
    assert (kept.source, kept.model, kept.prompt_hash) == ("model", "gemma-3-270m+adapter-7", "abc")
    assert kept.verdict.passed


@pytest.mark.parametrize(
    ("market", "on", "wanted"),
    [
        ("CN", date(2025, 8, 31), False),
        ("CN", date(2025, 9, 1), True),
        ("DE", TODAY, False),
        ("US", TODAY, False),
        ("US-FL", TODAY, False),
        ("ZZ", TODAY, False),
    ],
)
def test_a_market_wants_the_label_from_its_day_on(market: str, on: date, wanted: bool) -> None:
    assert market_labels(market, on) is wanted


@pytest.mark.parametrize(
    ("locale", "channel", "label"),
    [
        ("zh-CN", "email", "本邮件文案由人工智能生成。"),
        ("zh-TW", "email", "本郵件文案由人工智慧生成。"),
        ("zh-CN", "sms", "AI生成"),
        ("en-GB", "onsite", "Written with AI"),
        ("de-DE", "push", "Mit KI geschrieben"),
        ("ja-JP", "ad", "AIで作成"),
    ],
)
def test_the_label_is_in_the_words_of_language_and_channel(
    locale: str, channel: str, label: str
) -> None:
    assert ai_label("CN", locale, channel, TODAY) == label


def test_every_language_we_write_in_has_the_label_for_every_channel() -> None:
    assert set(tongues_in("promoloop.deliver", "ai-label")) == set(
        tongues_in("promoloop.deliver", "frame")
    )
    for tag in tongues_in("promoloop.deliver", "ai-label"):
        source = files("promoloop.deliver").joinpath("data", f"ai-label-{tag}.toml")
        words = tomllib.loads(source.read_text("utf-8"))
        assert set(words) == {"email", "sms", "push", "onsite", "brackets"}


def test_a_text_message_ends_with_the_label() -> None:
    plain = replace(rendered(1), text="coffee 20% off", headers={})
    said = labelled(plain, "AI生成", "zh-CN")
    assert said.text == "coffee 20% off（AI生成）"
    assert said.headers == {"label": "AI生成"}
    assert labelled(plain, "", "zh-CN") == plain


def test_a_page_of_the_shop_finds_the_label_apart(message: Message) -> None:
    parts = dict.fromkeys(ONSITE_PARTS, "Take 20% off.")
    said = labelled(render_onsite(message, parts), "Written with AI", "en-US")
    assert said.headers["label"] == "Written with AI"
    assert said.text.endswith("(Written with AI)")
