"""A small shop on disk, and the command line as its owner would type it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from promoloop.cli import main

START = datetime(2026, 11, 2, tzinfo=UTC)
PRICES = {"beans": 8.00, "green-tea": 6.00, "shortbread": 4.00}

PRODUCTS = """\
product_id,title,category,department,price,currency
beans,Coffee beans 250 g,COFFEE,GROCERY,8.00,USD
green-tea,Green tea,TEA,GROCERY,6.00,USD
shortbread,Shortbread,BISCUITS,GROCERY,4.00,USD
"""

OFFERS = """\
offers:
  - offer_id: coffee-25
    names: {en-US: coffee, zh-CN: 咖啡}
    group: COFFEE
    reward: {code: percent_off, percent: 25, ceiling_minor: 400}
    conditions: [{code: coupon_code, codes: [COFFEE25]}]
    valid_from: 2026-11-02T00:00:00Z
    valid_until: 2026-11-30T00:00:00Z
    currency: USD
  - offer_id: tea-150
    names: {en-US: tea, zh-CN: 茶}
    group: TEA
    reward: {code: amount_off, amount_minor: 150}
    valid_from: 2026-11-02T00:00:00Z
    valid_until: 2026-11-30T00:00:00Z
    currency: USD
  - offer_id: biscuits-100
    names: {en-US: biscuits, zh-CN: 饼干}
    group: BISCUITS
    reward: {code: amount_off, amount_minor: 100}
    valid_from: 2026-11-02T00:00:00Z
    valid_until: 2026-11-30T00:00:00Z
    currency: USD
"""

CAMPAIGN = """\
campaign:
  campaign_id: november
  name: November
  offer_ids: [coffee-25, tea-150, biscuits-100]
  channels: {email: 1, onsite: 0}
  hours: [9, 18]
  budget_minor: 40000
  currency: USD
  arms: {policy: 0.5, random: 0.2, bau: 0.2, holdout: 0.1}
  starts_at: 2026-11-02T00:00:00Z
  weeks: 4
  salt: november-2026
  floor: 0.01
"""


def identify(who: str) -> dict[str, object]:
    traits = {
        "email": f"{who}@shopper.example",
        "locale": "zh-CN" if who.endswith("3") else "en-US",
        "timezone": "Asia/Shanghai" if who.endswith("3") else "America/New_York",
        "consent": {"email": not who.endswith("9"), "onsite": True},
    }
    at = (START - timedelta(days=364)).isoformat()
    head = {"type": "identify", "messageId": f"{who}-hello", "userId": who}
    return {**head, "timestamp": at, "traits": traits}


def order(
    who: str, at: datetime, product: str, quantity: int = 1, **more: object
) -> dict[str, object]:
    name = f"{who}-{at:%Y%m%d}-{product}"
    line = {"product_id": product, "price": PRICES[product], "quantity": quantity}
    properties = {"order_id": name, "currency": "USD", "products": [line], **more}
    head = {"type": "track", "event": "Order Completed", "messageId": name, "userId": who}
    return {**head, "timestamp": at.isoformat(), "properties": properties}


def a_year_of_events(shoppers: int = 120, seed: int = 7) -> list[dict[str, object]]:
    """Every shopper says hello a year before ``START``, then buys by habit, week after week."""
    draw = random.Random(seed)
    people = [f"s-{number:03d}" for number in range(shoppers)]
    habits = {who: {p: 0.5 * draw.random() ** 2 for p in PRICES} for who in people}
    events = [identify(who) for who in people]
    for week in range(51, 0, -1):
        monday = START - timedelta(weeks=week)
        for who in people:
            for product, habit in habits[who].items():
                if draw.random() < habit:
                    at = monday + timedelta(days=draw.randrange(6), hours=draw.randrange(14, 23))
                    events.append(order(who, at, product, draw.choice((1, 1, 2))))
    return events


def write_lines(path: Path, events: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
    return path


@dataclass
class Desk:
    """A folder with a shop's files, and ``promoloop`` typed in it."""

    folder: Path
    environment: dict[str, str | None] = field(default_factory=dict)

    def type(self, *words: str) -> Result:
        runner = CliRunner(env=self.environment)
        return runner.invoke(main, list(words), catch_exceptions=False)

    def figures(self, *words: str) -> dict[str, object]:
        """What the command prints with ``--json``; it must have ended well."""
        result = self.type(*words, "--json")
        assert result.exit_code == 0, result.output
        found: dict[str, object] = json.loads(result.stdout)
        return found

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


def lay_out(folder: Path, events: list[dict[str, object]]) -> Desk:
    """A folder with settings, events, products, offers and a campaign; no model is asked."""
    desk = Desk(folder, {"PROMOLOOP_SIGNING_KEY": "a key for tests alone"})
    desk.write("products.csv", PRODUCTS)
    desk.write("offers.yaml", OFFERS)
    desk.write("campaign.yaml", CAMPAIGN)
    write_lines(folder / "events.jsonl", events)
    return desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A fresh shop of a dozen shoppers, settings written, nothing read yet."""
    monkeypatch.chdir(tmp_path)
    found = lay_out(tmp_path, a_year_of_events(shoppers=12))
    assert found.type("init").exit_code == 0
    found.replace("promoloop.toml", 'backend = "embedded"', 'backend = "none"')
    return found
