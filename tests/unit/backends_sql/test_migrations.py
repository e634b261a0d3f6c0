"""The migrations make what the records say, and nothing half-way."""

from contextlib import closing
from dataclasses import replace
from sqlite3 import connect

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint

from promoloop.backends.sql import open_state, upgrade
from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.migrations import _scripts
from promoloop.backends.sql.tables import HEAD, METADATA
from promoloop.compose import ReviewEntry, reason_said
from promoloop.core import InvalidError, RefusedError
from promoloop.decide import BudgetState, Settlement


def test_migrating_an_empty_database_gives_the_schema_of_the_records(state_url):
    with closing(open_state(state_url)) as state, state.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


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


def described(database):
    """Columns, constraints and indexes as PostgreSQL itself words them."""
    columns = (
        "select table_name, column_name, data_type, is_nullable from information_schema.columns"
        " where table_schema = 'public'"
    )
    constraints = (
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
        " where connamespace = 'public'::regnamespace"
    )
    indexes = "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'"
    with database.read() as connection:
        found = {
            tuple(row)
            for query in (columns, constraints, indexes)
            for row in connection.exec_driver_sql(query)
        }
    return {row for row in found if row[0] != "alembic_version"}


def test_on_postgresql_the_migrations_make_to_the_letter_what_the_records_say(postgres_databases):
    migrated, made = (
        postgres_databases.make().render_as_string(hide_password=False) for _ in range(2)
    )
    with closing(open_state(migrated)) as state, closing(Database(made)) as database:
        with database.write() as connection:
            METADATA.create_all(connection)
        assert described(state.database) == described(database)


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


class Old:
    """A database as an older version made it."""

    def __init__(self, url):
        self.url = url
        self._on_sqlite = url.startswith("sqlite")

    def made_at(self, revision):
        scripts = _scripts()

        def steps(_revision, _context):
            return scripts._upgrade_revs(revision, "base")

        with (
            closing(Database(self.url)) as database,
            database.write() as connection,
            EnvironmentContext(Config(), scripts, fn=steps) as environment,
        ):
            environment.configure(connection=connection, target_metadata=METADATA)
            environment.run_migrations()
        return self

    def hold(self, *statements):
        """Run inserts; ``(#`` stands for the next ``seq``, times end in Z."""
        with closing(Database(self.url)) as database, database.write() as connection:
            for sql in statements:
                here = sql.replace("(#", "(null" if self._on_sqlite else "(default")
                connection.exec_driver_sql(here.replace("Z'", "'" if self._on_sqlite else "Z'"))


@pytest.fixture(params=["sqlite", "postgres"])
def old(request, tmp_path):
    """An empty database without tables, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return Old(f"sqlite:///{tmp_path}/old.db")
    made = request.getfixturevalue("postgres_databases").make()
    return Old(made.render_as_string(hide_password=False))


def a_copy(copy_id):
    """Of before the reviews."""
    return (
        f"insert into copies values (#, '{copy_id}', 'b1', 'o1', 1, 'zh-CN', 'email', 'active',"
        " 'a', '{\"subject\":\"{{reward}}\"}', 'template', '', '',"
        ' \'{"passed":true,"claims":[],"reasons":[]}\', \'[]\','
        " '2026-11-02 12:00:00.250001Z')"
    )


def test_budgets_of_the_first_version_are_taken_over(old):
    """One promise settled with its unit, one open; nothing shared, nothing late."""
    old.made_at("r0001").hold(
        "insert into accounts values (#, 'a', 1000, 100, 120)",
        "insert into stock values (#, 'a', 'o1', 5, 2)",
        "insert into reservations values"
        " (#, 'd1', 'o1', 400, '2026-11-03 12:00:00Z', 'a', 'settled', 120),"
        " (#, 'd2', 'o1', 100, '2026-11-03 12:00:00Z', 'a', 'reserved', 0)",
    )
    with closing(open_state(old.url)) as state:
        assert state.ledger.state("a") == BudgetState("a", 1000, 100, 120, late_minor=0)
        assert state.stock.stock_left("a") == {"o1": 3}
        state.ledger.settle([Settlement("d1", 130, True), Settlement("d2", 60, True)])
        assert state.ledger.state("a") == BudgetState("a", 1000, 0, 190, late_minor=10)
        assert state.stock.stock_left("a") == {"o1": 3}


def test_the_checks_still_hold_on_a_database_that_was_upgraded(old):
    old.made_at("r0001")
    upgrade(old.url)
    with pytest.raises(InvalidError, match="ck_accounts_budget"):
        old.hold(
            "insert into accounts (account, budget_minor, reserved_minor, spent_minor, late_minor)"
            " values ('a', 1000, 900, 200, 99)"
        )


def test_a_campaign_of_the_first_version_has_no_guardrail_and_was_never_paused(old):
    old.made_at("r0001").hold(
        "insert into campaigns values (#, 'c1', 'Spring', '[\"o1\"]', '{\"email\":1}', '[9]',"
        " 1000, 'USD', '{\"policy\":1.0}', '2026-11-02 00:00:00Z', 4, 'salt', 0.01, 2, '[]')"
    )
    with closing(open_state(old.url)) as state:
        found = state.campaigns.get("c1")
        assert (found.campaign_id, found.weeks, found.guardrails) == ("c1", 4, ())
        assert state.pauses.of("c1") == ()


def test_texts_of_before_the_review_stand_as_approved(old):
    """Whatever was in the bank was in use; nobody has to read all of it to go on."""
    old.made_at("r0004").hold(a_copy("c1"), a_copy("c2"))
    with closing(open_state(old.url)) as state:
        [entry] = state.reviews.of("c1")
        assert entry == ReviewEntry(
            "c1", "approved", "before review", state.copies.get("c1").created_at, "before"
        )
        assert list(state.reviews.standing_in("approved")) == ["c1", "c2"]
        assert reason_said(entry, "en-US") == "written before texts were reviewed"
        state.reviews.append([ReviewEntry("c1", "retired", "Ana", entry.at)])
        assert list(state.reviews.standing_in("approved")) == ["c2"]


def test_texts_of_before_the_hooks_were_kept_load_without_hook_and_score(old):
    old.made_at("r0005").hold(a_copy("c1"))
    with closing(open_state(old.url)) as state:
        [found] = state.copies.all()
        assert (found.copy_id, found.hook, found.score) == ("c1", "", None)
        state.copies.put([replace(found, copy_id="c2", hook="今天就用", score=0.875)])
        assert state.copies.get("c2").score == 0.875
