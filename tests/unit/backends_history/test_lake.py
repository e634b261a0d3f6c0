"""The Parquet history survives kills, full disks and compaction."""

import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from promoloop.backends.lake import ParquetHistory
from promoloop.core import InvalidError, UnavailableError
from promoloop.testing.history import event_lines


def many(count: int, start: int = 0) -> pl.DataFrame:
    return event_lines(
        *({"message_id": f"k{start + i}", "shopper_id": f"s{i % 50}"} for i in range(count))
    ).with_columns(timestamp=pl.lit(event_lines({})["timestamp"][0]))


KEEP_APPENDING = """
import sys
from pathlib import Path
import polars as pl
from promoloop.backends.lake import ParquetHistory
from promoloop.testing.history import event_lines
history = ParquetHistory(Path(sys.argv[1]))
for i in range(10_000):
    history.append(event_lines(*({"message_id": f"k{20 * i + j}"} for j in range(20))))
"""

APPEND_WITH_SMALL_FILES = """
import resource, signal, sys
from pathlib import Path
from promoloop.backends.lake import ParquetHistory
from promoloop.core import UnavailableError
from promoloop.testing.history import event_lines
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
history = ParquetHistory(Path(sys.argv[1]))
lines = event_lines(*({"message_id": f"big{i}"} for i in range(500)))
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
try:
    history.append(lines)
except UnavailableError as error:
    sys.exit(7 if "disk is full" in error.case else 1)
"""


def start(script: str, root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script, str(root)])


def test_a_killed_append_leaves_whole_batches_only(tmp_path: Path) -> None:
    ParquetHistory(tmp_path)
    writer = start(KEEP_APPENDING, tmp_path)
    while len(list((tmp_path / "batches").iterdir())) < 3 and writer.poll() is None:
        time.sleep(0.002)
    writer.kill()
    writer.wait()
    history = ParquetHistory(tmp_path)
    rows = history.scan().collect().height
    assert rows >= 60
    assert rows % 20 == 0
    assert not list(tmp_path.glob("tmp-*"))


def test_a_full_disk_is_said_plainly_and_changes_nothing(tmp_path: Path) -> None:
    history = ParquetHistory(tmp_path)
    history.append(many(10))
    assert start(APPEND_WITH_SMALL_FILES, tmp_path).wait(60) == 7
    assert history.scan().collect().height == 10
    assert not list(tmp_path.glob("tmp-*"))
    assert history.append(many(500, start=1000)) == 500


def test_what_a_killed_writer_left_is_removed_at_the_next_open(tmp_path: Path) -> None:
    ParquetHistory(tmp_path).append(many(5))
    left = tmp_path / "tmp-left"
    left.mkdir()
    (left / "202601-0.parquet").write_bytes(b"half")
    assert ParquetHistory(tmp_path).scan().collect().height == 5
    assert not left.exists()


def test_compaction_keeps_every_line_and_still_knows_replays(tmp_path: Path) -> None:
    history = ParquetHistory(tmp_path)
    batches = [many(30, start=30 * i) for i in range(4)]
    for batch in batches:
        history.append(batch)
    before = history.scan().sort("message_id").collect()
    assert history.compact() == 4
    assert history.scan().sort("message_id").collect().equals(before)
    assert [history.append(batch) for batch in batches] == [0, 0, 0, 0]


def aged(root: Path, seconds: float) -> None:
    """As if every batch had been written so much earlier."""
    for path in root.glob("batches/*/batch.json"):
        made = path.stat().st_mtime - seconds
        os.utime(path, (made, made))


def test_who_reads_while_the_history_is_compacted_may_finish(tmp_path: Path) -> None:
    history, reader = ParquetHistory(tmp_path), ParquetHistory(tmp_path)
    for start in (0, 30):
        history.append(many(30, start))
    scanned, files = reader.scan(), reader.partitions()
    assert history.compact() == 2
    assert scanned.collect().height == 60
    assert sum(pl.read_parquet(list(paths)).height for paths in files.values()) == 60
    assert history.scan().collect().height == reader.scan().collect().height == 60


def test_replaced_files_go_with_a_later_compaction_when_their_grace_is_over(tmp_path: Path) -> None:
    history = ParquetHistory(tmp_path, grace=100.0)
    for start in (0, 30):
        history.append(many(30, start))
    history.compact()
    aged(tmp_path, 90.0)
    history.compact()
    assert len(list((tmp_path / "batches").iterdir())) == 3
    aged(tmp_path, 20.0)
    assert history.compact() == 1
    assert len(list((tmp_path / "batches").iterdir())) == 1
    assert history.scan().collect().height == 60


def test_an_older_batch_never_counts_again_because_its_successor_went_first(tmp_path: Path) -> None:
    """A backup that was put back may have dates in any order."""
    history = ParquetHistory(tmp_path, grace=100.0)
    for start in (0, 30):
        history.append(many(30, start))
    history.compact()
    history.append(many(30, 60))
    history.compact()
    newest = max(tmp_path.glob("batches/*/batch.json"), key=lambda path: path.stat().st_mtime_ns)
    os.utime(newest, (0, 0))
    assert ParquetHistory(tmp_path, grace=100.0).scan().collect().height == 90


def test_an_erasure_removes_replaced_files_too_and_at_once(tmp_path: Path) -> None:
    history = ParquetHistory(tmp_path)
    for start in (0, 30):
        history.append(many(30, start))
    history.compact()
    assert history.forget(["s7"], []) == 2
    files = list(tmp_path.rglob("*.parquet"))
    assert files
    assert not any((pl.read_parquet(path)["shopper_id"] == "s7").any() for path in files)


def test_a_kill_after_compaction_before_removal_shows_no_line_twice(tmp_path: Path) -> None:
    history = ParquetHistory(tmp_path)
    history.append(many(10))
    history.append(many(10, start=10))
    history.compact()
    assert len(list((tmp_path / "batches").iterdir())) == 3
    assert history.scan().collect().height == 20
    opened = ParquetHistory(tmp_path, grace=0.0)
    assert opened.scan().collect().height == 20
    assert len(list((tmp_path / "batches").iterdir())) == 1


def test_a_shopper_stays_in_one_bucket(tmp_path: Path) -> None:
    history = ParquetHistory(tmp_path, buckets=4)
    history.append(many(200))
    history.append(many(200, start=200))
    shoppers = [
        set(pl.read_parquet(list(paths))["shopper_id"]) for paths in history.partitions().values()
    ]
    assert len(shoppers) > 1
    assert sum(map(len, shoppers)) == len(set.union(*shoppers)) == 50


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    history = ParquetHistory(tmp_path)
    other = ParquetHistory(tmp_path)
    with history._lock(wait=True), pytest.raises(UnavailableError, match="another process"):
        other.append(many(1))


def test_a_damaged_batch_is_named(tmp_path: Path) -> None:
    history = ParquetHistory(tmp_path)
    history.append(many(1))
    batch = next((tmp_path / "batches").iterdir())
    (batch / "batch.json").write_text("{")
    with pytest.raises(InvalidError, match=batch.name):
        history.scan()
