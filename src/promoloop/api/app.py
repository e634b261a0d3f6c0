"""The API as one ASGI application over an opened shop."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from promoloop import __version__
from promoloop.api import (
    browser,
    campaigns,
    consent,
    decide,
    decisions,
    events,
    health,
    measuring,
    offers,
    people,
    products,
    redeem,
    replies,
    tracking,
    webhooks,
)
from promoloop.api.desk import Desk, present
from promoloop.api.document import document
from promoloop.api.doors import Doors, Route
from promoloop.api.problems import WebError, problem_response
from promoloop.api.shell import Shell, request_id_of
from promoloop.api.straight import Straight
from promoloop.api.watching import Watch, doors_of
from promoloop.core import PromoloopError, trail_of
from promoloop.settings import Settings

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["Api", "create_app"]

_LOG = logging.getLogger("promoloop.api")
_NOUNS: Sequence[Callable[[Desk], Doors]] = (
    decide.doors,
    events.doors,
    products.doors,
    offers.doors,
    campaigns.doors,
    redeem.doors,
    replies.doors,
    decisions.doors,
    measuring.doors,
    consent.doors,
    people.doors,
    browser.doors,
    webhooks.doors,
    consent.pages,
    tracking.doors,
    health.doors,
)


#: Traces and figures are ours, without addresses; the framework's own are not asked for.
_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


class Api(FastAPI):
    """The application; its document is written from what the routes declare."""

    whole: dict[str, Any]

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return self.whole


def create_app(
    shop: Shop,
    settings: Settings | None = None,
    *,
    now: Callable[[], datetime] = present,
    console: ASGIApp | None = None,
    watch: Watch | None = None,
) -> Api:
    """The API of an opened shop.

    Parameters
    ----------
    shop : Shop
        It stays open as long as the application runs; whoever opened it closes it.
    settings : Settings, optional
        The shop's own by default.
    now : callable
        Tells the time in UTC; for replaying and for tests.
    console : ASGI application, optional
        Mounted at ``/console``.
    watch : Watch, optional
        Is told of every answer, and gives the figures of ``/metrics``.
    """
    chosen = settings or shop.settings
    desk = Desk(shop, chosen, now)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        try:
            yield
        finally:
            desk.close()

    app = Api(
        title="promoloop",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry=_NO_TELEMETRY,
    )
    app.state.desk = desk
    routes: list[Route] = []
    _answer_errors(app, routes)
    every = [noun(desk) for noun in _NOUNS]
    every += [doors_of(desk, watch)] if watch is not None else []
    for doors in every:
        app.include_router(doors.router)
        routes += doors.routes
    known = {at: passage for doors in every for at, passage in doors.straight.items()}
    app.add_middleware(Straight, passages=known)
    _describe(app, routes, chosen.serve.public_url)
    if console is not None:
        app.mount("/console", console)
    if chosen.serve.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(chosen.serve.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "idempotency-key"],
            max_age=600,
        )
    app.add_middleware(Shell, most=chosen.serve.request_bytes, failed=_failed, watch=watch)
    return app


def _answer_errors(app: FastAPI, routes: Sequence[Route]) -> None:
    """Every refusal is a problem, those of the framework too."""

    async def known(request: Request, error: Exception) -> Response:
        return problem_response(error, request.url.path, request_id_of(request))

    async def of_framework(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = (error.headers if isinstance(error, HTTPException) else None) or {}
        said = _SAID.get(status, _SAID[400])
        if status == 405:
            headers = {"Allow": ", ".join(_methods_at(routes, request.url.path))}
        web = WebError(status, said[0], said[1], said[2], said[3], headers)
        return problem_response(web, request.url.path, request_id_of(request))

    app.add_exception_handler(WebError, known)
    app.add_exception_handler(PromoloopError, known)
    app.add_exception_handler(HTTPException, of_framework)


def _methods_at(routes: Sequence[Route], path: str) -> list[str]:
    """What may be done at an address."""
    return sorted({name for one in routes if one.is_at(path) for name in one.methods})


_SAID = {
    400: ("malformed", "this request", "it cannot be read", "See /v1/openapi.json."),
    404: ("not-found", "this address", "there is nothing here", "See /v1/openapi.json."),
    405: (
        "method-not-allowed",
        "this method",
        "this address does not take it",
        "See the header Allow.",
    ),
    413: ("too-large", "this request", "it is too large", "Send less at a time."),
}


def _describe(app: Api, routes: Sequence[Route], server: str) -> None:
    """Serve the document; nothing is read from the outside for it."""
    app.whole = document(routes, server)
    encoded = msgspec.json.encode(app.whole)

    async def openapi(request: Request) -> Response:
        del request
        return Response(encoded, media_type="application/json")

    app.add_route("/v1/openapi.json", openapi, include_in_schema=False)


def _failed(error: Exception, request_id: str, route: str) -> None:
    """Neither the address nor the error's message is logged: both may name a person."""
    _LOG.error("request %s failed on %s: %s", request_id, route, trail_of(error))
