"""Events that were acknowledged survive kill -9, and reach the history exactly once."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest

from promoloop.backends.files import QuarantineFile
from promoloop.backends.lake import ParquetHistory
from promoloop.backends.sql import open_state
from promoloop.flows.history.drain import drain

#: Sends batches one after another from where the last one was acknowledged, and drains between.
SENDER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from promoloop.backends.files import QuarantineFile
from promoloop.backends.lake import ParquetHistory
from promoloop.backends.sql import open_state
from promoloop.events import Received
from promoloop.flows.history.drain import drain

url, folder = sys.argv[1], Path(sys.argv[2])
log = folder / "acknowledged"
start = len(log.read_text().split()) if log.exists() else 0
state = open_state(url)
history, aside = ParquetHistory(folder / "history", buckets=2), QuarantineFile(folder / "aside")

def call(name):
    body = (
        '{"type": "track", "event": "Product Viewed", "messageId": "%s", "userId": "42",'
        ' "timestamp": "2026-11-22T10:00:00Z", "properties": {"product_id": "p7"}}' % name
    )
    return Received(name, "42", datetime.now(UTC), body.encode())

with log.open("a") as said:
    for n in range(start, 100_000):
        state.inbox.put([call(f"m{n}-{k}") for k in range(5)]).result()
        said.write(f"{n}\\n")
        said.flush()
        if n % 7 == 0:
            drain(state.inbox, history, aside, most=12)
"""


def killed_while_sending(url, folder, seconds):
    """Let the sender come up and send for a while, then kill it."""
    sender = subprocess.Popen([sys.executable, "-c", SENDER, url, str(folder)])
    before = acknowledged(folder)
    until = time.monotonic() + 60
    while acknowledged(folder) == before and time.monotonic() < until:
        assert sender.poll() is None
        time.sleep(0.01)
    time.sleep(seconds)
    os.kill(sender.pid, signal.SIGKILL)
    assert sender.wait() == -signal.SIGKILL


def acknowledged(folder):
    log = folder / "acknowledged"
    return len(log.read_text().split()) if log.exists() else 0


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(state_url, tmp_path):
    chance = random.Random(7)
    for _ in range(2):
        killed_while_sending(state_url, tmp_path, chance.uniform(0.05, 0.4))
    history, aside = ParquetHistory(tmp_path / "history", buckets=2), QuarantineFile(tmp_path / "a")
    with closing(open_state(state_url)) as state:
        drain(state.inbox, history, aside)
        found = history.scan().collect()["message_id"].to_list()
        promised = {f"m{n}-{k}" for n in range(acknowledged(tmp_path)) for k in range(5)}
        assert len(found) == len(set(found))
        assert promised <= set(found)
        assert len(set(found) - promised) <= 5  # the batch in flight when it was killed last
        again = [call for _, call in state.inbox.read(0, 1_000_000)]
        assert state.inbox.put(again).result() == 0
        assert drain(state.inbox, history, aside).calls == 0
