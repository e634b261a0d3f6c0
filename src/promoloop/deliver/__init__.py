"""Rendering, the outbox, quiet hours and caps."""

from promoloop.deliver.caps import FrequencyCap, Tally
from promoloop.deliver.guarded import ANSWERS, Guarded, unfit
from promoloop.deliver.links import CLICK, UNSUBSCRIBE, Links, Sender, links_for
from promoloop.deliver.ports import Channel, DeliveryLog, Outbox, SeenWebhooks, Subscriptions
from promoloop.deliver.quiet import quiet_until, send_moment
from promoloop.deliver.records import (
    FINAL_STATES,
    REPORTS,
    STATES,
    Message,
    ProviderReport,
    PushSubscription,
    Rendered,
    SeenWebhook,
    SendResult,
)
from promoloop.deliver.render import (
    EMAIL_PARTS,
    ONSITE_PARTS,
    message_id,
    render_email,
    render_onsite,
)
from promoloop.deliver.tokens import read_token, signed_token

__all__ = [
    "ANSWERS",
    "CLICK",
    "EMAIL_PARTS",
    "FINAL_STATES",
    "ONSITE_PARTS",
    "REPORTS",
    "STATES",
    "UNSUBSCRIBE",
    "Channel",
    "DeliveryLog",
    "FrequencyCap",
    "Guarded",
    "Links",
    "Message",
    "Outbox",
    "ProviderReport",
    "PushSubscription",
    "Rendered",
    "SeenWebhook",
    "SeenWebhooks",
    "SendResult",
    "Sender",
    "Subscriptions",
    "Tally",
    "links_for",
    "message_id",
    "quiet_until",
    "read_token",
    "render_email",
    "render_onsite",
    "send_moment",
    "signed_token",
    "unfit",
]
