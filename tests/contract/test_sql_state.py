"""Every store on SQLite passes the contract suites."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from promoloop.backends.sql import State, open_state
from promoloop.testing.budget_ledger import BudgetLedgerSuite
from promoloop.testing.commit import CommitSuite
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
from promoloop.testing.review_log import ReviewLogSuite


class OnSqlite:
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> Iterator[None]:
        self._path = tmp_path
        self._open: list[State] = []
        yield
        for state in self._open:
            state.close()

    def state(self) -> State:
        state = open_state(f"sqlite:///{self._path}/state-{len(self._open)}.db")
        self._open.append(state)
        return state


class TestSqlCatalogue(OnSqlite, CatalogueSuite):
    def make(self):
        return self.state().catalogue


class TestSqlOffers(OnSqlite, OfferStoreSuite):
    def make(self):
        return self.state().offers


class TestSqlCampaigns(OnSqlite, CampaignStoreSuite):
    def make(self):
        return self.state().campaigns


class TestSqlPauses(OnSqlite, PauseBookSuite):
    def make(self):
        return self.state().pauses


class TestSqlConsents(OnSqlite, ConsentLedgerSuite):
    def make(self):
        return self.state().consents


class TestSqlCopies(OnSqlite, CopyBankSuite):
    def make(self):
        return self.state().copies


class TestSqlReviews(OnSqlite, ReviewLogSuite):
    def make(self):
        return self.state().reviews


class TestSqlLedger(OnSqlite, BudgetLedgerSuite):
    def make(self):
        return self.state().ledger


class TestSqlDecisions(OnSqlite, DecisionLogSuite):
    def make(self):
        return self.state().decisions


class TestSqlOutbox(OnSqlite, OutboxSuite):
    def make(self):
        return self.state().outbox


class TestSqlOutcomes(OnSqlite, OutcomeLogSuite):
    def make(self):
        return self.state().outcomes


class TestSqlModels(OnSqlite, ModelRegistrySuite):
    def make(self):
        return self.state().models


class TestSqlCommit(OnSqlite, CommitSuite):
    def make(self):
        return self.state()
