"""The console as one ASGI application."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from promoloop.console import faults, oidc
from promoloop.console.headers import SecurityHeaders
from promoloop.console.registry import PAGES
from promoloop.console.rendering import STATIC, Templates
from promoloop.console.sessions import Sessions
from promoloop.console.signing_in import router as signing_in
from promoloop.console.throttle import SignInThrottle
from promoloop.console.visit import Console, ForbiddenError, SignInNeededError, Viewer
from promoloop.core import PromoloopError, UnavailableError

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop

__all__ = ["create_console", "require_assets"]

#: What ``tools/assets.py`` fetches.
_VENDOR = ("htmx.min.js", "echarts.esm.min.js", "pico.min.css")
_FOR_A_YEAR = "public, max-age=31536000, immutable"


def _present() -> datetime:
    return datetime.now(UTC)


def create_console(
    shop: Shop,
    *,
    public_url: str = "",
    now: Callable[[], datetime] = _present,
    transport: httpx.BaseTransport | None = None,
) -> FastAPI:
    """The console of an opened shop, to be mounted or served as it is.

    Parameters
    ----------
    shop : Shop
        Opened, and left open as long as the application runs.
    public_url : str
        Where people reach it from outside; with ``https`` cookies keep to it.
    now : callable
        Tells the time, in UTC; for replaying and for tests.
    transport : httpx transport, optional
        How the issuer of OpenID Connect is reached; the network by default.

    Raises
    ------
    UnavailableError
        When the page assets were not fetched.
    """
    require_assets()
    # Without a key sessions hold as long as this process; several workers need the same one.
    key = shop.settings.signing_key.encode() or secrets.token_bytes(32)
    said = shop.settings.console
    secure = public_url.startswith("https://")
    app = FastAPI(title="promoloop console", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.console = Console(
        shop=shop,
        templates=Templates(PAGES),
        sessions=Sessions(key, said.session_hours),
        throttle=SignInThrottle(said.tries_per_name, said.tries_per_address),
        now=now,
        secure=secure,
        public_url=public_url,
        transport=transport,
    )
    app.mount("/static", _Static(directory=STATIC), name="static")
    app.include_router(signing_in)
    app.include_router(oidc.router)
    app.get("/")(_home)
    for page in PAGES:
        app.include_router(page.router)
    _handle_errors(app)
    app.add_middleware(faults.Unforeseen)
    app.add_middleware(SecurityHeaders, secure=secure)
    return app


def _home(visit: Viewer) -> Response:
    """The first page of the menu."""
    return RedirectResponse(visit.url(PAGES[0].path), 303)


def _handle_errors(app: FastAPI) -> None:
    handlers: Mapping[type[Exception], Callable[[Request, Exception], Response]] = {
        SignInNeededError: faults.to_sign_in,
        ForbiddenError: faults.forbidden,
        PromoloopError: faults.refused,
        HTTPException: faults.by_status,
        RequestValidationError: faults.malformed,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


class _Static(StaticFiles):
    """Files whose address changes with their content, so browsers may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, to be kept for a year."""
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            response.headers["Cache-Control"] = _FOR_A_YEAR
        return response


def require_assets() -> None:
    """Refuse, saying what to do, where what pages need was not fetched when this was set up."""
    missing = [name for name in _VENDOR if not (STATIC / "vendor" / name).is_file()]
    if missing:
        raise UnavailableError(
            "the console's page assets",
            f"{', '.join(missing)} were not fetched when promoloop was set up",
            "In a checkout, run `make assets` with the npm registry or a Python package index"
            " within reach; otherwise install a wheel, which carries them.",
        )
