"""A worker killed with kill -9 while it sends: what the next ones do, seen from the mail server."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from promoloop.backends.smtp_sink import SmtpSink
from promoloop.backends.sql import State
from promoloop.deliver import Message

WORKER = Path(__file__).with_name("worker.py")
#: The worker is killed when the server has taken this many messages more.
KILLS = (7, 25, 33)


def start(url: str, port: int, owner: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(WORKER), url, str(port), owner])


def kill_after(worker: subprocess.Popen[bytes], sink: SmtpSink, count: int) -> None:
    deadline = time.monotonic() + 30
    while sink.count < count and worker.poll() is None and time.monotonic() < deadline:
        time.sleep(0.0005)
    worker.kill()
    assert worker.wait(timeout=10) == -9


@pytest.mark.slow
def test_killed_workers_send_nothing_twice_and_the_next_one_sends_the_rest(
    state: State, tmp_path: Path, many: Callable[[int], list[Message]]
) -> None:
    soon = datetime.now(UTC)
    total = 160
    state.outbox.enqueue(
        [
            replace(m, not_before=soon - timedelta(hours=1), expires_at=soon + timedelta(days=1))
            for m in many(total)
        ]
    )
    url = f"sqlite:///{tmp_path / 'state.db'}"
    with SmtpSink(None) as sink:
        for number, more in enumerate(KILLS):
            kill_after(start(url, sink.port, f"w{number}"), sink, sink.count + more)
            time.sleep(1.1)  # the dead worker's leases run out
        assert start(url, sink.port, "last").wait(timeout=60) == 0
        counts = state.outbox.counts()
        arrived = {message.message_id for message in sink.received()}
        assert sink.duplicates == 0
        assert counts["sent"] + counts["unknown"] == total
        assert counts["unknown"] <= 20 * len(KILLS)
        assert counts["sent"] <= len(arrived) <= total
