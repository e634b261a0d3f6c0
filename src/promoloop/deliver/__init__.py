"""Rendering, the outbox, quiet hours and caps."""

from promoloop.deliver.ads import (
    AD_PLATFORMS,
    AdCreative,
    AdPerson,
    audience_csv,
    creatives_csv,
    hashed_email,
    hashed_phone,
    safe_cell,
)
from promoloop.deliver.breaker import Breaker
from promoloop.deliver.caps import FrequencyCap, Tally, market_caps
from promoloop.deliver.guarded import ANSWERS, Guarded, unfit
from promoloop.deliver.label import ai_label, labelled, market_labels
from promoloop.deliver.links import CLICK, UNSUBSCRIBE, Links, Sender, Tracking, links_for
from promoloop.deliver.pacing import Paced, TokenBucket
from promoloop.deliver.ports import (
    Channel,
    DeliveryLog,
    Outbox,
    ParkedMessages,
    SeenWebhooks,
    Subscriptions,
)
from promoloop.deliver.push import PUSH_HOSTS, push_subscription, require_push_endpoint
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
    PUSH_PARTS,
    TEXT_PARTS,
    message_id,
    render_email,
    render_onsite,
    render_push,
    render_text,
)
from promoloop.deliver.retrying import Retrying, full_jitter
from promoloop.deliver.returned import MOST_BYTES, reports_in_json, reports_in_mail
from promoloop.deliver.tokens import Keys, read_token, signed_token
from promoloop.deliver.tracking import (
    LINK_KINDS,
    TrackedLink,
    landing,
    read_link,
    tracked_link,
)
from promoloop.deliver.webhooks import (
    REPLAY_WINDOW,
    WebhookSecrets,
    accept_webhook,
    signed_headers,
    verify_webhook,
)

__all__ = [
    "AD_PLATFORMS",
    "ANSWERS",
    "CLICK",
    "EMAIL_PARTS",
    "FINAL_STATES",
    "LINK_KINDS",
    "MOST_BYTES",
    "ONSITE_PARTS",
    "PUSH_HOSTS",
    "PUSH_PARTS",
    "REPLAY_WINDOW",
    "REPORTS",
    "STATES",
    "TEXT_PARTS",
    "UNSUBSCRIBE",
    "AdCreative",
    "AdPerson",
    "Breaker",
    "Channel",
    "DeliveryLog",
    "FrequencyCap",
    "Guarded",
    "Keys",
    "Links",
    "Message",
    "Outbox",
    "Paced",
    "ParkedMessages",
    "ProviderReport",
    "PushSubscription",
    "Rendered",
    "Retrying",
    "SeenWebhook",
    "SeenWebhooks",
    "SendResult",
    "Sender",
    "Subscriptions",
    "Tally",
    "TokenBucket",
    "TrackedLink",
    "Tracking",
    "WebhookSecrets",
    "accept_webhook",
    "ai_label",
    "audience_csv",
    "creatives_csv",
    "full_jitter",
    "hashed_email",
    "hashed_phone",
    "labelled",
    "landing",
    "links_for",
    "market_caps",
    "market_labels",
    "message_id",
    "push_subscription",
    "quiet_until",
    "read_link",
    "read_token",
    "render_email",
    "render_onsite",
    "render_push",
    "render_text",
    "reports_in_json",
    "reports_in_mail",
    "require_push_endpoint",
    "safe_cell",
    "send_moment",
    "signed_headers",
    "signed_token",
    "tracked_link",
    "unfit",
    "verify_webhook",
]
