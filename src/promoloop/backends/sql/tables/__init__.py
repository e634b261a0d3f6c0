"""The tables, each derived from its record; only what no record says is written here.

``HEAD`` is the newest migration. A table that changes here needs a migration that changes it
there: a test compares the two.
"""

from promoloop.backends.sql.tables.console import AUDIT, USERS
from promoloop.backends.sql.tables.doors import ANSWERS, API_KEYS, INBOX, INBOX_READERS
from promoloop.backends.sql.tables.loop import (
    ACCOUNTS,
    CAMPAIGNS,
    CONSENTS,
    COPIES,
    DECISIONS,
    MODELS,
    OFFERS,
    OUTBOX,
    OUTCOMES,
    PAUSES,
    PRODUCTS,
    RESERVATIONS,
    REVIEWS,
    STOCK,
)
from promoloop.backends.sql.tables.metadata import METADATA
from promoloop.backends.sql.tables.people import (
    CONSENT_REQUESTS,
    ERASURES,
    RESTS,
    RETRAINING,
    SUPPRESSIONS,
)
from promoloop.backends.sql.tables.reaching import SUBSCRIPTIONS, WEBHOOKS
from promoloop.backends.sql.tables.redeeming import CODES, OFFER_USES, REDEMPTIONS
from promoloop.backends.sql.tables.tracking import CLICKS, PRICE_HISTORY

__all__ = [
    "ACCOUNTS",
    "ANSWERS",
    "API_KEYS",
    "AUDIT",
    "CAMPAIGNS",
    "CLICKS",
    "CODES",
    "CONSENTS",
    "CONSENT_REQUESTS",
    "COPIES",
    "DECISIONS",
    "ERASURES",
    "HEAD",
    "INBOX",
    "INBOX_READERS",
    "METADATA",
    "MODELS",
    "OFFERS",
    "OFFER_USES",
    "OUTBOX",
    "OUTCOMES",
    "PAUSES",
    "PRICE_HISTORY",
    "PRODUCTS",
    "REDEMPTIONS",
    "RESERVATIONS",
    "RESTS",
    "RETRAINING",
    "REVIEWS",
    "STOCK",
    "SUBSCRIPTIONS",
    "SUPPRESSIONS",
    "USERS",
    "WEBHOOKS",
]

HEAD = "r0012"
