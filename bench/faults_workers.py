"""The three workers that bench/faults.py kills: each tells what it was told is safe.

They run in processes forked from one that has everything imported, so that a kill costs a second
instead of a start of three interpreters. Each says that it is ready and waits for the word to go.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

from promoloop.backends.channel_smtp import SmtpAccount, SmtpChannel
from promoloop.backends.sql.outbox import SqlOutbox
from promoloop.bootstrap import Shop, open_shop
from promoloop.decide import ContactHours
from promoloop.deliver import FrequencyCap
from promoloop.events import Received
from promoloop.flows.deliver import Desk, deliver_due
from promoloop.flows.realtime.records import LiveRequest
from promoloop.flows.realtime.rules import LiveRules
from promoloop.testing.mailing import HARVEST_LANE

GROUP = 20
LEASE = timedelta(seconds=1)
ROLES = ("sender", "ingester", "decider")
WEEK = timedelta(days=7)
ALL_DAY = (ContactHours("*", "email", 0, 24, date(2000, 1, 1), "bench"),)
#: What is imported once, before the workers are forked.
IMPORTED = (
    "promoloop.backends.channel_smtp",
    "promoloop.backends.sql",
    "promoloop.bootstrap",
    "promoloop.flows.deliver",
    "promoloop.flows.realtime.rules",
    "promoloop.simulate",
    "promoloop.testing.mailing",
    "promoloop.testing.stocked",
)


def nursery() -> ForkServerContext:
    """Where workers are forked: no thread and no open database is in it."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    return context


@dataclass(frozen=True)
class Errand:
    """What one worker is to do; ``run`` names its round."""

    role: str
    folder: Path
    port: int
    run: str
    seconds: float
    seed: int


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """This moment, UTC."""
        return datetime.now(UTC)


def tell(line: Connection, said: str) -> None:
    """One line to the one who counts, whole even if this process dies right after."""
    os.write(line.fileno(), (said + "\n").encode())


def told_on(line: Connection) -> Iterator[str]:
    """What a worker says, line by line until it ends; half a line was never said."""
    with open(line.fileno(), "rb", closefd=False) as heard:
        yield from (raw.decode().strip() for raw in heard if raw.endswith(b"\n"))


def ready(line: Connection) -> None:
    """Say so, and wait for the word to go."""
    tell(line, "ready")
    with suppress(EOFError):
        line.recv_bytes()


def work(line: Connection, errand: Errand) -> None:
    """One worker's life."""
    with open_shop(errand.folder / "promoloop.toml") as shop:
        {"sender": _send, "ingester": _ingest, "decider": _decide}[errand.role](line, shop, errand)


def _send(line: Connection, shop: Shop, errand: Errand) -> None:
    """Send everything that is due, over SMTP."""
    channel = SmtpChannel(SmtpAccount("127.0.0.1", errand.port))
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
    ready(line)
    deliver_due(desk, f"{errand.run}-{os.getpid()}", SystemClock(), limit_group=GROUP)
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


def _ingest(line: Connection, shop: Shop, errand: Errand) -> None:
    """Take events in and acknowledge what is safe."""
    inbox = shop.house.inbox
    assert inbox is not None
    ready(line)
    number, until = 0, time.monotonic() + errand.seconds
    while time.monotonic() < until:
        inbox.put(events_of(errand.run, number)).result()
        tell(line, f"event {errand.run} {number}")
        number += 1


def _decide(line: Connection, shop: Shop, errand: Errand) -> None:
    """Decide for shoppers at random and acknowledge what is promised."""
    live = shop.realtime(LiveRules(hold=timedelta(0), caps=()))
    live.look()
    ids = live.window.shelves[0].view.audience.ids if live.window.shelves else ()
    ready(line)
    draw, until, number = random.Random(errand.seed), time.monotonic() + errand.seconds, 0
    while time.monotonic() < until and ids:
        request = LiveRequest(f"{errand.run}-{number}", draw.choice(ids), deadline_ms=2000)
        answer = live.live.decide(request, datetime.now(UTC))
        number += 1
        if answer.decision_id and not answer.repeated:
            offer = answer.offer
            code = offer.code if offer and offer.offer_id == "coffee-25" else ""
            tell(line, f"decision {answer.decision_id} {code}")
