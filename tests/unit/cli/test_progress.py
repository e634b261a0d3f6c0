"""Progress: bars on a terminal, one line per finished step elsewhere."""

from __future__ import annotations

import io
import re
import time

from rich.console import Console

from promoloop.cli.progress import Bars


def drawn(*, terminal: bool) -> tuple[Bars, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, legacy_windows=False)
    return Bars(console=console), out


def steps(out: io.StringIO) -> list[tuple[str, str]]:
    found = re.findall(r"^(.+?)\s{2,}(\S+)\s+[\d.]+ s$", out.getvalue(), re.MULTILINE)
    assert len(found) == len(out.getvalue().splitlines())
    return found


def test_a_log_gets_one_line_per_finished_step_with_its_human_name():
    bars, out = drawn(terminal=False)
    with bars:
        for done in range(0, 3001, 500):
            bars("ingest", done, 3308)
        bars("learn", 0, 0)
        for done in range(1, 6):
            bars("learn", done, 5)
    assert steps(out) == [("Reading events", "3,000"), ("Learning from history", "5")]


def test_a_line_is_written_once_the_next_step_begins():
    bars, out = drawn(terminal=False)
    with bars:
        bars("ingest", 7, 7)
        assert out.getvalue() == ""
        bars("learn", 0, 0)
        assert steps(out) == [("Reading events", "7")]


def test_steps_inside_a_step_are_told_each_time():
    bars, out = drawn(terminal=False)
    with bars:
        for campaign in (1, 2):
            bars("close", 3, 3)
            bars("campaigns", campaign, 2)
    assert [name for name, _ in steps(out)] == [
        "Closing weeks",
        "Closing weeks",
        "Collecting outcomes",
    ]


def test_a_step_that_failed_is_not_told_as_finished():
    bars, out = drawn(terminal=False)
    bars.__enter__()
    bars("ingest", 5, 5)
    bars("learn", 1, 5)
    bars.__exit__(ValueError, ValueError("stop"), None)
    assert steps(out) == [("Reading events", "5")]


def test_a_step_without_a_count_is_told_as_done():
    bars, out = drawn(terminal=False)
    with bars:
        bars("compose", 0, 0)
    assert steps(out) == [("Writing texts", "done")]


def test_a_terminal_shows_a_step_from_its_beginning_and_ends_full():
    bars, out = drawn(terminal=True)
    with bars:
        bars("decide", 0, 0)
        time.sleep(0.3)  # it is redrawn ten times a second
        assert "Deciding" in out.getvalue()
        bars("decide", 40, 120)
    assert "40/40" in out.getvalue()


def test_quiet_shows_nothing(capsys):
    with Bars(quiet=True) as bars:
        bars("ingest", 1, 1)
    assert capsys.readouterr() == ("", "")
