"""The migrations make what the records say, and nothing half-way."""

from contextlib import closing
from sqlite3 import connect

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint

from promoloop.backends.sql import open_state, upgrade
from promoloop.backends.sql.migrations import _scripts
from promoloop.backends.sql.tables import HEAD, METADATA
from promoloop.core import RefusedError


def test_migrating_an_empty_database_gives_the_schema_of_the_records(tmp_path):
    state = open_state(f"sqlite:///{tmp_path}/state.db")
    with state.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    state.close()


def test_the_migrations_make_every_check_too(tmp_path):
    upgrade(f"sqlite:///{tmp_path}/state.db")
    with closing(connect(tmp_path / "state.db")) as connection:
        made = "\n".join(
            sql for (sql,) in connection.execute("select sql from sqlite_master") if sql
        )
    for table in METADATA.tables.values():
        for check in table.constraints:
            if isinstance(check, CheckConstraint):
                assert str(check.sqltext) in made


def test_the_newest_migration_is_the_head():
    assert _scripts().get_heads() == [HEAD]


def test_upgrading_twice_changes_nothing(tmp_path):
    url = f"sqlite:///{tmp_path}/state.db"
    upgrade(url)
    before = (tmp_path / "state.db").read_bytes()
    upgrade(url)
    assert (tmp_path / "state.db").read_bytes() == before


def test_a_database_of_a_newer_version_is_refused(tmp_path):
    url = f"sqlite:///{tmp_path}/state.db"
    upgrade(url)
    with closing(connect(tmp_path / "state.db")) as connection, connection:
        connection.execute("update alembic_version set version_num = 'r9999'")
    with pytest.raises(RefusedError, match=r"r9999.*Update promoloop"):
        open_state(url)


def test_a_database_of_another_program_is_refused(tmp_path):
    with closing(connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute("create table products (name text)")
    with pytest.raises(RefusedError, match=r"another program \(products\)"):
        open_state(f"sqlite:///{tmp_path}/shop.db")
    with closing(connect(tmp_path / "shop.db")) as connection:
        tables = connection.execute("select name from sqlite_master").fetchall()
    assert tables == [("products",)]
