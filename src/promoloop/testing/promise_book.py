"""What every book of promises must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from promoloop.decide import BudgetLedger, PromiseBook, Settlement, StockCount
from promoloop.testing.samples import NOON, reservation

__all__ = ["KeptPromises", "PromiseBookSuite"]


class KeptPromises(BudgetLedger, StockCount, PromiseBook, Protocol):
    """A ledger that counts what is left, and knows where promises stand."""


class PromiseBookSuite(ABC):
    """Derive from this and say how to make a ledger without accounts."""

    @abstractmethod
    def make(self) -> KeptPromises:
        """An empty ledger."""

    def opened(self) -> KeptPromises:
        """A ledger of 1,000 and two units of ``o1``, with 400 promised and 30 spent."""
        ledger = self.make()
        ledger.open("a", 1000, {"o1": 2})
        ledger.reserve("a", [reservation("d1", 400), reservation("d2", 100)])
        ledger.settle([Settlement("d2", 30, True)])
        return ledger

    def test_where_promises_stand_is_known(self) -> None:
        ledger = self.opened()
        assert ledger.standing(["d1", "d2", "d3"]) == {"d1": "reserved", "d2": "settled"}
        ledger.expire(reservation("d1", 400).expires_at)
        assert ledger.standing(["d1"]) == {"d1": "expired"}

    def test_promises_nobody_was_told_of_are_released_once(self) -> None:
        ledger = self.opened()
        assert ledger.release(["d1", "d1", "d2", "d3"]) == 400
        assert ledger.release(["d1"]) == 0
        assert ledger.standing(["d1"]) == {"d1": "expired"}
        state = ledger.state("a")
        assert (state.reserved_minor, state.spent_minor) == (0, 30)
        assert ledger.stock_left("a") == {"o1": 1}

    def test_what_was_spent_all_the_same_is_booked_late(self) -> None:
        ledger = self.opened()
        ledger.release(["d1"])
        ledger.settle([Settlement("d1", 200, True)])
        assert (ledger.state("a").spent_minor, ledger.state("a").late_minor) == (230, 200)
        assert ledger.expire(NOON) == 0
