"""Around every request: its id, headers that keep browsers safe, and no error left unanswered."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from promoloop.api.bodies import too_large
from promoloop.api.problems import problem_response

if TYPE_CHECKING:
    from promoloop.api.watching import Watch

__all__ = ["Shell"]

_OURS = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_NAMES = frozenset(name for name, _ in _HEADERS)


class Shell:
    """The outermost layer.

    Parameters
    ----------
    app : ASGI application
    most : int
        Bytes of the largest body; one that announces more is refused unread.
    failed : callable
        Is told of errors that are nobody's fault but ours, with the request's id and the
        template of its route.
    watch : Watch, optional
        Is told of every answer.
    """

    def __init__(
        self,
        app: ASGIApp,
        most: int,
        failed: Callable[[Exception, str, str], None],
        watch: Watch | None = None,
    ) -> None:
        self._app = app
        self._most = most
        self._failed = failed
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, length = _read(scope)
        scope["request_id"] = request_id
        started, status, begun = False, 500, time.perf_counter()

        async def sent(message: Message) -> None:
            nonlocal started, status
            if message["type"] == "http.response.start":
                started, status = True, message["status"]
                message["headers"] = _with(message["headers"], request_id)
            await send(message)

        path = scope["path"]
        if length > self._most:
            refusal = problem_response(too_large(self._most), path, request_id)
            await refusal(scope, receive, sent)
            return
        try:
            await self._app(scope, receive, sent)
        except Exception as error:
            # Whatever a route forgot ends here, as a 500 with our id and a log entry that names
            # nobody; the server above would answer without either.
            self._failed(error, request_id, scope.get("template", "none"))
            if started:
                raise
            await problem_response(error, path, request_id)(scope, receive, sent)
        finally:
            if self._watch is not None:
                route = scope.get("template", "none")
                taken = time.perf_counter() - begun
                self._watch.answered(route, scope["method"], status, taken)


def _read(scope: Scope) -> tuple[str, int]:
    """The request's id, given or made, and the length that its header claims; 0 when none."""
    request_id, length = "", 0
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _OURS.fullmatch(value):
            request_id = value.decode()
        elif name == b"content-length" and value.isdigit():
            length = int(value[:12])
    return request_id or f"{random.getrandbits(64):016x}", length


def _with(headers: list[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    given = {name for name, _ in headers} & _NAMES
    ours = [pair for pair in _HEADERS if pair[0] not in given] if given else list(_HEADERS)
    return [*headers, (b"x-request-id", request_id.encode()), *ours]


def request_id_of(request: Request) -> str:
    """The id of a request that came through the shell."""
    return str(request.scope.get("request_id", ""))
