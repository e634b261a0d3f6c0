"""The small shop after its campaign has decided, sent and been answered for a week."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.acceptance.conftest import START, order, write_lines
from tests.console.conftest import NOW, Reader

from promoloop.bootstrap import Shop, open_shop
from promoloop.console import create_console
from promoloop.console.kept import Kept
from promoloop.deliver import Message
from promoloop.feedback import Outcome
from promoloop.flows.reads.records import MessageQuery
from promoloop.flows.reviewing.approving import approve

#: When the first week is over and may be counted.
AFTER_A_WEEK = START + timedelta(days=8, hours=1)


def decide_and_send(shop: Shop) -> None:
    """Approve every text, decide the first week, and let every message leave at noon."""
    house = shop.house
    approve(house, tuple(house.reviews.standing_in("in_review")), "approver", START)
    shop.decide("november", START)
    noon = START + timedelta(days=1, hours=12)
    keys = {one.dedupe_key: one.attempt for one in house.outbox.lease("w", noon, 1000)}
    house.outbox.mark(keys, "w", "sending", noon)
    house.outbox.mark(keys, "w", "sent", noon)


def answered(shop: Shop) -> None:
    """A click of a person, one of a scanner, and one redemption, of the first three messages."""
    mail = sent_messages(shop)
    left = mail[0].sent_at
    assert left is not None

    def came(number: int, kind: str, seconds: float, off: int = 0) -> Outcome:
        one = mail[number]
        at = left + timedelta(seconds=seconds)
        return Outcome(
            f"o-{number}-{kind}",
            one.shopper_id,
            one.decision_id,
            kind,
            "COFFEE",
            at,
            0,
            0,
            off,
            "simulated",
        )

    shop.house.outcomes.append(
        [
            came(0, "clicked", 600),
            came(1, "clicked", 2),
            came(2, "redeemed", 3600, 150),
        ]
    )


def a_week_of_orders(shop: Shop, folder: Path) -> None:
    """Orders of the first week arrive, and the week is counted."""
    events = [
        order(f"s-{number:03d}", START + timedelta(days=3, hours=number % 12), product)
        for number in range(40)
        for product in ("beans", "green-tea")
        if (number + len(product)) % 3
    ]
    shop.ingest(write_lines(folder / "week.jsonl", events))
    shop.learn(AFTER_A_WEEK)


def sent_messages(shop: Shop) -> list[Message]:
    """Everything that left, by key."""
    found = shop.house.views.listed(MessageQuery(("sent",)), 1000)
    return sorted(found, key=lambda one: one.dedupe_key)


@pytest.fixture(scope="session")
def ran_folder(shop_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop with its first week decided, sent and answered."""
    folder = tmp_path_factory.mktemp("console-ran") / "shop"
    shutil.copytree(shop_folder, folder)
    with open_shop(folder / "promoloop.toml") as shop:
        decide_and_send(shop)
        answered(shop)
    return folder


@pytest.fixture
def ran(ran_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The same, opened, as a copy of this test's own."""
    monkeypatch.setenv("PROMOLOOP_SIGNING_KEY", "a key for tests alone")
    monkeypatch.setenv("PROMOLOOP_ADDRESS_KEY", "another key for tests")
    folder = tmp_path / "ran"
    shutil.copytree(ran_folder, folder)
    with open_shop(folder / "promoloop.toml") as opened:
        yield opened


@dataclass
class Clock:
    """A moment that a test moves."""

    now: datetime = field(default=NOW)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """At first the moment of all console tests."""
    return Clock()


@pytest.fixture
def app(ran: Shop, clock: Clock) -> FastAPI:
    """The console of the shop that ran; its figures are always counted anew."""
    made = create_console(ran, now=clock)
    kept = Kept(worth=0.0, quick=math.inf)
    made.state.console = replace(made.state.console, kept=kept)
    return made


@pytest.fixture
def chinese(app: FastAPI) -> Reader:
    """An administrator who reads Chinese."""
    reader = Reader(app)
    reader.sign_in("admin")
    reader.get("/results")
    reader.post("/language", language="zh-CN", next="/results")
    return reader
