"""A person is exported and erased whatever times stand in their rows."""

from datetime import UTC, datetime

import polars as pl

from promoloop.flows.privacy.records import Person
from promoloop.flows.privacy.stores import HistoryPersonal, TablesPersonal
from promoloop.testing import event_lines
from promoloop.testing.memory_history import MemoryHistory
from promoloop.testing.memory_tables import MemoryTables

GOOD = datetime(2026, 11, 1, 9, tzinfo=UTC)
#: Years 0 and 10000, which Python's calendar does not have.
BEYOND = event_lines(
    *({"message_id": one, "shopper_id": "u1", "timestamp": GOOD} for one in "abc")
).with_columns(
    timestamp=pl.Series([GOOD, GOOD, GOOD])
    .dt.offset_by(pl.Series(["0y", "-2026y", "7974y"]))
    .cast(pl.Datetime("us", "UTC"))
)


def test_a_person_with_lines_beyond_the_calendar_is_exported_and_purged() -> None:
    history = MemoryHistory()
    history.append(BEYOND)
    store = HistoryPersonal(history)
    person = Person(("u1",))
    assert store.aliases(person).since == GOOD
    told = store.held(person)["events"]
    assert [str(row["timestamp"])[:8] for row in told] == ["0000-11-", "2026-11-", "+10000-1"]
    assert store.purge(person) == {"events": 3}
    assert store.held(person) == {}


def test_a_table_with_times_beyond_the_calendar_is_exported() -> None:
    tables = MemoryTables()
    tables.put("seen", BEYOND.select("shopper_id", "timestamp"))
    assert len(TablesPersonal(tables).held(Person(("u1",)))["seen"]) == 3


def test_lines_of_a_device_go_with_its_one_person_and_stay_where_another_used_it_too() -> None:
    def line(number: int, who: str, device: str, event: str = "identify") -> dict[str, object]:
        said = f'{{"anonymousId": "{device}"}}'
        return {
            "message_id": f"m{number}",
            "shopper_id": who,
            "timestamp": GOOD.replace(minute=number),
            "event": event,
            "properties": said,
        }

    history = MemoryHistory()
    history.append(
        event_lines(
            line(1, "u1", "own"),
            line(2, "anonymous:own", "own", "page"),
            line(3, "u1", "shared"),
            line(4, "u2", "shared"),
            line(5, "anonymous:shared", "shared", "page"),
        )
    )
    store = HistoryPersonal(history)
    # The database may name both devices: calls that were not read yet tell of one person only.
    person = Person(("u1", "anonymous:own", "anonymous:shared"))
    assert store.purge(person) == {"events": 3}
    left = history.scan().collect().sort("message_id")
    assert left.select("message_id", "shopper_id").rows() == [("m4", "u2"), ("m5", "u2")]
