"""The ports of one shop, together: what every flow is handed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from promoloop.compose import CopyBank, ReviewLog
from promoloop.decide import (
    BudgetLedger,
    Decision,
    DecisionLog,
    GlobalHoldout,
    PromiseBook,
    Redemptions,
    Reservation,
    StockCount,
)
from promoloop.deliver import (
    DeliveryLog,
    Message,
    Outbox,
    ParkedMessages,
    SeenWebhooks,
    SendGate,
    Subscriptions,
)
from promoloop.evaluate import Switch
from promoloop.events import EventInbox, History
from promoloop.feedback import ClickLog, OutcomeLog
from promoloop.flows.doors.answers import Answers
from promoloop.flows.doors.keys import ApiKeys
from promoloop.flows.ports import LiveCommit, Tables
from promoloop.flows.privacy.ports import ErasureBook, PersonalStore
from promoloop.flows.reads.ports import Views
from promoloop.flows.staff.ports import AuditLog, UserStore
from promoloop.learn import ModelRegistry, RetrainBook
from promoloop.offers import (
    CampaignStore,
    Catalogue,
    CodePools,
    OfferStore,
    PauseBook,
    PriceHistory,
)
from promoloop.profiles import ConsentLedger, ConsentRequests, RestBook, SuppressionList

__all__ = ["Commit", "House"]


class Commit(Protocol):
    """Decisions, reservations and messages in one transaction: all of them, or none."""

    def __call__(
        self,
        account: str,
        decisions: Sequence[Decision],
        reservations: Sequence[Reservation],
        messages: Sequence[Message],
    ) -> None:
        """Store everything, or raise ``RefusedError`` when the budget has no room.

        Also when another run has decided some of it otherwise meanwhile; the same again is left
        as it is.
        """
        ...


@dataclass(frozen=True, slots=True)
class House:
    """Stores and shop-wide facts.

    ``margins`` is percent of revenue per department; ``holdout`` the shoppers who get nothing from
    any campaign. ``switch`` says that the gate asks by Switch-DR instead of DR. A yes on a channel
    in ``double_opt_in`` counts once it is confirmed. ``leaving_minor`` is what it costs, in minor
    units, when a shopper has ``unsubscribed`` or ``complained``. ``address_key`` makes the digests
    of suppressed addresses; ``ai_label`` overrules by country whether machine-written texts say so.
    """

    history: History
    catalogue: Catalogue
    offers: OfferStore
    campaigns: CampaignStore
    pauses: PauseBook
    consents: ConsentLedger
    copies: CopyBank
    reviews: ReviewLog
    ledger: BudgetLedger
    stock: StockCount
    decisions: DecisionLog
    outbox: Outbox
    deliveries: DeliveryLog
    outcomes: OutcomeLog
    models: ModelRegistry
    tables: Tables
    commit: Commit
    time_zone: str
    market: str
    locales: tuple[str, ...]
    currency: str
    margins: Mapping[str, int]
    holdout: GlobalHoldout = field(default_factory=GlobalHoldout)
    switch: Switch | None = None
    inbox: EventInbox | None = None
    keys: ApiKeys | None = None
    answers: Answers | None = None
    subscriptions: Subscriptions | None = None
    webhooks: SeenWebhooks | None = None
    consent_requests: ConsentRequests | None = None
    rests: RestBook | None = None
    suppressions: SuppressionList | None = None
    double_opt_in: frozenset[str] = frozenset()
    leaving_minor: Mapping[str, int] = field(default_factory=dict)
    address_key: bytes = b""
    ai_label: Mapping[str, bool] = field(default_factory=dict)
    clicks: ClickLog | None = None
    price_history: PriceHistory | None = None
    users: UserStore | None = None
    audit: AuditLog | None = None
    codes: CodePools | None = None
    redemptions: Redemptions | None = None
    live: LiveCommit | None = None
    parked: ParkedMessages | None = None
    gate: SendGate | None = None
    promises: PromiseBook | None = None
    erasures: ErasureBook | None = None
    retraining: RetrainBook | None = None
    personal: tuple[PersonalStore, ...] = ()
    views: Views | None = None
