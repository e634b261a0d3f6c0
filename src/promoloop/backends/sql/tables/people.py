"""Consent on its way, rests, suppressed addresses, erasures and what they ask of models."""

from __future__ import annotations

from promoloop.backends.sql.schema import Mapped, index
from promoloop.backends.sql.tables.metadata import METADATA
from promoloop.flows.privacy.records import Erasure
from promoloop.learn import RetrainMark
from promoloop.profiles import ConsentRequest, ContactRest, Suppression

__all__ = ["CONSENT_REQUESTS", "ERASURES", "RESTS", "RETRAINING", "SUPPRESSIONS"]

CONSENT_REQUESTS = Mapped.derive(METADATA, "consent_requests", ConsentRequest, ["request_id"])
RESTS = Mapped.derive(METADATA, "rests", ContactRest, ["shopper_id", "channel", "at"])
SUPPRESSIONS = Mapped.derive(METADATA, "suppressions", Suppression, ["digest"])
ERASURES = Mapped.derive(METADATA, "erasures", Erasure, ["erasure_id"])
RETRAINING = Mapped.derive(METADATA, "retraining", RetrainMark, ["version_id", "reason"])

index(ERASURES.table, "digest")
index(CONSENT_REQUESTS.table, "shopper_id")
index(CONSENT_REQUESTS.table, "digest", "asked_at")
