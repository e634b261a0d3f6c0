"""What looks at the shop in the background goes on whatever happens to one look."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import pytest

from promoloop.bootstrap.shop.realtime import Realtime
from promoloop.offers import Campaign
from promoloop.testing import MemoryCampaigns
from promoloop.testing.memory_house import memory_house


class BreaksOnce(MemoryCampaigns):
    """Campaigns on a disk that fails the first time, in a way nobody foresaw."""

    broken = False

    def all(self) -> tuple[Campaign, ...]:
        if not self.broken:
            self.broken = True
            raise OSError(5, "Input/output error", "/private/anna@example.com")
        return super().all()


def test_a_look_that_breaks_is_logged_without_names_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = replace(memory_house(), campaigns=BreaksOnce())
    with caplog.at_level(logging.WARNING), Realtime(house, seconds=0.01) as realtime:
        until = time.monotonic() + 10
        while not realtime.ready and time.monotonic() < until:
            time.sleep(0.01)
        assert realtime.ready
    (said,) = [one.getMessage() for one in caplog.records if one.name == "promoloop.realtime"]
    assert said.startswith("looking at the shop failed: OSError")
    assert "anna" not in caplog.text
