"""Rendering, the outbox, quiet hours and caps."""

from promoloop.deliver.ports import Channel, Outbox
from promoloop.deliver.records import FINAL_STATES, STATES, Message, Rendered, SendResult

__all__ = [
    "FINAL_STATES",
    "STATES",
    "Channel",
    "Message",
    "Outbox",
    "Rendered",
    "SendResult",
]
