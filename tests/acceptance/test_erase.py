"""One shopper erased from a shop that has run for a week: nothing is left anywhere."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from tests.acceptance.conftest import START, Desk, a_year_of_events, lay_out, order, write_lines

from promoloop.backends.smtp_sink import SmtpSink
from promoloop.bootstrap import open_shop
from promoloop.flows.books.outcomes import collect_orders

MONDAY = "2026-11-02T00:00:00Z"
WEDNESDAY = "2026-11-04T23:00:00Z"
FRIDAY = "2026-11-06T12:00:00Z"
TUESDAY_AFTER = "2026-11-10T00:00:00Z"


@pytest.fixture
def shop(week_old: Path, tmp_path: Path) -> Iterator[Desk]:
    """A copy of the shop, to be changed."""
    shutil.copytree(week_old, tmp_path, dirs_exist_ok=True)
    with contextlib.chdir(tmp_path / "shop"):
        yield Desk(tmp_path / "shop", {"PROMOLOOP_SIGNING_KEY": "a key for tests alone"})


@pytest.fixture(scope="module")
def week_old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop of thirty after a week of its campaign, with an order of everybody."""
    root = tmp_path_factory.mktemp("corner-shop")
    folder = root / "shop"
    folder.mkdir()
    with contextlib.chdir(folder), SmtpSink(None) as sink:
        desk = lay_out(folder, a_year_of_events(shoppers=30))
        assert desk.type("init").exit_code == 0
        desk.replace("promoloop.toml", 'backend = "embedded"', 'backend = "none"')
        desk.replace("promoloop.toml", "port = 8025", f"port = {sink.port}")
        # What the shop feeds in lies elsewhere: it is the shop's own.
        source = root / "fed"
        source.mkdir()
        for name in ("events.jsonl", "products.csv", "offers.yaml", "campaign.yaml"):
            (folder / name).rename(source / name)
        files = ["--catalog", f"{source}/products.csv", "--offers", f"{source}/offers.yaml"]
        files += ["--campaign", f"{source}/campaign.yaml"]
        desk.figures("ingest", f"{source}/events.jsonl", *files)
        desk.figures("learn", "--now", MONDAY)
        desk.figures("compose", "--now", MONDAY)
        desk.figures("decide", "november", "--seed", "7", "--now", MONDAY)
        desk.figures("deliver", "--now", WEDNESDAY)
        bought = [order(f"s-{n:03d}", START.replace(day=5), "beans") for n in range(30)]
        write_lines(source / "more.jsonl", bought)
        desk.figures("ingest", f"{source}/more.jsonl")
    return root


