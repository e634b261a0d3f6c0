"""Decisions that wait together are written at once, and as if they came one after another."""

import random
from concurrent.futures import wait
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import text

from promoloop.backends.sql import open_state
from promoloop.core import RefusedError
from promoloop.decide import Reservation
from promoloop.flows.ports import LivePromise
from promoloop.testing.live_commit import promise
from promoloop.testing.samples import NOON, decision


@pytest.fixture
def state(fresh_state):
    state = fresh_state()
    opened(state, "a")
    return state


def opened(state, account):
    """100 in the account, 60 of a partner's; three units of o1, two of o2, no end of o3."""
    state.ledger.open(account, 100, {"o1": 3, "o2": 2})
    state.ledger.open(f"{account}-partner", 60, {})


def submitted(state, promises):
    """What becomes of promises that wait for one writer, who holds the account meanwhile."""
    with state.database.write() as connection:
        connection.execute(text("UPDATE accounts SET late_minor = late_minor"))
        asked = [state.live.submit(one) for one in promises]
    wait(asked, 30)
    return [one.exception() for one in asked]


def standing(state):
    """Everything that promises write, but the order of the rows."""
    with state.database.read() as connection:
        return {
            table: sorted(map(repr, connection.execute(text(f"SELECT {columns} FROM {table}"))))
            for table, columns in (
                ("accounts", "account, reserved_minor, spent_minor"),
                ("stock", "account, offer_id, taken"),
                ("reservations", "decision_id, account, offer_id, amount_minor, shared, state"),
                ("outbox", "dedupe_key, state, slots, sent_at, ever_held"),
                ("decisions", "decision_id, propensity, prices, reasons, decided_at, send_at"),
            )
        }


def test_of_more_than_there_is_money_for_as_many_are_kept_as_there_is_for(state):
    """100 pay for three of 30; a decision for nothing takes nothing."""
    wanted = [replace(promise(f"d{n}", 30), room={"a": 30}, limited=()) for n in range(6)]
    wanted = [replace(one, reservation=replace(one.reservation, offer_id="o3")) for one in wanted]
    said = submitted(state, [*wanted, LivePromise("a", decision("d9", sent=False))])
    assert sum(isinstance(one, RefusedError) for one in said) == 3
    assert said[-1] is None
    assert state.ledger.state("a").reserved_minor == 90
    assert len(state.decisions.of_campaign("c1")) == 4
    assert state.outbox.counts()["sent"] == 3


def test_of_more_than_there_are_units_as_many_are_kept_as_there_are(state):
    said = submitted(state, [promise(f"d{n}", 10) for n in range(8)])
    assert sum(one is None for one in said) == 3
    assert state.stock.stock_left("a") == {"o1": 0, "o2": 2}
    assert state.ledger.state("a").reserved_minor == 30


def test_the_same_decision_twice_is_kept_once(state):
    assert submitted(state, [promise("d1", 30), promise("d2", 30), promise("d1", 30)]) == [None] * 3
    assert state.ledger.state("a").reserved_minor == 60
    assert state.outbox.counts()["sent"] == 2


def any_promise(rng, account, name):
    partner, offer_id = f"{account}-partner", rng.choice(("o1", "o2", "o3"))
    amount = rng.randrange(5, 40)
    shared = {partner: rng.randrange(1, 30)} if rng.random() < 0.4 else {}
    room = {account: amount + rng.randrange(20), **({partner: 30} if shared else {})}
    limited = tuple(rng.sample(("o1", "o2"), rng.randrange(3)))
    pools = ("o3",) if rng.random() < 0.5 else ()
    if rng.random() < 0.2:
        nothing = decision(name, sent=False)
        return LivePromise(account, nothing, None, None, room, limited, pools)
    held = Reservation(name, offer_id, amount, NOON, shared)
    made = replace(decision(name), offer_id=offer_id)
    return LivePromise(account, made, held, promise(name).shown, room, limited, pools)


def test_what_is_written_at_once_is_what_would_be_written_one_after_another(fresh_state):
    """Any promises, in twins of one database: at once in the one, alone in the other."""
    rng, at_once = random.Random(0), 0
    together, alone = fresh_state(), fresh_state()
    for state in (together, alone):
        state.codes.fill("o3", ["C1"])
    for turn in range(40):
        for state in (together, alone):
            opened(state, f"a{turn}")
        wanted = [any_promise(rng, f"a{turn}", f"d{turn}-{n}") for n in range(rng.randrange(2, 5))]
        with together.database.write() as connection, connection.begin_nested() as begun:
            found = together.live.many(connection, [together.live.thing(one) for one in wanted])
            if found is None:
                begun.rollback()
        refused = [alone.live.submit(one).exception(10) for one in wanted]
        if found is None:
            for one in wanted:
                together.live.submit(one).exception(10)
        else:
            assert refused == [None] * len(wanted)
            assert found == [one.decision for one in wanted]
            at_once += 1
    assert standing(together) == standing(alone)
    assert at_once > 10


def test_a_decision_is_kept_after_the_server_cut_off_the_connection_of_the_last(postgres_url):
    with closing(open_state(postgres_url)) as state:
        opened(state, "a")
        state.live.submit(promise("d1", 10)).result(30)
        with state.database.read() as connection:
            others = "pid <> pg_backend_pid() AND datname = current_database()"
            cut = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}"
            assert connection.execute(text(cut)).all()
        state.live.submit(promise("d2", 10)).result(30)
        assert state.ledger.state("a").reserved_minor == 20
