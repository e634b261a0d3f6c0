"""Requests posted over kept connections, and what their answers mean for a message.

2xx is ``sent``; 408, 425, 429 and 503 say "not now" and are ``retry``; other 5xx leave in doubt
whether the message was taken; everything else is ``failed``, redirects too: they are never
followed, since where a message goes is not for a provider to choose. A request that was on its
way when the connection broke is in doubt, too. Doubt is ``unknown``, unless the provider drops
what it got before: then asking again is safe, and it is ``retry``.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import TYPE_CHECKING

from promoloop.core import UnavailableError
from promoloop.deliver import SendResult

if TYPE_CHECKING:
    import httpx

__all__ = ["Poster", "Posting"]

#: Statuses of a provider that took nothing and may be asked again.
_LATER = frozenset({408, 425, 429, 503})
#: Bytes of an answer that are read; none of them is kept.
_MOST_ANSWER = 65_536
#: Nobody is left alone longer than this because it says so.
_LONGEST_REST = 3600.0


@dataclass(frozen=True, slots=True)
class Posting:
    """One request: ``method`` to ``url`` with ``headers`` and ``body``."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


class Poster:
    """Posts a group over kept connections.

    Parameters
    ----------
    idempotent : bool, default False
        Whether the other side drops what it got before, by the id that the request carries.
    timeout_seconds : float, default 10
        To wait for an answer, or for the connection to take bytes; 3 at most to connect.
    group_seconds : float, default 60
        After this time no further request of a group is begun: the rest is ``retry``.
    connections : int, default 1
        Requests under way side by side; with more than one the order of arrival is open.
    trust : ssl.SSLContext or None
        Whom to believe; the system's authorities by default.
    monotonic : callable
        A running count of seconds.

    Raises
    ------
    UnavailableError
        The extra ``channels`` is not installed.
    """

    def __init__(
        self,
        *,
        idempotent: bool = False,
        timeout_seconds: float = 10.0,
        group_seconds: float = 60.0,
        connections: int = 1,
        trust: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._idempotent = idempotent
        self._timeout = timeout_seconds
        self._group_seconds = group_seconds
        self._connections = max(1, connections)
        self._trust = trust
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._client: httpx.Client | None = None
        self._pool: ThreadPoolExecutor | None = None
        _httpx()

    def post(self, postings: Sequence[Posting | SendResult]) -> list[tuple[SendResult, int]]:
        """Post what is a request; one result each, in order, with the status (0 for none).

        What is a result already stays as it is. After a provider that is not there or fell silent,
        the rest to the same host is ``retry`` and not tried.
        """
        size = max(1, -(-len(postings) // self._connections))
        parts = [postings[at : at + size] for at in range(0, len(postings), size)]
        if len(parts) <= 1:
            return self._some(postings)
        return [one for part in self._threads().map(self._some, parts) for one in part]

    def close(self) -> None:
        """Give the connections back; the next request opens new ones."""
        with self._turn:
            client, self._client = self._client, None
            pool, self._pool = self._pool, None
        if client is not None:
            client.close()
        if pool is not None:
            pool.shutdown()

    def _some(self, postings: Sequence[Posting | SendResult]) -> list[tuple[SendResult, int]]:
        until = self._monotonic() + self._group_seconds
        silent: dict[str, SendResult] = {}
        results: list[tuple[SendResult, int]] = []
        for posting in postings:
            if isinstance(posting, SendResult):
                results.append((posting, 0))
                continue
            host = posting.url.split("/", 3)[2] if "://" in posting.url else ""
            if self._monotonic() > until:
                results.append((SendResult("retry", "the provider took too long"), 0))
            elif host in silent:
                results.append((silent[host], 0))
            else:
                result, status, stuck = self._one(posting)
                results.append((result, status))
                if stuck:
                    silent[host] = SendResult("retry", "the provider does not answer")
        return results

    def _one(self, posting: Posting) -> tuple[SendResult, int, bool]:
        """The result, the status, and whether the provider is not to be asked again now."""
        httpx = _httpx()
        try:
            status, after = self._exchange(posting)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return SendResult("retry", f"cannot connect: {type(error).__name__}"), 0, True
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError, ValueError):
            return SendResult("failed", "the address of the request cannot be used"), 0, False
        except httpx.TimeoutException:
            return self._doubt("the provider fell silent"), 0, True
        except httpx.HTTPError as error:
            return self._doubt(f"the connection broke: {type(error).__name__}"), 0, False
        return self._answer(status, after), status, False

    def _exchange(self, posting: Posting) -> tuple[int, float]:
        """Send it, read past the answer; its status and the seconds it asks to be left alone."""
        headers, body = dict(posting.headers), posting.body
        stream = self._http().stream
        with stream(posting.method, posting.url, headers=headers, content=body) as answer:
            size = 0
            for chunk in answer.iter_raw():
                size += len(chunk)
                if size > _MOST_ANSWER:
                    break
            after = _seconds(answer.headers.get("retry-after", ""), answer.headers.get("date", ""))
            return answer.status_code, after

    def _answer(self, status: int, after: float) -> SendResult:
        if 200 <= status < 300:
            return SendResult("sent", str(status))
        if status in _LATER:
            return SendResult("retry", str(status), after)
        if status >= 500:
            return self._doubt(str(status))
        return SendResult("failed", str(status))

    def _doubt(self, detail: str) -> SendResult:
        return SendResult("retry" if self._idempotent else "unknown", detail)

    def _http(self) -> httpx.Client:
        httpx = _httpx()
        with self._turn:
            if self._client is None:
                self._client = httpx.Client(
                    timeout=httpx.Timeout(self._timeout, connect=min(3.0, self._timeout)),
                    limits=httpx.Limits(
                        max_connections=None, max_keepalive_connections=4 * self._connections
                    ),
                    verify=self._trust or True,
                    follow_redirects=False,
                    headers={"user-agent": "promoloop", "accept-encoding": "identity"},
                )
            return self._client

    def _threads(self) -> ThreadPoolExecutor:
        with self._turn:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._connections, "post")
            return self._pool


def _seconds(after: str, date: str) -> float:
    """What Retry-After asks for (RFC 9110, 10.2.3): seconds, or a moment told by the same clock."""
    if after.isascii() and after.isdigit():
        return min(float(after[:9]), _LONGEST_REST)
    try:
        wait = (parsedate_to_datetime(after) - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError, IndexError):
        return 0.0
    return min(max(wait, 0.0), _LONGEST_REST)


def _httpx() -> ModuleType:
    try:
        import httpx
    except ImportError as error:
        raise UnavailableError(
            "sending over HTTP", "httpx is not installed", "Install promoloop[channels]."
        ) from error
    return httpx
