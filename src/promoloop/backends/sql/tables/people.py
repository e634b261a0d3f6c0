"""Consent on its way, rests and suppressed addresses."""

from __future__ import annotations

from promoloop.backends.sql.schema import Mapped, index
from promoloop.backends.sql.tables.metadata import METADATA
from promoloop.profiles import ConsentRequest, ContactRest, Suppression

__all__ = ["CONSENT_REQUESTS", "RESTS", "SUPPRESSIONS"]

CONSENT_REQUESTS = Mapped.derive(METADATA, "consent_requests", ConsentRequest, ["request_id"])
RESTS = Mapped.derive(METADATA, "rests", ContactRest, ["shopper_id", "channel", "at"])
SUPPRESSIONS = Mapped.derive(METADATA, "suppressions", Suppression, ["digest"])

index(CONSENT_REQUESTS.table, "shopper_id")
index(CONSENT_REQUESTS.table, "digest", "asked_at")
