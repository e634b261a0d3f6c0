"""Pieces of work share a commit, and are refused alone."""

import threading
from concurrent.futures import CancelledError, wait
from contextlib import closing

import pytest
from sqlalchemy import text

from promoloop.backends.sql import open_state
from promoloop.backends.sql.writes import WriteQueue
from promoloop.core import RefusedError, UnavailableError
from promoloop.testing.samples import reservation


@pytest.fixture
def state(fresh_state):
    return fresh_state()


@pytest.fixture
def queue(state):
    with closing(WriteQueue(state.database)) as queue:
        yield queue


def test_what_a_piece_gives_back_reaches_whoever_asked(queue):
    assert queue.run(lambda connection: connection.execute(text("select 6 * 7")).scalar()) == 42


def test_a_piece_is_there_for_everybody_once_its_future_is_done(state, queue):
    state.ledger.open("a", 100, {})
    queue.run(lambda c: state.ledger.reserve_within(c, "a", [reservation("d1", 60)]))
    assert state.ledger.state("a").reserved_minor == 60


def test_one_that_is_refused_leaves_the_others_of_its_group(state, queue):
    """Room for two of 40; a blocked writer makes all of them one group on SQLite."""
    state.ledger.open("a", 100, {})

    def reserve(name, amount):
        def work(connection):
            state.ledger.reserve_within(connection, "a", [reservation(name, amount)])

        return work

    blocked = threading.Event()
    asked = [queue.submit(lambda _: blocked.wait(10))]
    asked += [queue.submit(reserve(f"d{n}", 40)) for n in range(5)]
    blocked.set()
    wait(asked)
    refused = [one for one in asked if isinstance(one.exception(), RefusedError)]
    assert len(refused) == 3
    assert state.ledger.state("a").reserved_minor == 80


def test_half_of_a_piece_is_never_there(state, queue):
    state.ledger.open("a", 100, {})

    def work(connection):
        state.ledger.reserve_within(connection, "a", [reservation("d1", 60)])
        raise RefusedError("a test", "it changed its mind", "Nothing.")

    with pytest.raises(RefusedError, match="changed its mind"):
        queue.run(work)
    assert state.ledger.state("a").reserved_minor == 0


def test_what_the_database_says_comes_as_an_error_of_ours(queue):
    with pytest.raises(Exception, match="no_such_table"):
        queue.run(lambda connection: connection.execute(text("select 1 from no_such_table")))
    assert queue.run(lambda connection: connection.execute(text("select 1")).scalar()) == 1


def test_what_sqlites_own_driver_says_comes_as_an_error_of_ours(sqlite_urls):
    with closing(open_state(sqlite_urls())) as state, closing(WriteQueue(state.database)) as queue:
        with pytest.raises(UnavailableError, match="no_such_table"):
            queue.run(
                lambda c: c.connection.driver_connection.execute("select 1 from no_such_table")
            )
        twice = "insert into inbox_readers (reader, place) values ('a', 1), ('a', 2)"
        with pytest.raises(RefusedError, match="another writer was first"):
            queue.run(lambda c: c.connection.driver_connection.execute(twice))


def test_one_that_nobody_waits_for_any_more_is_not_done(sqlite_urls):
    with closing(open_state(sqlite_urls())) as state, closing(WriteQueue(state.database)) as queue:
        state.ledger.open("a", 100, {})
        blocked = threading.Event()
        first = queue.submit(lambda _: blocked.wait(10))
        second = queue.submit(
            lambda c: state.ledger.reserve_within(c, "a", [reservation("d1", 60)])
        )
        third = queue.submit(lambda _: 3)
        assert second.cancel()
        blocked.set()
        assert (first.result(10), third.result(10)) == (True, 3)
        with pytest.raises(CancelledError):
            second.result()
        assert state.ledger.state("a").reserved_minor == 0


def test_a_locked_file_is_said_to_everybody_and_the_queue_goes_on(sqlite_urls):
    url = sqlite_urls()
    with (
        closing(open_state(url, wait_seconds=0.05)) as state,
        closing(open_state(url)) as other,
        closing(WriteQueue(state.database)) as queue,
    ):
        with other.database.write(), pytest.raises(UnavailableError, match="locked"):
            queue.run(lambda _: 1)
        assert queue.run(lambda _: 1) == 1


def test_closing_does_what_was_asked_for_and_takes_no_more(state):
    state.ledger.open("a", 100, {})
    queue = WriteQueue(state.database)
    asked = [
        queue.submit(lambda c, n=n: state.ledger.reserve_within(c, "a", [reservation(f"d{n}", 10)]))
        for n in range(10)
    ]
    queue.close()
    assert all(one.exception() is None for one in asked)
    assert state.ledger.state("a").reserved_minor == 100
    with pytest.raises(UnavailableError, match="closed"):
        queue.submit(lambda _: 1)
