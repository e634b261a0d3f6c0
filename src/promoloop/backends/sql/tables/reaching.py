"""The tables of how people are reached: browsers that agreed, webhooks that were taken."""

from __future__ import annotations

from promoloop.backends.sql.schema import Mapped, index
from promoloop.backends.sql.tables.metadata import METADATA
from promoloop.deliver import PushSubscription, SeenWebhook

__all__ = ["SUBSCRIPTIONS", "WEBHOOKS"]

SUBSCRIPTIONS = Mapped.derive(METADATA, "subscriptions", PushSubscription, ["endpoint"])
#: Ids of webhooks that were taken, kept as long as the replay window reaches.
WEBHOOKS = Mapped.derive(METADATA, "webhooks", SeenWebhook, ["source", "webhook_id"])

index(SUBSCRIPTIONS.table, "shopper_id")
index(WEBHOOKS.table, "at")
