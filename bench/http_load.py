"""A load generator like wrk: some connections, each with one request under way at a time."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Load", "load", "request"]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Load:
    """What came back: seconds each answer took, how often each status, and how long it all took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """How long the slowest of this ``share`` of answers took, in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request(path: str, body: bytes, key: str, media: str = "application/json") -> bytes:
    """The bytes of a POST with an API key."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def load(port: int, requests: Iterator[bytes], connections: int = 4, seconds: float = 8.0) -> Load:
    """Send ``requests`` one after another over each connection, until time or requests run out."""
    return asyncio.run(_load(port, requests, connections, seconds))


async def _load(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Load:
    loop, found = asyncio.get_running_loop(), Load()
    start = time.perf_counter()
    clients = [_Client(requests, found, start + seconds) for _ in range(connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)
    await asyncio.gather(*(client.done for client in clients))
    found.seconds = time.perf_counter() - start
    return found


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: Iterator[bytes], found: Load, until: float) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._found = found
        self._until = until
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, sep, rest = self._heard.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not sep or len(rest) < int(length[1] if length else 0):
            return
        self._found.latencies.append(time.perf_counter() - self._asked)
        self._found.statuses[int(head[9:12])] += 1
        self._heard = b""
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server hung up"))

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        following = next(self._requests, None) if self._asked < self._until else None
        if following is not None:
            self._transport.write(following)
            return
        self.done.set_result(None)
        self._transport.close()
