"""Messages a second that one worker sends: a shop's outbox, rendering, SMTP to a real server.

Everything a message goes through in a shop is in it, by the desk of an opened shop: leased;
consent, suppression, erasure, rests, pauses, approval, caps, quiet hours and the promise asked,
most of it once more as it leaves; rendered with its links, signed with DKIM (Ed25519; ``--rsa``
adds a 2,048-bit RSA signature), marked as sending, handed over, marked as sent, each step
committed (``synchronous=FULL``). The server is aiosmtpd in a process of its own; with
``--sink smtp-sink`` postfix's.

    python bench/outbox.py --json
    python bench/outbox.py --json --store postgres
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median

from harness import finish, machine, parser_for
from promoloop.backends.channel_smtp import DkimSigner, SmtpAccount, SmtpChannel
from promoloop.backends.smtp_sink import SmtpSink
from promoloop.bootstrap import Shop, init_shop, open_shop
from promoloop.compose import ReviewEntry
from promoloop.core import SteppedClock
from promoloop.flows.deliver import deliver_due
from promoloop.testing.mailing import queue_mailing
from promoloop.testing.postgres import EmptyDatabases, running_postgres
from promoloop.testing.samples import product
from promoloop.testing.stocked import coffee_and_pizza

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


@contextmanager
def aiosmtpd_sink() -> Iterator[tuple[int, Callable[[], int]]]:
    """A sink in a process of its own: its port, and how many messages it has."""
    context = multiprocessing.get_context("spawn")
    port, count, stop = context.Queue(), context.Queue(), context.Event()
    process = context.Process(target=_sink, args=(port, count, stop))
    process.start()

    def counted() -> int:
        stop.set()
        return int(count.get(timeout=30))

    try:
        yield port.get(timeout=60), counted
    finally:
        stop.set()
        process.join(timeout=30)


def _sink(port: multiprocessing.Queue[int], count: multiprocessing.Queue[int], stop: Event) -> None:
    with SmtpSink(None) as sink:
        port.put(sink.port)
        stop.wait()
        count.put(sink.count - sink.duplicates)


@contextmanager
def postfix_sink() -> Iterator[tuple[int, Callable[[], int]]]:
    """Postfix's smtp-sink; it counts nothing that can be asked for, so -1."""
    program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    if not Path(program).exists():
        sys.exit("smtp-sink is not installed: apt-get install postfix, or leave out --sink.")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([program, "-u", "nobody", f"127.0.0.1:{port}", "64"]) as process:
        time.sleep(0.5)
        try:
            yield port, lambda: -1
        finally:
            process.terminate()


def signers(*, rsa: bool) -> list[DkimSigner]:
    """Keys made for this run."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    keys = [Ed25519PrivateKey.generate(), *([generate_private_key(65537, 2048)] if rsa else [])]
    texts = [
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        for key in keys
    ]
    return [
        DkimSigner("harvestlane.example", f"s{place}", text) for place, text in enumerate(texts)
    ]


@contextmanager
def state_at(store: str) -> Iterator[str]:
    """The address of an empty database; "" for a file in the shop's folder."""
    if store == "sqlite":
        yield ""
        return
    with running_postgres() as server:
        url = EmptyDatabases(server, "bench").make()
        yield url.render_as_string(hide_password=False)


def fill(shop: Shop, count: int) -> None:
    """An offer on coffee, its approved text, and a message to each of ``count`` shoppers."""
    house = shop.house
    coffee, _ = coffee_and_pizza(NOON - timedelta(days=1))
    house.offers.put([replace(coffee, offer_id="o-1", conditions=())])
    house.catalogue.put([product("p-1")])
    queue_mailing(house, count, NOON)
    for way in ("draft", "in_review", "approved"):
        house.reviews.append([ReviewEntry("copy-1", way, "bench", NOON)])


def outbox_rate(
    count: int = 5000,
    group: int = 20,
    *,
    rsa: bool = False,
    sink: str = "aiosmtpd",
    store: str = "sqlite",
) -> Mapping[str, object]:
    """Send ``count`` messages with one worker; messages a second and what they cost."""
    server = postfix_sink if sink == "smtp-sink" else aiosmtpd_sink
    with (
        tempfile.TemporaryDirectory() as folder,
        server() as (port, counted),
        state_at(store) as at,
    ):
        os.environ["PROMOLOOP_SIGNING_KEY"] = "5" * 64
        os.environ.pop("PROMOLOOP_STATE_URL", None)
        if at:
            os.environ["PROMOLOOP_STATE_URL"] = at
        with open_shop(init_shop(Path(folder, "shop"))) as shop:
            fill(shop, count)
            channel = SmtpChannel(SmtpAccount("127.0.0.1", port), signers=signers(rsa=rsa))
            desk = replace(shop.desk({"email": channel}), purpose="marketing")
            cpu, wall = time.process_time(), time.perf_counter()
            report = deliver_due(desk, "bench", SteppedClock(NOON), limit_group=group)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            channel.close()
        arrived = counted()
    if report.sent != count or arrived not in (count, -1):
        sys.exit(f"{report.sent} of {count} were sent, {arrived} arrived: {report.reasons}")
    return {
        "outbox_per_s": round(count / wall, 1),
        "cpu_ms_each": round(1000 * cpu / count, 3),
        "messages": count,
        "group": group,
        "store": store,
    }


def main() -> None:
    """Measure, and print one JSON object as the last line."""
    parser = parser_for(__doc__, "0..2")
    parser.add_argument("--count", type=int, default=5000, help="messages in each run")
    parser.add_argument("--group", type=int, default=20, help="messages handed over together")
    parser.add_argument("--rsa", action="store_true", help="sign with RSA-2048 as well")
    parser.add_argument("--sink", choices=("aiosmtpd", "smtp-sink"), default="aiosmtpd")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args()
    how = {"rsa": given.rsa, "sink": given.sink, "store": given.store}
    runs = [outbox_rate(given.count, given.group, **how) for _ in given.seeds]
    rates = [float(str(run["outbox_per_s"])) for run in runs]
    finish(
        {
            **replace_rate(runs[0], median(rates)),
            "runs": rates,
            "sink": given.sink,
            "dkim": "ed25519+rsa" if given.rsa else "ed25519",
            "seeds": given.seeds,
            "machine": machine("sqlalchemy", "aiosmtpd", "cryptography"),
        }
    )


def replace_rate(run: Mapping[str, object], rate: float) -> dict[str, object]:
    """``run`` with the rate of all runs."""
    return {**run, "outbox_per_s": rate}


if __name__ == "__main__":
    main()
