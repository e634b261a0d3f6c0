"""Behaviour and catalogue in: schema, validation, quarantine."""

from promoloop.events.identity import ANONYMOUS, resolve_identities
from promoloop.events.jsonlines import JsonLinesReader
from promoloop.events.lines import check_lines, lines_in_currency
from promoloop.events.ports import Batch, EventInbox, History, Source
from promoloop.events.records import EVENT_LINES, Event, EventBatch, Quarantined, Received
from promoloop.events.table import TableReader

__all__ = [
    "ANONYMOUS",
    "EVENT_LINES",
    "Batch",
    "Event",
    "EventBatch",
    "EventInbox",
    "History",
    "JsonLinesReader",
    "Quarantined",
    "Received",
    "Source",
    "TableReader",
    "check_lines",
    "lines_in_currency",
    "resolve_identities",
]
