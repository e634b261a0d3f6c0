"""One database: how it is opened, read and written. All that differs by make is in here.

On SQLite the driver's own transactions are switched off and each write begins with
``BEGIN IMMEDIATE``: a writer waits for its turn at the start, instead of failing in the middle.
Within a process writers queue at a lock, because SQLite's own waiting sleeps and polls. Reads have
an engine of their own and, in WAL mode, never wait. ``synchronous=FULL``: what was committed
survives a power cut.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any, cast

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError

from promoloop.backends.sql.faults import explained
from promoloop.core import InvalidError, UnavailableError

__all__ = ["Database"]

#: Waits for each of the names in turn, until the transaction ends.
_TURNS = text(
    "select pg_advisory_xact_lock(hashtextextended(name, 0)) "
    "from unnest(cast(:names as text[])) as name"
)

Upsert = sqlite.Insert | postgresql.Insert


class Database:
    """An open database.

    Parameters
    ----------
    url : str
        ``sqlite:///state.db`` or ``postgresql+psycopg://...``.
    wait_seconds : float, default 30
        How long to wait for another process's write on SQLite.

    Raises
    ------
    InvalidError
        The URL is not one of these.
    UnavailableError
        The folder of the file, or the driver, is missing.
    """

    def __init__(self, url: str, wait_seconds: float = 30.0) -> None:
        parsed = _parse(url)
        self.where = parsed.render_as_string(hide_password=True)
        self._sqlite = parsed.get_backend_name() == "sqlite"
        self._turn = threading.Lock() if self._sqlite else nullcontext()
        if self._sqlite:
            _require_folder(parsed)
            self._writer = _sqlite_engine(parsed, "BEGIN IMMEDIATE", wait_seconds)
            self._reader = _sqlite_engine(parsed, "BEGIN", wait_seconds)
            self._scrubber = _sqlite_engine(parsed, "", wait_seconds)
        else:
            self._writer = self._reader = _server_engine(parsed)
            self._scrubber = self._writer.execution_options(isolation_level="AUTOCOMMIT")
        self._held = _Held(self._writer)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed when the block ends well and undone when it does not."""
        begin = self._held.begin if self._sqlite else self._writer.begin
        with self._turn, explained(self.where), begin() as connection:
            yield connection

    @contextmanager
    def write_on(self) -> Iterator[Connection]:
        """``write`` for a thread that does little else, on a connection kept for it.

        It is not asked each time whether it still lives: after a restart of the server a
        transaction can fail, and ``write`` does not.
        """
        with self._turn, explained(self.where), self._held.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; never waits for writers."""
        with explained(self.where), self._reader.connect() as connection:
            yield connection

    @property
    def has_one_writer(self) -> bool:
        """Whether writers queue up, so that they gain by sharing a commit: SQLite."""
        return self._sqlite

    def insert(self, table: Table) -> Upsert:
        """An insert that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
        return sqlite.insert(table) if self._sqlite else postgresql.insert(table)

    def add_new(
        self, connection: Connection, table: Table, key: tuple[str, ...], rows: list[dict[str, Any]]
    ) -> int:
        """Insert the rows whose ``key`` is not there yet; return how many were new.

        Without a ``key``: those that no unique key of the table speaks against.
        """
        if not rows:
            return 0
        statement = self.insert(table).on_conflict_do_nothing(index_elements=key or None)
        result = connection.execute(statement, rows, execution_options={"preserve_rowcount": True})
        return result.rowcount

    def replace(
        self, connection: Connection, table: Table, key: tuple[str, ...], rows: list[dict[str, Any]]
    ) -> None:
        """Insert rows; one whose ``key`` is there takes the place of the old one."""
        if not rows:
            return
        statement = self.insert(table)
        fresh = {name: statement.excluded[name] for name in rows[0] if name not in key}
        connection.execute(
            statement.on_conflict_do_update(index_elements=list(key), set_=fresh), rows
        )

    def take_turns(self, connection: Connection, names: Iterable[str]) -> None:
        """Let nobody else who takes a turn on one of ``names`` go on before this commit.

        On SQLite writers take turns anyway.
        """
        if self._sqlite:
            return
        # one order for all, which is that of the array: no deadlock
        connection.execute(_TURNS, {"names": sorted(set(names))})

    def scrub(self, tables: Sequence[Table]) -> None:
        """Make what was deleted unreadable in the files too: SQLite rewrites its own.

        On PostgreSQL the space is only freed for others; its archives and replicas are the
        operator's.
        """
        if self._sqlite:
            steps = ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"]
        else:
            steps = [f"VACUUM {table.name}" for table in tables]
        with self._turn, explained(self.where), self._scrubber.connect() as connection:
            for step in steps:
                connection.exec_driver_sql(step)

    def close(self) -> None:
        """Give every connection back; the last one out folds SQLite's log into the file."""
        self._held.close()
        self._scrubber.dispose()
        self._reader.dispose()
        self._writer.dispose()


class _Held:
    """One connection kept from transaction to transaction, by one thread at a time.

    Taking it from the pool and giving it back each time took more CPU than what was written.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction; after one that failed the pool looks at the connection."""
        connection, self._connection = self._connection, None
        if connection is None:
            connection = self._engine.connect()
        try:
            with connection.begin():
                yield connection
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def close(self) -> None:
        """Give it back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _unknown(url) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise _unknown(parsed.render_as_string(hide_password=True))
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise InvalidError(
            f"the database {url}",
            "a database in memory cannot be shared between a reader and a writer",
            "Name a file, for example sqlite:///state.db.",
        )
    return parsed


def _unknown(url: str) -> InvalidError:
    return InvalidError(
        f"the database {url}",
        "it is neither SQLite nor PostgreSQL",
        "Write it like sqlite:///state.db or postgresql+psycopg://user@host/name.",
    )


def _require_folder(url: URL) -> None:
    folder = Path(str(url.database).removeprefix("file:")).parent
    if not folder.is_dir():
        raise UnavailableError(
            f"the database {url}", f"the folder {folder} does not exist", "Create the folder first."
        )


def _sqlite_engine(url: URL, begin: str, wait_seconds: float) -> Engine:
    # one connection for the writer: writers queue at the lock anyway
    size = {"pool_size": 1, "max_overflow": 0} if begin == "BEGIN IMMEDIATE" else {}
    engine = create_engine(url, connect_args={"timeout": wait_seconds}, **size)

    @event.listens_for(engine, "connect")
    def prepare(connection: SqliteConnection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        # folding the log into the file less often: pages that change often are copied once
        connection.execute("PRAGMA wal_autocheckpoint=4000")
        connection.execute("PRAGMA temp_store=MEMORY")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        if begin:  # by the driver itself: SQLAlchemy's way to one word took as long as a row
            cast(SqliteConnection, connection.connection.driver_connection).execute(begin)

    return engine


def _server_engine(url: URL) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    except ModuleNotFoundError as error:
        raise UnavailableError(
            f"the database {url.render_as_string(hide_password=True)}",
            f"its driver {error.name} is not installed",
            "Install promoloop with its PostgreSQL driver, psycopg 3.",
        ) from error
