"""One request to the server: timeouts, retries, a limit on the answer's size, the key.

Retried are only 429, 5xx and connections that were refused: there the server did no work. An
answer that stopped half-way is not asked for again, for it may have been paid for.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from promoloop.core import InvalidError, UnavailableError

__all__ = ["Endpoint", "Transport", "WrongRequestError"]

_MAX_BYTES = 1 << 20
_LONGEST_PAUSE = 30.0
_REMEDY = "See that the model server runs, or go on with templates."


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the server is and how patient to be with it.

    ``url`` is the base, such as ``http://127.0.0.1:8000/v1``; ``key`` is sent as a bearer token
    and shown nowhere. ``timeout`` is in seconds, for connecting and for each wait for bytes.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    timeout: float = 60.0
    attempts: int = 4
    concurrency: int = 4

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InvalidError(
                "the model server's URL", "it is no http(s) address", "Write http://host:port/v1."
            )
        if parts.username or parts.password or parts.query or parts.fragment:
            raise InvalidError(
                "the model server's URL",
                "it carries a name, password, query or fragment",
                "Write the plain address; the key comes from PROMOLOOP_MODEL_KEY.",
            )
        if not self.model.strip():
            raise InvalidError("the model's name", "it is empty", "Name the server's model.")
        if not 0 < self.timeout < 3600 or self.attempts < 1 or not 1 <= self.concurrency <= 64:
            raise InvalidError(
                f"timeout {self.timeout}, attempts {self.attempts}, concurrency {self.concurrency}",
                "one of them is out of range",
                "Write a timeout below 3600 s, attempts of 1 or more, concurrency from 1 to 64.",
            )


class WrongRequestError(Exception):
    """The server does not take a request of this form (400, 404, 415, 422)."""


class Transport:
    """Posts JSON and gives JSON objects back, or ``UnavailableError``."""

    def __init__(
        self, endpoint: Endpoint, sleep: Callable[[float], None], rng: random.Random
    ) -> None:
        headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
        self._endpoint = endpoint
        self._sleep = sleep
        self._rng = rng
        try:
            self._client = httpx.Client(timeout=endpoint.timeout, headers=headers)
        except (ValueError, UnicodeError) as error:
            raise InvalidError(
                "the model server's key", "it cannot stand in a header", "Set it to plain ASCII."
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """The answer to ``body``; {} where it is no JSON object or larger than 1 MB.

        Raises ``WrongRequestError`` when the server wants another form of request, and
        ``UnavailableError`` when it is away, too slow, or answers nothing but errors.
        """
        for attempt in range(self._endpoint.attempts):
            status, pause, content = self._once(path, body)
            if status == httpx.codes.OK:
                return _object(content)
            if status in {400, 404, 405, 415, 422}:
                raise WrongRequestError(status)
            if status and status != httpx.codes.TOO_MANY_REQUESTS and status < 500:
                raise self._away(f"it answered {status}")
            if attempt + 1 < self._endpoint.attempts:
                self._sleep(max(pause, self._backoff(attempt)))
        raise self._away(f"it answered {status}" if status else "no connection can be made")

    def _backoff(self, attempt: int) -> float:
        """Seconds to wait: twice as long each time, and not in step with other clients."""
        return min(_LONGEST_PAUSE, 0.5 * 2.0**attempt) * (0.5 + 0.5 * self._rng.random())

    def _once(self, path: str, body: Mapping[str, object]) -> tuple[int, float, bytes]:
        """Status (0: no connection), the pause the server asks for, and the content."""
        url = self._endpoint.url.rstrip("/") + path
        content = bytearray()
        try:
            with self._client.stream("POST", url, json=body) as answer:
                for chunk in answer.iter_bytes():
                    content += chunk
                    if len(content) > _MAX_BYTES:
                        break
                return answer.status_code, _pause(answer.headers), bytes(content)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return 0, 0.0, b""
        except httpx.TimeoutException as error:
            raise self._away(f"no answer within {self._endpoint.timeout:g} s") from error
        except httpx.HTTPError as error:
            # The exception's own text may hold the request, so only its kind is told.
            raise self._away(f"the answer broke off ({type(error).__name__})") from None

    def _away(self, case: str) -> UnavailableError:
        return UnavailableError(f"the model server at {self._endpoint.url}", case, _REMEDY)


def _pause(headers: httpx.Headers) -> float:
    told = headers.get("retry-after", "")
    return min(_LONGEST_PAUSE, float(told)) if told.isascii() and told.isdigit() else 0.0


def _object(content: bytes) -> dict[str, Any]:
    if len(content) > _MAX_BYTES:
        return {}
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
