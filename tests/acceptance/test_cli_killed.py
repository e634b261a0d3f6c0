"""Ctrl-C, a killed process and a full disk: nothing is half-written, and a second run finishes."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.acceptance.conftest import Desk

from promoloop.bootstrap import open_shop
from promoloop.cli.console import errors_as_exit_codes
from promoloop.cli.options import moment

MONDAY, WEDNESDAY, TUESDAY = "2026-11-02T00:00:00Z", "2026-11-04T23:00:00Z", "2026-11-10T00:00:00Z"
READ = ("ingest", "events.jsonl", "--catalog", "products.csv", "--offers", "offers.yaml")
STEPS = (
    (*READ, "--campaign", "campaign.yaml"),
    ("learn", "--now", MONDAY),
    ("compose", "--now", MONDAY),
    ("decide", "november", "--now", MONDAY),
    ("deliver", "--now", WEDNESDAY),
    ("learn", "--now", TUESDAY),
    ("report", "november", "--now", TUESDAY),
)

COMMAND = [sys.executable, "-c", "from promoloop.cli import main; main(prog_name='promoloop')"]

#: The reader takes 64 MiB at a time; wide lines make several batches of few events.
EVENTS, WIDTH = 30_000, 5_000


def started(desk: Desk, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *words],
        cwd=desk.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PROMOLOOP_SIGNING_KEY": "a key for tests alone"},
    )


@contextmanager
def small_disk(limit: int) -> Iterator[None]:
    """No file may grow beyond ``limit`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def wide(desk: Desk) -> Desk:
    """More than one batch of events in place of the dozen shoppers' year."""
    draw = random.Random(7)
    filling = "x" * WIDTH
    head = '{"type": "track", "event": "Page Viewed", "timestamp": "2026-10-01T10:00:00Z"'
    with (desk.folder / "events.jsonl").open("w", encoding="utf-8") as file:
        for number in range(EVENTS):
            who = f'"messageId": "m-{number:06d}", "userId": "s-{number % 1000}"'
            noise = draw.randbytes(100).hex()  # so that files on disk are not small
            file.write(
                f'{head}, {who}, "properties": {{"noise": "{noise}", "wide": "{filling}"}}}}\n'
            )
    return desk


def await_first_batch(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while not list((folder / "history" / "batches").glob("*/batch.json")):
        assert time.monotonic() < deadline, "nothing was written in half a minute"
        time.sleep(0.005)


@pytest.mark.parametrize(("kind", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_an_interrupted_ingest_is_finished_by_the_next(wide, kind, code):
    process = started(wide, "ingest", "events.jsonl")
    await_first_batch(wide.folder)
    process.send_signal(kind)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err
    if kind == signal.SIGINT:
        assert err.endswith("promoloop: stopped. What was finished is kept; run it again.\n")
    again = wide.figures("ingest", "events.jsonl")
    assert again["events"] == EVENTS
    assert 0 < again["new_lines"] < EVENTS
    assert wide.figures("ingest", "events.jsonl")["new_lines"] == 0


def test_ctrl_c_while_loading_shows_no_insides(desk):
    process = started(desk, "learn")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in {130, -signal.SIGINT, 3}  # 3: it was quicker than we were
    assert "promoloop/" not in err


def test_ctrl_c_at_any_step_leaves_it_to_be_finished(desk, monkeypatch):
    monkeypatch.setenv("PROMOLOOP_SIGNING_KEY", "a key for tests alone")

    def interrupt(_step: str, _done: int, total: int) -> None:
        if total:
            raise KeyboardInterrupt

    def stopped(step: str) -> bool:
        with open_shop(Path("promoloop.toml")) as shop:
            work = {
                "ingest": lambda: shop.ingest(Path("events.jsonl"), progress=interrupt),
                "learn": lambda: shop.learn(now, interrupt),
                "decide": lambda: shop.decide("november", now, progress=interrupt),
                "deliver": lambda: shop.deliver(now, interrupt),
                "report": lambda: shop.report("november", Path("page.html"), now, interrupt),
            }
            with pytest.raises(SystemExit) as end, errors_as_exit_codes(as_json=False):
                work[step]()
            return end.value.code == 130

    desk.replace("campaign.yaml", "{email: 1, onsite: 0}", "{onsite: 0}")
    said = {}
    for number, words in enumerate(STEPS):
        now = moment(words[-1]) if words[-2] == "--now" else None
        assert words[0] == "compose" or stopped(words[0])
        said[number] = desk.figures(*words)
    assert said[0]["events"] == len(Path("events.jsonl").read_bytes().splitlines())
    assert said[3]["decisions"] + said[3]["already_decided"] == said[3]["audience"]
    lines = [json.loads(line) for line in Path("onsite.jsonl").read_text("utf-8").splitlines()]
    with open_shop(Path("promoloop.toml")) as shop:
        made = shop.house.decisions.of_campaign("november")
    offered = [one.decision_id for one in made if one.offer_id is not None]
    assert sorted(line["decision_id"] for line in lines) == sorted(offered)


def test_a_full_disk_is_told_at_every_step_and_the_next_run_finishes(desk):
    desk.replace("campaign.yaml", "{email: 1, onsite: 0}", "{onsite: 0}")
    for words in STEPS:
        with small_disk(3000):
            result = desk.type(*words, "--json")
        assert result.exit_code == 4, result.output
        assert json.loads(result.stdout)["error"] == "UnavailableError"
        assert "disk" in result.stderr
        left = [path.name for path in desk.folder.rglob("*")]
        assert not [name for name in left if name.endswith((".half", ".tmp"))]
        desk.figures(*words)


def test_a_disk_that_fills_while_history_is_written_leaves_history_as_it_was(wide):
    assert wide.type("learn").exit_code == 3  # the state's file is there now
    with small_disk(60_000):
        result = wide.type("ingest", "events.jsonl", "--json")
    assert result.exit_code == 4, result.output
    said = json.loads(result.stdout)
    assert (said["case"], said["asked"].split()[:2]) == ("the disk is full", ["writing", "history"])
    assert wide.figures("ingest", "events.jsonl")["events"] == EVENTS
