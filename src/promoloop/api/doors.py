"""How a route is declared, and the way each request goes through it.

A route says what it needs: a scope, the record its body is, the record it answers with. One way
for all follows: who asks, how often, how much, what; then the work; then the answer or a problem.
The schema in the OpenAPI document comes from the same declaration.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from promoloop.api.bodies import JSON, decoded, fields_of, read_body, require_json
from promoloop.api.call import Call, Reply
from promoloop.api.callers import Caller
from promoloop.api.desk import Desk
from promoloop.api.once import once
from promoloop.api.problems import WebError
from promoloop.api.schemas import Shape
from promoloop.core import InvalidError

__all__ = ["Call", "Doors", "Nothing", "Reply", "Route"]


class Nothing(msgspec.Struct):
    """No body, or no query."""


_LONGEST_HEADER = 200
NOTHING = Nothing()
NOBODY = Caller("", frozenset())


@dataclass(frozen=True, slots=True)
class Route:
    """What a route needs and gives, for the document and for the way through.

    ``body``, ``query`` and ``answer`` are records; ``reads`` the media types of the body;
    ``errors`` what it may refuse with, beside what all may; ``unreadable`` is the page that is
    shown where the query cannot be read.
    """

    method: str
    path: str
    summary: str
    tag: str
    scope: str
    body: Any = None
    query: Any = None
    answer: Any = None
    status: int = 200
    reads: tuple[str, ...] = (JSON,)
    gives: str = JSON
    errors: tuple[int, ...] = ()
    once: bool = False
    key_in_query: bool = False
    headers: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()
    may_be_seen: bool = False
    form: Mapping[str, Any] | None = None
    longest: int = 128
    unreadable: Callable[[Desk, Request], Response] | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        """What may be asked; a page that anybody may see has a HEAD as well."""
        return ("GET", "HEAD") if self.method == "GET" and not self.scope else (self.method,)

    def is_at(self, path: str) -> bool:
        """Whether an address is this route's, whatever the method."""
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(self.path))
        return re.fullmatch(pattern, path) is not None

    description: str = ""


class Doors:
    """The routes of one noun.

    Parameters
    ----------
    desk : Desk
    tag : str
        The noun, as the document groups routes.
    prefix : str
        Before every path.
    """

    def __init__(self, desk: Desk, tag: str, prefix: str = "/v1") -> None:
        self.desk = desk
        self.tag = tag
        self._prefix = prefix
        self.router = APIRouter(tags=[tag])
        self.routes: list[Route] = []
        self.straight: dict[tuple[str, str], Passage] = {}

    def get(self, path: str, summary: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare a route that reads."""
        return self._door("GET", path, summary, more)

    def post(self, path: str, summary: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare a route that acts."""
        return self._door("POST", path, summary, more)

    def put(self, path: str, summary: str, **more: Any) -> Callable[[Handler], Handler]:
        """Declare a route that stores."""
        return self._door("PUT", path, summary, more)

    def _door(
        self, method: str, path: str, summary: str, more: Mapping[str, Any]
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            said = more.get("says") or inspect.getdoc(handler) or ""
            route = Route(
                method=method,
                path=self._prefix + path,
                summary=summary,
                tag=self.tag,
                description=said,
                **{name: value for name, value in more.items() if name != "says"},
            )
            self.routes.append(route)
            passage = Passage(self.desk, route, handler)
            if "{" not in route.path and route.form is None:
                self.straight |= {(name, route.path): passage for name in route.methods}
            self.router.add_api_route(
                route.path,
                passage,
                methods=list(route.methods),
                name=handler.__name__,
            )
            return handler

        return declare


Handler = Callable[[Call[Any]], Any]


class Passage:
    """The way of a request through one route."""

    def __init__(self, desk: Desk, route: Route, handler: Handler) -> None:
        self._desk = desk
        self._route = route
        self._handler = handler
        self._waits = not inspect.iscoroutinefunction(handler)
        self._most = desk.settings.serve.request_bytes
        shaped = isinstance(route.body, Shape)
        self._decoder = None if shaped or route.body is None else msgspec.json.Decoder(route.body)
        # FastAPI asks a callable for its signature and name.
        self.__name__ = handler.__name__

    async def __call__(self, request: Request) -> Response:
        """Let the request through, or raise what is wrong with it."""
        route, desk = self._route, self._desk
        request.scope["template"] = route.path
        now = desk.now()
        caller = NOBODY
        if route.scope:
            caller = desk.callers.caller(request, route.scope, now, in_query=route.key_in_query)
        if route.headers:
            _require_plain(request, route.headers)
        query: Any = NOTHING
        if route.query is not None:
            try:
                query = fields_of(_query(request, route), route.query, "the query")
            except (WebError, InvalidError):
                if route.unreadable is None:
                    raise
                return await desk.aside(partial(route.unreadable, desk, request))
        raw, body = b"", None
        if route.body is not None:
            require_json(request, route.reads)
            raw = await read_body(request, self._most)
        if self._decoder is not None:
            body = decoded(raw, self._decoder)
        call = Call(request, body, query, caller, now, raw)
        if route.once and "idempotency-key" in request.headers:
            return await once(desk, call, self._answered, tagged="ETag" in route.sends)
        return await self._answered(call)

    async def _answered(self, call: Call[Any]) -> Response:
        if self._waits:
            answer = await self._desk.aside(lambda: self._handler(call))
        else:
            answer = await self._handler(call)
        if isinstance(answer, Response):
            return answer
        if isinstance(answer, Reply):
            return answer.response()
        body = msgspec.json.encode(answer)
        return Response(body, self._route.status, media_type=self._route.gives)


def _query(request: Request, route: Route) -> dict[str, str]:
    """The fields of the query; one that is not known, or stands twice, is refused."""
    pairs = request.query_params.multi_items()
    found = dict(pairs)
    known = set(route.query.__struct_fields__) | ({"key"} if route.key_in_query else set())
    if route.unreadable is not None:  # those who carry messages lengthen the links in them
        return {name: value for name, value in found.items() if name in known}
    unknown = next((name for name in found if name not in known), None)
    if unknown is not None or len(found) < len(pairs):
        raise WebError(
            HTTPStatus.UNPROCESSABLE_ENTITY.value,
            "invalid",
            "the query",
            "a field stands there twice"
            if unknown is None
            else f"there is no field {unknown!r:.60}",
            f"The fields are {', '.join(sorted(known))}.",
        )
    found.pop("key", None)
    return found


def _require_plain(request: Request, names: Sequence[str]) -> None:
    """Refuse headers of ours that hold anything but printable ASCII."""
    for name in names:
        value = request.headers.get(name, "")
        if len(value) > _LONGEST_HEADER or not (value.isascii() and value.isprintable()):
            raise WebError(
                422, "invalid", f"the header {name}", "it is no short plain text", "Mend it."
            )
