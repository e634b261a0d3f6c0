"""Events that were acknowledged and not yet read, on SQL."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, delete, func, select

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import INBOX, INBOX_READERS
from promoloop.backends.sql.writes import WriteQueue
from promoloop.events import Received

__all__ = ["SqlInbox"]

_ROW = INBOX.table.c
_READER = INBOX_READERS.c
#: Of the lock that writers on a server queue at.
_LOCK = 0x696E626F78


class SqlInbox:
    """The inbox on SQL; see ``promoloop.events.EventInbox``.

    A place is the row's ``seq``. On a server numbers are drawn before the commit, and a reader
    could pass a number that is committed later; so whoever adds holds a lock until the commit.
    """

    def __init__(self, database: Database, writes: WriteQueue) -> None:
        self._database = database
        self._writes = writes

    def put(self, calls: Sequence[Received]) -> Future[int]:
        """Add calls not there yet; see the port."""
        rows = INBOX.rows(calls)
        return self._writes.submit(lambda connection: self._put(connection, rows))

    def _put(self, connection: Connection, rows: list[dict[str, Any]]) -> int:
        if not self._database.has_one_writer:
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        return self._database.add_new(connection, INBOX.table, INBOX.key, rows)

    def read(self, after: int, most: int = 10_000) -> Sequence[tuple[int, Received]]:
        """The next calls behind a place; see the port."""
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
        return self._writes.run(lambda connection: connection.execute(statement).rowcount)
