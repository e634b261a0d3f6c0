"""Links that were followed, and what products cost."""

from __future__ import annotations

from promoloop.backends.sql.schema import Mapped, index
from promoloop.backends.sql.tables.metadata import METADATA
from promoloop.feedback import Click
from promoloop.offers import PricePoint

__all__ = ["CLICKS", "PRICE_HISTORY"]

CLICKS = Mapped.derive(METADATA, "clicks", Click, ["click_id"])
PRICE_HISTORY = Mapped.derive(
    METADATA, "price_history", PricePoint, ["product_id", "kind", "at", "price_minor"]
)

index(CLICKS.table, "decision_id")
index(CLICKS.table, "at")
