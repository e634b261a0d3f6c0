"""Forms and pages for shoppers: read within bounds, shown without any script."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs

from fastapi import Request, Response
from jinja2 import Environment, StrictUndefined
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.types import Message

from promoloop.api.bodies import read_body
from promoloop.api.problems import WebError

__all__ = ["FORM", "MULTIPART", "page", "read_form"]

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_MOST = 16_384
#: As many as fit into the bytes.
_FIELDS = 6_000


async def read_form(request: Request) -> dict[str, list[str]]:
    """The fields of a posted form, of either kind that RFC 8058 allows; files are refused.

    Raises
    ------
    WebError
        For another kind of body, one that is too large, or none that can be read.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {FORM, MULTIPART} or "content-encoding" in request.headers:
        raise WebError(
            415,
            "wrong-content",
            "the header Content-Type",
            f"it is {request.headers.get('content-type', '')!r:.60}",
            f"Send {FORM} or {MULTIPART}, not compressed.",
        )
    raw = await read_body(request, _MOST)
    if kind == FORM:
        return _plain(raw)
    return await _parts(request, raw)


def _plain(raw: bytes) -> dict[str, list[str]]:
    try:
        # Bytes that are no text are read as when they are escaped: as a sign that fits nothing.
        text = raw.decode(errors="replace")
        return parse_qs(text, keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError as error:
        raise _unreadable() from error


async def _parts(request: Request, raw: bytes) -> dict[str, list[str]]:
    async def again() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    try:
        form: FormData = await Request(request.scope, again).form(max_files=0, max_fields=_FIELDS)
    except (HTTPException, MultiPartException) as error:
        raise _unreadable() from error
    found: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if not isinstance(value, str):
            raise _unreadable()
        found.setdefault(name, []).append(value)
    return found


def _unreadable() -> WebError:
    return WebError(400, "malformed", "the form", "it cannot be read", "Use the page of the link.")


_PAGES = Environment(autoescape=True, undefined=StrictUndefined)
_PAGE = _PAGES.from_string(files("promoloop.api").joinpath("data/page.html").read_text("utf-8"))


def page(status: int, values: Mapping[str, Any]) -> Response:
    """The page with ``values``, every one escaped; nothing on it is from outside or runs."""
    nonce = secrets.token_urlsafe(16)
    whole = {"said": "", "preferences": None, "confirm": False, "token": "", "home": "", **values}
    text = _PAGE.render(nonce=nonce, **whole)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return Response(text, status, headers, "text/html; charset=utf-8")
