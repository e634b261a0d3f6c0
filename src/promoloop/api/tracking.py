"""Links that were followed: written down, and on to the shop."""

from __future__ import annotations

from fastapi import Request, Response

from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors
from promoloop.api.speaking import bad_link
from promoloop.core import InvalidError
from promoloop.feedback import Visit
from promoloop.flows.tracking.following import PIXEL, follow

__all__ = ["doors"]

_HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_LONGEST = 300


def doors(desk: Desk) -> Doors:
    """``/t``."""
    own = Doors(desk, "pages", prefix="")

    @own.get(
        "/t/{token}",
        "Follow a link of a message",
        scope="",
        status=302,
        errors=(404,),
        sends=("Location",),
        longest=1100,
    )
    def follow_link(call: Call[None]) -> Response:
        """Leads to the shop's own site and nowhere else. Nothing is redeemed or changed by it.

        A HEAD is answered alike and is nobody's click. 404 is a page that says what to do.
        """
        token = str(call.request.path_params["token"])
        try:
            found = follow(
                desk.house, desk.link_keys, desk.site, token, _visit(call.request), call.now
            )
        except InvalidError:
            return bad_link(desk, call.request)
        if not found.location:
            return Response(PIXEL, 200, _HEADERS, "image/gif")
        return Response(b"", 302, {**_HEADERS, "Location": found.location})

    return own


def _visit(request: Request) -> Visit:
    """What tells a scanner from a person; looked at and forgotten."""
    sent = request.headers
    purpose = sent.get("sec-purpose") or sent.get("purpose") or ""
    return Visit(
        method=request.method,
        agent=sent.get("user-agent", "")[:_LONGEST],
        purpose=purpose[:_LONGEST],
        address=request.client.host if request.client else "",
    )
