"""What every decision log, outcome log, consent ledger and copy bank must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta

from promoloop.compose import CopyBank
from promoloop.core import InvalidError
from promoloop.decide import DecisionLog
from promoloop.feedback import OutcomeLog
from promoloop.offers import Funding
from promoloop.profiles import ConsentLedger
from promoloop.testing.samples import NOON, consent, copy, decision, expecting, outcome

__all__ = ["ConsentLedgerSuite", "CopyBankSuite", "DecisionLogSuite", "OutcomeLogSuite"]


class DecisionLogSuite(ABC):
    """Derive from this and say how to make an empty decision log."""

    @abstractmethod
    def make(self) -> DecisionLog:
        """An empty log."""

    def test_a_decision_comes_back_whole(self) -> None:
        log = self.make()
        log.append([decision("d1"), decision("d2", sent=False)])
        assert log.get("d1") == decision("d1")
        assert log.get("d2") == decision("d2", sent=False)

    def test_the_terms_on_which_a_partner_pays_come_back_whole(self) -> None:
        log = self.make()
        funding = Funding("acme", "Acme 咖啡", 0.35, 50_000, 150)
        made = replace(decision("d1"), funding=funding, partner_spend_minor=0.1 + 0.2)
        log.append([replace(made, partner_liability_minor=140)])
        assert log.get("d1") == replace(made, partner_liability_minor=140)

    def test_a_decision_is_never_rewritten(self) -> None:
        log = self.make()
        log.append([decision("d1")])
        log.append([replace(decision("d1"), propensity=0.9), decision("d2")])
        assert log.of_campaign("c1") == (decision("d1"), decision("d2"))

    def test_a_campaigns_decisions_come_by_id(self) -> None:
        log = self.make()
        log.append([decision("d2"), decision("d10"), decision("d3", "c2")])
        assert [found.decision_id for found in log.of_campaign("c1")] == ["d10", "d2"]
        assert log.of_campaign("nowhere") == ()

    def test_decisions_are_found_by_when_they_were_made(self) -> None:
        log = self.make()
        hour = timedelta(hours=1)
        late = replace(decision("d1"), decided_at=NOON + hour)
        log.append([late, decision("d2"), decision("d0"), decision("d3", "c2")])
        assert log.decided_between("c1", NOON, NOON + hour) == (decision("d0"), decision("d2"))
        assert log.decided_between("c1", NOON + hour, NOON + 2 * hour) == (late,)
        assert log.decided_between("c1", NOON - hour, NOON) == ()

    def test_an_unknown_decision_is_an_error(self) -> None:
        log = self.make()
        with expecting(InvalidError):
            log.get("nowhere")


class OutcomeLogSuite(ABC):
    """Derive from this and say how to make an empty outcome log."""

    @abstractmethod
    def make(self) -> OutcomeLog:
        """An empty log."""

    def test_outcomes_come_back_in_order_of_time(self) -> None:
        log = self.make()
        assert log.append([outcome("x2", 2), outcome("x1", 1)]) == 2
        found = log.between(NOON, NOON + timedelta(hours=1))
        assert found == (outcome("x1", 1), outcome("x2", 2))

    def test_replaying_adds_nothing(self) -> None:
        log = self.make()
        log.append([outcome("x1"), outcome("x2")])
        assert log.append([outcome("x1"), outcome("x3"), outcome("x3"), outcome("x2")]) == 1
        assert log.append([]) == 0

    def test_what_is_taken_back_is_gone_and_may_come_again(self) -> None:
        log = self.make()
        log.append([outcome("x1"), outcome("x2")])
        assert log.take_back(["x1", "nowhere"]) == 1
        assert log.take_back(["x1"]) == 0
        assert log.take_back([]) == 0
        assert log.between(NOON, NOON + timedelta(hours=1)) == (outcome("x2"),)
        assert log.append([outcome("x1")]) == 1

    def test_the_start_counts_and_the_end_does_not(self) -> None:
        log = self.make()
        log.append([outcome("x0", 0), outcome("x1", 1), outcome("x2", 2)])
        found = log.between(NOON, NOON + timedelta(minutes=2))
        assert [one.outcome_id for one in found] == ["x0", "x1"]


class ConsentLedgerSuite(ABC):
    """Derive from this and say how to make an empty consent ledger."""

    @abstractmethod
    def make(self) -> ConsentLedger:
        """An empty ledger."""

    def test_the_latest_entry_counts_whatever_the_order_of_arrival(self) -> None:
        ledger = self.make()
        ledger.record([consent("a", False, 5), consent("b", False, 1)])
        ledger.record([consent("a", True, 1), consent("b", True, 5), consent("c", True)])
        assert ledger.granted("email", "marketing") == {"b", "c"}

    def test_some_shoppers_can_be_asked_about_alone(self) -> None:
        ledger = self.make()
        ledger.record([consent("a", True), consent("b", False, 1), consent("b", True)])
        ledger.record([consent("c", True)])
        assert ledger.among(["a", "b", "d"], "email", "marketing") == {"a"}
        assert ledger.among([], "email", "marketing") == frozenset()

    def test_each_channel_and_purpose_stands_for_itself(self) -> None:
        ledger = self.make()
        ledger.record([consent("a", True), consent("a", False, 1, channel="onsite")])
        assert ledger.granted("email", "marketing") == {"a"}
        assert ledger.granted("onsite", "marketing") == frozenset()
        assert ledger.granted("email", "research") == frozenset()

    def test_at_the_same_moment_a_no_counts(self) -> None:
        ledger = self.make()
        ledger.record([consent("a", False), consent("a", True)])
        ledger.record([consent("a", True)])
        assert ledger.granted("email", "marketing") == frozenset()

    def test_nobody_agreed_before_anybody_was_asked(self) -> None:
        ledger = self.make()
        ledger.record([])
        assert ledger.granted("email", "marketing") == frozenset()

    def test_a_shoppers_entries_come_oldest_first(self) -> None:
        ledger = self.make()
        ledger.record([consent("a", False, 5), consent("b", True), consent("a", True, 1)])
        assert ledger.of("a") == (consent("a", True, 1), consent("a", False, 5))
        assert ledger.of("nobody") == ()


class CopyBankSuite(ABC):
    """Derive from this and say how to make an empty copy bank."""

    @abstractmethod
    def make(self) -> CopyBank:
        """An empty bank."""

    def test_a_copy_comes_back_with_its_verdict(self) -> None:
        bank = self.make()
        bank.put([copy("y1")])
        assert bank.get("y1") == copy("y1")

    def test_a_copy_comes_back_with_its_hook_and_score(self) -> None:
        bank = self.make()
        plain = replace(copy("y2"), hook="", score=None)
        bank.put([copy("y1"), plain])
        assert (bank.get("y1").hook, bank.get("y1").score) == ("今天就用", 0.875)
        assert bank.get("y2") == plain

    def test_the_same_copy_twice_is_one(self) -> None:
        bank = self.make()
        bank.put([copy("y2"), copy("y1")])
        bank.put([copy("y1")])
        assert bank.all() == (copy("y1"), copy("y2"))

    def test_an_unknown_copy_is_an_error(self) -> None:
        bank = self.make()
        with expecting(InvalidError):
            bank.get("nowhere")
