"""The on-site file: nothing twice, nothing torn."""

from __future__ import annotations

import json
import resource
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from promoloop.backends.channel_onsite import OnsiteChannel
from promoloop.testing.channel import rendered


def ids(path: Path) -> list[str]:
    return [json.loads(line)["message_id"] for line in path.read_text("utf-8").splitlines()]


def test_a_message_is_written_once_whoever_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "onsite.jsonl"
    OnsiteChannel(path).send([rendered(1), rendered(1)])
    results = OnsiteChannel(path).send([rendered(1), rendered(2)])
    assert [result.state for result in results] == ["sent", "sent"]
    assert ids(path) == ["<m1@shop.example>", "<m2@shop.example>"]


def test_a_line_cut_short_by_a_crash_is_removed_and_written_again(tmp_path: Path) -> None:
    path = tmp_path / "onsite.jsonl"
    OnsiteChannel(path).send([rendered(1), rendered(2)])
    path.write_bytes(path.read_bytes()[:-20])
    OnsiteChannel(path).send([rendered(2)])
    assert ids(path) == ["<m1@shop.example>", "<m2@shop.example>"]


def test_writers_at_the_same_time_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "onsite.jsonl"

    def write(start: int) -> None:
        channel = OnsiteChannel(path)
        for number in range(start, start + 20):
            channel.send([rendered(number), rendered(number + 1)])

    writers = [threading.Thread(target=write, args=(start,)) for start in (0, 10, 20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(ids(path)) == sorted({f"<m{number}@shop.example>" for number in range(41)})


def test_a_file_the_site_rotated_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "onsite.jsonl"
    channel = OnsiteChannel(path)
    channel.send([rendered(1)])
    path.rename(tmp_path / "onsite.1.jsonl")
    channel.send([rendered(2)])
    assert ids(path) == ["<m2@shop.example>"]


@pytest.fixture
def room_for_bytes() -> Iterator[Callable[[int], None]]:
    """Let files grow to so many bytes only, as a full disk would."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_means_later_and_leaves_whole_lines(
    tmp_path: Path, room_for_bytes: Callable[[int], None]
) -> None:
    path = tmp_path / "onsite.jsonl"
    channel = OnsiteChannel(path)
    channel.send([rendered(1)])
    room_for_bytes(path.stat().st_size + 50)
    results = channel.send([rendered(2), rendered(3)])
    room_for_bytes(1_000_000)
    assert [result.state for result in results] == ["retry", "retry"]
    assert ids(path) == ["<m1@shop.example>"]
    channel.send([rendered(2), rendered(3)])
    assert ids(path) == [f"<m{number}@shop.example>" for number in (1, 2, 3)]
