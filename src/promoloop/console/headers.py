"""Headers of every answer: only our own scripts, styles and pictures, in nobody's frame."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["POLICY", "PREVIEW_HEADERS", "SecurityHeaders"]

#: ``frame-src``: previews of e-mails are pages of ours with a stricter policy (below).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)

#: For an e-mail shown in a frame: no scripts, no forms, no requests; styles in the text as in mail.
PREVIEW_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none';"
        " frame-ancestors 'self'; base-uri 'none'; sandbox"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}

_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # "no-referrer" would also take the Origin off our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # pages show customers' data: no copies in caches or in the browser's history of pages
    "Cache-Control": "no-store",
}
_STRICT_TRANSPORT = "max-age=31536000"


class SecurityHeaders:
    """Add the headers to every answer that has not set them itself.

    Parameters
    ----------
    app : ASGI application
    secure : bool
        Whether the console is reached over HTTPS only; browsers are then told to keep to it.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        extra = {"Strict-Transport-Security": _STRICT_TRANSPORT} if secure else {}
        self._headers = {**_HEADERS, **extra}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the headers back with the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)
