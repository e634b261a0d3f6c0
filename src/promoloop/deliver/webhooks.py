"""Webhooks signed and verified (Standard Webhooks 1.0): forged and replayed ones are refused.

The signature is HMAC-SHA256 over ``id.timestamp.body``. A sender with several secrets signs with
each, a receiver takes any of its own: that is how a secret is changed without losing a message.
Source: https://www.standardwebhooks.com, specification 1.0.0.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from promoloop.core import InvalidError, RefusedError
from promoloop.deliver.ports import SeenWebhooks

__all__ = [
    "REPLAY_WINDOW",
    "WebhookSecrets",
    "accept_webhook",
    "signed_headers",
    "verify_webhook",
]

#: How far a webhook's time may lie from ours.
REPLAY_WINDOW = timedelta(minutes=5)

_PREFIX = "whsec_"
#: The specification asks for 24 to 64 random bytes.
_LEAST, _MOST = 24, 64
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class WebhookSecrets:
    """The secrets one counterpart signs with, the newest first.

    Parameters
    ----------
    secrets : sequence of str
        Each ``whsec_`` and base64 of 24 to 64 random bytes.

    Examples
    --------
    >>> len(WebhookSecrets(["whsec_" + "ab" * 16]))
    1
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = tuple(_key(secret) for secret in secrets)
        if not self._keys:
            raise InvalidError("signing webhooks", "there is no secret", "Give one: " + _HOW)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"WebhookSecrets({len(self)})"

    def signatures(self, webhook_id: str, timestamp: int, body: bytes) -> tuple[str, ...]:
        """One ``v1`` signature for each secret."""
        text = f"{webhook_id}.{timestamp}.".encode() + body
        digests = (hmac.digest(key, text, hashlib.sha256) for key in self._keys)
        return tuple(f"v1,{b64encode(digest).decode()}" for digest in digests)


_HOW = "python -c \"import base64,os;print('whsec_'+base64.b64encode(os.urandom(32)).decode())\""


def signed_headers(
    secrets: WebhookSecrets, webhook_id: str, body: bytes, now: datetime
) -> dict[str, str]:
    """The three headers that go with ``body``."""
    if not webhook_id.isascii() or not webhook_id.isprintable() or not 1 <= len(webhook_id) <= 256:
        raise InvalidError(
            "signing a webhook", "its id is no short plain text", "Use letters and digits."
        )
    timestamp = int(now.timestamp())
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(secrets.signatures(webhook_id, timestamp, body)),
    }


def verify_webhook(
    secrets: WebhookSecrets,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    window: timedelta = REPLAY_WINDOW,
) -> str:
    """The id of a webhook that is signed by one of ``secrets`` and of this time.

    Parameters
    ----------
    secrets : WebhookSecrets
    headers : mapping
        Of the request, names in any case.
    body : bytes
        Exactly as received.
    now : datetime
        UTC.
    window : timedelta, default 5 minutes
        How far its time may lie from ``now``, either way.

    Raises
    ------
    InvalidError
        A header is missing, the time is too far away, or no signature matches. What was sent is
        not quoted.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    webhook_id, stamp, given = (lower.get(name, "") for name in _HEADERS)
    plain = webhook_id.isascii() and webhook_id.isprintable() and len(webhook_id) <= 256
    if not (webhook_id and given and plain and stamp.isascii() and stamp.isdigit()):
        raise _forged(f"the headers {', '.join(_HEADERS)} are not all there")
    if len(stamp) > 12 or abs(_moment(int(stamp)) - now) > window:
        raise _forged(f"its time is more than {window.total_seconds():g} s from ours")
    wanted = secrets.signatures(webhook_id, int(stamp), body)
    # Every pair is compared, so that the time taken says nothing of which one matched.
    matches = [
        hmac.compare_digest(one.encode(), mine.encode())
        for one in given.split(" ")[:32]
        for mine in wanted
    ]
    if not any(matches):
        raise _forged("no signature matches")
    return webhook_id


def accept_webhook(
    secrets: WebhookSecrets,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    seen: SeenWebhooks,
    source: str,
) -> str:
    """``verify_webhook``, and the first of its id: what comes a second time is refused.

    Raises
    ------
    InvalidError
        As ``verify_webhook``.
    RefusedError
        The id was taken before from this ``source``.
    """
    webhook_id = verify_webhook(secrets, headers, body, now)
    if not seen.first_time(source, webhook_id, now):
        raise RefusedError(
            f"the webhook {webhook_id}",
            "it was taken before",
            "Answer its sender with success: there is nothing more to do.",
        )
    return webhook_id


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError):
        return datetime.min.replace(tzinfo=UTC)


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix(_PREFIX).encode() + b"==", validate=False)
    except (Error, ValueError):
        key = b""
    if not _LEAST <= len(key) <= _MOST or not secret.startswith(_PREFIX):
        raise InvalidError(
            "a webhook secret",
            f"it is not {_PREFIX} and base64 of {_LEAST} to {_MOST} bytes",
            f"Make one with: {_HOW}",
        )
    return key


def _forged(case: str) -> InvalidError:
    return InvalidError("a webhook", case, "Send it signed as Standard Webhooks asks for.")
