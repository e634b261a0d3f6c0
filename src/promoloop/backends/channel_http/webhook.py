"""Messages as signed webhooks (Standard Webhooks), for a shop that sends by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from promoloop.backends.channel_http.posting import Poster, Posting
from promoloop.core import InvalidError
from promoloop.deliver import Rendered, SendResult, WebhookSecrets, signed_headers, unfit

__all__ = ["WebhookChannel"]


def _present() -> datetime:
    return datetime.now(UTC)


class WebhookChannel:
    """Posts each message as JSON ``{"type": "message.send", "timestamp", "data"}``, signed.

    ``data`` has ``message_id, address, headline, text, html`` and ``headers``. The webhook's id is
    the message's: whoever takes it must drop a second one (Standard Webhooks asks for that), so
    that doubt is resolved by sending it again.

    Parameters
    ----------
    url : str
        https, or http to this machine.
    secrets : WebhookSecrets
        Signs with each, so that a secret can be changed.
    poster : Poster or None
        How requests are sent.
    now : callable
        The time that is signed, UTC.
    name : str, default "webhook"
        Which messages it takes.
    """

    def __init__(
        self,
        url: str,
        secrets: WebhookSecrets,
        poster: Poster | None = None,
        now: Callable[[], datetime] = _present,
        name: str = "webhook",
    ) -> None:
        parts = urlsplit(url)
        here = parts.hostname in ("127.0.0.1", "localhost", "::1")
        safe = parts.scheme == "https" or (parts.scheme == "http" and here)
        if not (safe and parts.hostname):
            raise InvalidError(
                "the address for webhooks",
                "messages would travel in the clear, or it is no web address",
                "Write it like https://shop.example/hooks/promoloop.",
            )
        self._url = url
        self._secrets = secrets
        self._poster = poster or Poster(idempotent=True)
        self._now = now
        self.name = name

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Post the messages; one result each, in order."""
        asked = [self._posting(message) for message in messages]
        return [result for result, _ in self._poster.post(asked)]

    def close(self) -> None:
        """Give the connections back."""
        self._poster.close()

    def _posting(self, message: Rendered) -> Posting | SendResult:
        why = unfit(message)
        if why:
            return SendResult("failed", why)
        now = self._now()
        data = {
            "message_id": message.message_id,
            "address": message.address,
            "headline": message.subject,
            "text": message.text,
            "html": message.html,
            "headers": dict(message.headers),
        }
        told = {"type": "message.send", "timestamp": now.isoformat(), "data": data}
        body = msgspec.json.encode(told)
        try:
            signed = signed_headers(self._secrets, message.message_id, body, now)
        except InvalidError as error:
            return SendResult("failed", error.case)
        return Posting(self._url, {**signed, "content-type": "application/json"}, body)
