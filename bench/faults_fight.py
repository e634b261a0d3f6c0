"""32 threads in 2 processes on one budget, one cap on uses and one pool of codes."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from faults_workers import nursery, tell, told_on
from promoloop.backends.sql import State, open_state
from promoloop.core import RefusedError
from promoloop.decide import OfferUse, Reservation, UseTerms
from promoloop.flows.ports import LivePromise
from promoloop.testing.samples import decision


def contend(line: Connection, url: str, name: str, threads: int = 16) -> None:
    """Promise, draw codes and redeem until nothing is left."""
    state = open_state(url)

    def work(thread: int) -> None:
        for number in range(60):
            _promise(line, state, f"{name}-{thread}-{number}")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    state.close()


def _promise(line: Connection, state: State, key: str) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    made = replace(decision(key, "fight", sent=True), shopper_id=key, offer_id="o1")
    until = now + timedelta(days=1)
    held = Reservation(key, "o1", 100, until)
    with suppress(RefusedError):
        state.live.submit(LivePromise("fight", made, held)).result()
        tell(line, f"promise {key}")
        with suppress(RefusedError):
            tell(line, f"code {state.codes.issue('o1', key, key, now)}")
        use = OfferUse(f"u-{key}", key, key, "fight", "o1", key, "", "", now, "USD", 50, 0, {})
        with suppress(RefusedError):
            state.redemptions.redeem(use, UseTerms("fight", 50, 100, until, total=300))
            tell(line, f"use {key}")


def fight(folder: Path) -> dict[str, object]:
    """Two processes of sixteen threads: what they got, and what is beyond the limits."""
    url = f"sqlite:///{folder / 'fight.db'}"
    budget, units, codes, uses = 50_000, 450, 200, 300
    state = open_state(url)
    state.ledger.open("fight", budget, {"o1": units})
    state.codes.fill("o1", [f"K{n}" for n in range(codes)])
    context = nursery()
    lines = []
    for name in "ab":
        ours, theirs = context.Pipe()
        context.Process(target=contend, args=(theirs, url, name)).start()
        theirs.close()
        lines.append(ours)
    said = Counter(tuple(text.split(" ")) for line in lines for text in told_on(line))
    kinds = Counter(kind for kind, _ in said)
    given = [what for kind, what in said.elements() if kind == "code"]
    money = state.ledger.state("fight")
    state.close()
    over = max(0, 100 * kinds["promise"] - budget) + money.over_minor
    over += max(0, kinds["promise"] - units) + max(0, kinds["use"] - uses)
    return {
        "threads": 32,
        "processes": 2,
        "promises": kinds["promise"],
        "codes": len(given),
        "uses": kinds["use"],
        "over": over,
        "codes_twice": len(given) - len(set(given)),
        "all_used_up": kinds["promise"] == units and len(given) == codes and kinds["use"] == uses,
    }
