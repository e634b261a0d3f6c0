"""``promoloop ads export``: consented shoppers as hashes, proven texts, whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.conftest import Desk, a_year_of_events, lay_out

from promoloop.bootstrap import open_shop
from promoloop.decide import assign_arms
from promoloop.profiles import Suppression, address_digest

MONDAY = "2026-11-02T00:00:00Z"
FILES = ("--catalog", "products.csv", "--offers", "offers.yaml", "--campaign", "campaign.yaml")


def agreeing(events: list[dict[str, object]]) -> list[dict[str, object]]:
    """Every shopper but those whose number is odd agrees to ads; some give a number."""
    for event in events:
        traits = event.get("traits")
        if isinstance(traits, dict):
            who = str(event["userId"])
            traits["consent"]["ads"] = int(who[-1]) % 2 == 0
            traits["phone"] = f"+12025550{who[-3:]}" if who.endswith("4") else ""
    return events


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("shop")
    found = lay_out(folder, agreeing(a_year_of_events(shoppers=40)))
    with contextlib.chdir(folder):
        found.figures("init")
        found.replace("promoloop.toml", 'backend = "embedded"', 'backend = "none"')
        found.figures("ingest", "events.jsonl", *FILES)
        found.figures("learn", "--now", MONDAY)
        with open_shop(Path("promoloop.toml")) as shop:
            assert shop.house.suppressions is not None
            digest = address_digest("s-002@shopper.example")
            at = shop.house.campaigns.get("november").starts_at
            shop.house.suppressions.add([Suppression(digest, "bounced", "email", at, "test")])
        yield found


def exported(desk: Desk, out: str, *more: str) -> dict[str, object]:
    words = ("ads", "export", "november", "--out", out, "--now", MONDAY, *more)
    return desk.figures(*words)


def expected(shop_config: Path) -> set[str]:
    """Who may be in it, counted by hand: agreed, not held out, not suppressed."""
    with open_shop(shop_config) as shop:
        campaign = shop.house.campaigns.get("november")
        ids = shop.house.tables.get("profiles")["shopper_id"].to_list()
    arms = dict(zip(ids, assign_arms(ids, campaign.salt, campaign.arms), strict=True))
    return {
        f"{who}@shopper.example"
        for who in ids
        if int(who[-1]) % 2 == 0 and arms[who] != "holdout" and who != "s-002"
    }


def test_only_those_who_agreed_are_in_the_file_and_only_as_hashes(desk: Desk) -> None:
    figures = exported(desk, "texts", "--platform", "google", "--no-pictures")
    wanted = expected(Path("promoloop.toml"))
    text = Path("texts/audience.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["Email"] for row in rows} == {
        hashlib.sha256(address.encode()).hexdigest() for address in wanted
    }
    assert figures["audience"] == len(wanted)
    assert sum(row["Phone"] != "" for row in rows) == sum(a[4] == "4" for a in wanted)
    assert "@" not in text
    left = figures["left_out"]
    assert isinstance(left, dict)
    assert left["suppressed"] == 1


def test_texts_and_pictures_go_into_an_archive_whole(desk: Desk) -> None:
    pytest.importorskip("PIL")
    figures = exported(desk, "meta.zip", "--platform", "meta", "--size", "1200x628")
    with zipfile.ZipFile("meta.zip") as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        creatives = archive.read("creatives.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(creatives)))
    assert len(rows) == figures["creatives"] > 0
    assert {f"pictures/{row['Image File Name']}" for row in rows} <= names
    assert all(row["Title"] and row["Body"] for row in rows)
    again = Path("meta.zip").read_bytes()
    exported(desk, "meta.zip", "--platform", "meta", "--size", "1200x628")
    assert Path("meta.zip").read_bytes() == again


def test_a_folder_in_use_is_left_as_it_is(desk: Desk) -> None:
    Path("used").mkdir()
    Path("used/mine.txt").write_text("mine")
    result = desk.type(
        "ads", "export", "november", "--out", "used", "--platform", "meta", "--now", MONDAY
    )
    assert result.exit_code == 2
    assert "not an empty folder" in result.output
    assert [path.name for path in Path("used").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("november", "--platform", "myspace"), "google or meta", 2),
        (("nothing", "--platform", "meta"), "nothing", 2),
        (("../november", "--platform", "meta"), "november", 2),
    ],
)
def test_wrong_input_writes_nothing(
    desk: Desk, words: tuple[str, ...], said: str, code: int
) -> None:
    result = desk.type("ads", "export", *words, "--out", "never", "--now", MONDAY)
    assert result.exit_code == code
    assert said in result.output
    assert not Path("never").exists()


def test_nobody_agreed_is_said_and_not_an_empty_file(desk: Desk) -> None:
    with open_shop(Path("promoloop.toml")) as shop:
        from dataclasses import replace

        campaign = shop.house.campaigns.get("november")
        shop.house.campaigns.put(
            replace(campaign, campaign_id="held", arms={"holdout": 1.0}, name="=1+1")
        )
    result = desk.type(
        "ads", "export", "held", "--out", "held", "--platform", "meta", "--now", MONDAY
    )
    assert result.exit_code == 3, result.output
    assert "nobody is left" in result.output
    assert not Path("held").exists()


def test_json_says_what_was_written(desk: Desk) -> None:
    words = ("ads", "export", "november", "--out", "one", "--platform", "meta", "--no-pictures")
    result = desk.type(*words, "--now", MONDAY, "--json")
    assert json.loads(result.stdout)["out"] == "one"
    assert sorted(path.name for path in Path("one").iterdir()) == ["audience.csv", "creatives.csv"]
    assert not list(Path().glob(".one-*"))
