"""Messages on their way, each with at most one effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = [
    "FINAL_STATES",
    "REPORTS",
    "STATES",
    "Message",
    "ProviderReport",
    "PushSubscription",
    "Rendered",
    "SeenWebhook",
    "SendResult",
]

#: queued → leased → sending → sent | failed | unknown. ``capped`` and ``expired`` never left;
#: ``held`` waits for the end of quiet hours with ``not_before`` moved.
STATES = ("queued", "held", "leased", "sending", "sent", "failed", "unknown", "capped", "expired")
FINAL_STATES = ("sent", "failed", "unknown", "capped", "expired")

#: What a provider tells later of a message it took.
REPORTS = ("delivered", "soft_bounce", "hard_bounce", "complaint")


@dataclass(frozen=True, slots=True)
class Message:
    """One row of the outbox, committed together with its decision.

    ``dedupe_key`` is unique: the same decision can be enqueued once. ``slots`` are the facts to
    fill the copy with; the text is rendered when the message is sent. ``attempt`` counts leases,
    ``tries`` how often the provider was asked and said "later".
    """

    dedupe_key: str
    decision_id: str
    campaign_id: str
    shopper_id: str
    channel: str
    address: str
    time_zone: str
    locale: str
    copy_id: str
    slots: Mapping[str, str]
    not_before: datetime
    expires_at: datetime
    state: str = "queued"
    attempt: int = 0
    owner: str = ""
    lease_until: datetime | None = None
    sent_at: datetime | None = None
    reason: str = ""
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as its channel sends it. ``message_id`` is stable across attempts."""

    message_id: str
    address: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SendResult:
    """What the channel said: ``sent``, ``failed`` (permanent), ``retry`` or ``unknown``.

    ``after_seconds`` is how long the provider asked to be left alone, 0 when it did not say.
    ``asked`` is False where we kept the message back and the provider never saw it.
    """

    state: str
    detail: str
    after_seconds: float = 0.0
    asked: bool = True


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """What a provider told of a message after it had taken it.

    ``kind`` is one of ``REPORTS``. ``address`` and ``message_id`` are what the report names, ""
    where it leaves one out; ``token`` is our own signed unsubscribe token where the report
    returned the message's headers: it names the shopper even when the address is blotted out.
    """

    kind: str
    channel: str
    message_id: str
    address: str
    at: datetime
    detail: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """One browser that agreed to notifications (W3C Push API); ``endpoint`` is its key.

    ``p256dh`` and ``auth`` are the browser's public key and secret, base64url, as it gave them.
    """

    shopper_id: str
    endpoint: str
    p256dh: str
    auth: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class SeenWebhook:
    """A webhook that was taken once and is refused when it comes again."""

    source: str
    webhook_id: str
    at: datetime
