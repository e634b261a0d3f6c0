"""What is checked before a campaign is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from promoloop.bootstrap.campaigns import store_campaign
from promoloop.core import InvalidError
from promoloop.offers import Campaign, Offer, PercentOff
from promoloop.testing.memory_house import memory_house

START = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_campaign_in_another_currency_than_the_shop_is_not_stored():
    """Fen and cents would be added up as if they were one."""
    house = memory_house()
    end = START + timedelta(weeks=4)
    tea = Offer("tea-20", {"zh-CN": "茶"}, "TEA", PercentOff(20, 900), START, end, "CNY")
    house.offers.put([tea])
    arms = {"policy": 0.5, "holdout": 0.5}
    campaign = Campaign(
        "c1", "Tea", ("tea-20",), {"email": 1}, (9,), 4_000, "CNY", arms, START, 4, "salt"
    )
    with pytest.raises(InvalidError, match=r"field currency: it is CNY, but the shop .* USD"):
        store_campaign(house, campaign, Path("campaign.yaml"))
    assert not house.campaigns.all()
