"""What committing decisions, money and messages together must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from promoloop.core import RefusedError
from promoloop.decide import BudgetLedger, Decision, DecisionLog, Reservation
from promoloop.deliver import Message, Outbox
from promoloop.testing.samples import decision, expecting, message, reservation

__all__ = ["CommitSuite", "Committing"]


class Committing(Protocol):
    """The stores that one transaction spans."""

    @property
    def ledger(self) -> BudgetLedger:
        """Budgets."""
        ...

    @property
    def decisions(self) -> DecisionLog:
        """The log."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Messages."""
        ...

    def commit(
        self,
        account: str,
        decisions: Sequence[Decision],
        reservations: Sequence[Reservation],
        messages: Sequence[Message],
    ) -> None:
        """All of it, or nothing."""
        ...


class CommitSuite(ABC):
    """Derive from this and say how to make an empty state."""

    @abstractmethod
    def make(self) -> Committing:
        """An empty state."""

    def test_all_three_are_there_after_a_commit(self) -> None:
        state = self.make()
        state.ledger.open("a", 100, {})
        state.commit("a", [decision("d1")], [reservation("d1", 60)], [message("m1")])
        assert state.decisions.get("d1") == decision("d1")
        assert state.ledger.state("a").reserved_minor == 60
        assert state.outbox.counts()["queued"] == 1

    def test_nothing_is_there_after_a_refusal(self) -> None:
        state = self.make()
        state.ledger.open("a", 100, {})
        with expecting(RefusedError):
            state.commit("a", [decision("d1")], [reservation("d1", 101)], [message("m1")])
        assert state.decisions.of_campaign("c1") == ()
        assert state.ledger.state("a").reserved_minor == 0
        assert state.outbox.counts()["queued"] == 0

    def test_nothing_is_there_when_only_a_partner_is_short(self) -> None:
        state = self.make()
        state.ledger.open("a", 100, {"o1": 5})
        state.ledger.open("p", 50, {})
        held = replace(reservation("d1", 60), shared={"p": 51})
        with expecting(RefusedError):
            state.commit("a", [decision("d1")], [held], [message("m1")])
        assert state.decisions.of_campaign("c1") == ()
        assert state.ledger.state("a").reserved_minor == 0
        assert state.ledger.state("p").reserved_minor == 0
        assert state.outbox.counts()["queued"] == 0
        state.commit("a", [decision("d1")], [replace(held, shared={"p": 50})], [message("m1")])
        assert state.ledger.state("p").reserved_minor == 50

    def test_committing_again_changes_nothing(self) -> None:
        state = self.make()
        state.ledger.open("a", 100, {})
        for _ in range(2):
            state.commit("a", [decision("d1")], [reservation("d1", 60)], [message("m1")])
        assert state.ledger.state("a").reserved_minor == 60
        assert state.outbox.counts()["queued"] == 1

    def test_what_another_run_decided_meanwhile_is_left_as_it_is(self) -> None:
        """It was decided to send nothing; an offer for the same decision comes too late."""
        state = self.make()
        state.ledger.open("a", 100, {})
        nothing = decision("d1", sent=False)
        state.commit("a", [nothing], [], [])
        late = [decision("d0"), decision("d1")]
        with expecting(RefusedError):
            state.commit("a", late, [reservation("d1", 60)], [message("m1")])
        assert state.decisions.of_campaign("c1") == (nothing,)
        assert state.ledger.state("a").reserved_minor == 0
        assert state.outbox.counts()["queued"] == 0
