"""Texts renewed at the terminal: planned, done once, refused while nothing has matured."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.conftest import Desk, a_year_of_events, lay_out

from promoloop.backends.smtp_sink import SmtpSink

MONDAY = "2026-11-02T00:00:00Z"
LATER = "2026-11-18T00:00:00Z"
FILES = ("--catalog", "products.csv", "--offers", "offers.yaml", "--campaign", "campaign.yaml")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = lay_out(tmp_path, a_year_of_events())
    with contextlib.chdir(tmp_path), SmtpSink(tmp_path / "mails") as sink:
        found.figures("init")
        found.replace("promoloop.toml", 'backend = "embedded"', 'backend = "none"')
        found.replace("promoloop.toml", "port = 8025", f"port = {sink.port}")
        found.figures("ingest", "events.jsonl", *FILES)
        found.figures("learn", "--now", MONDAY)
        found.figures("compose", "--now", MONDAY)
        yield found


def test_texts_are_renewed_once_and_preferences_written(desk: Desk) -> None:
    desk.figures("decide", "november", "--now", MONDAY)
    desk.figures("deliver", "--now", "2026-11-04T23:00:00Z")
    early = desk.type("renew", "november", "--now", "2026-11-05T00:00:00Z", "--json")
    assert early.exit_code == 3
    assert "matured" in json.loads(early.stdout)["case"]
    desk.figures("learn", "--now", LATER)
    plan = desk.figures("renew", "november", "--plan", "--now", LATER)
    assert (plan["already"], plan["model_calls"]) == (False, 0)
    done = desk.figures("renew", "november", "--preferences", "p.jsonl", "--now", LATER)
    assert done["changed"]
    rows = [json.loads(line) for line in (desk.folder / "p.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == done["preference_rows"] > 0
    assert all(0.0 < row["propensity"] < 1.0 for row in rows)
    again = desk.figures("renew", "november", "--now", LATER)
    assert not again["changed"]
    assert again["children"] == done["children"]
    assert desk.figures("renew", "november", "--plan", "--now", LATER)["already"]
    assert desk.type("renew", "nobody", "--now", LATER).exit_code == 2
