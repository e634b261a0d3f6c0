"""Every store in dictionaries: for tests and notebooks. Nothing outlives the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar

from promoloop.compose import Copy
from promoloop.core import InvalidError, RefusedError
from promoloop.decide import Decision, Reservation, require_same
from promoloop.deliver import Message
from promoloop.feedback import Outcome
from promoloop.learn import ModelVersion
from promoloop.offers import Campaign, Offer, Pause, Product
from promoloop.profiles import Consent
from promoloop.testing.memory_doors import MemoryAnswers, MemoryApiKeys, MemoryInbox
from promoloop.testing.memory_ledger import MemoryLedger
from promoloop.testing.memory_outbox import MemoryOutbox
from promoloop.testing.memory_people import MemoryConsentRequests, MemoryRests, MemorySuppressions
from promoloop.testing.memory_redeeming import MemoryCodes, MemoryLive, MemoryRedemptions
from promoloop.testing.memory_reviews import MemoryReviews
from promoloop.testing.memory_tracking import MemoryClicks, MemoryPriceHistory

__all__ = [
    "MemoryCampaigns",
    "MemoryCatalogue",
    "MemoryConsents",
    "MemoryCopies",
    "MemoryDecisions",
    "MemoryModels",
    "MemoryOffers",
    "MemoryOutcomes",
    "MemoryPauses",
    "MemoryState",
]

R = TypeVar("R")


class _Shelf(Generic[R]):
    """Records by id."""

    def __init__(self, what: str, key: Callable[[R], str]) -> None:
        self._what = what
        self._key = key
        self._records: dict[str, R] = {}

    def replace(self, records: Iterable[R]) -> None:
        self._records.update({self._key(record): record for record in records})

    def add_new(self, records: Iterable[R]) -> int:
        before = len(self._records)
        for record in records:
            self._records.setdefault(self._key(record), record)
        return len(self._records) - before

    def remove(self, keys: Iterable[str]) -> int:
        return sum(self._records.pop(key, None) is not None for key in keys)

    def get(self, key: str) -> R:
        if key not in self._records:
            raise InvalidError(
                f"the {self._what} {key!r}", "there is none of this id", "Check the id."
            )
        return self._records[key]

    def all(self) -> tuple[R, ...]:
        return tuple(self._records[key] for key in sorted(self._records))


class MemoryCatalogue:
    """See ``promoloop.offers.Catalogue``."""

    def __init__(self) -> None:
        self._shelf = _Shelf[Product]("product", lambda product: product.product_id)

    def put(self, products: Sequence[Product]) -> None:
        """Insert or replace."""
        self._shelf.replace(products)

    def all(self) -> tuple[Product, ...]:
        """Every product, by id."""
        return self._shelf.all()


class MemoryOffers:
    """See ``promoloop.offers.OfferStore``."""

    def __init__(self) -> None:
        self._shelf = _Shelf[Offer]("offer", lambda offer: offer.offer_id)
        self._revisions: dict[str, tuple[Offer, ...]] = {}

    def put(self, offers: Sequence[Offer]) -> None:
        """Insert; a changed offer gets the next revision."""
        for offer in offers:
            if self._shelf.add_new([offer]):
                self._revisions[offer.offer_id] = (offer,)
                continue
            old = self._shelf.get(offer.offer_id)
            if replace(offer, revision=old.revision) != old:
                new = replace(offer, revision=old.revision + 1)
                self._shelf.replace([new])
                self._revisions[offer.offer_id] += (new,)

    def revisions(self, offer_id: str) -> tuple[Offer, ...]:
        """Every revision of one offer, oldest first."""
        return self._revisions.get(offer_id, ())

    def get(self, offer_id: str) -> Offer:
        """The latest revision."""
        return self._shelf.get(offer_id)

    def all(self) -> tuple[Offer, ...]:
        """The latest revisions, by id."""
        return self._shelf.all()


class MemoryCampaigns:
    """See ``promoloop.offers.CampaignStore``."""

    def __init__(self) -> None:
        self._shelf = _Shelf[Campaign]("campaign", lambda campaign: campaign.campaign_id)

    def put(self, campaign: Campaign) -> None:
        """Insert or replace."""
        self._shelf.replace([campaign])

    def get(self, campaign_id: str) -> Campaign:
        """The campaign."""
        return self._shelf.get(campaign_id)

    def all(self) -> tuple[Campaign, ...]:
        """Every campaign, by id."""
        return self._shelf.all()


class MemoryPauses:
    """See ``promoloop.offers.PauseBook``."""

    def __init__(self) -> None:
        self._pauses: dict[tuple[str, datetime, bool], Pause] = {}

    def write(self, pause: Pause) -> None:
        """Add one; the same again changes nothing."""
        self._pauses.setdefault((pause.campaign_id, pause.at, pause.paused), pause)

    def of(self, campaign_id: str) -> tuple[Pause, ...]:
        """Everything of one campaign, in order of time."""
        mine = [one for one in self._pauses.values() if one.campaign_id == campaign_id]
        return tuple(sorted(mine, key=lambda one: one.at))

    def paused(self) -> Mapping[str, Pause]:
        """Campaigns that are paused now."""
        last = {one.campaign_id: self.of(one.campaign_id)[-1] for one in self._pauses.values()}
        return {key: one for key, one in last.items() if one.paused}


class MemoryConsents:
    """See ``promoloop.profiles.ConsentLedger``."""

    def __init__(self) -> None:
        self._entries: list[Consent] = []

    def record(self, entries: Sequence[Consent]) -> None:
        """Append entries."""
        self._entries += entries

    def granted(self, channel: str, purpose: str) -> frozenset[str]:
        """Shoppers whose latest entry is a yes; of equal times a no counts."""
        mine = [one for one in self._entries if (one.channel, one.purpose) == (channel, purpose)]
        mine.sort(key=lambda one: (one.at, not one.granted))
        latest = {one.shopper_id: one.granted for one in mine}
        return frozenset(shopper_id for shopper_id, granted in latest.items() if granted)

    def among(self, shopper_ids: Collection[str], channel: str, purpose: str) -> frozenset[str]:
        """Those of some shoppers whose latest entry is a yes."""
        return self.granted(channel, purpose).intersection(shopper_ids)

    def of(self, shopper_id: str) -> tuple[Consent, ...]:
        """Every entry of one shopper, oldest first."""
        mine = [one for one in self._entries if one.shopper_id == shopper_id]
        return tuple(sorted(mine, key=lambda one: (one.at, not one.granted, one.channel)))


class MemoryCopies:
    """See ``promoloop.compose.CopyBank``."""

    def __init__(self) -> None:
        self._shelf = _Shelf[Copy]("copy", lambda copy: copy.copy_id)

    def put(self, copies: Sequence[Copy]) -> None:
        """Insert new ones."""
        self._shelf.add_new(copies)

    def get(self, copy_id: str) -> Copy:
        """The copy."""
        return self._shelf.get(copy_id)

    def all(self) -> tuple[Copy, ...]:
        """Every copy, by id."""
        return self._shelf.all()


class MemoryDecisions:
    """See ``promoloop.decide.DecisionLog``."""

    def __init__(self) -> None:
        self._shelf = _Shelf[Decision]("decision", lambda decision: decision.decision_id)

    def append(self, decisions: Sequence[Decision]) -> None:
        """Add new ones."""
        self._shelf.add_new(decisions)

    def get(self, decision_id: str) -> Decision:
        """The decision."""
        return self._shelf.get(decision_id)

    def known(self, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
        """What is stored under the ids of ``decisions``."""
        ids = {one.decision_id for one in decisions}
        return tuple(one for one in self._shelf.all() if one.decision_id in ids)

    def of_campaign(self, campaign_id: str) -> tuple[Decision, ...]:
        """The campaign's decisions, by id."""
        return tuple(one for one in self._shelf.all() if one.campaign_id == campaign_id)

    def of_shopper(self, shopper_id: str) -> tuple[Decision, ...]:
        """Everything of one shopper, by id."""
        return tuple(one for one in self._shelf.all() if one.shopper_id == shopper_id)

    def decided_between(
        self, campaign_id: str, start: datetime, end: datetime
    ) -> tuple[Decision, ...]:
        """Those with ``start <= decided_at < end``, by id."""
        return tuple(one for one in self.of_campaign(campaign_id) if start <= one.decided_at < end)


