"""Accepted events reach the history once, whatever happens on the way."""

from datetime import UTC, datetime

import pytest

from promoloop.backends.files import QuarantineFile
from promoloop.backends.lake import ParquetHistory
from promoloop.events import Received
from promoloop.flows.history.drain import READER, drain
from promoloop.testing.memory_doors import MemoryInbox

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


class PowerCutError(Exception):
    """The process ends here."""


class Interrupted:
    """An inbox whose reader is killed before it can say how far it has come."""

    def __init__(self, inbox):
        self._inbox = inbox
        self.read, self.place = inbox.read, inbox.place

    def advance(self, reader, place):
        raise PowerCutError


def call(message_id, **more):
    return Received(message_id, "42", NOW, viewed(message_id, **more))


def viewed(message_id, price=12.5, currency="USD"):
    return (
        f'{{"type": "track", "event": "Product Viewed", "messageId": "{message_id}",'
        f' "userId": "42", "timestamp": "2026-11-22T10:00:00Z",'
        f' "properties": {{"product_id": "p7", "price": {price}, "currency": "{currency}"}}}}'
    ).encode()


@pytest.fixture
def house(tmp_path):
    return (
        MemoryInbox(),
        ParquetHistory(tmp_path / "history", buckets=2),
        QuarantineFile(tmp_path / "set-aside.jsonl"),
    )


def lines(path):
    return path.read_text("utf-8").splitlines() if path.exists() else []


def test_what_waits_reaches_the_history_and_the_place_moves_on(house):
    inbox, history, quarantine = house
    inbox.put([call("m1"), call("m2"), call("m3")])
    report = drain(inbox, history, quarantine, "USD", most=2)
    assert (report.calls, report.new_lines, report.quarantined) == (3, 3, 0)
    assert sorted(history.scan().collect()["message_id"]) == ["m1", "m2", "m3"]
    assert drain(inbox, history, quarantine, "USD").calls == 0


def test_killed_before_the_place_moved_on_it_adds_nothing_the_next_time(house, tmp_path):
    inbox, history, quarantine = house
    inbox.put([call("m1"), call("m2", currency="EUR")])
    with pytest.raises(PowerCutError):
        drain(Interrupted(inbox), history, quarantine, "USD")
    assert inbox.place(READER) == 0
    inbox.put([call("m3")])
    report = drain(inbox, history, quarantine, "USD")
    assert (report.calls, report.new_lines, report.quarantined) == (3, 1, 1)
    assert sorted(history.scan().collect()["message_id"]) == ["m1", "m3"]
    assert len(lines(tmp_path / "set-aside.jsonl")) == 1


def test_what_is_malformed_is_set_aside_with_its_reason_and_the_rest_goes_in(house, tmp_path):
    inbox, history, quarantine = house
    broken = Received("malformed:1", "", NOW, b'{"type": "track", "userId"\xff')
    inbox.put([broken, call("m1"), call("m2", price='"free"'), call("m3", currency="EUR")])
    report = drain(inbox, history, quarantine, "USD")
    assert (report.new_lines, report.quarantined) == (1, 3)
    places = [place for place, _ in inbox.read(0)]
    found = "\n".join(lines(tmp_path / "set-aside.jsonl"))
    for place in (places[0], places[2], places[3]):
        assert f'"inbox/{place}"' in found
    assert "not UTF-8" in found
    assert "not USD" in found
    inbox.put([Received("malformed:2", "", NOW, b"{")])
    drain(inbox, history, quarantine, "USD")
    assert len(lines(tmp_path / "set-aside.jsonl")) == 4
