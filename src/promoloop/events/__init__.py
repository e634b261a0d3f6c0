"""Behaviour and catalogue in: schema, validation, quarantine."""

from promoloop.events.identity import ANONYMOUS, resolve_identities
from promoloop.events.jsonlines import JsonLinesReader
from promoloop.events.lines import check_lines, lines_in_currency
from promoloop.events.ports import Batch, EventInbox, ForgettingHistory, History, Source
from promoloop.events.receiving import MOST_CALL, Heard, calls_in, hear
from promoloop.events.records import EVENT_LINES, Event, EventBatch, Quarantined, Received
from promoloop.events.table import TableReader

__all__ = [
    "ANONYMOUS",
    "EVENT_LINES",
    "MOST_CALL",
    "Batch",
    "Event",
    "EventBatch",
    "EventInbox",
    "ForgettingHistory",
    "Heard",
    "History",
    "JsonLinesReader",
    "Quarantined",
    "Received",
    "Source",
    "TableReader",
    "calls_in",
    "check_lines",
    "hear",
    "lines_in_currency",
    "resolve_identities",
]
