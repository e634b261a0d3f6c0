"""The whole loop as its owner types it: every command, each run twice, in a folder of its own."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.conftest import START, Desk, a_year_of_events, lay_out, order, write_lines

from promoloop.backends.smtp_sink import SmtpSink
from promoloop.bootstrap import open_shop

MONDAY = "2026-11-02T00:00:00Z"
WEDNESDAY = "2026-11-04T23:00:00Z"
TUESDAY_AFTER = "2026-11-10T00:00:00Z"

PRODUCT = {"coffee-25": "beans", "tea-150": "green-tea", "biscuits-100": "shortbread"}
CODE = {"coffee-25": "COFFEE25", "tea-150": "tea-150", "biscuits-100": "biscuits-100"}
OFF = {"coffee-25": 2.00, "tea-150": 1.50, "biscuits-100": 1.00}
NOISE = [
    b'{"type": "track", "event": "Order Compl',
    b'{"type": "track", "event": "Page Viewed", "messageId": "x1", "userId": "s-001"}',
    b'{"type": "track", "event": "Page Viewed", "messageId": "x2", "userId": "s-001",'
    b' "timestamp": "2026-10-01T10:00:00"}',
    b'{"type": "track", "event": "Page Viewed", "messageId": "x3", "userId": "s-\xff",'
    b' "timestamp": "2026-10-01T10:00:00Z"}',
    b'{"type": "track", "event": "Order Completed", "messageId": "x4", "userId": "s-001",'
    b' "timestamp": "2026-10-01T10:00:00Z", "properties": {"order_id": "x4", "currency": "USD",'
    b' "products": [{"product_id": "beans", "price": -8.0, "quantity": 1}]}}',
    b'{"type": "track", "event": "Page Viewed", "messageId": "x5",'
    b' "timestamp": "2026-10-01T10:00:00Z"}',
]


@dataclass
class Walk:
    """What each command printed, in pairs: first run, second run."""

    desk: Desk
    events: int
    said: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    pages: list[tuple[str, str]] = field(default_factory=list)
    decisions: list[Any] = field(default_factory=list)
    mails: list[int] = field(default_factory=list)
    duplicates: int = -1
    outcomes: list[list[Any]] = field(default_factory=list)
    spent: list[Any] = field(default_factory=list)

    def twice(self, name: str, *words: str) -> None:
        self.said[name] = [self.desk.figures(*words), self.desk.figures(*words)]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("corner-shop")
    events = a_year_of_events()
    with contextlib.chdir(folder), SmtpSink(folder / "mails") as sink:
        desk = lay_out(folder, events)
        with (folder / "events.jsonl").open("ab") as file:
            file.writelines(line + b"\n" for line in NOISE)
        found = Walk(desk, len(events))
        _first_week(found, sink)
        _answers(found)
        yield found


def _first_week(walk: Walk, sink: SmtpSink) -> None:
    walk.twice("init", "init")
    walk.desk.replace("promoloop.toml", 'backend = "embedded"', 'backend = "none"')
    walk.desk.replace("promoloop.toml", "port = 8025", f"port = {sink.port}")
    files = ("--catalog", "products.csv", "--offers", "offers.yaml", "--campaign", "campaign.yaml")
    walk.twice("ingest", "ingest", "events.jsonl", *files)
    walk.twice("learn", "learn", "--now", MONDAY)
    walk.twice("compose", "compose", "--now", MONDAY)
    walk.twice("decide", "decide", "november", "--seed", "7", "--now", MONDAY)
    for _ in range(2):
        sent = walk.desk.figures("deliver", "--now", WEDNESDAY)
        walk.said.setdefault("deliver", []).append(sent)
        walk.mails.append(sink.count)
    walk.duplicates = sink.duplicates


def _answers(walk: Walk) -> None:
    with open_shop(Path("promoloop.toml")) as shop:
        made = shop.house.decisions.of_campaign("november")
    walk.decisions = [one for one in made if one.offer_id is not None]
    write_lines(
        walk.desk.folder / "answers.jsonl",
        [
            order(
                one.shopper_id,
                START + timedelta(days=5, hours=1),
                PRODUCT[one.offer_id],
                coupon=CODE[one.offer_id],
                discount=OFF[one.offer_id],
            )
            for one in walk.decisions[::3]
        ],
    )
    walk.twice("answers", "ingest", "answers.jsonl")
    for _ in range(2):
        learnt = walk.desk.figures("learn", "--now", TUESDAY_AFTER)
        walk.said.setdefault("learn again", []).append(learnt)
        with open_shop(Path("promoloop.toml")) as shop:
            week = shop.house.outcomes.between(START, START + timedelta(weeks=1))
            walk.outcomes.append([one for one in week if one.kind == "redeemed"])
            walk.spent.append(shop.house.ledger.state("november"))
        walk.said.setdefault("report", []).append(
            walk.desk.figures("report", "november", "--now", TUESDAY_AFTER)
        )
        pages = [Path(name).read_text("utf-8") for name in walk.said["report"][-1]["report"]]
        walk.pages.append((pages[0], pages[1]))


def test_a_second_init_leaves_the_settings_alone(walk):
    assert walk.said["init"] == [{"configuration": "promoloop.toml"}] * 2
    assert 'backend = "none"' in Path("promoloop.toml").read_text("utf-8")


def test_good_lines_come_in_once_and_bad_ones_are_set_aside_with_line_and_reason(walk):
    first, second = walk.said["ingest"]
    assert (first["new_lines"], second["new_lines"]) == (walk.events, 0)
    assert first["quarantined"] == second["quarantined"] == len(NOISE)
    assert (first["shoppers"], first["products"], first["offers"]) == (120, 3, 3)
    assert first["campaign"] == "november"
    rows = [json.loads(line) for line in Path("quarantine.jsonl").read_text("utf-8").splitlines()]
    assert [row["line"] - walk.events for row in rows] == [1, 2, 3, 4, 5, 6]
    assert {row["file"] for row in rows} == {"events.jsonl"}
    assert all(row["reason"] and row["remedy"] for row in rows)
    assert rows[4]["field"] == "properties.products[0].price"


def test_learning_twice_gives_the_same_figures(walk):
    for name in ("learn", "learn again"):
        first, second = ({**said, "profile_seconds": 0} for said in walk.said[name])
        assert first == second
    learnt = walk.said["learn"][0]
    assert (learnt["groups"], learnt["contacts"], learnt["consents"]) == (3, 120, 240)


def test_every_offer_gets_its_words_in_both_languages_once(walk):
    first, second = walk.said["compose"]
    # 3 offers, 2 languages, 2 channels, 5 stages, 2 variants
    assert first["by_model"] + first["by_template"] == first["variants"] == 3 * 2 * 2 * 5 * 2
    assert [second[key] for key in ("variants", "by_model")] == [120, first["by_model"]]
    assert first["locales"] == ["en-US", "zh-CN"]


def test_deciding_twice_decides_nobody_anew(walk):
    first, second = walk.said["decide"]
    assert first["decisions"] == first["audience"] == second["already_decided"]
    assert (second["decisions"], second["messages"]) == (0, 0)
    assert second["reserved_minor"] == first["reserved_minor"] > 0
    assert first["reserved_minor"] + first["budget_left_minor"] == 40000
    assert first["min_propensity"] >= 0.01


def test_every_message_leaves_once(walk):
    first, second = walk.said["deliver"]
    assert first["sent"] == walk.said["decide"][0]["messages"] == len(walk.decisions)
    assert (first["failed"], first["unknown"], first["retry"], second["sent"]) == (0, 0, 0, 0)
    mailed = [one for one in walk.decisions if one.channel == "email"]
    assert walk.mails == [len(mailed), len(mailed)]
    assert walk.duplicates == 0
    onsite = Path("onsite.jsonl").read_text("utf-8").splitlines()
    assert len(onsite) == first["sent"] - len(mailed) > 0


def test_orders_with_a_code_are_redemptions_and_are_paid_once(walk):
    used = walk.decisions[::3]
    expected = sum(round(100 * OFF[one.offer_id]) for one in used)
    assert walk.said["answers"][0]["new_lines"] == len(used)
    assert walk.said["answers"][1]["new_lines"] == 0
    assert walk.outcomes[0] == walk.outcomes[1]
    assert len(walk.outcomes[0]) == len(used)
    assert sum(one.discount_minor for one in walk.outcomes[0]) == expected
    assert walk.spent[0] == walk.spent[1]
    # what was redeemed, and a cent for each mail
    assert walk.spent[0].spent_minor == expected + walk.mails[0]
    assert walk.spent[0].reserved_minor == 0


def test_the_report_is_there_in_both_languages_and_does_not_change(walk):
    assert walk.said["report"][0] == {"report": ["report.html", "report.zh-CN.html"]}
    assert walk.pages[0] == walk.pages[1]
    english, chinese = walk.pages[0]
    assert 'lang="en' in english
    assert 'lang="zh' in chinese
    assert "</html>" in english
    assert "</html>" in chinese


def test_a_decision_is_explained_in_both_languages(walk):
    one = walk.decisions[0].decision_id
    english = walk.desk.figures("explain", one)["why"]
    chinese = walk.desk.figures("explain", one, "--locale", "zh-CN")["why"]
    assert str(english).startswith("Sent: ")
    assert walk.desk.figures("explain", one, "--replay")["replay"]["same"]
    assert any("一" <= char <= "鿿" for char in str(chinese))


def test_a_campaign_that_never_decided_has_a_page_too(tmp_path):
    desk = lay_out(tmp_path, a_year_of_events(shoppers=8))
    with contextlib.chdir(tmp_path):
        desk.figures("init")
        files = ("--catalog", "products.csv", "--offers", "offers.yaml")
        desk.figures("ingest", "events.jsonl", *files, "--campaign", "campaign.yaml")
        desk.figures("learn", "--now", MONDAY)
        desk.figures("report", "november", "--now", "2026-11-20T00:00:00Z")
        assert Path("report.html").is_file()
