"""Every store on SQLite and on PostgreSQL passes the contract suites."""

from collections.abc import Callable

import pytest

from promoloop.backends.sql import State
from promoloop.testing.budget_ledger import BudgetLedgerSuite
from promoloop.testing.commit import CommitSuite
from promoloop.testing.erasures import ErasureBookSuite
from promoloop.testing.logs import (
    ConsentLedgerSuite,
    CopyBankSuite,
    DecisionLogSuite,
    OutcomeLogSuite,
)
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


class OnSql:
    """Every suite of this file runs on SQLite and on PostgreSQL."""

    @pytest.fixture(autouse=True)
    def _states(self, fresh_state: Callable[[], State]) -> None:
        self.state = fresh_state


class TestSqlCatalogue(OnSql, CatalogueSuite):
    def make(self):
        return self.state().catalogue


class TestSqlOffers(OnSql, OfferStoreSuite):
    def make(self):
        return self.state().offers


class TestSqlCampaigns(OnSql, CampaignStoreSuite):
    def make(self):
        return self.state().campaigns


class TestSqlPauses(OnSql, PauseBookSuite):
    def make(self):
        return self.state().pauses


class TestSqlConsents(OnSql, ConsentLedgerSuite):
    def make(self):
        return self.state().consents


class TestSqlCopies(OnSql, CopyBankSuite):
    def make(self):
        return self.state().copies


class TestSqlReviews(OnSql, ReviewLogSuite):
    def make(self):
        return self.state().reviews


class TestSqlLedger(OnSql, BudgetLedgerSuite):
    def make(self):
        return self.state().ledger


class TestSqlPromises(OnSql, PromiseBookSuite):
    def make(self):
        return self.state().ledger


class TestSqlErasures(OnSql, ErasureBookSuite):
    def make(self):
        return self.state().erasures


class TestSqlDecisions(OnSql, DecisionLogSuite):
    def make(self):
        return self.state().decisions


class TestSqlOutbox(OnSql, OutboxSuite):
    def make(self):
        return self.state().outbox


class TestSqlOutcomes(OnSql, OutcomeLogSuite):
    def make(self):
        return self.state().outcomes


class TestSqlModels(OnSql, ModelRegistrySuite):
    def make(self):
        return self.state().models


class TestSqlCommit(OnSql, CommitSuite):
    def make(self):
        return self.state()


class TestSqlConsentRequests(OnSql, ConsentRequestsSuite):
    def make(self):
        return self.state().consent_requests


class TestSqlRests(OnSql, RestBookSuite):
    def make(self):
        return self.state().rests


class TestSqlSuppressions(OnSql, SuppressionListSuite):
    def make(self):
        return self.state().suppressions


class TestSqlClicks(OnSql, ClickLogSuite):
    def make(self):
        return self.state().clicks


class TestSqlPriceHistory(OnSql, PriceHistorySuite):
    def make(self):
        return self.state().price_history
