"""Rendering, the outbox, quiet hours and caps."""

from promoloop.deliver.caps import FrequencyCap, Tally
from promoloop.deliver.links import CLICK, UNSUBSCRIBE, Links, Sender, links_for
from promoloop.deliver.ports import Channel, DeliveryLog, Outbox
from promoloop.deliver.quiet import quiet_until, send_moment
from promoloop.deliver.records import FINAL_STATES, STATES, Message, Rendered, SendResult
from promoloop.deliver.render import (
    EMAIL_PARTS,
    ONSITE_PARTS,
    message_id,
    render_email,
    render_onsite,
)
from promoloop.deliver.tokens import read_token, signed_token

__all__ = [
    "CLICK",
    "EMAIL_PARTS",
    "FINAL_STATES",
    "ONSITE_PARTS",
    "STATES",
    "UNSUBSCRIBE",
    "Channel",
    "DeliveryLog",
    "FrequencyCap",
    "Links",
    "Message",
    "Outbox",
    "Rendered",
    "SendResult",
    "Sender",
    "Tally",
    "links_for",
    "message_id",
    "quiet_until",
    "read_token",
    "render_email",
    "render_onsite",
    "send_moment",
    "signed_token",
]
