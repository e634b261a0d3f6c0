"""What providers tell of messages: signed, of this moment, and taken once."""

from __future__ import annotations

from typing import Any

import msgspec

from promoloop.api.bodies import JSON
from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors
from promoloop.api.problems import not_found
from promoloop.api.schemas import Shape
from promoloop.core import RefusedError

__all__ = ["doors"]

_MAIL = "message/rfc822"
_REPORT: dict[str, Any] = {
    "type": "object",
    "required": ["event"],
    "properties": {
        "event": {"type": "string", "description": "delivered, bounced, complained, ..."},
        "message_id": {"type": "string"},
        "address": {"type": "string"},
        "at": {"type": ["string", "number"]},
        "detail": {"type": "string"},
    },
}
REPORTS = Shape(
    "Reports",
    {
        "description": "One report, a list, a list under `events`; or a returned mail.",
        "anyOf": [_REPORT, {"type": "array", "items": _REPORT}, {"type": "string"}],
    },
)


class Taken(msgspec.Struct):
    """How many reports there were of each kind, and what followed; ``repeated`` changed nothing."""

    kinds: dict[str, int]
    suppressed: int = 0
    withdrawn: int = 0
    repeated: bool = False


def doors(desk: Desk) -> Doors:
    """``/webhooks``."""
    own = Doors(desk, "webhooks")
    known = ("email", "sms", "push", "webhook", *desk.settings.channels.own)

    @own.post(
        "/webhooks/{channel}",
        "Take delivery reports of a provider",
        scope="",
        body=REPORTS,
        answer=Taken,
        reads=(JSON, _MAIL),
        headers=("webhook-id", "webhook-timestamp", "webhook-signature"),
        errors=(503,),
    )
    def take(call: Call[None]) -> Taken:
        """Standard Webhooks, with one of ``PROMOLOOP_REPORT_SECRETS``.

        A forged or late one is refused by 422. One that comes a second time changes nothing, and
        is answered like the first, so that its sender stops.
        """
        channel = call.path("channel")
        if channel not in known:
            raise not_found("channel", channel)
        try:
            done = desk.shop.take_reports(channel, call.request.headers, call.raw, call.now)
        except RefusedError:
            return Taken({}, repeated=True)
        return Taken(dict(done.kinds), done.suppressed, done.withdrawn)

    return own
