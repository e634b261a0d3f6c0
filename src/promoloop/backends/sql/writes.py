"""Many small transactions that share one wait for the disk, while each can still be refused alone.

SQLite has one writer, and a durable commit waits for the disk. So a thread of its own takes all
that was asked for meanwhile, does each piece of work behind a savepoint, and commits once. A piece
that fails is undone alone; nobody is told of success before the commit. On a server, which groups
commits itself, each piece is a transaction of its own on a pooled connection.

Things of one kind that wait together can be done by fewer statements than one by one; on a server
they share a transaction then, for they would wait for each other's rows anyway.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import groupby
from queue import Empty, SimpleQueue
from sqlite3 import Connection as SqliteConnection
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from sqlalchemy import Connection

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.faults import explained
from promoloop.core import RefusedError, UnavailableError

__all__ = ["Together", "Work", "WriteQueue"]

T = TypeVar("T")
P_contra = TypeVar("P_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)
Work: TypeAlias = Callable[[Connection], T]


class Together(Protocol[P_contra, R_co]):
    """How things of one kind are written, alone and many at once."""

    def one(self, connection: Connection, thing: P_contra) -> R_co:
        """Write one thing; what it raises is for whoever asked."""
        ...

    def many(self, connection: Connection, things: Sequence[P_contra]) -> Sequence[R_co] | None:
        """Write all as if one after another; ``None``, and all is undone, if it is not so simple.

        Then, and when it raises, each is written alone.
        """
        ...


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
        self._require_open()
        return self._way.submit(work)

    def submit_with(self, kind: Together[P_contra, R_co], thing: P_contra) -> Future[R_co]:
        """``submit`` for a thing that may be written with others of its kind."""
        self._require_open()
        return self._way.submit_with(kind, thing)

    def run(self, work: Work[T]) -> T:
        """Have ``work`` done and wait for it."""
        return self.submit(work).result()

    def close(self) -> None:
        """Do what was asked for, then stop."""
        self._closed = True
        self._way.close()

    def _require_open(self) -> None:
        if self._closed:
            raise UnavailableError(
                f"writing to {self._where}", "it is closed", "Open the shop again."
            )


class _Way(Protocol):
    def submit(self, work: Work[T]) -> Future[T]: ...

    def submit_with(self, kind: Together[P_contra, R_co], thing: P_contra) -> Future[R_co]: ...

    def close(self) -> None: ...


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
    """A piece of work, who waits for it, and what came of it.

    ``kind`` is how its thing is written with others; ``None`` for work of its own.
    """

    def __init__(self, work: Work[Any], kind: Together[Any, Any] | None = None, thing: Any = None):
        super().__init__()
        self.future: Future[Any] = Future()
        self.kind, self.thing = kind, thing
        self.result: object = None
        self._work = work

    @classmethod
    def of(cls, kind: Together[P_contra, R_co], thing: P_contra) -> _Asked:
        """To write ``thing``, alone or with others of its ``kind``."""
        return cls(lambda connection: kind.one(connection, thing), kind, thing)

    def do(self, connection: Connection, where: str) -> None:
        """Do it in the database ``where``; what it raises is kept."""
        with self, explained(where):
            self.result = self._work(connection)

    def tell(self, error: BaseException | None = None) -> None:
        """Let whoever waits go on; ``error`` is what the group as a whole met."""
        error = self.error or error
        if error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(error)


class _Waiting:
    """What was asked for, in a thread of its own that is started by the first."""

    def __init__(self, serve: Callable[[_Asked], None]) -> None:
        self._serve = serve
        self._asked: SimpleQueue[_Asked | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def put(self, asked: _Asked) -> Future[Any]:
        """Have it served in its turn."""
        self._asked.put(asked)
        if self._thread is None:
            self._start()
        return asked.future

    def more(self) -> list[_Asked]:
        """All that waits now and still has somebody waiting for it."""
        found: list[_Asked] = []
        with suppress(Empty):
            while (asked := self._asked.get_nowait()) is not None:
                if asked.future.set_running_or_notify_cancel():
                    found.append(asked)
            self._asked.put(None)  # the sign to stop, for the one who reads it
        return found

    def close(self) -> None:
        """Serve what was asked for, then stop."""
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._asked.put(None)
            thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="promoloop-writes", daemon=True
                )
                self._thread.start()

    def _run(self) -> None:
        while (first := self._asked.get()) is not None:
            if first.future.set_running_or_notify_cancel():
                self._serve(first)


class _Pooled:
    """Each piece in a transaction of its own; what can be written together in one."""

    def __init__(self, database: Database, threads: int) -> None:
        self._database = database
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="promoloop-writes")
        self._waiting = _Waiting(self._commit_with)

    def submit(self, work: Work[T]) -> Future[T]:
        return self._pool.submit(self._alone, work)

    def submit_with(self, kind: Together[P_contra, R_co], thing: P_contra) -> Future[R_co]:
        return self._waiting.put(_Asked.of(kind, thing))

    def close(self) -> None:
        self._waiting.close()
        self._pool.shutdown()

    def _alone(self, work: Work[T]) -> T:
        with self._database.write() as connection:
            return work(connection)

    def _commit_with(self, first: _Asked) -> None:
        """Do ``first`` and all that waits; each alone where they cannot be done together."""
        for kind, group in _by_kind([first, *self._waiting.more()]):
            if not self._together(kind, group):
                for asked in group:
                    with asked, self._database.write() as connection:
                        _do_alone(connection, asked, self._database.where)
            for asked in group:
                asked.tell()

    def _together(self, kind: Together[Any, Any] | None, group: Sequence[_Asked]) -> bool:
        """Whether it is settled: the whole group is committed, or the one there is refused."""
        kept = _Kept()
        with kept, self._database.write_on() as connection:
            if len(group) == 1:
                _do_alone(connection, group[0], self._database.where)
            else:
                _write_many(connection, kind, group)
        refused = isinstance(group[0].error, RefusedError) and len(group) == 1
        return kept.error is None or refused


class _Grouped:
    """One thread, one transaction for all that waits."""

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._waiting = _Waiting(self._commit_with)

    def submit(self, work: Work[T]) -> Future[T]:
        return self._waiting.put(_Asked(work))

    def submit_with(self, kind: Together[P_contra, R_co], thing: P_contra) -> Future[R_co]:
        return self._waiting.put(_Asked.of(kind, thing))

    def close(self) -> None:
        self._waiting.close()

    def _commit_with(self, first: _Asked) -> None:
        """Do ``first`` and all that waits; commit once; then tell everybody."""
        group, fate = [first], _Kept()
        with fate, self._database.write() as connection:
            until = time.perf_counter() + self._seconds
            batch = [first, *self._waiting.more()]
            group = list(batch)
            while batch:
                for kind, part in _by_kind(batch):
                    self._do(connection, kind, part)
                batch = self._waiting.more() if time.perf_counter() < until else []
                group += batch
        for asked in group:
            asked.tell(fate.error)

    def _do(
        self, connection: Connection, kind: Together[Any, Any] | None, group: Sequence[_Asked]
    ) -> None:
        """Do pieces of one kind, together where that is possible."""
        if len(group) > 1 and kind is not None:
            error = self._behind_savepoint(connection, lambda: _write_many(connection, kind, group))
            if error is None:
                return
        for asked in group:
            alone = partial(_do_alone, connection, asked, self._database.where)
            self._behind_savepoint(connection, alone)

    def _behind_savepoint(
        self, connection: Connection, work: Callable[[], None]
    ) -> BaseException | None:
        """Do it; what fails is undone alone, and what it raised given back."""
        driver = cast(SqliteConnection, connection.connection.driver_connection)
        driver.execute("SAVEPOINT piece")
        kept = _Kept()
        with kept:
            work()
        if kept.error is not None:
            if not driver.in_transaction:  # SQLite has given up the whole transaction
                raise kept.error
            driver.execute("ROLLBACK TO piece")
        driver.execute("RELEASE piece")
        return kept.error


class _NotTogetherError(Exception):
    """These cannot be written at once."""


def _by_kind(
    asked: Sequence[_Asked],
) -> Iterator[tuple[Together[Any, Any] | None, list[_Asked]]]:
    """What follows each other and is of one kind."""
    for _, part in groupby(asked, key=lambda one: id(one.kind)):
        group = list(part)
        yield group[0].kind, group


def _do_alone(connection: Connection, asked: _Asked, where: str) -> None:
    """Do one piece; what it raises is kept with it, and undoes the transaction around it."""
    asked.do(connection, where)
    if asked.error is not None:
        raise asked.error


def _write_many(
    connection: Connection, kind: Together[Any, Any] | None, group: Sequence[_Asked]
) -> None:
    """Write all at once and keep what came of each; raises when it is not so simple."""
    found = kind.many(connection, [asked.thing for asked in group]) if kind is not None else None
    if found is None:
        raise _NotTogetherError
    for asked, result in zip(group, found, strict=True):
        asked.result = result
