"""The tables, each derived from its record; only what no record says is written here.

``HEAD`` is the newest migration. A table that changes here needs a migration that changes it
there: a test compares the two.
"""

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

__all__ = [
    "ACCOUNTS",
    "CAMPAIGNS",
    "CONSENTS",
    "COPIES",
    "DECISIONS",
    "HEAD",
    "METADATA",
    "MODELS",
    "OFFERS",
    "OUTBOX",
    "OUTCOMES",
    "PAUSES",
    "PRODUCTS",
    "RESERVATIONS",
    "REVIEWS",
    "STOCK",
]

HEAD = "r0011"
