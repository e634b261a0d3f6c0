"""A small shop for the delivery tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from promoloop.backends.sql import State, open_state
from promoloop.core import SteppedClock
from promoloop.deliver import Channel, Message, Sender
from promoloop.flows.deliver import Desk
from promoloop.testing.mailing import HARVEST_LANE, agreed, coffee_copy, coffee_message

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)  # 12:00 in New York


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def sender() -> Sender:
    return HARVEST_LANE


@pytest.fixture
def message() -> Message:
    return coffee_message(0, NOON)


@pytest.fixture
def many() -> Callable[[int], list[Message]]:
    """Messages to as many different shoppers."""
    return lambda count: [coffee_message(number, NOON) for number in range(count)]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """Stores with one copy, and a yes from shoppers s-0 to s-199 on both channels."""
    store = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    store.copies.put([coffee_copy(NOON)])
    store.consents.record(agreed(200, NOON, "email", "onsite"))
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
