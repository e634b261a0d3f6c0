"""20 times kill -9 while a shop sends, takes events in and decides; then what is missing or double.

Three workers run in processes of their own and are killed together at a random moment: one sends
mail to a real SMTP server, one takes events in, one decides live with money, units and single-use
codes. Each tells on a pipe what it was told is safe. After the last kill one more round runs to
the end, and everything is counted in the stores and at the mail server:

- ``duplicates``: messages that arrived twice, and rows that the same events or decisions added.
- ``lost``: events and decisions that were acknowledged and are not there, and messages marked as
  sent that never arrived.
- ``overspent``: minor units and units of stock beyond what there was, in all accounts.
- ``codes_issued_twice``: codes that two promises hold.
- ``unknown``: messages parked in doubt; never more than ``unknown_bound``, kills times the group.

32 threads in 2 processes then fight over one budget, one cap and one pool of codes; and the rate of
one delivery worker is taken by ``bench/outbox.py``. What shoppers do is simulated.

    python bench/faults.py --json
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from harness import finish, machine, parser_for
from outbox import NOON, outbox_rate
from promoloop.backends.channel_smtp import SmtpAccount, SmtpChannel
from promoloop.backends.smtp_sink import SmtpSink
from promoloop.backends.sql import State, open_state
from promoloop.backends.sql.outbox import SqlOutbox
from promoloop.bootstrap import Shop, init_shop, open_shop
from promoloop.core import RefusedError
from promoloop.decide import ContactHours, OfferUse, Reservation, UseTerms
from promoloop.deliver import FrequencyCap, message_id
from promoloop.events import Received
from promoloop.flows.deliver import Desk, deliver_due
from promoloop.flows.ports import LivePromise
from promoloop.flows.realtime.records import LiveRequest
from promoloop.flows.realtime.rules import LiveRules
from promoloop.offers import Caps, CouponCode
from promoloop.profiles import LIFECYCLES
from promoloop.simulate import simulated_shop
from promoloop.testing.mailing import HARVEST_LANE, queue_mailing
from promoloop.testing.samples import decision
from promoloop.testing.stocked import coffee_and_pizza, stock, summer

GROUP = 20
LEASE = timedelta(seconds=2)
WEEK = timedelta(days=7)
ALL_DAY = (ContactHours("*", "email", 0, 24, date(2000, 1, 1), "bench"),)
ROLES = ("sender", "ingester", "decider")
#: What all deciders together may promise, minor units, and how many codes there are.
BUDGET, CODES, UNITS = 40_000, 120, 100
ACCOUNT = "faults"


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """This moment, UTC."""
        return datetime.now(UTC)


def tell(line: str) -> None:
    """One line to the one who counts, whole even if this process dies right after."""
    os.write(1, (line + "\n").encode())


# --- the shop -----------------------------------------------------------------------------------


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
    queue_mailing(house, messages, NOON)


# --- the workers --------------------------------------------------------------------------------


def sender(shop: Shop, port: int, owner: str) -> None:
    """Send everything that is due, over SMTP."""
    channel = SmtpChannel(SmtpAccount("127.0.0.1", port))
    held = SqlOutbox(shop._state.database, lease=LEASE)
    desk = Desk(
        outbox=held,
        gate=held,
        copies=shop.house.copies,
        consents=shop.house.consents,
        channels={"email": channel},
        sender=HARVEST_LANE,
        shop_url="https://harvestlane.example/coffee",
        key=b"0123456789abcdef",
        market="US",
        quiet=ALL_DAY,
        caps=(FrequencyCap("one", "email", 1, WEEK),),
        erasures=shop.house.erasures,
        suppressions=shop.house.suppressions,
        book=shop.house.promises,
    )
    tell("ready")
    deliver_due(desk, owner, SystemClock(), limit_group=GROUP)
    channel.close()


def events_of(run: str, number: int) -> list[Received]:
    """Fifty calls as a shop's page sends them; the same again for the same names."""
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    return [
        Received(
            f"{run}-{number}-{place}",
            f"shopper-{place}",
            at,
            b'{"type":"track","event":"Product Viewed","messageId":"%s-%d-%d",'
            b'"userId":"shopper-%d","timestamp":"2026-11-22T12:00:00Z"}'
            % (run.encode(), number, place, place),
        )
        for place in range(50)
    ]


def ingester(shop: Shop, run: str, seconds: float) -> None:
    """Take events in and acknowledge what is safe."""
    inbox = shop.house.inbox
    assert inbox is not None
    tell("ready")
    number, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        inbox.put(events_of(run, number)).result()
        tell(f"event {run} {number}")
        number += 1


def decider(shop: Shop, run: str, seconds: float, seed: int) -> None:
    """Decide for shoppers at random and acknowledge what is promised."""
    rules = LiveRules(hold=timedelta(0), caps=())
    live = shop.realtime(rules)
    live.look()
    ids = live.window.shelves[0].view.audience.ids if live.window.shelves else ()
    tell("ready")
    draw, until, number = random.Random(seed), time.monotonic() + seconds, 0
    while time.monotonic() < until and ids:
        request = LiveRequest(f"{run}-{number}", draw.choice(ids), deadline_ms=2000)
        answer = live.live.decide(request, datetime.now(UTC))
        number += 1
        if answer.decision_id and not answer.repeated:
            offer = answer.offer
            code = offer.code if offer and offer.offer_id == "coffee-25" else ""
            tell(f"decision {answer.decision_id} {code}")


