"""Messages on their way, each with at most one effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = ["FINAL_STATES", "STATES", "Message", "Rendered", "SendResult"]

#: queued → leased → sending → sent | failed | unknown. ``capped`` and ``expired`` never left;
#: ``held`` waits for the end of quiet hours with ``not_before`` moved.
STATES = ("queued", "held", "leased", "sending", "sent", "failed", "unknown", "capped", "expired")
FINAL_STATES = ("sent", "failed", "unknown", "capped", "expired")


@dataclass(frozen=True, slots=True)
class Message:
    """One row of the outbox, committed together with its decision.

    ``dedupe_key`` is unique: the same decision can be enqueued once. ``slots`` are the facts to
    fill the copy with; the text is rendered when the message is sent.
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
    """What the channel said: ``sent``, ``failed`` (permanent), ``retry`` or ``unknown``."""

    state: str
    detail: str
