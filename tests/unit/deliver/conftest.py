"""A small shop for the delivery tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from promoloop.backends.sql import State, open_state
from promoloop.compose import Copy, Verdict
from promoloop.core import SteppedClock
from promoloop.deliver import Channel, Message, Sender
from promoloop.flows.deliver import Desk
from promoloop.profiles import Consent

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)  # 12:00 in New York
PARTS = {
    "subject": "Coffee: {{reward}}, {{deadline}}",
    "preheader": "One code, every roast.",
    "headline": "{{reward}} on your next bag",
    "body": "Take {{reward}}. It {{deadline}}.",
    "call": "Choose your coffee",
}


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def sender() -> Sender:
    return Sender(
        name="Harvest Lane",
        address="offers@harvestlane.example",
        shop_name="Harvest Lane",
        shop_address="12 Mill Street, Cincinnati, OH 45202",
        unsubscribe_base="https://harvestlane.example/unsubscribe",
        list_id="offers.harvestlane.example",
    )


@pytest.fixture
def message() -> Message:
    return Message(
        dedupe_key="d-0",
        decision_id="d-0",
        campaign_id="c-1",
        shopper_id="s-0",
        channel="email",
        address="s0@mail.example",
        time_zone="America/New_York",
        locale="en-US",
        copy_id="copy-1",
        slots={"reward": "20% off", "deadline": "ends Nov 30", "code": "COFFEE20"},
        not_before=NOON - timedelta(hours=1),
        expires_at=NOON + timedelta(days=10),
    )


@pytest.fixture
def many(message: Message) -> Callable[[int], list[Message]]:
    """Messages to as many different shoppers."""

    def make(count: int) -> list[Message]:
        return [
            replace(
                message,
                dedupe_key=f"d-{number}",
                decision_id=f"d-{number}",
                shopper_id=f"s-{number}",
                address=f"s{number}@mail.example",
            )
            for number in range(count)
        ]

    return make


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """Stores with one copy, and a yes from shoppers s-0 to s-199 on both channels."""
    store = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    store.copies.put(
        [
            Copy(
                copy_id="copy-1",
                brief_id="b-1",
                offer_id="o-1",
                offer_revision=1,
                locale="en-US",
                channel="email",
                moment="active",
                variant="a",
                parts=PARTS,
                source="template",
                model="",
                prompt_hash="",
                verdict=Verdict(True, (), ()),
                refused=(),
                created_at=NOON,
            )
        ]
    )
    store.consents.record(
        [
            Consent(f"s-{number}", channel, "marketing", True, NOON - timedelta(days=9), "form")
            for number in range(200)
            for channel in ("email", "onsite")
        ]
    )
    yield store
    store.close()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def desk(state: State, sender: Sender) -> Callable[[Sequence[Channel]], Desk]:
    """A desk over the stores, for the channels given."""

    def make(channels: Sequence[Channel]) -> Desk:
        return Desk(
            outbox=state.outbox,
            copies=state.copies,
            consents=state.consents,
            channels={channel.name: channel for channel in channels},
            sender=sender,
            shop_url="https://harvestlane.example/coffee",
            key=b"0123456789abcdef",
            market="US",
        )

    return make
