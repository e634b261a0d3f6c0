"""Several processes on one database, and processes that are killed.

The processes are forked, which spares their imports; nothing is open in the parent meanwhile.
"""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context

import pytest
from sqlalchemy import event

from promoloop.backends.sql import open_state
from promoloop.core import RefusedError
from promoloop.decide import Settlement
from promoloop.testing.samples import NOON, message, reservation

LATER = NOON + timedelta(hours=1)


def in_processes(work, *argument_lists):
    """Run ``work`` in one process per argument list; return their exit codes."""
    processes = [get_context("fork").Process(target=work, args=each) for each in argument_lists]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


def reserve(url, name, result):
    """Eight threads try to reserve a unit twenty times each."""

    def take(thread):
        got = 0
        for n in range(20):
            try:
                state.ledger.reserve("a", [reservation(f"{name}-{thread}-{n}", 1)])
            except RefusedError:
                continue
            got += 1
        return got

    with closing(open_state(url)) as state, ThreadPoolExecutor(8) as pool:
        result.write_text(str(sum(pool.map(take, range(8)))))


def deliver(url, mails, owner, now, killed_at):
    """Deliver one by one; be killed at the third message, just after the step ``killed_at``."""

    def done(step, n):
        if step == killed_at and n == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    with closing(open_state(url)) as state:
        for n in range(1, 100):
            for one in (leased := state.outbox.lease(owner, now, 1)):
                done("lease", n)
                state.outbox.mark([one.dedupe_key], owner, "sending", now)
                done("sending", n)
                with mails.open("a") as file:
                    file.write(one.dedupe_key + "\n")
                done("io", n)
                state.outbox.mark([one.dedupe_key], owner, "sent", now)
            if not leased:
                return


def test_two_processes_of_eight_threads_reserve_exactly_the_stock(state_url, tmp_path):
    url = state_url
    with closing(open_state(url)) as state:
        state.ledger.open("a", 150, {"o1": 120})
    results = [tmp_path / "x", tmp_path / "y"]
    assert in_processes(reserve, *((url, path.name, path) for path in results)) == [0, 0]
    # 320 attempts on 120 units
    assert sum(int(path.read_text()) for path in results) == 120
    with closing(open_state(url)) as state:
        assert state.ledger.state("a").reserved_minor == 120
        assert state.stock.stock_left("a") == {"o1": 0}


@pytest.mark.parametrize(
    ("step", "unknown", "mails"), [("lease", 0, 6), ("sending", 1, 5), ("io", 1, 6)]
)
def test_a_killed_delivery_run_again_sends_nothing_twice(state_url, tmp_path, step, unknown, mails):
    url, sent = state_url, tmp_path / "sent.txt"
    with closing(open_state(url)) as state:
        state.outbox.enqueue([message(f"m{n}") for n in range(6)])
    assert in_processes(deliver, (url, sent, "first", NOON, step)) == [-signal.SIGKILL]
    assert in_processes(deliver, (url, sent, "second", LATER, "never")) == [0]
    delivered = sent.read_text().split()
    assert len(delivered) == len(set(delivered)) == mails
    with closing(open_state(url)) as state:
        assert state.outbox.counts()["unknown"] == unknown
        assert state.outbox.counts()["sent"] == 6 - unknown


def shared(decision_id, ours, theirs):
    """A promise that the account ``p`` pays a part of."""
    return replace(reservation(decision_id, ours), shared={"p": theirs})


def reserve_shared(url, account, result):
    """Forty promises that the one partner of both campaigns shares."""
    got = 0
    with closing(open_state(url)) as state:
        for n in range(40):
            try:
                state.ledger.reserve(account, [shared(f"{account}-{n}", 2, 1)])
            except RefusedError:
                continue
            got += 1
    result.write_text(str(got))


def die_while(step, url):
    """Be killed inside a transaction: the money of ``step`` has moved, its units have not."""

    with closing(open_state(url)) as state:

        def watch(_connection, _cursor, statement, *_rest):
            if statement.startswith("UPDATE stock"):
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(state.database._writer, "before_cursor_execute", watch)
        if step == "reserve":
            state.ledger.reserve("a", [shared("d1", 200, 150)])
        else:
            state.ledger.expire(LATER + timedelta(days=2))


def test_two_processes_share_exactly_the_partners_budget(state_url, tmp_path):
    url = state_url
    with closing(open_state(url)) as state:
        for account, budget in (("a", 1000), ("b", 1000), ("p", 50)):
            state.ledger.open(account, budget, {})
    results = [tmp_path / "a", tmp_path / "b"]
    assert in_processes(reserve_shared, *((url, path.name, path) for path in results)) == [0, 0]
    taken = [int(path.read_text()) for path in results]
    with closing(open_state(url)) as state:
        reserved = [state.ledger.state(name).reserved_minor for name in "abp"]
    assert sum(taken) == 50  # of eighty
    assert reserved == [2 * taken[0], 2 * taken[1], 50]


@pytest.mark.parametrize("step", ["reserve", "expire"])
def test_a_process_killed_inside_a_shared_step_leaves_both_accounts_alone(state_url, step):
    url = state_url
    with closing(open_state(url)) as state:
        state.ledger.open("a", 1000, {"o1": 5})
        state.ledger.open("p", 500, {})
        state.ledger.reserve("a", [shared("d0", 100, 50)])
    assert in_processes(die_while, (step, url)) == [-signal.SIGKILL]
    with closing(open_state(url)) as state:
        assert [state.ledger.state(name).reserved_minor for name in "ap"] == [100, 50]
        assert state.stock.stock_left("a") == {"o1": 4}
        state.ledger.reserve("a", [shared("d1", 200, 150)])
        assert [state.ledger.state(name).reserved_minor for name in "ap"] == [300, 200]


def settle_each(url, count):
    """Settle promises one by one, as late orders of a shop come in."""
    with closing(open_state(url)) as state:
        for n in range(count):
            state.ledger.settle([Settlement(f"d{n}", 2, True, {"p": 1})])


def expire_often(url, times):
    """Let go what has expired, again and again."""
    with closing(open_state(url)) as state:
        for _ in range(times):
            state.ledger.expire(LATER + timedelta(days=2))


def test_a_process_that_settles_and_one_that_expires_spend_each_promise_once(state_url):
    """Whoever comes first: only whether the money was late depends on it."""
    url, count = state_url, 60
    with closing(open_state(url)) as state:
        state.ledger.open("a", 1000, {"o1": count})
        state.ledger.open("p", 500, {})
        state.ledger.reserve("a", [shared(f"d{n}", 3, 2) for n in range(count)])
    both = get_context("fork")
    work = [
        both.Process(target=settle_each, args=(url, count)),
        both.Process(target=expire_often, args=(url, 20)),
        both.Process(target=settle_each, args=(url, count)),
    ]
    for process in work:
        process.start()
    for process in work:
        process.join(60)
    assert [process.exitcode for process in work] == [0, 0, 0]
    with closing(open_state(url)) as state:
        ours, theirs = state.ledger.state("a"), state.ledger.state("p")
        assert (ours.reserved_minor, ours.spent_minor) == (0, 2 * count)
        assert (theirs.reserved_minor, theirs.spent_minor) == (0, count)
        assert ours.late_minor == 2 * theirs.late_minor
        assert state.stock.stock_left("a") == {"o1": 0}
