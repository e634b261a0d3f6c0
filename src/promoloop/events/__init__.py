"""Behaviour and catalogue in: schema, validation, quarantine."""

from promoloop.events.identity import ANONYMOUS, resolve_identities
from promoloop.events.jsonlines import JsonLinesReader
from promoloop.events.lines import check_lines, lines_in_currency
from promoloop.events.ports import Batch, History, Source
from promoloop.events.records import EVENT_LINES, Event, EventBatch, Quarantined
from promoloop.events.table import TableReader

__all__ = [
    "ANONYMOUS",
    "EVENT_LINES",
    "Batch",
    "Event",
    "EventBatch",
    "History",
    "JsonLinesReader",
    "Quarantined",
    "Source",
    "TableReader",
    "check_lines",
    "lines_in_currency",
    "resolve_identities",
]
