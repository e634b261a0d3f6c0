"""A campaign that annoys pauses itself; its owner reads why, mends it and resumes it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.conftest import START, Desk, a_year_of_events, lay_out, write_lines

from promoloop.backends.smtp_sink import SmtpSink
from promoloop.bootstrap import open_shop
from promoloop.decide import GlobalHoldout, held_out

MONDAY = "2026-11-02T00:00:00Z"
WEDNESDAY = "2026-11-04T23:00:00Z"
THURSDAY = "2026-11-05T00:00:00Z"
NEXT = "2026-11-09T00:00:00Z"
FILES = ("--catalog", "products.csv", "--offers", "offers.yaml", "--campaign", "campaign.yaml")
TWICE = "unsubscribe_rate, direction: above, limit: 0.1"
RAILS = """\
  floor: 0.01
  guardrails:
    - {metric: unsubscribe_rate, direction: above, limit: 0.005}
    - {metric: spend_pace, direction: above, limit: 2}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = lay_out(tmp_path, a_year_of_events())
    with contextlib.chdir(tmp_path), SmtpSink(tmp_path / "mails") as sink:
        found.figures("init")
        found.replace("promoloop.toml", 'backend = "embedded"', 'backend = "none"')
        found.replace("promoloop.toml", "port = 8025", f"port = {sink.port}")
        found.replace("promoloop.toml", "global_holdout = 0.0", "global_holdout = 0.1")
        found.replace("campaign.yaml", "  floor: 0.01\n", RAILS)
        yield found


def prepared(desk: Desk) -> dict[str, Any]:
    """Everything up to the first week's decisions."""
    desk.figures("ingest", "events.jsonl", *FILES)
    desk.figures("learn", "--now", MONDAY)
    desk.figures("compose", "--now", MONDAY)
    return desk.figures("decide", "november", "--now", MONDAY)


def everybody_leaves(desk: Desk) -> None:
    """All who got a mail unsubscribe a few hours later."""
    with open_shop(Path("promoloop.toml")) as shop:
        sent = shop.house.deliveries.sent_between(START, START + timedelta(days=7))
        gone = [shop.house.decisions.get(key) for key in sorted(sent)]
    assert len(gone) > 20
    events: list[dict[str, object]] = [
        {
            "type": "track",
            "event": "Unsubscribed",
            "messageId": f"bye-{one.decision_id}",
            "userId": one.shopper_id,
            "timestamp": (sent[one.decision_id] + timedelta(seconds=60)).isoformat(),
            "properties": {"decision_id": one.decision_id},
        }
        for one in gone
    ]
    write_lines(desk.folder / "left.jsonl", events)
    desk.figures("ingest", "left.jsonl")


def test_a_breach_pauses_the_campaign_and_resume_lets_it_run_on(desk: Desk) -> None:
    prepared(desk)
    desk.figures("deliver", "--now", "2026-11-02T16:00:00Z")
    everybody_leaves(desk)
    learnt = desk.figures("learn", "--now", "2026-11-03T00:00:00Z")
    assert "unsubscribe_rate is above 0.005" in str(learnt["paused"])
    refused = desk.type("decide", "november", "--now", THURSDAY, "--json")
    assert refused.exit_code == 3
    said = json.loads(refused.stdout)
    assert "unsubscribe_rate" in said["case"]
    assert "promoloop resume november" in said["remedy"]
    held = desk.figures("deliver", "--now", WEDNESDAY)
    assert held["sent"] == 0
    assert held["held"] == held["reasons"]["campaign-paused"] > 0
    report = desk.figures("report", "november", "--now", THURSDAY)
    assert "unsubscribe_rate is above 0.005" in str(report["paused"])
    assert "spend_pace: nothing measured yet" in report["guardrails"]
    page = (desk.folder / "report.html").read_text("utf-8")
    assert "Beyond the limit" in page
    assert "已越界" in (desk.folder / "report.zh-CN.html").read_text("utf-8")
    lifted = desk.figures("resume", "november", "--now", THURSDAY)
    assert "unsubscribe_rate" in lifted["was"]
    assert desk.type("resume", "november", "--now", THURSDAY).exit_code == 3
    again = desk.figures("deliver", "--now", "2026-11-05T15:00:00Z")
    assert "campaign-paused" not in again["reasons"]
    assert desk.figures("learn", "--now", NEXT)["paused"] == {}
    assert desk.figures("decide", "november", "--now", NEXT)["decisions"] > 0


def test_the_global_holdout_is_left_out_and_measured(desk: Desk) -> None:
    made = prepared(desk)
    with open_shop(Path("promoloop.toml")) as shop:
        ids = shop.house.tables.get("profiles")["shopper_id"].to_list()
    out = sum(held_out(ids, GlobalHoldout(0.1)))
    assert out > 2
    assert made["audience"] == made["decisions"] == len(ids) - out
    desk.figures("deliver", "--now", WEDNESDAY)
    desk.figures("learn", "--now", "2026-11-10T00:00:00Z")
    report = desk.figures("report", "november", "--now", "2026-11-10T00:00:00Z")
    assert (report["overall"]["held_out"], report["overall"]["weeks"]) == (out, 1)
    assert "per 1,000 shoppers and week" in (desk.folder / "report.html").read_text("utf-8")


def test_a_campaign_is_sized_before_it_starts(desk: Desk) -> None:
    desk.figures("ingest", "events.jsonl", *FILES)
    desk.figures("learn", "--now", MONDAY)
    found = desk.figures("size", "november", "--lift", "20%", "--now", MONDAY)
    assert found["lift_minor"] == pytest.approx(0.2 * found["mean_minor"])
    assert found["needed_policy"] == pytest.approx(5 * found["needed_against"], abs=5)
    assert found["enough"] is (found["needed_audience"] <= found["audience"])
    for words in (("--lift", "none"), ("--lift", "5%", "--against", "nobody")):
        assert desk.type("size", "november", *words, "--now", MONDAY).exit_code == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("unsubscribe_rate", "unsubscribers", "field guardrails, item 1, field metric"),
        ("above, limit: 0.005", "over, limit: 0.005", "item 1, field direction"),
        ("limit: 0.005", "limit: 5", "no share between 0 and 1"),
        ("spend_pace, direction: above, limit: 2", TWICE, "one metric stands there twice"),
        ("limit: 2}", "limit: 2, by: 3}", "field by"),
        ("limit: 2}", "}", "field limit"),
    ],
)
def test_a_guardrail_that_cannot_be_is_named(desk: Desk, old: str, new: str, said: str) -> None:
    desk.replace("campaign.yaml", old, new)
    desk.figures("ingest", "events.jsonl", *FILES[:4])
    result = desk.type("ingest", "--campaign", "campaign.yaml")
    assert result.exit_code == 2
    assert said in result.stderr
