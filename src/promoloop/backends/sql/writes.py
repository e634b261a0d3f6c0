"""Many small transactions that share one wait for the disk, while each can still be refused alone.

SQLite has one writer, and a durable commit waits for the disk. So a thread of its own takes all
that was asked for meanwhile, does each piece of work behind a savepoint, and commits once. A piece
that fails is undone alone; nobody is told of success before the commit. On a server, which groups
commits itself, each piece is a transaction of its own on a pooled connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from sqlite3 import Connection as SqliteConnection
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from sqlalchemy import Connection

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.faults import explained
from promoloop.core import UnavailableError

__all__ = ["Work", "WriteQueue"]

T = TypeVar("T")
Work: TypeAlias = Callable[[Connection], T]


class WriteQueue:
    """Takes pieces of work from any thread, and does them in transactions.

    A piece is done once, whole or not at all; it may not commit, nor wait for another piece.

    Parameters
    ----------
    database : Database
    seconds : float, default 0.004
        For how long a group takes in more work before it is committed (SQLite).
    threads : int, default 8
        How many transactions run at a time (PostgreSQL).
    """

    def __init__(self, database: Database, seconds: float = 0.004, threads: int = 8) -> None:
        self._way: _Way = (
            _Grouped(database, seconds) if database.has_one_writer else _Pooled(database, threads)
        )
        self._where = database.where
        self._closed = False

    def submit(self, work: Work[T]) -> Future[T]:
        """Have ``work`` done; the future is done when it is on disk, or holds what it raised.

        Raises
        ------
        UnavailableError
            The queue is closed.
        """
        if self._closed:
            raise UnavailableError(
                f"writing to {self._where}", "it is closed", "Open the shop again."
            )
        return self._way.submit(work)

    def run(self, work: Work[T]) -> T:
        """Have ``work`` done and wait for it."""
        return self.submit(work).result()

    def close(self) -> None:
        """Do what was asked for, then stop."""
        self._closed = True
        self._way.close()


class _Way(Protocol):
    def submit(self, work: Work[T]) -> Future[T]: ...

    def close(self) -> None: ...


class _Pooled:
    """Each piece in a transaction of its own."""

    def __init__(self, database: Database, threads: int) -> None:
        self._database = database
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="promoloop-writes")

    def submit(self, work: Work[T]) -> Future[T]:
        return self._pool.submit(self._alone, work)

    def close(self) -> None:
        self._pool.shutdown()

    def _alone(self, work: Work[T]) -> T:
        with self._database.write() as connection:
            return work(connection)


class _Kept:
    """Keeps what is raised within it, for whoever waits."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        self.error = error
        return True


class _Asked(_Kept):
    """A piece of work, who waits for it, and what came of it."""

    def __init__(self, work: Work[Any]) -> None:
        super().__init__()
        self.future: Future[Any] = Future()
        self._work = work
        self._result: object = None

    def do(self, connection: Connection, where: str) -> None:
        """Do it in the database ``where``; what it raises is kept."""
        with self, explained(where):
            self._result = self._work(connection)

    def tell(self, error: BaseException | None) -> None:
        """Let whoever waits go on; ``error`` is what the group as a whole met."""
        error = self.error or error
        if error is None:
            self.future.set_result(self._result)
        else:
            self.future.set_exception(error)


class _Grouped:
    """One thread, one transaction for all that waits."""

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._waiting: SimpleQueue[_Asked | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, work: Work[T]) -> Future[T]:
        asked = _Asked(work)
        self._waiting.put(asked)
        if self._thread is None:
            self._start()
        return asked.future

    def close(self) -> None:
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._serve, name="promoloop-writes", daemon=True
                )
                self._thread.start()

    def _serve(self) -> None:
        while (first := self._waiting.get()) is not None:
            if first.future.set_running_or_notify_cancel():
                self._commit_with(first)

    def _commit_with(self, first: _Asked) -> None:
        """Do ``first`` and all that waits; commit once; then tell everybody."""
        group = [first]
        fate = _Kept()
        with fate, self._database.write() as connection:
            until = time.perf_counter() + self._seconds
            self._one(connection, first)
            while time.perf_counter() < until and (asked := self._next()) is not None:
                group.append(asked)
                self._one(connection, asked)
        for asked in group:
            asked.tell(fate.error)

    def _one(self, connection: Connection, asked: _Asked) -> None:
        """Do one piece behind a savepoint, and undo it alone when it fails."""
        driver = cast(SqliteConnection, connection.connection.driver_connection)
        driver.execute("SAVEPOINT piece")
        asked.do(connection, self._database.where)
        if asked.error is not None:
            if not driver.in_transaction:  # SQLite has given up the whole transaction
                raise asked.error
            driver.execute("ROLLBACK TO piece")
        driver.execute("RELEASE piece")

    def _next(self) -> _Asked | None:
        """What waits now and still has somebody waiting for it."""
        try:
            while (asked := self._waiting.get_nowait()) is not None:
                if asked.future.set_running_or_notify_cancel():
                    return asked
        except Empty:
            return None
        self._waiting.put(None)  # the sign to stop, for the one who reads it
        return None
