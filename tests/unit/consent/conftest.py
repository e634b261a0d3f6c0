"""A shop in memory with a desk that writes to nobody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from promoloop.flows.deliver import Desk
from promoloop.flows.house import House
from promoloop.testing import MemoryChannel
from promoloop.testing.mailing import HARVEST_LANE
from promoloop.testing.memory_house import memory_house

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
KEYS = (b"the newest key, 24 bytes", b"an older key of 24 bytes")


@pytest.fixture
def house() -> House:
    return memory_house(time_zone="Asia/Shanghai")


@pytest.fixture
def channel() -> MemoryChannel:
    return MemoryChannel()


@pytest.fixture
def desk(house: House, channel: MemoryChannel) -> Desk:
    return Desk(
        outbox=house.outbox,
        copies=house.copies,
        consents=house.consents,
        channels={"email": channel},
        sender=HARVEST_LANE,
        shop_url="https://harvestlane.example/",
        key=KEYS,
        market="DE",
        suppressions=house.suppressions,
        address_key=b"kept for ever",
    )
