"""20 times kill -9 while a shop sends, takes events in and decides; then what is missing or double.

Three workers run in processes of their own and are killed together at a random moment, three times
of four within 0.6 s of the next mail: one sends mail to a real SMTP server, one takes events in,
one decides live with money, units and single-use codes. Each tells what it was told is safe. After
the last kill more rounds run until nothing is due, and everything is counted in the stores and at
the mail server:

- ``duplicates``: messages that arrived twice, and rows that the same events or decisions added.
- ``lost``: events and decisions that were acknowledged and are not there, and messages marked as
  sent that never arrived.
- ``overspent``: minor units and units of stock beyond what there was, in all accounts.
- ``codes_issued_twice``: codes that two promises hold.
- ``unknown``: messages parked in doubt; never more than ``unknown_bound``, kills times the group.
- ``killed_at_work``: kills that all three were at work for; ``recoveries``: rounds after the last
  kill until nothing was due.

32 threads in 2 processes then fight over one budget, one cap and one pool of codes; and the rate of
one delivery worker is taken by ``bench/outbox.py``. What shoppers do is simulated.

    python bench/faults.py --json
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import numpy as np

from faults_fight import fight
from faults_workers import GROUP, LEASE, ROLES, Errand, events_of, nursery, told_on, work
from harness import finish, machine, parser_for
from outbox import outbox_rate
from promoloop.backends.smtp_sink import SmtpSink
from promoloop.bootstrap import Shop, init_shop, open_shop
from promoloop.deliver import message_id
from promoloop.offers import Caps, CouponCode
from promoloop.profiles import LIFECYCLES
from promoloop.simulate import simulated_shop
from promoloop.testing.mailing import HARVEST_LANE, queue_mailing
from promoloop.testing.stocked import coffee_and_pizza, stock, summer

#: What all deciders together may promise, minor units, and how many codes there are.
BUDGET, CODES, UNITS = 40_000, 120, 100
ACCOUNT = "faults"


def fill(shop: Shop, now: datetime, messages: int) -> None:
    """Simulated shoppers, two limited offers, a campaign on the pages, and mail that is due."""
    house, start = shop.house, now - timedelta(days=1)
    people = simulated_shop(300, ("COFFEE", "PIZZA"), start, "USD", np.random.default_rng(7))
    coffee, pizza = coffee_and_pizza(start)
    offers = (
        replace(coffee, conditions=(CouponCode(tuple(f"C{n:04d}" for n in range(CODES))),)),
        replace(pizza, caps=Caps(total=UNITS)),
    )
    campaign = replace(
        summer(start, BUDGET),
        campaign_id=ACCOUNT,
        channels={"onsite": 0},
        arms={"policy": 0.5, "random": 0.4, "bau": 0.1, "holdout": 0.0},
        weeks=13,
    )
    moments = (*LIFECYCLES, "viewed", "cart")
    stock(house, people, campaign, offers, start, channels=("onsite",), moments=moments)
    queue_mailing(house, messages, now)


@dataclass
class Told:
    """What workers said is safe."""

    ready: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    events: list[tuple[str, int]] = field(default_factory=list)
    decisions: dict[str, str] = field(default_factory=dict)

    def hear(self, line: str) -> None:
        """One line of one worker."""
        kind, *rest = line.split(" ")
        if kind == "ready":
            self.ready.release()
        elif kind == "event":
            self.events.append((rest[0], int(rest[1])))
        elif kind == "decision":
            self.decisions[rest[0]] = rest[1] if len(rest) > 1 else ""

    def listen(self, line: Connection) -> None:
        """Everything one worker says, until it ends."""
        for said in told_on(line):
            self.hear(said)


@contextmanager
def workers(
    folder: Path, port: int, run: int, told: Told, seconds: float
) -> Iterator[list[ForkServerProcess]]:
    """All three at work, once each was ready; whoever is left at the end is waited for."""
    context = nursery()
    started, lines, listeners = [], [], []
    for place, role in enumerate(ROLES):
        ours, theirs = context.Pipe()
        errand = Errand(role, folder, port, f"run{run}", seconds, 100 * run + place)
        process = context.Process(target=work, args=(theirs, errand), name=role)
        process.start()
        theirs.close()
        listener = threading.Thread(target=told.listen, args=(ours,))
        listener.start()
        started.append(process)
        lines.append(ours)
        listeners.append(listener)
    for _ in started:
        while not told.ready.acquire(timeout=1):
            _require_alive(started)
    for line in lines:
        line.send_bytes(b"go")
    try:
        yield started
    finally:
        for process in started:
            process.join()
        for listener in listeners:
            listener.join()


def _require_alive(running: list[ForkServerProcess]) -> None:
    """Stop the bench when a worker ended on its own before it was ready."""
    broken = [one.name for one in running if one.exitcode is not None]
    if broken:
        for process in running:
            process.kill()
        sys.exit(f"the {broken[0]} broke before it was killed; see above.")


def faults(kills: int, messages: int, folder: Path, seed: int) -> dict[str, object]:
    """Kill ``kills`` times, recover, and count."""
    draw, told, at_work = random.Random(seed), Told(), 0
    config = init_shop(folder)
    with open_shop(config) as shop:
        fill(shop, datetime.now(UTC), messages)
    with SmtpSink(None) as sink:
        for number in range(kills):
            with workers(folder, sink.port, number, told, 600.0) as running:
                if number % 4:  # every fourth is killed wherever it is, the others as mail leaves
                    _await_mail(sink, running)
                time.sleep(draw.uniform(0.0, 0.6))
                at_work += all(process.is_alive() for process in running)
                for process in running:
                    process.kill()
            print(f"{number + 1} of {kills} kills, {sink.count} mails", file=sys.stderr)
            time.sleep(LEASE.total_seconds() + 0.1)
        recoveries = _recovered(config, sink, kills, told)
        with open_shop(config) as shop:
            found = counted(shop, told, sink, kills, messages)
    return {"kills": kills, **found, "killed_at_work": at_work, "recoveries": recoveries}


def _await_mail(sink: SmtpSink, running: list[ForkServerProcess]) -> None:
    """Wait for the next mail, unless the sender has ended."""
    before = sink.count
    while sink.count == before and running[0].is_alive():
        time.sleep(0.001)


def _recovered(config: Path, sink: SmtpSink, kills: int, told: Told) -> int:
    """Rounds until nothing is queued and no dead worker's lease is left: one, as a rule."""
    for number in range(1, 11):
        with workers(config.parent, sink.port, kills + number, told, 1.0):
            pass
        print(f"recovery {number}, {sink.count} mails", file=sys.stderr)
        with open_shop(config) as shop:
            states = shop.house.outbox.counts()
        if not states["queued"] + states["leased"]:
            break
        time.sleep(LEASE.total_seconds() + 0.1)
    return number