# --- the one who kills and counts ---------------------------------------------------------------


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


@contextmanager
def workers(
    folder: Path, port: int, run: str, told: Told, seconds: float
) -> Iterator[list[subprocess.Popen[str]]]:
    """All three at work; whoever is left at the end is waited for."""
    started = []
    listeners = []
    for place, role in enumerate(ROLES):
        command = [sys.executable, __file__, "--role", role, "--folder", str(folder)]
        command += ["--port", str(port), "--run", run, "--seconds", str(seconds)]
        process = subprocess.Popen(
            [*command, "--place", str(place)], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        listener = threading.Thread(target=_listen, args=(process, told))
        listener.start()
        listeners.append(listener)
    try:
        yield started
    finally:
        for process in started:
            process.wait()
        for listener in listeners:
            listener.join()


def _require_alive(running: list[subprocess.Popen[str]]) -> None:
    """Stop the bench when a worker ended on its own before it was ready."""
    broken = [role for role, one in zip(ROLES, running, strict=True) if one.poll()]
    if broken:
        for process in running:
            process.kill()
        sys.exit(f"the {broken[0]} broke before it was killed; see above.")


def _listen(process: subprocess.Popen[str], told: Told) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith("\n"):
            told.hear(line.strip())


def faults(kills: int, messages: int, folder: Path, seed: int) -> dict[str, object]:
    """Kill ``kills`` times, recover, and count."""
    draw, told, now = random.Random(seed), Told(), datetime.now(UTC)
    config = init_shop(folder)
    with open_shop(config) as shop:
        fill(shop, now, messages)
    with SmtpSink(None) as sink:
        for number in range(kills):
            with workers(folder, sink.port, f"run{number}", told, 600.0) as running:
                for _ in running:
                    while not told.ready.acquire(timeout=1):
                        _require_alive(running)
                time.sleep(draw.uniform(0.05, 0.6))
                for process in running:
                    process.kill()
            print(f"{number + 1} of {kills} kills, {sink.count} mails", file=sys.stderr)
            time.sleep(LEASE.total_seconds() + 0.1)
        for number in range(10):  # until nothing is due any more
            with workers(folder, sink.port, f"last{number}", told, 1.0):
                pass
            print(f"recovery {number + 1}, {sink.count} mails", file=sys.stderr)
            time.sleep(LEASE.total_seconds() + 0.1)
            with open_shop(config) as shop:
                states = shop.house.outbox.counts()
            if not states["queued"] + states["leased"]:
                break
        with open_shop(config) as shop:
            return {"kills": kills} | counted(shop, told, sink, kills, messages)


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


# --- 32 threads and 2 processes on one budget, one cap, one pool of codes ------------------------


def contend(url: str, name: str, threads: int = 16) -> None:
    """Promise, draw codes and redeem until nothing is left."""
    state = open_state(url)

    def work(thread: int) -> None:
        for number in range(60):
            _promise(state, f"{name}-{thread}-{number}")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    state.close()


def _promise(state: State, key: str) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    made = replace(decision(key, "fight", sent=True), shopper_id=key, offer_id="o1")
    until = now + timedelta(days=1)
    held = Reservation(key, "o1", 100, until)
    with suppress(RefusedError):
        state.live.submit(LivePromise("fight", made, held)).result()
        tell(f"promise {key}")
        with suppress(RefusedError):
            tell(f"code {state.codes.issue('o1', key, key, now)}")
        use = OfferUse(f"u-{key}", key, key, "fight", "o1", key, "", "", now, "USD", 50, 0, {})
        with suppress(RefusedError):
            state.redemptions.redeem(use, UseTerms("fight", 50, 100, until, total=300))
            tell(f"use {key}")


def fight(folder: Path) -> dict[str, object]:
    """Two processes of sixteen threads: what they got, and what is beyond the limits."""
    url = f"sqlite:///{folder / 'fight.db'}"
    budget, units, codes, uses = 50_000, 450, 200, 300
    state = open_state(url)
    state.ledger.open("fight", budget, {"o1": units})
    state.codes.fill("o1", [f"K{n}" for n in range(codes)])
    command = [sys.executable, __file__, "--role", "fighter", "--folder", str(folder), "--run"]
    started = [
        subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in "ab"
    ]
    said = Counter(
        tuple(line.split(" ")[:2]) for one in started for line in one.communicate()[0].splitlines()
    )
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


def work_as(given: argparse.Namespace) -> None:
    """One worker's life."""
    if given.role == "fighter":
        contend(f"sqlite:///{given.folder / 'fight.db'}", given.run)
        return
    with open_shop(given.folder / "promoloop.toml") as shop:
        if given.role == "sender":
            sender(shop, given.port, f"{given.run}-{os.getpid()}")
        elif given.role == "ingester":
            ingester(shop, given.run, given.seconds)
        else:
            decider(shop, given.run, given.seconds, given.place + hash(given.run) % 1000)


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
    parser.add_argument("--role", choices=(*ROLES, "fighter"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--run", default="", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=1.0, help=argparse.SUPPRESS)
    parser.add_argument("--place", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.role:
        work_as(given)
        return
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