def traces(folder: Path, *needles: str) -> list[str]:
    """Files of the shop in which one of ``needles`` stands, Parquet read as well as its bytes."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        raw = path.read_bytes()
        text = ""
        if path.suffix == ".parquet":
            text = str(pl.read_parquet(path).rows())
        found += [f"{path.name}: {one}" for one in needles if one.encode() in raw or one in text]
    return found


def somebody_reached(desk: Desk) -> str:
    """A shopper to whom a mail was sent."""
    with open_shop(desk.folder / "promoloop.toml") as shop:
        decisions = shop.house.decisions.of_campaign("november")
        left = shop.house.deliveries.sent_between(START.replace(day=1), START.replace(day=20))
        return next(
            one.shopper_id
            for one in decisions
            if one.decision_id in left and one.channel == "email"
        )


def test_an_erased_shopper_stands_in_no_file_and_no_table(shop: Desk) -> None:
    who = somebody_reached(shop)
    needles = (who, f"{who}@shopper.example", sha256(f"{who}@shopper.example".encode()).hexdigest())
    before = shop.figures("export-person", who, "--now", FRIDAY)
    held = before["held"]
    assert isinstance(held, dict)
    assert {"history", "tables", "database"} <= held.keys()
    assert f"{who}@shopper.example" in json.dumps(before)
    assert traces(shop.folder, *needles) != []
    money = books(shop)
    receipt = shop.figures("erase", who, "--now", FRIDAY)
    assert traces(shop.folder, *needles) == []
    assert shop.type("export-person", who).exit_code == 2
    assert books(shop) == money
    assert receipt["models"]
    # The same receipt again, and it can be checked; a changed one cannot.
    assert shop.figures("erase", who, "--now", TUESDAY_AFTER) == receipt
    shop.write("receipt.json", json.dumps(receipt))
    assert shop.figures("erase", "--check", "receipt.json") == {"valid": True}
    shop.write("receipt.json", json.dumps(receipt | {"finished_at": "2026-11-07T00:00:00Z"}))
    assert shop.figures("erase", "--check", "receipt.json") == {"valid": False}


def books(desk: Desk) -> tuple[object, ...]:
    """The money of the campaign: what is set aside and spent, and what orders brought."""
    with open_shop(desk.folder / "promoloop.toml") as shop:
        for campaign in shop.house.campaigns.all():
            collect_orders(shop.house, campaign, START.replace(day=6))
        state = shop.house.ledger.state("november")
        orders = shop.house.outcomes.between(START, START.replace(day=20))
        return (
            state.spent_minor,
            sum(one.revenue_minor for one in orders),
            len(shop.house.decisions.of_campaign("november")),
        )


def test_the_week_closes_and_learns_after_somebody_was_erased(shop: Desk) -> None:
    who = somebody_reached(shop)
    shop.figures("erase", who, "--now", FRIDAY)
    shop.figures("learn", "--now", TUESDAY_AFTER)
    shop.figures("decide", "november", "--seed", "7", "--now", TUESDAY_AFTER)
    with open_shop(shop.folder / "promoloop.toml") as opened:
        decided = opened.house.decisions.of_campaign("november")
        assert who not in {one.shopper_id for one in decided}
    assert traces(shop.folder, who, f"{who}@shopper.example") == []


def test_the_same_files_read_again_bring_nobody_back(shop: Desk) -> None:
    who = somebody_reached(shop)
    shop.figures("erase", who, "--now", FRIDAY)
    source = shop.folder.parent / "fed"
    lines = (source / "events.jsonl").read_text("utf-8").splitlines(keepends=True)
    (source / "half.jsonl").write_text("".join(lines[: len(lines) // 2]), "utf-8")
    for name in ("events.jsonl", "half.jsonl", "more.jsonl"):
        shop.figures("ingest", f"{source}/{name}")
    shop.figures("learn", "--now", TUESDAY_AFTER)
    assert traces(shop.folder, who, f"{who}@shopper.example") == []


KILLED = """
import os, sys
from pathlib import Path
from promoloop.bootstrap import open_shop
from promoloop.bootstrap.shop.moments import present
steps = int(sys.argv[2])
with open_shop(Path("promoloop.toml")) as shop:
    def dying(store):
        class Dying:
            name = store.name
            aliases, held = store.aliases, store.held
            def purge(self, person):
                global steps
                if steps == 0:
                    os.kill(os.getpid(), 9)
                steps -= 1
                found = store.purge(person)
                if steps == 0:
                    os.kill(os.getpid(), 9)
                return found
        return Dying()
    object.__setattr__(shop.house, "personal", tuple(dying(one) for one in shop.house.personal))
    shop.erase_person(sys.argv[1], present())
"""


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_an_erasure_that_was_killed_is_taken_up_where_it_stood(shop: Desk, steps: int) -> None:
    who = somebody_reached(shop)
    money = books(shop)
    command = [sys.executable, "-c", KILLED, who, str(steps)]
    environment = {"PROMOLOOP_SIGNING_KEY": "a key for tests alone"}
    died = subprocess.run(command, env=os.environ | environment, check=False)
    assert died.returncode == -9
    found = shop.figures("erase", "--resume", "--now", FRIDAY)
    assert found["finished"] == 1
    assert traces(shop.folder, who, f"{who}@shopper.example") == []
    assert books(shop) == money
    assert shop.figures("erase", "--resume", "--now", FRIDAY)["finished"] == 0