class MemoryOutcomes:
    """See ``promoloop.feedback.OutcomeLog``."""

    def __init__(self) -> None:
        self._shelf = _Shelf[Outcome]("outcome", lambda outcome: outcome.outcome_id)

    def append(self, outcomes: Sequence[Outcome]) -> int:
        """Add new ones; return how many they were."""
        return self._shelf.add_new(outcomes)

    def take_back(self, outcome_ids: Sequence[str]) -> int:
        """Take some out; return how many were there."""
        return self._shelf.remove(outcome_ids)

    def between(self, start: datetime, end: datetime) -> tuple[Outcome, ...]:
        """Outcomes with ``start <= at < end``, in order of ``at``."""
        found = [one for one in self._shelf.all() if start <= one.at < end]
        return tuple(sorted(found, key=lambda one: one.at))


class MemoryModels:
    """See ``promoloop.learn.ModelRegistry``."""

    def __init__(self) -> None:
        self._shelf = _Shelf[ModelVersion]("model", lambda version: version.version_id)

    def add(self, version: ModelVersion) -> None:
        """Store a new version."""
        known = any(one.version_id == version.version_id for one in self._shelf.all())
        if not known and version.status == "running" and self._running(version.kind):
            raise RefusedError(
                f"adding {version.version_id!r} as running", "another one runs", "Promote it."
            )
        self._shelf.add_new([version])

    def running(self, kind: str) -> ModelVersion:
        """The running version."""
        found = self._running(kind)
        if not found:
            raise InvalidError(f"the running model {kind!r}", "there is none", "Promote one.")
        return found[0]

    def promote(self, version_id: str) -> None:
        """Run this version and retire the one before."""
        new = self._shelf.get(version_id)
        self._shelf.replace([replace(old, status="retired") for old in self._running(new.kind)])
        self._shelf.replace([replace(new, status="running")])

    def all(self, kind: str) -> tuple[ModelVersion, ...]:
        """Every version of this kind, oldest first."""
        found = [one for one in self._shelf.all() if one.kind == kind]
        return tuple(sorted(found, key=lambda one: one.created_at))

    def kinds(self) -> tuple[str, ...]:
        """The kinds there are versions of."""
        return tuple(sorted({one.kind for one in self._shelf.all()}))

    def _running(self, kind: str) -> list[ModelVersion]:
        return [one for one in self.all(kind) if one.status == "running"]


