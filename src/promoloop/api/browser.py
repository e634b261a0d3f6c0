"""What the shop's own pages load from us: the snippet, the worker for notifications."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Annotated

import msgspec
from fastapi import Response

from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors, Reply
from promoloop.api.problems import WebError
from promoloop.api.schemas import Id
from promoloop.api.tags import seen_already
from promoloop.core import UnavailableError

__all__ = ["doors"]

SCRIPT = "text/javascript; charset=utf-8"
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern="^[A-Za-z0-9_=-]+$")]


class PushKeys(msgspec.Struct, forbid_unknown_fields=True):
    """The browser's public key and secret, base64url."""

    p256dh: Key
    auth: Key


class PushBody(msgspec.Struct, rename={"expiration_time": "expirationTime"}):
    """What ``PushManager.subscribe()`` gave, and for whom."""

    shopper_id: Id
    endpoint: Annotated[
        str, msgspec.Meta(min_length=1, max_length=1000, pattern="^https://[!-~]+$")
    ]
    keys: PushKeys
    expiration_time: float | None = None


class PushTaken(msgspec.Struct):
    """The browser is known from now on."""

    endpoint: str


class PushGone(msgspec.Struct, forbid_unknown_fields=True):
    """A browser that is to be forgotten."""

    endpoint: Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern="^[!-~]+$")]


class PushKey(msgspec.Struct):
    """What the page hands to ``PushManager.subscribe()`` as ``applicationServerKey``."""

    public_key: str


class Forgotten(msgspec.Struct):
    """Whether there was such a browser."""

    forgotten: bool


def doors(desk: Desk) -> Doors:
    """``/promoloop.js``, ``/push``."""
    own = Doors(desk, "browser")

    _serve(own, "/promoloop.js", "The snippet for the shop's pages", "promoloop.js", {})
    _serve(
        own,
        "/push/worker.js",
        "The worker that shows notifications",
        "push-worker.js",
        {"Service-Worker-Allowed": "/"},
    )
    _serve(own, "/push/subscribe.js", "What asks for notifications", "push-subscribe.js", {})

    @own.get(
        "/push/key", "The key that browsers subscribe with", scope="", answer=PushKey, errors=(404,)
    )
    def push_key(call: Call[None]) -> PushKey:
        """404 where notifications are not configured."""
        del call
        try:
            return PushKey(desk.shop.push_key())
        except UnavailableError as error:
            raise WebError(404, "not-found", error.asked, error.case, error.remedy) from error

    @own.post(
        "/push/subscriptions",
        "Take notifications in a browser",
        scope="people:write",
        body=PushBody,
        answer=PushTaken,
        once=True,
    )
    def subscribe(call: Call[PushBody]) -> PushTaken:
        """The browser's own yes to notifications; consent on the channel is asked for apart.

        To be passed on by the shop's server, which knows who is signed in: with a key from the
        page anybody could have another shopper's notifications sent to a browser of theirs.
        """
        said = call.body
        keys = {"p256dh": said.keys.p256dh, "auth": said.keys.auth}
        given = {"endpoint": said.endpoint, "keys": keys}
        return PushTaken(desk.shop.subscribe_push(said.shopper_id, given, call.now).endpoint)

    @own.post(
        "/push/forget",
        "Forget a browser",
        scope="people:write",
        body=PushGone,
        answer=Forgotten,
        once=True,
    )
    def forget(call: Call[PushGone]) -> Forgotten:
        """As when notifications are switched off in it."""
        return Forgotten(desk.shop.unsubscribe_push(call.body.endpoint))

    return own


def _serve(own: Doors, path: str, summary: str, name: str, more: dict[str, str]) -> None:
    """A script of ours; any page may load it."""
    script = files("promoloop.api").joinpath(f"assets/{name}").read_bytes()
    tag = f'"{hashlib.sha256(script).hexdigest()[:24]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "public, max-age=3600",
        "Cross-Origin-Resource-Policy": "cross-origin",
        **more,
    }

    @own.get(
        path,
        summary,
        scope="",
        gives=SCRIPT,
        answer=str,
        headers=("If-None-Match",),
        sends=("ETag",),
        may_be_seen=True,
    )
    async def script_of(call: Call[None]) -> Response:
        """May be kept for an hour."""
        if seen_already(call.request, tag):
            return Reply(b"", 304, headers).response()
        return Response(script, 200, headers, SCRIPT)
