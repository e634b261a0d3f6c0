"""Behaviour and catalogue in: schema, validation, quarantine."""

from promoloop.events.ports import Batch, History, Source
from promoloop.events.records import EVENT_LINES, Event, Quarantined

__all__ = [
    "EVENT_LINES",
    "Batch",
    "Event",
    "History",
    "Quarantined",
    "Source",
]