class MemoryState:
    """All stores together, with the attributes of ``promoloop.backends.sql.State``."""

    def __init__(self) -> None:
        self.catalogue = MemoryCatalogue()
        self.offers = MemoryOffers()
        self.campaigns = MemoryCampaigns()
        self.pauses = MemoryPauses()
        self.consents = MemoryConsents()
        self.copies = MemoryCopies()
        self.reviews = MemoryReviews()
        self.ledger = MemoryLedger()
        self.stock = self.ledger
        self.decisions = MemoryDecisions()
        self.outbox = MemoryOutbox()
        self.outcomes = MemoryOutcomes()
        self.models = MemoryModels()
        self.inbox = MemoryInbox()
        self.keys = MemoryApiKeys()
        self.answers = MemoryAnswers()
        self.consent_requests = MemoryConsentRequests()
        self.rests = MemoryRests()
        self.suppressions = MemorySuppressions()
        self.clicks = MemoryClicks()
        self.price_history = MemoryPriceHistory()
        self.codes = MemoryCodes()
        self.redemptions = MemoryRedemptions(self.ledger, self.codes)
        self.live = MemoryLive(self.decisions, self.ledger, self.outbox, self.codes)
        self._turn = threading.Lock()

    def commit(
        self,
        account: str,
        decisions: Sequence[Decision],
        reservations: Sequence[Reservation],
        messages: Sequence[Message],
    ) -> None:
        """Reserve, then log and enqueue; a refusal comes before anything is kept."""
        with self._turn:
            known = self.decisions.known(decisions)
            if known:
                require_same(decisions, known, len(decisions) - len(known))
                return
            self.ledger.reserve(account, reservations)
            self.decisions.append(decisions)
            self.outbox.enqueue(messages)

    def close(self) -> None:
        """Nothing to give back."""
