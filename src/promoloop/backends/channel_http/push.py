"""Notifications in the browser: Web Push (RFC 8030), encrypted (RFC 8291), with VAPID (RFC 8292).

A message is addressed to a shopper and goes to each of their browsers. A browser that is gone
(404, 410) is dropped. Endpoints come from browsers, that is from anybody: only those of known push
services are posted to, so that nobody can make us call a server inside the house.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

import msgspec

from promoloop.backends.channel_http.posting import Poster, Posting
from promoloop.core import InvalidError, UnavailableError
from promoloop.deliver import (
    PUSH_HOSTS,
    PushSubscription,
    Rendered,
    SendResult,
    Subscriptions,
    require_push_endpoint,
    unfit,
)

__all__ = ["PushChannel", "VapidKeys"]

#: The push service need keep nothing larger (RFC 8030, 7.2), of which encryption takes 103 bytes.
_MOST_BYTES = 3_900
#: Push services keep a message four weeks at most.
_LONGEST = timedelta(days=28)
#: A VAPID token is good for at most a day (RFC 8292, 2); a new one is made after half of that.
_TOKEN_LIFE = timedelta(hours=12)
#: Which answer a message gets when its browsers answered differently: sent once is sent.
_RANK = ("sent", "unknown", "retry", "failed")


def _present() -> datetime:
    return datetime.now(UTC)


class VapidKeys:
    """Who we are to push services: a P-256 key and a contact.

    Parameters
    ----------
    private_key : str
        PEM, or base64url of the 32 bytes, as ``vapid --gen`` or a browser library gives it.
    contact : str
        ``mailto:`` and an address, for the push service's operators.

    Raises
    ------
    InvalidError
        The key cannot be read, or the contact is no ``mailto:`` address.
    UnavailableError
        The extra ``channels`` is not installed.
    """

    def __init__(self, private_key: str, contact: str) -> None:
        vapid = _library()[1]
        if not contact.startswith("mailto:") or "@" not in contact:
            raise InvalidError(
                "the VAPID contact", f"it is {contact!r}", "Write mailto:you@shop.example."
            )
        try:
            if "BEGIN" in private_key:
                self._vapid = vapid.from_pem(private_key.encode())
            else:
                self._vapid = vapid.from_string(private_key.strip())
        except (ValueError, TypeError, AttributeError, binascii.Error) as error:
            raise InvalidError(
                "the VAPID key",
                "it is neither PEM nor base64url of 32 bytes",
                "Make one with: openssl ecparam -name prime256v1 -genkey -noout",
            ) from error
        self._contact = contact
        self._tokens: dict[str, tuple[datetime, str]] = {}

    @property
    def public_key(self) -> str:
        """What the page gives the browser as ``applicationServerKey``: base64url, unpadded."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        point = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    def authorization(self, endpoint: str, now: datetime) -> str:
        """The Authorization header for an endpoint; one token serves its whole host for hours."""
        parts = urlsplit(endpoint)
        audience = f"{parts.scheme}://{parts.netloc}"
        made, token = self._tokens.get(audience, (datetime.min.replace(tzinfo=UTC), ""))
        if not timedelta() <= now - made < _TOKEN_LIFE / 2:
            expires = int((now + _TOKEN_LIFE).timestamp())
            claims = {"aud": audience, "sub": self._contact, "exp": expires}
            token = str(self._vapid.sign(claims)["Authorization"])
            self._tokens[audience] = (now, token)
        return token


