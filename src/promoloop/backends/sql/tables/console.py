"""The tables of the console: who may use it, and what they did."""

from __future__ import annotations

from promoloop.backends.sql.schema import Mapped, index
from promoloop.backends.sql.tables.metadata import METADATA
from promoloop.flows.staff.records import AuditEntry, User

__all__ = ["AUDIT", "USERS"]

USERS = Mapped.derive(METADATA, "users", User, ["user_id"])
AUDIT = Mapped.derive(METADATA, "audit", AuditEntry, ["entry_id"])

index(AUDIT.table, "at")
index(AUDIT.table, "subject")
