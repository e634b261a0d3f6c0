"""What a browser hands over when it agrees to notifications, checked before it is kept.

An endpoint is a web address that anybody can make up, and we post to it: only those of known push
services are taken (no request forgery through us), and only keys that can be used.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from promoloop.core import InvalidError, require_utc
from promoloop.deliver.records import PushSubscription

__all__ = ["PUSH_HOSTS", "push_subscription", "require_push_endpoint"]

#: The push services of the browsers in use.
PUSH_HOSTS = (
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)

_LONGEST = 1024
_BASE64 = re.compile(r"[A-Za-z0-9_-]+={0,2}")


def require_push_endpoint(endpoint: str, hosts: Sequence[str] = PUSH_HOSTS) -> None:
    """Refuse an address that is not https at one of ``hosts``, on the usual port.

    A host may be written with its port (``localhost:8443``); ``*.`` stands for any name before.

    Raises
    ------
    InvalidError
        What was given is not quoted.

    Examples
    --------
    >>> require_push_endpoint("https://fcm.googleapis.com/fcm/send/abc")
    """
    case = ""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        parts, port, case = urlsplit(""), None, "it is no web address"
    name = (parts.hostname or "") + (f":{port}" if port not in (None, 443) else "")
    clean = len(endpoint) <= _LONGEST and endpoint.isascii() and endpoint.isprintable()
    if not case and not (clean and parts.scheme == "https" and "@" not in parts.netloc):
        case = "it is no plain https address"
    if not case and not any(_fits(name, host) for host in hosts):
        case = "its host is none of the known push services"
    if case:
        raise InvalidError(
            "the endpoint of a push subscription",
            case,
            "Take it from PushManager.subscribe(), or add the service's host to the settings.",
        )


def push_subscription(
    shopper_id: str,
    endpoint: str,
    p256dh: str,
    auth: str,
    now: datetime,
    hosts: Sequence[str] = PUSH_HOSTS,
) -> PushSubscription:
    """A subscription as the browser gave it, checked.

    Raises
    ------
    InvalidError
        No shopper, an endpoint that is not a push service's, or keys of the wrong length
        (a P-256 point has 65 bytes, the secret 16: RFC 8291, 2).
    """
    if not shopper_id.strip() or not shopper_id.isprintable():
        raise _refused("shopper_id", "it is empty or no plain text")
    require_push_endpoint(endpoint, hosts)
    point = _raw("p256dh", p256dh, 65)
    if point[0] != 4:
        raise _refused("p256dh", "it is no uncompressed point")
    _raw("auth", auth, 16)
    return PushSubscription(shopper_id, endpoint, p256dh, auth, require_utc(now, "the time"))


def _fits(name: str, host: str) -> bool:
    return name.endswith(host[1:]) and name != host[2:] if host.startswith("*.") else name == host


def _raw(field: str, text: str, size: int) -> bytes:
    raw = b""
    if len(text) < 200 and _BASE64.fullmatch(text):
        bare = text.rstrip("=").encode()
        raw = urlsafe_b64decode(bare + b"=" * (-len(bare) % 4)) if len(bare) % 4 != 1 else b""
    if len(raw) != size:
        raise _refused(field, f"it is not base64url of {size} bytes")
    return raw


def _refused(field: str, case: str) -> InvalidError:
    return InvalidError(
        f"the push subscription's {field}", case, "Send what PushManager.subscribe() gave."
    )
