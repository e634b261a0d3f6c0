"""Every store in memory passes the contract suites."""

from promoloop.testing.budget_ledger import BudgetLedgerSuite
from promoloop.testing.commit import CommitSuite
from promoloop.testing.erasures import ErasureBookSuite, MemoryErasures
from promoloop.testing.logs import (
    ConsentLedgerSuite,
    CopyBankSuite,
    DecisionLogSuite,
    OutcomeLogSuite,
)
from promoloop.testing.memory_state import MemoryState
from promoloop.testing.models import ModelRegistrySuite
from promoloop.testing.offer_stores import (
    CampaignStoreSuite,
    CatalogueSuite,
    OfferStoreSuite,
    PauseBookSuite,
)
from promoloop.testing.outbox import OutboxSuite
from promoloop.testing.people import (
    ConsentRequestsSuite,
    RestBookSuite,
    SuppressionListSuite,
)
from promoloop.testing.promise_book import PromiseBookSuite
from promoloop.testing.review_log import ReviewLogSuite
from promoloop.testing.tracking import ClickLogSuite, PriceHistorySuite


class TestMemoryCatalogue(CatalogueSuite):
    def make(self):
        return MemoryState().catalogue


class TestMemoryOffers(OfferStoreSuite):
    def make(self):
        return MemoryState().offers


class TestMemoryCampaigns(CampaignStoreSuite):
    def make(self):
        return MemoryState().campaigns


class TestMemoryPauses(PauseBookSuite):
    def make(self):
        return MemoryState().pauses


class TestMemoryConsents(ConsentLedgerSuite):
    def make(self):
        return MemoryState().consents


class TestMemoryCopies(CopyBankSuite):
    def make(self):
        return MemoryState().copies


class TestMemoryReviews(ReviewLogSuite):
    def make(self):
        return MemoryState().reviews


class TestMemoryLedger(BudgetLedgerSuite):
    def make(self):
        return MemoryState().ledger


class TestMemoryPromises(PromiseBookSuite):
    def make(self):
        return MemoryState().ledger


class TestMemoryErasures(ErasureBookSuite):
    def make(self):
        return MemoryErasures()


class TestMemoryDecisions(DecisionLogSuite):
    def make(self):
        return MemoryState().decisions


class TestMemoryOutbox(OutboxSuite):
    def make(self):
        return MemoryState().outbox


class TestMemoryOutcomes(OutcomeLogSuite):
    def make(self):
        return MemoryState().outcomes


class TestMemoryModels(ModelRegistrySuite):
    def make(self):
        return MemoryState().models


class TestMemoryCommit(CommitSuite):
    def make(self):
        return MemoryState()


class TestMemoryConsentRequests(ConsentRequestsSuite):
    def make(self):
        return MemoryState().consent_requests


class TestMemoryRests(RestBookSuite):
    def make(self):
        return MemoryState().rests


class TestMemorySuppressions(SuppressionListSuite):
    def make(self):
        return MemoryState().suppressions


class TestMemoryClicks(ClickLogSuite):
    def make(self):
        return MemoryState().clicks


class TestMemoryPriceHistory(PriceHistorySuite):
    def make(self):
        return MemoryState().price_history
