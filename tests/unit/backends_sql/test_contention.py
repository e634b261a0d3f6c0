"""Two processes of 32 threads want the same money, the same cap and the same codes.

Each of 64 threads tries all three a few times; there is less of everything than is wanted, so
what was given away must come to exactly what there was.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context

from promoloop.backends.sql import open_state
from promoloop.core import RefusedError
from promoloop.decide import UseTerms
from promoloop.flows.ports import LivePromise
from promoloop.testing.redeeming import use_of
from promoloop.testing.samples import NOON, decision, reservation

THREADS = 32
ROUNDS = 4
#: 256 attempts on each of these.
PROMISES, USES, CODES = 70, 50, 90


def promised(state, name):
    promise = LivePromise("a", decision(name), reservation(name, 7, "o1"))
    return state.live.submit(promise).result(60).decision_id


def used(state, name):
    """The offer o2 may be used so often by everybody together."""
    use = replace(use_of(name, f"by-{name}", f"s-{name}"), offer_id="o2")
    terms = UseTerms("b", 1, 1, NOON + timedelta(days=1), total=USES)
    return state.redemptions.redeem(use, terms).key


def coded(state, name):
    return state.codes.issue("o3", f"by-{name}", f"s-{name}", NOON)


def take(url, process, result):
    """What the threads of one process got of everything."""

    def attempts(state, thread):
        for turn in range(3 * ROUNDS):
            kind, work = KINDS[(turn + thread) % 3]
            try:
                got[kind].append(work(state, f"{process}-{thread}-{turn}"))
            except RefusedError:
                continue

    got = {kind: [] for kind, _ in KINDS}
    with closing(open_state(url)) as state, ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda thread: attempts(state, thread), range(THREADS)))
    result.write_text(json.dumps(got))


KINDS = (("promises", promised), ("uses", used), ("codes", coded))


def test_nothing_is_given_away_that_is_not_there_and_no_code_twice(state_url, tmp_path):
    with closing(open_state(state_url)) as state:
        state.ledger.open("a", 7 * PROMISES + 6, {"o1": 1_000})
        state.ledger.open("b", 10_000, {})
        state.codes.fill("o3", [f"CODE{n}" for n in range(CODES)])
    processes = [
        get_context("fork").Process(target=take, args=(state_url, name, tmp_path / name))
        for name in ("x", "y")
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    parts = [json.loads((tmp_path / name).read_text()) for name in ("x", "y")]
    got = {kind: [one for part in parts for one in part[kind]] for kind, _ in KINDS}
    assert {kind: len(each) for kind, each in got.items()} == {
        "promises": PROMISES,
        "uses": USES,
        "codes": CODES,
    }
    assert len(set(got["codes"])) == CODES
    with closing(open_state(state_url)) as state:
        assert state.ledger.state("a").reserved_minor == 7 * PROMISES
        assert state.ledger.state("b").spent_minor == USES
        assert state.stock.stock_left("a") == {"o1": 1_000 - PROMISES}
        assert len(state.decisions.of_campaign("c1")) == PROMISES
        assert state.codes.left("o3") == 0
