"""What watches a shop's server."""

from __future__ import annotations

from promoloop.backends.metrics import PrometheusWatch
from promoloop.bootstrap.shop import Shop

__all__ = ["watch_of"]


def watch_of(shop: Shop) -> PrometheusWatch:
    """Figures of the server of this shop; ``UnavailableError`` without the extra ``serve``."""
    return PrometheusWatch(shop.house.outbox.counts)
