"""One shop, opened by whoever needs it: a server, a notebook, the command line."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from promoloop.bootstrap import init_shop, open_shop
from promoloop.core import UnavailableError
from promoloop.offers import Offer, PercentOff

FROM, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
OFFER = Offer("tea-10", {"en-US": "tea"}, "TEA", PercentOff(10), FROM, UNTIL, "USD")

SERVER = """
import sys
from pathlib import Path
from promoloop.bootstrap import open_shop

with open_shop(Path(sys.argv[1])) as shop:
    print(*(offer.offer_id for offer in shop.house.offers.all()))
    print(shop.plan_compose().asked)
print("promoloop.cli" in sys.modules)
"""


def test_a_process_without_the_command_line_opens_the_shop_that_another_has_open(
    tmp_path: Path,
) -> None:
    config = init_shop(tmp_path)
    with open_shop(config) as shop:
        shop.house.offers.put([OFFER])
        said = subprocess.run(
            [sys.executable, "-c", SERVER, str(config)], capture_output=True, text=True, check=True
        )
    assert said.stdout.splitlines() == ["tea-10", "0", "False"]


def test_the_starter_stands_and_a_second_start_leaves_it_as_it_is(tmp_path: Path) -> None:
    config = init_shop(tmp_path / "new")
    config.write_text('[shop]\nname = "Tea House"\n', "utf-8")
    assert init_shop(tmp_path / "new") == config
    with open_shop(config) as shop:
        assert shop.settings.shop.name == "Tea House"


def test_a_shop_without_a_model_hands_over_writers_that_ask_none(tmp_path: Path) -> None:
    config = init_shop(tmp_path)
    config.write_text('[model]\nbackend = "none"\n', "utf-8")
    with open_shop(config) as shop, shop.writers(ask=True) as writers:
        assert (writers.model, writers.drafting) == (None, None)


def test_nothing_is_sent_with_links_that_cannot_be_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROMOLOOP_SIGNING_KEY", raising=False)
    with open_shop(init_shop(tmp_path)) as shop, pytest.raises(UnavailableError, match="SIGNING"):
        shop.deliver(FROM)
