"""Signing in and out, and the language of the interface."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from promoloop.console.rendering import keep_session, show
from promoloop.console.sessions import COOKIE, Session
from promoloop.console.visit import LANGUAGE_COOKIE, Anybody, Viewer, Visit
from promoloop.console.words import LANGUAGES

__all__ = ["open_session", "router", "sign_in_page"]

router = APIRouter()
_YEAR = 365 * 24 * 3600


@router.get("/sign-in")
def ask(visit: Anybody) -> Response:
    """The form; those who are signed in go on."""
    if visit.user is not None:
        return RedirectResponse(visit.url(_inside(_next(visit))), 303)
    return sign_in_page(visit, 200, "")


@router.post("/sign-in")
def sign_in(visit: Anybody) -> Response:
    """Let somebody in whose name and password fit, and who has not been wrong too often."""
    name, throttle = visit.text("name").lower()[:120], visit.console.throttle
    wait = throttle.admit(name, visit.address)
    if wait:
        if throttle.newly_full(visit.address):
            # one line for a flood, not one for each of its tries
            visit.note("session.flood", "", outcome="refused")
        said = visit.words.say("layout.too_many", minutes=-(-wait // 60))
        response = sign_in_page(visit, 429, said)
        response.headers["Retry-After"] = str(wait)
        return response
    password = visit.form.get("password", "")
    user = visit.shop.sign_in(name, password if isinstance(password, str) else "")
    if user is None:
        return sign_in_page(visit, 403, visit.words.say("layout.wrong_password"))
    throttle.passed(name)
    return open_session(visit, user.user_id, user.version, _next(visit))


def open_session(visit: Visit, user_id: str, version: int, target: str) -> Response:
    """A session of one's own for somebody who has shown who they are."""
    response = RedirectResponse(visit.url(_inside(target)), 303)
    keep_session(replace(visit, session=Session.opened(user_id, version)), response)
    visit.shop.note(user_id, "session.open", user_id, address=visit.address, now=visit.now)
    return response


@router.post("/sign-out")
def sign_out(visit: Viewer) -> Response:
    """End the person's sessions, here and everywhere."""
    visit.shop.change_user(visit.who, visit.now)
    visit.note("session.end", visit.who)
    response = RedirectResponse(visit.url("/sign-in"), 303)
    response.delete_cookie(COOKIE, path=visit.base or "/")
    return response


@router.post("/language")
def language(visit: Anybody) -> Response:
    """Show the interface in another language from now on."""
    response = RedirectResponse(visit.url(_inside(_next(visit))), 303)
    chosen = visit.text("language")
    if chosen in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=_YEAR,
            path=visit.base or "/",
            secure=visit.console.secure,
            httponly=True,
            samesite="lax",
        )
    return response


def sign_in_page(visit: Visit, status: int, error: str) -> Response:
    """The form, with what went wrong."""
    issuer = visit.shop.settings.console
    return show(
        visit,
        "sign_in.html.j2",
        status=status,
        error=error,
        next=_next(visit),
        name=visit.text("name"),
        oidc=issuer.oidc_name if issuer.oidc_issuer else "",
    )


def _next(visit: Visit) -> str:
    return visit.text("next") or visit.request.query_params.get("next", "")


def _inside(path: str) -> str:
    """``path`` when it is one of ours; other sites, and sign-in itself, lead to the first page.

    >>> _inside("/campaigns?x=1"), _inside("//evil.example"), _inside("https://evil.example")
    ('/campaigns?x=1', '/', '/')
    >>> _inside("/\\\\evil.example"), _inside("/sign-in")
    ('/', '/')
    """
    ours = path.startswith("/") and not path.startswith(("//", "/\\", "/sign-in"))
    return path if ours and path.isprintable() else "/"
