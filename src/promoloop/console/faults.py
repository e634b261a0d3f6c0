"""What is shown when something cannot be done: what was asked, what is the case, what to do."""

from __future__ import annotations

import logging
from typing import cast
from urllib.parse import quote

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from promoloop.console.rendering import show
from promoloop.console.sessions import COOKIE, Session
from promoloop.console.translating import place_in
from promoloop.console.visit import Console, ForbiddenError, Visit, user_of, words_of
from promoloop.core import PromoloopError, trail_of

__all__ = ["Unforeseen", "by_status", "forbidden", "malformed", "refused", "to_sign_in"]

_LOG = logging.getLogger("promoloop.console")


def to_sign_in(request: Request, _: Exception) -> Response:
    """Off to sign in, and back afterwards."""
    base = str(request.scope.get("root_path", "")).rstrip("/")
    path = request.url.path.removeprefix(base) if request.method == "GET" else "/"
    target = f"{base}/sign-in?next={quote(path)}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def forbidden(request: Request, error: Exception) -> Response:
    """The person may not do this, or the form did not come from our page."""
    fault = cast(ForbiddenError, error)
    visit = _visit(request)
    if visit.user is not None and request.method == "POST":
        visit.note("access", visit.path[:200], {"why": fault.reason}, "refused")
    said = visit.words.say
    role = said(f"layout.roles.{fault.role}") if fault.role else ""
    key = f"layout.forbidden_{fault.reason}"
    title = said("layout.out_of_date" if fault.reason == "csrf" else "layout.forbidden")
    return _fault(visit, 403, title, said(key, role=role))


def refused(request: Request, error: Exception) -> Response:
    """One of promoloop's own errors, with its three sentences."""
    fault = cast(PromoloopError, error)
    visit = _visit(request)
    title = visit.words.say(f"layout.faults.{fault.http_status}")
    words = visit.words
    case = (
        f"{place_in(fault.asked, words.locale)}{words.say('layout.colon')}{words.said(fault.case)}"
    )
    return _fault(visit, fault.http_status, title, case, words.said(fault.remedy))


def by_status(request: Request, error: Exception) -> Response:
    """A page that does not exist, a body that is too large and the like."""
    status = cast(HTTPException, error).status_code
    visit = _visit(request)
    title = visit.words.maybe(f"layout.faults.{status}", visit.words.say("layout.faults.other"))
    return _fault(visit, status, title, "")


def malformed(request: Request, _: Exception) -> Response:
    """An address that does not hold what the page needs."""
    visit = _visit(request)
    return _fault(visit, 422, visit.words.say("layout.faults.422"), "")


class Unforeseen:
    """Answers with the page of faults where a route failed by an error nobody expected.

    The log says which route and where, without the address and the error's message: both may name
    a person.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and an answer back in any case."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:  # whatever it is, a person waits for a page
            route = getattr(scope.get("endpoint"), "__name__", "none")
            request_id = scope.get("request_id", "")
            _LOG.error("request %s failed on %s: %s", request_id, route, trail_of(error))
            if started:
                raise
            request = Request(scope, receive)
            response = await run_in_threadpool(_unforeseen, request)
            await response(scope, receive, send)


def _unforeseen(request: Request) -> Response:
    visit = _visit(request)
    return _fault(visit, 500, visit.words.say("layout.faults.500"), "")


def _fault(visit: Visit, status: int, title: str, case: str, remedy: str = "") -> Response:
    template = "fault_part.html.j2" if visit.by_htmx else "fault.html.j2"
    response = show(visit, template, status=status, title=title, case=case, remedy=remedy)
    if visit.by_htmx:
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "innerHTML show:window:top"
    return response


def _visit(request: Request) -> Visit:
    """The visit behind a request that went wrong; nobody's, if the session is none."""
    console: Console = request.app.state.console
    session = console.sessions.read(request.cookies.get(COOKIE, ""))
    user = user_of(console, session)
    words = words_of(console, request)
    return Visit(console, request, session or Session.opened(), user, words, FormData())
