"""A whole shop in memory, for tests and notebooks."""

from __future__ import annotations

from collections.abc import Mapping

from promoloop.flows.house import House
from promoloop.testing.erasures import MemoryErasures
from promoloop.testing.memory_history import MemoryHistory
from promoloop.testing.memory_staff import MemoryAudit, MemoryUsers
from promoloop.testing.memory_state import MemoryState
from promoloop.testing.memory_subscriptions import MemorySeenWebhooks, MemorySubscriptions
from promoloop.testing.memory_tables import MemoryTables
from promoloop.testing.memory_views import MemoryViews

__all__ = ["memory_house"]


def memory_house(
    margins: Mapping[str, int] | None = None,
    locales: tuple[str, ...] = ("en-US",),
    time_zone: str = "America/New_York",
) -> House:
    """An empty shop that sells in US dollars; ``margins`` is percent of revenue per department."""
    state = MemoryState()
    return House(
        history=MemoryHistory(),
        catalogue=state.catalogue,
        offers=state.offers,
        campaigns=state.campaigns,
        pauses=state.pauses,
        consents=state.consents,
        copies=state.copies,
        reviews=state.reviews,
        ledger=state.ledger,
        stock=state.stock,
        decisions=state.decisions,
        outbox=state.outbox,
        deliveries=state.outbox,
        outcomes=state.outcomes,
        models=state.models,
        inbox=state.inbox,
        keys=state.keys,
        answers=state.answers,
        consent_requests=state.consent_requests,
        rests=state.rests,
        suppressions=state.suppressions,
        clicks=state.clicks,
        price_history=state.price_history,
        codes=state.codes,
        redemptions=state.redemptions,
        live=state.live,
        tables=MemoryTables(),
        commit=state.commit,
        time_zone=time_zone,
        market="US",
        locales=locales,
        currency="USD",
        margins=margins or {},
        subscriptions=MemorySubscriptions(),
        webhooks=MemorySeenWebhooks(),
        users=MemoryUsers(),
        audit=MemoryAudit(),
        views=MemoryViews(state),
        parked=state.outbox,
        gate=state.outbox,
        promises=state.ledger,
        erasures=MemoryErasures(),
    )
