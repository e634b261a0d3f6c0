"""What goes wrong below is said in our families of errors and leaves nothing half-written."""

import hashlib
from contextlib import ExitStack, closing
from dataclasses import replace
from sqlite3 import connect

import pytest

from promoloop.backends.sql import open_state
from promoloop.core import InvalidError, UnavailableError
from promoloop.testing.samples import decision, product, reservation


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(UnavailableError, match=r"nowhere does not exist.*Create the folder"):
        open_state(f"sqlite:///{tmp_path}/nowhere/state.db")


@pytest.mark.parametrize("url", ["", "state.db", "mysql://host/shop", "sqlite://"])
def test_a_url_that_is_no_database_of_ours_is_an_error(url):
    with pytest.raises(InvalidError):
        open_state(url)


def test_a_password_is_not_repeated():
    with pytest.raises(InvalidError) as caught:
        open_state("mysql://root:secret@host/shop")
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_an_error(tmp_path):
    (tmp_path / "state.db").write_text("shopping list: milk, bread, butter\n" * 100)
    with pytest.raises(InvalidError, match="not a sound database"):
        open_state(f"sqlite:///{tmp_path}/state.db")


def test_a_locked_database_is_unavailable(tmp_path):
    url = f"sqlite:///{tmp_path}/state.db"
    state = open_state(url, wait_seconds=0.05)
    with closing(connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError, match="locked"):
            state.catalogue.put([product("p1")])
        assert state.catalogue.all() == ()  # readers do not wait
    state.catalogue.put([product("p1")])
    state.close()


def test_a_read_only_database_is_unavailable_for_writing(tmp_path):
    open_state(f"sqlite:///{tmp_path}/state.db").close()
    state = open_state(f"sqlite:///file:{tmp_path}/state.db?mode=ro&uri=true")
    with pytest.raises(UnavailableError, match="only be read"):
        state.catalogue.put([product("p1")])
    state.close()


def test_a_full_disk_leaves_what_was_there(tmp_path):
    state = open_state(f"sqlite:///{tmp_path}/state.db")
    state.catalogue.put([product("p1")])
    with state.database.write() as connection:  # a limit on pages fails like a full disk
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    many = [product(f"q{n}") for n in range(20_000)]
    with pytest.raises(UnavailableError, match="disk is full"):
        state.catalogue.put(many)
    assert state.catalogue.all() == (product("p1"),)
    state.close()


@pytest.mark.parametrize("broken", [{"shopper_id": "\ud800"}, {"reasons": ("\ud800",)}])
def test_text_that_is_no_unicode_is_an_error(tmp_path, broken):
    state = open_state(f"sqlite:///{tmp_path}/state.db")
    with pytest.raises(InvalidError, match="UTF-8"):
        state.decisions.append([replace(decision("d1"), **broken)])
    state.close()


def test_a_stored_value_that_was_tampered_with_is_an_error(tmp_path):
    state = open_state(f"sqlite:///{tmp_path}/state.db")
    state.decisions.append([decision("d1")])
    with state.database.write() as connection:
        connection.exec_driver_sql("UPDATE decisions SET weighed = '[{'")
    with pytest.raises(InvalidError, match="cannot be read"):
        state.decisions.get("d1")
    state.close()


def test_a_server_that_is_not_there_is_unavailable_and_its_password_is_not_repeated():
    with pytest.raises(UnavailableError, match="Check that it runs") as caught:
        open_state("postgresql+psycopg://shop:secret@127.0.0.1:1/shop")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("title", ["tea\x00", "tea\ud800"])
def test_a_text_that_a_server_cannot_hold_is_an_error_and_leaves_nothing(postgres_url, title):
    with closing(open_state(postgres_url)) as state:
        with pytest.raises(InvalidError):
            state.catalogue.put([product("p1"), replace(product("p2"), title=title)])
        assert state.catalogue.all() == ()


def test_an_id_too_long_for_an_index_is_an_error(postgres_url):
    endless = "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(250))
    with (
        closing(open_state(postgres_url)) as state,
        pytest.raises(InvalidError, match="does not fit"),
    ):
        state.catalogue.put([product(endless)])


def test_a_server_that_may_only_be_read_is_unavailable_for_writing(postgres_url):
    open_state(postgres_url).close()
    only = postgres_url + "&options=-c%20default_transaction_read_only%3Don"
    with (
        closing(open_state(only)) as state,
        pytest.raises(UnavailableError, match="only be read"),
    ):
        state.catalogue.put([product("p1")])


def test_a_connection_cut_off_by_the_server_undoes_its_work_and_is_replaced(postgres_url):
    with closing(open_state(postgres_url)) as state:

        def cut_off():
            with state.database.write() as connection:
                state.ledger.reserve_within(connection, "a", [reservation("d1", 60)])
                mine = connection.exec_driver_sql("select pg_backend_pid()").scalar()
                with state.database.read() as other:
                    other.exec_driver_sql(f"select pg_terminate_backend({mine}, 5000)")
                connection.exec_driver_sql("select 1")

        state.ledger.open("a", 100, {})
        with pytest.raises(UnavailableError):
            cut_off()
        assert state.ledger.state("a").reserved_minor == 0


def test_no_connection_left_is_unavailable(postgres_url):
    with closing(open_state(postgres_url)) as state, ExitStack() as held:
        pool = state.database._writer.pool
        pool._timeout = 0.05
        for _ in range(pool.size() + pool._max_overflow):
            held.enter_context(state.database.read())
        with pytest.raises(UnavailableError, match="in use"):
            state.catalogue.all()
