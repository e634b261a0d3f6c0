"""What is open while a shop is: its settings, its stores, its file of rows set aside."""

from __future__ import annotations

from typing import Self
from weakref import WeakSet

from promoloop.backends.files import FilesPersonal, QuarantineFile
from promoloop.backends.lake import ParquetHistory
from promoloop.backends.sql import State, open_state
from promoloop.backends.tables import ParquetTables
from promoloop.bootstrap.shop.moments import present
from promoloop.decide import GlobalHoldout
from promoloop.evaluate import Switch
from promoloop.flows.house import House
from promoloop.flows.privacy.guarded import GuardedHistory
from promoloop.flows.privacy.stores import HistoryPersonal, TablesPersonal
from promoloop.flows.realtime.live import Live
from promoloop.profiles import double_opt_in_channels
from promoloop.settings import Settings

__all__ = ["OpenedShop", "house_of"]

#: Files that are written for a shop in which people may be named; those it is fed with are its own.
_NAMING = ("onsite*.jsonl", "quarantine*.jsonl", "ads/**/*.csv", "ads/**/*.jsonl")


class OpenedShop:
    """The settings and stores of a shop while it is open.

    Attributes
    ----------
    settings : Settings
    house : House
        All stores, for flows and for reading.
    quarantine : QuarantineFile
        Rows that were set aside.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._state = open_state(settings.database_url)
        self.house = house_of(settings, self._state)
        self.quarantine = QuarantineFile(settings.quarantine_path)
        self._deciding: WeakSet[Live] = WeakSet()

    def close(self) -> None:
        """Give connections back."""
        self._state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _double_opt_in(settings: Settings) -> frozenset[str]:
    """Channels on which a yes counts only once it is confirmed."""
    if settings.privacy.double_opt_in == "always":
        return frozenset({"email", "sms", "push"})
    if settings.privacy.double_opt_in == "market":
        return double_opt_in_channels(settings.shop.market, present().date())
    return frozenset()


def house_of(settings: Settings, state: State) -> House:
    """All stores of the shop that ``settings`` describe, and what flows must know of it."""
    key = settings.address_key.encode()
    history = GuardedHistory(ParquetHistory(settings.history_path), state.erasures, key)
    tables = ParquetTables(settings.tables_path)
    return House(
        history=history,
        catalogue=state.catalogue,
        offers=state.offers,
        campaigns=state.campaigns,
        pauses=state.pauses,
        consents=state.consents,
        copies=state.copies,
        reviews=state.reviews,
        ledger=state.ledger,
        stock=state.ledger,
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
        double_opt_in=_double_opt_in(settings),
        address_key=settings.address_key.encode(),
        ai_label=settings.privacy.ai_label,
        leaving_minor={
            "unsubscribed": settings.tracking.unsubscribe_minor,
            "complained": settings.tracking.complaint_minor,
        },
        clicks=state.clicks,
        price_history=state.price_history,
        tables=tables,
        commit=state.commit,
        time_zone=settings.shop.time_zone,
        market=settings.shop.market,
        locales=settings.shop.locales,
        currency=settings.shop.currency,
        margins=settings.margins,
        holdout=GlobalHoldout(settings.experiments.global_holdout, settings.experiments.salt),
        switch=Switch() if settings.experiments.gate == "switch" else None,
        subscriptions=state.subscriptions,
        webhooks=state.webhooks,
        codes=state.codes,
        redemptions=state.redemptions,
        live=state.live,
        users=state.users,
        audit=state.audit,
        views=state.views,
        parked=state.outbox,
        gate=state.outbox,
        promises=state.ledger,
        erasures=state.erasures,
        retraining=state.models,
        # The history goes first: what the books still need of it was read before, and is not again.
        personal=(
            HistoryPersonal(history),
            TablesPersonal(tables),
            FilesPersonal(settings.root, _NAMING),
            state.personal,
        ),
    )
