"""Events that were acknowledged and not yet read, on SQL."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime
from itertools import chain
from sqlite3 import Connection as SqliteConnection
from typing import Any, TypeAlias, cast

from sqlalchemy import Connection, case, delete, func, select

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.stretches import Stretches
from promoloop.backends.sql.tables import INBOX, INBOX_READERS
from promoloop.backends.sql.writes import WriteQueue
from promoloop.core import require_utc
from promoloop.events import Received

__all__ = ["SqlInbox"]

_ROW = INBOX.table.c
_READER = INBOX_READERS.c
#: Of the lock that writers on a server queue at.
_LOCK = 0x696E626F78
# The two statements that every event goes through are written by hand: SQLAlchemy's handling of
# values row by row took twice as long as SQLite itself, and psycopg's ten times PostgreSQL. Many
# rows go in by one statement, for after each the driver waits for its turn among the threads.
_TO_FILE = (
    "INSERT INTO inbox (message_id, shopper_id, received_at, body) VALUES {}"
    " ON CONFLICT (message_id) DO NOTHING"
)
_MOST = 200
_TO_SERVER = (
    "WITH added AS (INSERT INTO inbox (message_id, shopper_id, received_at, body)"
    " SELECT * FROM unnest(%(message_id)b::text[], %(shopper_id)b::text[],"
    " %(received_at)b::timestamptz[], %(body)b::bytea[])"
    " ON CONFLICT (message_id) DO NOTHING RETURNING seq)"
    " SELECT count(*), coalesce(max(seq), 0) FROM added"
)
_LAST = "SELECT coalesce(max(seq), 0) FROM inbox"
#: How many calls were new, and between which places they are: nobody else adds meanwhile.
_Added: TypeAlias = tuple[int, int, int]


class SqlInbox:
    """The inbox on SQL; see ``promoloop.events.EventInbox``.

    A place is the row's ``seq``. On a server numbers are drawn before the commit, and a reader
    could pass a number that is committed later; so whoever adds holds a lock until the commit.
    """

    def __init__(self, database: Database, writes: WriteQueue) -> None:
        self._database = database
        self._writes = writes
        self._ours = Stretches()

    def put(self, calls: Sequence[Received]) -> Future[int]:
        """Add calls not there yet; see the port."""
        columns = _columns(calls)
        if self._database.has_one_writer:
            columns["received_at"] = _stamps(columns["received_at"])
            rows = list(zip(*columns.values(), strict=True))
            return self._told(self._writes.submit(lambda connection: _to_file(connection, rows)))
        return self._told(self._writes.submit(lambda connection: _to_server(connection, columns)))

    def _told(self, added: Future[_Added]) -> Future[int]:
        """Note which places are ours before whoever waits goes on."""
        told: Future[int] = Future()
        told.set_running_or_notify_cancel()

        def tell(done: Future[_Added]) -> None:
            error = done.exception()
            if error is not None:
                told.set_exception(error)
                return
            count, before, last = done.result()
            self._ours.add(before, last)
            told.set_result(count)

        added.add_done_callback(tell)
        return told

    def read(
        self, after: int, most: int = 10_000, *, ours: bool = True
    ) -> Sequence[tuple[int, Received]]:
        """The next calls behind a place; see the port."""
        found = self._read(after if ours else self._ours.behind(after), most)
        while found and not ours:
            theirs = [one for one in found if one[0] not in self._ours]
            if theirs:
                return theirs
            found = self._read(self._ours.behind(found[-1][0]), most)
        return found

    def _read(self, after: int, most: int) -> list[tuple[int, Received]]:
        columns = (_ROW[name] for name in INBOX.names)
        query = select(_ROW.seq, *columns).where(_ROW.seq > after).order_by(_ROW.seq).limit(most)
        with self._database.read() as connection:
            return [(seq, Received(*values)) for seq, *values in connection.execute(query)]

    def place(self, reader: str) -> int:
        """How far a reader has come; see the port."""
        query = select(_READER.place).where(_READER.reader == reader)
        with self._database.read() as connection:
            return int(connection.execute(query).scalar() or 0)

    def advance(self, reader: str, place: int) -> None:
        """Note how far a reader has come; see the port."""
        statement = self._database.insert(INBOX_READERS).values(reader=reader, place=place)
        given = statement.excluded.place
        larger = case((given > _READER.place, given), else_=_READER.place)
        statement = statement.on_conflict_do_update(
            index_elements=["reader"], set_={"place": larger}
        )
        self._writes.run(lambda connection: connection.execute(statement))

    def forget(self, before: datetime) -> int:
        """Drop what all readers have passed; see the port."""
        passed = select(func.coalesce(func.min(_READER.place), 0)).scalar_subquery()
        statement = delete(INBOX.table).where(_ROW.seq <= passed, _ROW.received_at < before)

        def work(connection: Connection) -> tuple[int, int]:
            dropped = connection.execute(statement).rowcount
            return dropped, int(connection.execute(select(func.min(_ROW.seq))).scalar() or 0)

        dropped, first = self._writes.run(work)
        self._ours.forget(first - 1)
        return dropped


def _columns(calls: Sequence[Received]) -> dict[str, list[Any]]:
    for moment in {call.received_at for call in calls}:
        require_utc(moment, "the time a call came in")
    return {
        "message_id": [call.message_id for call in calls],
        "shopper_id": [call.shopper_id for call in calls],
        "received_at": [call.received_at for call in calls],
        "body": [call.body for call in calls],
    }


def _stamps(moments: Sequence[datetime]) -> list[str]:
    """Times as SQLAlchemy writes them to SQLite; most calls of a batch share one."""
    written = {moment: f"{moment:%Y-%m-%d %H:%M:%S.%f}" for moment in set(moments)}
    return [written[moment] for moment in moments]


def _to_file(connection: Connection, rows: list[tuple[Any, ...]]) -> _Added:
    if not rows:
        return 0, 0, 0
    run = cast(SqliteConnection, connection.connection.driver_connection).execute
    ((before,),) = run(_LAST)
    added = 0
    for at in range(0, len(rows), _MOST):
        part = rows[at : at + _MOST]
        statement = _TO_FILE.format(", ".join(["(?, ?, ?, ?)"] * len(part)))
        added += run(statement, list(chain.from_iterable(part))).rowcount
    ((last,),) = run(_LAST)
    return added, before, last


def _to_server(connection: Connection, columns: dict[str, list[Any]]) -> _Added:
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    before = connection.exec_driver_sql(_LAST).scalar_one()
    added, last = connection.exec_driver_sql(_TO_SERVER, columns).one()
    return added, before, last
