"""Requests to an address without variable parts go to its route straight.

The framework's own way, through every router and the parameters that its handlers might have,
took a fifth of the CPU of a decision; nothing of it is used here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from promoloop.api.problems import WebError, problem_response
from promoloop.core import PromoloopError

if TYPE_CHECKING:
    from promoloop.api.doors import Passage

__all__ = ["Straight"]


class Straight:
    """The innermost layer: knows what stands at which address; all else goes on as it came.

    Parameters
    ----------
    app : ASGI application
    passages : mapping
        Ways through routes by method and path.
    """

    def __init__(self, app: ASGIApp, passages: Mapping[tuple[str, str], Passage]) -> None:
        self._app = app
        self._passages = passages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        known = scope["type"] == "http"
        passage = self._passages.get((scope["method"], scope["path"])) if known else None
        if passage is None:
            await self._app(scope, receive, send)
            return
        try:
            response = await passage(Request(scope, receive, send))
        except (WebError, PromoloopError) as error:
            response = problem_response(error, scope["path"], scope.get("request_id", ""))
        await response(scope, receive, send)
