"""The migrations make what the records say, and nothing half-way."""

from contextlib import closing
from dataclasses import replace
from sqlite3 import IntegrityError, connect

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
from promoloop.core import RefusedError
from promoloop.decide import BudgetState, Settlement


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


def made_at(path, revision):
    """A database as an older version made it, empty."""
    database, scripts = Database(f"sqlite:///{path}"), _scripts()

    def steps(_revision, _context):
        return scripts._upgrade_revs(revision, "base")

    with (
        database.write() as connection,
        EnvironmentContext(Config(), scripts, fn=steps) as environment,
    ):
        environment.configure(connection=connection, target_metadata=METADATA)
        environment.run_migrations()
    database.close()


def test_budgets_of_the_first_version_are_taken_over(tmp_path):
    """One promise settled with its unit, one open; nothing shared, nothing late."""
    made_at(tmp_path / "state.db", "r0001")
    with closing(connect(tmp_path / "state.db")) as connection, connection:
        connection.executescript(
            """
            insert into accounts values (1, 'a', 1000, 100, 120);
            insert into stock values (1, 'a', 'o1', 5, 2);
            insert into reservations values
                (1, 'd1', 'o1', 400, '2026-11-03 12:00:00', 'a', 'settled', 120),
                (2, 'd2', 'o1', 100, '2026-11-03 12:00:00', 'a', 'reserved', 0);
            """
        )
    with closing(open_state(f"sqlite:///{tmp_path}/state.db")) as state:
        assert state.ledger.state("a") == BudgetState("a", 1000, 100, 120, late_minor=0)
        assert state.stock.stock_left("a") == {"o1": 3}
        state.ledger.settle([Settlement("d1", 130, True), Settlement("d2", 60, True)])
        assert state.ledger.state("a") == BudgetState("a", 1000, 0, 190, late_minor=10)
        assert state.stock.stock_left("a") == {"o1": 3}


def test_the_checks_still_hold_on_a_database_that_was_upgraded(tmp_path):
    made_at(tmp_path / "state.db", "r0001")
    upgrade(f"sqlite:///{tmp_path}/state.db")
    with (
        closing(connect(tmp_path / "state.db")) as connection,
        pytest.raises(IntegrityError, match="ck_accounts_budget"),
    ):
        connection.execute(
            "insert into accounts (account, budget_minor, reserved_minor, spent_minor, late_minor)"
            " values ('a', 1000, 900, 200, 99)"
        )


def test_a_campaign_of_the_first_version_has_no_guardrail_and_was_never_paused(tmp_path):
    made_at(tmp_path / "state.db", "r0001")
    with closing(connect(tmp_path / "state.db")) as connection, connection:
        connection.execute(
            "insert into campaigns values (1, 'c1', 'Spring', '[\"o1\"]', '{\"email\":1}', '[9]',"
            " 1000, 'USD', '{\"policy\":1.0}', '2026-11-02 00:00:00', 4, 'salt', 0.01, 2, '[]')"
        )
    with closing(open_state(f"sqlite:///{tmp_path}/state.db")) as state:
        found = state.campaigns.get("c1")
        assert (found.campaign_id, found.weeks, found.guardrails) == ("c1", 4, ())
        assert state.pauses.of("c1") == ()


def test_texts_of_before_the_review_stand_as_approved(tmp_path):
    """Whatever was in the bank was in use; nobody has to read all of it to go on."""
    made_at(tmp_path / "state.db", "r0004")
    with closing(connect(tmp_path / "state.db")) as connection, connection:
        for seq, copy_id in enumerate(("c1", "c2"), start=1):
            connection.execute(
                "insert into copies values (?, ?, 'b1', 'o1', 1, 'zh-CN', 'email', 'active', 'a',"
                " '{\"subject\":\"{{reward}}\"}', 'template', '', '',"
                ' \'{"passed":true,"claims":[],"reasons":[]}\', \'[]\','
                " '2026-11-02 12:00:00.250001')",
                (seq, copy_id),
            )
    with closing(open_state(f"sqlite:///{tmp_path}/state.db")) as state:
        [entry] = state.reviews.of("c1")
        assert entry == ReviewEntry(
            "c1", "approved", "before review", state.copies.get("c1").created_at, "before"
        )
        assert list(state.reviews.standing_in("approved")) == ["c1", "c2"]
        assert reason_said(entry, "en-US") == "written before texts were reviewed"
        state.reviews.append([ReviewEntry("c1", "retired", "Ana", entry.at)])
        assert list(state.reviews.standing_in("approved")) == ["c2"]


def test_texts_of_before_the_hooks_were_kept_load_without_hook_and_score(tmp_path):
    made_at(tmp_path / "state.db", "r0005")
    with closing(connect(tmp_path / "state.db")) as connection, connection:
        connection.execute(
            "insert into copies values (1, 'c1', 'b1', 'o1', 1, 'zh-CN', 'email', 'active', 'a',"
            " '{\"subject\":\"{{reward}}\"}', 'template', '', '',"
            ' \'{"passed":true,"claims":[],"reasons":[]}\', \'[]\','
            " '2026-11-02 12:00:00.250001')"
        )
    with closing(open_state(f"sqlite:///{tmp_path}/state.db")) as state:
        [found] = state.copies.all()
        assert (found.copy_id, found.hook, found.score) == ("c1", "", None)
        state.copies.put([replace(found, copy_id="c2", hook="今天就用", score=0.875)])
        assert state.copies.get("c2").score == 0.875
