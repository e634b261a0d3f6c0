"""Ask a promoloop server from Python: typed, and safe to try again.

Needs httpx (``pip install 'promoloop[serve]'``, or httpx alone beside promoloop).
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote

import msgspec

from promoloop.core import InvalidError, PromoloopError, RefusedError, UnavailableError
from promoloop.flows.realtime.records import LiveAnswer, LiveRequest, RedeemRequest, Redemption

if TYPE_CHECKING:
    import httpx

__all__ = ["Client", "EventsTaken", "message_id"]

T = TypeVar("T")
_AGAIN = frozenset({429, 502, 503, 504})


def message_id() -> str:
    """An id for an event or a request: a UUID of version 7 (RFC 9562), which begins with the time.

    Ids that follow each other in time lie side by side in the server's index; random ones make it
    write a page for every event. Make it once for each event, and send it again with it.
    """
    milliseconds = time.time_ns() // 1_000_000
    random_part = uuid.uuid4().int & ((1 << 76) - 1)  # among its bits those of the variant
    return str(uuid.UUID(int=(milliseconds & 0xFFFF_FFFF_FFFF) << 80 | 7 << 76 | random_part))


@dataclass(frozen=True, slots=True)
class EventsTaken:
    """What became of the events: ``results`` has, in their order, one with ``status`` for each."""

    accepted: int
    set_aside: int
    new: int
    results: Sequence[Mapping[str, str]]


class Client:
    """A promoloop server, asked with one API key. Use it in a ``with`` statement.

    Every request that changes something carries an ``Idempotency-Key`` or names itself, so it is
    tried again after a lost connection, 429 or 503 without being done twice.

    Parameters
    ----------
    url : str
        Of the server, such as ``http://127.0.0.1:8787``.
    key : str
        An API key.
    timeout : float, default 5.0
        Seconds for one try.
    retries : int, default 3
        How often it is tried again.
    transport : httpx.BaseTransport, optional
        For tests and proxies.
    pause : callable, optional
        Waits so many seconds; ``time.sleep``.

    Examples
    --------
    >>> with Client("http://127.0.0.1:8787", "plk_...") as promoloop:  # doctest: +SKIP
    ...     answer = promoloop.decide(LiveRequest("page-view-1", "shopper-7"))
    ...     answer.copy.parts["headline"] if answer.copy else "nothing to show"
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 5.0,
        retries: int = 3,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._httpx = _library()
        self._retries = retries
        self._pause = pause
        self._client = self._httpx.Client(
            base_url=url,
            headers={"authorization": f"Bearer {key}"},
            timeout=timeout,
            transport=transport,
        )

    def decide(self, asked: LiveRequest) -> LiveAnswer:
        """What to show one shopper now; ``asked.request_id`` makes it safe to ask again."""
        return self._post("/v1/decide", asked, LiveAnswer)

    def send(self, events: Sequence[Mapping[str, Any]]) -> EventsTaken:
        """Tell what shoppers did: Segment calls, each with an id by ``message_id()``."""
        return self._post("/v1/events", {"batch": list(events)}, EventsTaken)

    def redeem(self, asked: RedeemRequest) -> Redemption:
        """Use an offer in an order; ``asked.key`` makes it safe to ask again."""
        return self._post("/v1/redeem", asked, Redemption, uuid.uuid4().hex)

    def roll_back(self, key: str) -> Redemption:
        """Take a use back, as when its order is cancelled."""
        path = f"/v1/redemptions/{quote(key, safe='')}/roll-back"
        return self._post(path, None, Redemption, uuid.uuid4().hex)

    def get(self, path: str, **query: str | int) -> Any:
        """Anything else that is read, such as ``/v1/campaigns/spring/report``, as plain values."""
        return self._asked("GET", path, object, params=query)

    def put(self, path: str, body: Mapping[str, Any], if_match: str = "") -> Any:
        """Store a product, an offer or a campaign; with ``if_match`` only what you saw."""
        headers = {"if-match": if_match} if if_match else {}
        return self._asked("PUT", path, object, json=body, headers=headers)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Any other act, such as ``/v1/campaigns/spring/submit``, done once."""
        return self._post(path, body, object, uuid.uuid4().hex)

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _post(self, path: str, body: Any, kind: type[T], key: str = "") -> T:
        headers = {"idempotency-key": key} if key else {}
        if body is None:
            return self._asked("POST", path, kind, headers=headers)
        headers["content-type"] = "application/json"
        # Fields that are left as they are need not travel.
        return self._asked("POST", path, kind, content=_encoded(body), headers=headers)

    def _asked(self, method: str, path: str, kind: type[T], **more: Any) -> T:
        tries = 0
        while True:
            try:
                answer = self._client.request(method, path, **more)
            except self._httpx.TransportError as error:
                if tries >= self._retries:
                    raise UnavailableError(
                        f"{method} {path}", f"the server was not reached: {error}", "Try again."
                    ) from error
                self._wait(tries, "")
            else:
                if answer.status_code not in _AGAIN or tries >= self._retries:
                    return _read(answer, kind)
                self._wait(tries, answer.headers.get("retry-after", ""))
            tries += 1

    def _wait(self, tries: int, told: str) -> None:
        """As long as the server says, else longer each time and never in step with others."""
        own = 0.1 * 2**tries * random.uniform(0.5, 1.5)
        self._pause(min(60.0, float(told)) if told.isdigit() else own)


def _encoded(body: Any) -> bytes:
    plain = msgspec.to_builtins(body)
    return msgspec.json.encode({name: one for name, one in plain.items() if one is not None})


def _read(answer: httpx.Response, kind: type[T]) -> T:
    if answer.is_success:
        return msgspec.json.decode(answer.content, type=kind)
    raise _error(answer)


def _error(answer: httpx.Response) -> PromoloopError:
    """The problem as the error that it was on the server."""
    try:
        told = answer.json()
        said = (str(told["asked"]), str(told["case"]), str(told["remedy"]))
    except (ValueError, KeyError, TypeError):
        case = f"the server answered {answer.status_code}"
        said = (f"{answer.request.method} {answer.request.url.path}", case, "See its log.")
    if answer.status_code == 409:
        return RefusedError(*said)
    if answer.status_code in _AGAIN or answer.status_code >= 500:
        return UnavailableError(*said)
    return InvalidError(*said)


def _library() -> Any:
    try:
        import httpx
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "asking a promoloop server", "httpx is not installed", "pip install httpx"
        ) from error
    return httpx
