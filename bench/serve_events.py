"""Durable events a second: over HTTP, and into the inbox itself.

Message ids begin with the time (UUID 7), as those of our snippet and client do; ``_random`` says
what random ones (UUID 4) bring, which are the worst an index can be given.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from http_load import load, request
from promoloop.api import message_id
from promoloop.backends.sql import open_state
from promoloop.events import Received
from serving import Server, serving

__all__ = ["events"]

Ids = Callable[[], str]

_BATCH = 100
_CONNECTIONS = 4
_CALL = (
    '{"type":"track","event":"Product Viewed","messageId":"%s","userId":"u%d",'
    '"timestamp":"2026-11-22T10:00:00Z","properties":{"product_id":"p%d","price":12.5,'
    '"currency":"USD","url":"https://shop.example/p/1"},"context":{"page":{"path":"/p/1"}}}'
)


def events(name: str, folder: Path, url: str, other: str, seconds: float) -> dict[str, float]:
    """All figures of events on one kind of database; ``other`` is a second, empty one.

    ``events_cpu_us_*`` is what an event takes of our server's CPU, over HTTP or at the store.
    """
    figures: dict[str, float] = {}
    with serving(folder, url) as server:
        for ids, what in ((message_id, name), (_random_id, f"{name}_random")):
            figures |= _over_http(server, what, ids, seconds)
    return figures | _at_store(f"store_{name}", other, seconds)


def _random_id() -> str:
    return str(uuid.uuid4())


def _call(message_id: str) -> bytes:
    shopper, product = random.randrange(100_000), random.randrange(5_000)
    return (_CALL % (message_id, shopper, product)).encode()


def _over_http(server: Server, name: str, ids: Ids, seconds: float) -> dict[str, float]:
    """By ``POST /v1/events``, over four connections."""
    bodies = [
        b'{"batch":[' + b",".join(_call(ids()) for _ in range(_BATCH)) + b"]}"
        for _ in range(int(seconds * 500))
    ]
    asked = [request("/v1/events", body, server.secret) for body in bodies]
    cpu = server.cpu_seconds()
    found = load(server.port, iter(asked), _CONNECTIONS, seconds)
    cpu = server.cpu_seconds() - cpu
    if set(found.statuses) != {200}:
        raise RuntimeError(f"answers: {dict(found.statuses)}")
    return {
        f"events_per_s_{name}": found.per_s * _BATCH,
        f"events_cpu_us_{name}": 1e6 * cpu / (_BATCH * len(found.latencies)),
        f"events_p99_ms_{name}": found.percentile_ms(0.99),
    }


def _at_store(name: str, url: str, seconds: float) -> dict[str, float]:
    """Into the inbox, by four threads."""
    now = datetime.now(UTC)
    keys = [[message_id() for _ in range(_BATCH)] for _ in range(int(seconds * 500))]
    batches = iter([[Received(key, "u1", now, _call(key)) for key in each] for each in keys])
    turn, done = threading.Lock(), itertools.count()
    with closing(open_state(url)) as state:
        start, cpu = time.perf_counter(), time.process_time()

        def put() -> None:
            while time.perf_counter() < start + seconds:
                with turn:
                    batch = next(batches, [])
                if not batch:
                    return
                state.inbox.put(batch).result()
                next(done)

        threads = [threading.Thread(target=put) for _ in range(_CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        count = next(done) * _BATCH
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {f"events_per_s_{name}": count / wall, f"events_cpu_us_{name}": 1e6 * cpu / count}
