"""How fast the operational state is written: ``python bench/state.py``; one line per figure."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from promoloop.backends.sql import State, open_state
from promoloop.decide import Settlement, Weighed
from promoloop.testing.samples import NOON, decision, message, outcome, product, reservation


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print the seconds the block took, and the processor's share of them."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what:<48} {wall:7.3f} s   cpu {cpu:7.3f} s")


def _write(state: State) -> None:
    products = [product(f"p{n:06d}", n) for n in range(92_000)]
    with timed("put 12,000 products"):
        state.catalogue.put(products[:12_000])
    with timed("put 92,000 products"):
        state.catalogue.put(products)
    with timed("read 92,000 products"):
        state.catalogue.all()
    weighed = tuple(Weighed(f"o{n}/email/18", 0.04, n / 7, n / 3, n / 11) for n in range(25))
    decisions = [replace(decision(f"d{n:06d}"), weighed=weighed) for n in range(2_500)]
    with timed("append 2,500 decisions of 25 actions"):
        state.decisions.append(decisions)
    with timed("read 2,500 decisions of 25 actions"):
        state.decisions.of_campaign("c1")
    with timed("append 10,000 outcomes"):
        state.outcomes.append([outcome(f"x{n}", n % 600) for n in range(10_000)])
    more = [replace(one, decision_id=f"e{one.decision_id}") for one in decisions]
    held = [reservation(one.decision_id, 400) for one in more]
    mails = [message(f"k{n}") for n in range(2_000)]
    state.ledger.open("a", 1_000_000, {"o1": 2_500})
    with timed("commit 2,500 decisions, 2,500 held, 2,000 mails"):
        state.commit("a", more, held, mails)


def _deliver(state: State) -> None:
    with timed("lease, send and mark 2,000 mails in groups of 50"):
        while group := state.outbox.lease("w", NOON, 50):
            keys = [one.dedupe_key for one in group]
            state.outbox.mark(keys, "w", "sending", NOON)
            state.outbox.mark(keys, "w", "sent", NOON)


def _settle(state: State) -> None:
    batch = [Settlement(f"ed{n:06d}", 100, n % 5 == 0) for n in range(2_000)]
    with timed("settle 2,000 reservations in one batch"):
        state.ledger.settle(batch)
    with timed("expire 500 reservations"):
        state.ledger.expire(reservation("x", 0).expires_at)


def main() -> None:
    """Measure on a fresh SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        with timed("open a new database"):
            state = open_state(f"sqlite:///{folder}/state.db")
        _write(state)
        _deliver(state)
        _settle(state)
        state.close()


if __name__ == "__main__":
    main()