class PushChannel:
    """Notifications to every browser of a shopper; the address of a message is the shopper's id.

    Parameters
    ----------
    subscriptions : Subscriptions
    keys : VapidKeys
    url : str
        Where a click on the notification leads when the message names nothing else.
    hosts : sequence of str
        Push services that are posted to; ``*.`` stands for any name before it.
    poster : Poster or None
    now : callable
        The time, UTC.
    """

    name = "push"

    def __init__(
        self,
        subscriptions: Subscriptions,
        keys: VapidKeys,
        url: str = "/",
        hosts: Sequence[str] = PUSH_HOSTS,
        poster: Poster | None = None,
        now: Callable[[], datetime] = _present,
    ) -> None:
        self._subscriptions = subscriptions
        self._keys = keys
        self._url = url
        self._hosts = tuple(hosts)
        self._poster = poster or Poster(connections=4)
        self._now = now
        self._encrypt = _library()[0]

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Post to every browser; one result per message, in order."""
        now = self._now()
        reasons = [unfit(message) for message in messages]
        people = [m.address for m, why in zip(messages, reasons, strict=True) if not why]
        browsers = self._subscriptions.of(list(dict.fromkeys(people)))
        asked: list[tuple[int, PushSubscription, Posting | SendResult]] = []
        for place, message in enumerate(messages):
            if not reasons[place]:
                asked += [
                    (place, one, self._posting(message, one, now))
                    for one in browsers.get(message.address, ())
                ]
        answers = self._poster.post([posting for _, _, posting in asked])
        told: list[list[SendResult]] = [[] for _ in messages]
        gone: list[str] = []
        for (place, browser, _), (result, status) in zip(asked, answers, strict=True):
            told[place].append(result)
            gone += [browser.endpoint] if status in (404, 410) else []
        if gone:
            self._subscriptions.remove(gone)
        return [
            SendResult("failed", why) if why else _together(results)
            for why, results in zip(reasons, told, strict=True)
        ]

    def close(self) -> None:
        """Give the connections back."""
        self._poster.close()

    def _posting(
        self, message: Rendered, browser: PushSubscription, now: datetime
    ) -> Posting | SendResult:
        try:
            require_push_endpoint(browser.endpoint, self._hosts)
            body = self._encrypt(browser, _payload(message, self._url))
        except InvalidError as error:
            return SendResult("failed", error.case)
        headers = {
            "authorization": self._keys.authorization(browser.endpoint, now),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(_lifetime(message, now)),
            "urgency": "normal",
            # A message that is still waiting is replaced by its own second attempt.
            "topic": _short(message.message_id),
        }
        return Posting(browser.endpoint, headers, body)


def _payload(message: Rendered, url: str) -> bytes:
    """What the service worker shows; the text is cut where it would be too large."""
    text = message.text.strip()
    while True:
        body = msgspec.json.encode(
            {
                "id": _short(message.message_id),
                "title": message.subject,
                "body": text,
                "url": message.headers.get("url", url),
                "language": message.headers.get("locale", ""),
            }
        )
        if len(body) <= _MOST_BYTES:
            return body
        if not text:
            raise InvalidError("a notification", "its title is too long", "Shorten it.")
        text = text[: len(text) * 3 // 4].rstrip() + "…" if len(text) > 40 else ""


def _lifetime(message: Rendered, now: datetime) -> int:
    """Seconds the push service may keep it: until the offer is over."""
    said = message.headers.get("expires_at", "")
    try:
        left = datetime.fromisoformat(said) - now if said else timedelta(days=1)
    except (ValueError, TypeError):
        left = timedelta(days=1)
    return int(max(timedelta(), min(left, _LONGEST)).total_seconds())


def _short(message_id: str) -> str:
    """32 signs of the URL-safe alphabet, as a topic may have (RFC 8030, 5.4)."""
    return base64.urlsafe_b64encode(blake2b(message_id.encode(), digest_size=24).digest()).decode()


def _together(results: Sequence[SendResult]) -> SendResult:
    if not results:
        return SendResult("failed", "the shopper has no browser that agreed")
    return min(results, key=lambda result: _RANK.index(result.state))


def _library() -> tuple[Callable[[PushSubscription, bytes], bytes], Any]:
    """What encrypts for a browser, and the class of VAPID keys."""
    try:
        from py_vapid import Vapid02
        from pywebpush import WebPusher, WebPushException
    except ImportError as error:
        raise UnavailableError(
            "notifications in the browser",
            f"{error.name} is not installed",
            "Install promoloop[channels].",
        ) from error

    def encrypt(browser: PushSubscription, data: bytes) -> bytes:
        keys = {"p256dh": browser.p256dh, "auth": browser.auth}
        try:
            pusher = WebPusher({"endpoint": browser.endpoint, "keys": keys})
            return bytes(pusher.encode(data, "aes128gcm")["body"])
        except (WebPushException, ValueError, TypeError, IndexError) as error:
            raise InvalidError(
                "a push subscription", "its keys cannot be used", "Let the browser subscribe anew."
            ) from error

    return encrypt, Vapid02
