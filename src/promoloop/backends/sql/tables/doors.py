"""What the doors remember: events not yet in the history, API keys, answers given once."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text, UniqueConstraint

from promoloop.backends.sql.schema import Mapped, Whole, index, seq_column
from promoloop.backends.sql.tables.metadata import METADATA
from promoloop.events import Received
from promoloop.flows.doors.answers import Answer
from promoloop.flows.doors.keys import ApiKey

__all__ = ["ANSWERS", "API_KEYS", "INBOX", "INBOX_READERS"]

#: ``seq`` is the place of a call; a number is never given twice.
INBOX = Mapped.derive(METADATA, "inbox", Received, ["message_id"])
#: How far each reader has come.
INBOX_READERS = Table(
    "inbox_readers",
    METADATA,
    seq_column(),
    Column("reader", Text, nullable=False),
    Column("place", Whole, nullable=False),
    UniqueConstraint("reader", name="uq_inbox_readers"),
)
API_KEYS = Mapped.derive(
    METADATA,
    "api_keys",
    ApiKey,
    ["key_id"],
    extra=[UniqueConstraint("digest", name="uq_api_keys_digest")],
)
ANSWERS = Mapped.derive(METADATA, "answers", Answer, ["owner", "route", "key"])

index(ANSWERS.table, "expires_at")
