"""How much the server takes in: ``python bench/serve.py``, the last line is one JSON object.

Everything is durable: an answer is given once it is on disk (SQLite ``synchronous=FULL``,
PostgreSQL ``fsync`` and ``synchronous_commit`` on). Server, PostgreSQL and the load generator share
the machine's cores. ``--only events`` measures one part.

Keys: ``events_per_s_*`` is over HTTP, in batches of 100 by four connections;
``events_store_per_s_*`` the same at the store, ``events_cpu_us_*`` the CPU an event takes there.
Message ids are random (UUID 4), the worst an index can be given; ``_ordered`` says what ids that
begin with the time bring, as those of Segment's clients do.
"""

from __future__ import annotations

import itertools
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from harness import finish, machine, parser_for
from http_load import load, request
from promoloop.backends.sql import open_state
from promoloop.bootstrap import init_shop, open_shop
from promoloop.events import Received
from promoloop.flows.doors.keys import new_api_key
from promoloop.testing.postgres import running_postgres

Ids = Callable[[], str]

_BATCH = 100
_CONNECTIONS = 4
_CALL = (
    '{"type":"track","event":"Product Viewed","messageId":"%s","userId":"u%d",'
    '"timestamp":"2026-11-22T10:00:00Z","properties":{"product_id":"p%d","price":12.5,'
    '"currency":"USD","url":"https://shop.example/p/1"},"context":{"page":{"path":"/p/1"}}}'
)


def random_id() -> str:
    """A random message id."""
    return str(uuid.uuid4())


_counter = itertools.count(int(time.time() * 1000))


def ordered_id() -> str:
    """A message id like those of Segment's clients: the time first, then chance."""
    return f"ajs-next-{next(_counter)}-{uuid.uuid4()}"


def calls(ids: Ids) -> list[bytes]:
    """A batch of calls by one shopper each."""
    return [
        (_CALL % (ids(), secrets.randbelow(100_000), secrets.randbelow(5_000))).encode()
        for _ in range(_BATCH)
    ]


def events_at_store(url: str, ids: Ids, seconds: float) -> tuple[float, float]:
    """Events a second into the inbox from four threads, and CPU microseconds each in our process.

    On PostgreSQL the server's CPU comes on top.
    """
    now = datetime.now(UTC)
    with closing(open_state(url)) as state:
        batches = iter(
            [
                [Received(raw[57:90].decode(), "u1", now, raw) for raw in calls(ids)]
                for _ in range(int(seconds * 500))
            ]
        )
        turn, done = threading.Lock(), itertools.count()
        start, cpu = time.perf_counter(), time.process_time()

        def put() -> None:
            while time.perf_counter() < start + seconds:
                with turn:
                    batch = next(batches, None)
                if batch is None:
                    return
                state.inbox.put(batch).result()
                next(done)

        threads = [threading.Thread(target=put) for _ in range(_CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        count = next(done) * _BATCH
        return (
            count / (time.perf_counter() - start),
            1e6 * (time.process_time() - cpu) / count,
        )


@contextmanager
def serving(folder: Path, database_url: str) -> Iterator[tuple[int, str]]:
    """A shop's server in a process of its own: its port, and the secret of a key for everything."""
    config = init_shop(folder)
    os.environ["PROMOLOOP_STATE_URL"] = database_url
    with open_shop(config) as shop:
        key, secret = new_api_key("bench", ["admin"], secrets.token_bytes(32), datetime.now(UTC))
        shop.house.keys.add(key)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = Path(__file__).with_name("serving.py")
    server = subprocess.Popen([sys.executable, here, config, str(port)])
    try:
        _wait_for(port, server)
        yield port, secret
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def events_over_http(port: int, secret: str, ids: Ids, seconds: float) -> float:
    """Events a second accepted by ``POST /v1/events``."""
    bodies = iter(
        [
            request("/v1/events", b'{"batch":[' + b",".join(calls(ids)) + b"]}", secret)
            for _ in range(int(seconds * 500))
        ]
    )
    found = load(port, bodies, _CONNECTIONS, seconds)
    if set(found.statuses) != {200}:
        raise RuntimeError(f"answers: {dict(found.statuses)}")
    return found.per_s * _BATCH


def events(name: str, folder: Path, url: str, other: str, seconds: float) -> dict[str, float]:
    """All figures of events on one kind of database; ``other`` is a second, empty one."""
    figures: dict[str, float] = {}
    with serving(folder, url) as (port, secret):
        figures[f"events_per_s_{name}"] = events_over_http(port, secret, random_id, seconds)
        ordered = events_over_http(port, secret, ordered_id, seconds)
        figures[f"events_per_s_{name}_ordered"] = ordered
    per_s, cpu = events_at_store(other, random_id, seconds)
    figures[f"events_store_per_s_{name}"] = per_s
    figures[f"events_cpu_us_{name}"] = cpu
    return figures


def main() -> None:
    """Measure what was asked for; print figures and then all of them as one line."""
    parser = parser_for(__doc__, "0")
    parser.add_argument("--only", choices=["events"], help="measure one part")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each figure takes")
    options = parser.parse_args()
    figures: dict[str, object] = {"machine": machine("sqlalchemy", "fastapi", "uvicorn", "psycopg")}
    with tempfile.TemporaryDirectory() as name, running_postgres() as server:
        folder = Path(name)
        text = server.render_as_string(hide_password=False)
        parts = [
            ("sqlite", f"sqlite:///{folder}/shop.db", f"sqlite:///{folder}/store.db"),
            ("postgres", text, text),
        ]
        for kind, url, other in parts:
            home = folder / kind
            home.mkdir()
            figures |= events(kind, home, url, other, options.seconds)
    if not options.json:
        for name, figure in figures.items():
            print(f"{name:<36} {figure}")
    finish(figures)


if __name__ == "__main__":
    main()