def counted(shop: Shop, told: Told, sink: SmtpSink, kills: int, messages: int) -> dict[str, object]:
    """What is there, held against what was said to be."""
    house = shop.house
    assert house.inbox is not None
    assert house.parked is not None
    arrived = {one.message_id for one in sink.received()}
    house.parked.park(datetime.now(UTC) + timedelta(minutes=5))
    states = house.outbox.counts()
    domain = HARVEST_LANE.domain
    sent = house.deliveries.sent_between(datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC))
    never_arrived = sum(message_id(one, domain) not in arrived for one in sent if one[:2] == "d-")
    kept = Counter(call.message_id for _, call in house.inbox.read(0, 10_000_000))
    lost_events = sum(
        one.message_id not in kept for run, n in told.events for one in events_of(run, n)
    )
    asked = [house.inbox.put(events_of(run, n)) for run, n in told.events]
    again = sum(one.result() for one in asked)
    decided = house.decisions.of_campaign(ACCOUNT)
    known = {one.decision_id for one in decided}
    lost_decisions = sum(one not in known for one in told.decisions)
    budget = house.ledger.state(ACCOUNT)
    promised = Counter(one.offer_id for one in decided if one.offer_id)
    liable = sum(one.liability_minor for one in decided)
    codes = Counter(code for code in told.decisions.values() if code)
    twice = sum(count - 1 for count in codes.values())
    mails = sum(one.startswith("d-") for one in sent)
    unsettled = messages - mails - states["unknown"]
    return {
        "duplicates": sink.duplicates + again + sum(count - 1 for count in kept.values()),
        "lost": lost_events + lost_decisions + never_arrived + unsettled,
        "overspent": budget.over_minor
        + max(0, liable - BUDGET)
        + max(0, promised["pizza-25"] - UNITS),
        "codes_issued_twice": twice,
        "unknown": states["unknown"],
        "unknown_bound": kills * GROUP,
        "messages_arrived": len(arrived),
        "messages": messages,
        "events_acknowledged": 50 * len(told.events),
        "decisions_acknowledged": len(told.decisions),
        "promised_minor": liable,
        "budget_minor": BUDGET,
        "codes_given": len(codes),
    }


def measured(kills: int, messages: int, seed: int) -> Mapping[str, object]:
    """All figures of this bench but the rate."""
    with tempfile.TemporaryDirectory() as folder:
        found = faults(kills, messages, Path(folder) / "shop", seed)
        contended = fight(Path(folder))
    found["overspent"] = int(str(found["overspent"])) + int(str(contended["over"]))
    found["codes_issued_twice"] = int(str(found["codes_issued_twice"])) + int(
        str(contended["codes_twice"])
    )
    return found | {"contended": contended}


def main() -> None:
    """Measure, and print one JSON object as the last line."""
    parser = parser_for(__doc__, "0")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--messages", type=int, default=6000)
    parser.add_argument("--rate", type=int, default=3000, help="messages to take the rate of")
    given = parser.parse_args()
    found = measured(given.kills, given.messages, given.seeds[0])
    rate = outbox_rate(given.rate)
    finish(
        {
            **found,
            "outbox_per_s": rate["outbox_per_s"],
            "seeds": given.seeds,
            "machine": machine("sqlalchemy", "aiosmtpd"),
        }
    )


if __name__ == "__main__":
    main()
