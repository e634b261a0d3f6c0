"""A shop sends what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from promoloop.bootstrap import init_shop, open_shop
from promoloop.compose import ReviewEntry
from promoloop.testing.mailing import agreed, coffee_copy, coffee_message
from promoloop.testing.samples import product
from promoloop.testing.stocked import coffee_and_pizza


@pytest.mark.parametrize(("line", "groups"), [("", 3), ("[channels]\ngroup = 30\n", 2)])
def test_time_goes_on_while_a_shop_sends_group_by_group(
    line: str, groups: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that lasts must see quiet hours begin, and must not look dead to other workers."""
    monkeypatch.setenv("PROMOLOOP_SIGNING_KEY", "5" * 64)
    before = datetime.now(UTC)
    config = init_shop(tmp_path / "shop")
    config.write_text(f"{config.read_text(encoding='utf-8')}\n{line}", encoding="utf-8")
    with open_shop(config) as shop:
        house = shop.house
        coffee, _ = coffee_and_pizza(before - timedelta(days=1))
        house.offers.put([replace(coffee, offer_id="o-1", conditions=())])
        house.catalogue.put([product("p-1")])
        house.copies.put([coffee_copy(before)])
        for way in ("draft", "in_review", "approved"):
            house.reviews.append([ReviewEntry("copy-1", way, "Ana", before)])
        said = agreed(60, before, "onsite")
        house.consents.record([replace(one, purpose="promotions") for one in said])
        messages = [coffee_message(number, before) for number in range(60)]
        house.outbox.enqueue([replace(one, channel="onsite") for one in messages])
        report = shop.deliver()
        after = datetime.now(UTC)
        left = house.deliveries.sent_between(before, after)
    assert (report.sent, dict(report.reasons)) == (60, {})
    # sixty messages in groups of twenty or thirty, one after the other
    assert len(set(left.values())) == groups
