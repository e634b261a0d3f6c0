"""What every budget ledger must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import BudgetLedger, BudgetState, Reservation, Settlement, StockCount
from promoloop.testing.samples import NOON, expecting, reservation

__all__ = ["BudgetLedgerSuite", "Ledger"]


class Ledger(BudgetLedger, StockCount, Protocol):
    """A ledger that also counts what is left."""


class BudgetLedgerSuite(ABC):
    """Derive from this and say how to make a ledger without accounts."""

    @abstractmethod
    def make(self) -> Ledger:
        """An empty ledger."""

    def opened(self, budget_minor: int = 1000, **stock: int) -> Ledger:
        """A ledger with the account ``a``."""
        ledger = self.make()
        ledger.open("a", budget_minor, stock)
        return ledger

    def figures(self, ledger: Ledger) -> tuple[int, int]:
        """Reserved and spent of the account ``a``."""
        state = ledger.state("a")
        return state.reserved_minor, state.spent_minor

    def test_money_is_reserved_then_spent_and_the_rest_goes_back(self) -> None:
        ledger = self.opened()
        ledger.reserve("a", [reservation("d1", 400), reservation("d2", 100)])
        assert self.figures(ledger) == (500, 0)
        ledger.settle([Settlement("d1", 150, True)])
        assert self.figures(ledger) == (100, 150)

    def test_the_last_unit_can_be_reserved_and_not_one_more(self) -> None:
        ledger = self.opened(1000)
        ledger.reserve("a", [reservation("d1", 1000)])
        with expecting(RefusedError):
            ledger.reserve("a", [reservation("d2", 1)])
        assert self.figures(ledger) == (1000, 0)

    def test_spent_money_counts_against_the_budget(self) -> None:
        ledger = self.opened(1000)
        ledger.reserve("a", [reservation("d1", 600)])
        ledger.settle([Settlement("d1", 600, True)])
        with expecting(RefusedError):
            ledger.reserve("a", [reservation("d2", 401)])
        ledger.reserve("a", [reservation("d3", 400)])

    def test_many_are_reserved_together_or_not_at_all(self) -> None:
        ledger = self.opened(1000)
        with expecting(RefusedError):
            ledger.reserve("a", [reservation("d1", 600), reservation("d2", 401)])
        assert self.figures(ledger) == (0, 0)
        with expecting(InvalidError):
            ledger.settle([Settlement("d1", 1, True)])

    def test_stock_cannot_be_exceeded_and_its_refusal_leaves_the_money(self) -> None:
        ledger = self.opened(1000, o1=2)
        ledger.reserve("a", [reservation("d1", 1)])
        with expecting(RefusedError):
            ledger.reserve("a", [reservation("d2", 1), reservation("d3", 1)])
        assert self.figures(ledger) == (1, 0)
        assert ledger.stock_left("a") == {"o1": 1}

    def test_an_offer_without_units_has_no_limit(self) -> None:
        ledger = self.opened(1000, o1=0)
        ledger.reserve("a", [reservation(f"d{n}", 1, "o2") for n in range(5)])
        assert ledger.stock_left("a") == {"o1": 0}

    def test_reserving_the_same_again_takes_nothing(self) -> None:
        ledger = self.opened(1000, o1=1)
        ledger.reserve("a", [reservation("d1", 1000)])
        ledger.reserve("a", [reservation("d1", 1000), reservation("d1", 1000)])
        assert self.figures(ledger) == (1000, 0)

    def test_other_terms_for_a_reserved_decision_are_refused(self) -> None:
        ledger = self.opened()
        ledger.reserve("a", [reservation("d1", 10)])
        with expecting(RefusedError):
            ledger.reserve("a", [reservation("d1", 11)])
        with expecting(RefusedError):
            ledger.reserve("a", [reservation("d2", 1), reservation("d2", 2)])
        assert self.figures(ledger) == (10, 0)

    def test_settling_twice_changes_nothing(self) -> None:
        ledger = self.opened(1000, o1=2)
        ledger.reserve("a", [reservation("d1", 400)])
        ledger.settle([Settlement("d1", 150, True)])
        ledger.settle([Settlement("d1", 150, True)])
        ledger.settle([Settlement("d1", 0, False)])
        assert ledger.state("a") == BudgetState("a", 1000, 0, 150, 0)
        assert ledger.stock_left("a") == {"o1": 1}

    def test_what_is_reported_after_settling_is_spent_late_and_takes_its_unit_again(self) -> None:
        ledger = self.opened(1000, o1=2)
        ledger.reserve("a", [reservation("d1", 400)])
        ledger.settle([Settlement("d1", 2, False)])
        for _ in range(2):
            ledger.settle([Settlement("d1", 150, True)])
            assert ledger.state("a") == BudgetState("a", 1000, 0, 150, late_minor=148)
            assert ledger.stock_left("a") == {"o1": 1}
        with expecting(RefusedError):
            ledger.settle([Settlement("d1", 401, True)])

    def test_more_than_was_reserved_is_refused(self) -> None:
        ledger = self.opened()
        ledger.reserve("a", [reservation("d1", 400)])
        with expecting(RefusedError):
            ledger.settle([Settlement("d1", 401, True)])
        assert self.figures(ledger) == (400, 0)

    def test_a_unit_stays_taken_only_when_it_was_redeemed(self) -> None:
        ledger = self.opened(1000, o1=3)
        ledger.reserve("a", [reservation(f"d{n}", 300) for n in (1, 2, 3)])
        ledger.settle([Settlement("d1", 200, True), Settlement("d2", 2, False)])
        # d1 keeps its unit, d2 frees it after a contact for 2, d3 is still promised
        assert ledger.stock_left("a") == {"o1": 1}
        assert self.figures(ledger) == (300, 202)
        ledger.settle([Settlement("d2", 2, False)])
        assert ledger.stock_left("a") == {"o1": 1}

    def test_one_that_cannot_be_settled_stops_the_whole_batch(self) -> None:
        ledger = self.opened(1000, o1=2)
        ledger.reserve("a", [replace(reservation("d0", 5), expires_at=NOON)])
        ledger.expire(NOON)
        ledger.reserve("a", [reservation("d1", 400), reservation("d2", 100)])
        good = Settlement("d1", 150, False)
        for bad, error in (
            (Settlement("d2", 101, True), RefusedError),
            (Settlement("d0", 6, True), RefusedError),
            (Settlement("d2", 1, True, {"a2": 1}), RefusedError),
            (Settlement("nobody", 0, False), InvalidError),
            (Settlement("d2", -1, False), InvalidError),
            (Settlement("d2", 1, False, {"a": -1}), InvalidError),
        ):
            with expecting(error):
                ledger.settle([good, bad])
            assert self.figures(ledger) == (500, 0)
            assert ledger.stock_left("a") == {"o1": 0}
        ledger.settle([good])
        assert self.figures(ledger) == (100, 150)

    def test_a_batch_settles_each_decision_once_in_its_own_account(self) -> None:
        ledger = self.opened(1000)
        ledger.open("b", 1000, {"o1": 700})
        ledger.reserve("a", [reservation("d1", 400)])
        ledger.reserve("b", [reservation(f"e{n}", 1) for n in range(700)])
        many = [Settlement(f"e{n}", n % 2, n % 2 == 0) for n in range(700)]
        ledger.settle([Settlement("d1", 250, True), *many, Settlement("d1", 150, True)])
        assert self.figures(ledger) == (0, 250)
        assert ledger.state("b").spent_minor == 350
        assert ledger.stock_left("b") == {"o1": 350}
        ledger.settle([])

    def test_threads_settling_the_same_batch_spend_it_once(self) -> None:
        ledger = self.opened(1000, o1=50)
        ledger.reserve("a", [reservation(f"d{n}", 10) for n in range(50)])
        batch = [Settlement(f"d{n}", 4, n < 20) for n in range(50)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(ledger.settle, [batch] * 4))
        assert self.figures(ledger) == (0, 200)
        assert ledger.stock_left("a") == {"o1": 30}

    def test_what_expires_goes_back_with_its_unit_once(self) -> None:
        ledger = self.opened(1000, o1=1)
        ledger.reserve("a", [reservation("d1", 400)])
        assert ledger.expire(NOON + timedelta(hours=23)) == 0
        assert ledger.expire(NOON + timedelta(days=1)) == 400
        assert ledger.expire(NOON + timedelta(days=1)) == 0
        ledger.reserve("a", [reservation("d2", 1000)])

    def test_what_was_settled_does_not_expire(self) -> None:
        ledger = self.opened(1000, o1=1)
        ledger.reserve("a", [reservation("d1", 400)])
        ledger.settle([Settlement("d1", 300, True)])
        assert ledger.expire(NOON + timedelta(days=2)) == 0
        assert self.figures(ledger) == (0, 300)
        assert ledger.stock_left("a") == {"o1": 0}

    def test_settling_after_the_money_went_back_is_booked_as_late(self) -> None:
        ledger = self.opened(1000, o1=1)
        ledger.reserve("a", [reservation("d1", 400)])
        ledger.expire(NOON + timedelta(days=2))
        for _ in range(2):
            ledger.settle([Settlement("d1", 300, True)])
            assert ledger.state("a") == BudgetState("a", 1000, 0, 300, late_minor=300)
            assert ledger.stock_left("a") == {"o1": 0}

    def test_a_late_settlement_that_finds_no_room_shows_and_stops_new_promises(self) -> None:
        ledger = self.opened(1000, o1=1)
        ledger.reserve("a", [reservation("d1", 400)])
        ledger.expire(NOON + timedelta(days=2))
        ledger.reserve("a", [reservation("d2", 900)])
        ledger.settle([Settlement("d1", 300, True)])
        state = ledger.state("a")
        assert state == BudgetState("a", 1000, 900, 300, late_minor=300)
        assert (state.over_minor, state.free_minor) == (200, 0)
        assert ledger.stock_left("a") == {"o1": 0}  # both hold the only unit
        with expecting(RefusedError):
            ledger.reserve("a", [reservation("d3", 1, "o2")])
        ledger.settle([Settlement("d2", 100, True)])
        state = ledger.state("a")
        assert (state.spent_minor, state.over_minor, state.free_minor) == (400, 0, 600)

    def test_expiring_and_settling_at_once_spend_once_whoever_is_first(self) -> None:
        ledger = self.opened(1000, o1=50)
        ledger.reserve("a", [reservation(f"d{n}", 10) for n in range(50)])
        later = NOON + timedelta(days=2)

        def work(n: int) -> None:
            if n % 5 == 0:
                ledger.expire(later)
            else:
                ledger.settle([Settlement(f"d{d}", 4, True) for d in range(n % 3, 50, 3)])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(20)))
        state = ledger.state("a")
        assert (state.reserved_minor, state.spent_minor) == (0, 50 * 4)
        assert state.late_minor % 4 == 0
        assert ledger.stock_left("a") == {"o1": 0}

    def shared(self, budget_minor: int = 1000, partner_minor: int = 500, **stock: int) -> Ledger:
        """A ledger with the accounts ``a`` and ``p``, a partner's."""
        ledger = self.opened(budget_minor, **stock)
        ledger.open("p", partner_minor, {})
        return ledger

    def both(self, ledger: Ledger) -> tuple[int, int, int, int]:
        """Reserved and spent of ``a``, then of ``p``."""
        partner = ledger.state("p")
        return *self.figures(ledger), partner.reserved_minor, partner.spent_minor

    def test_a_shared_promise_takes_from_both_accounts_and_settles_in_both(self) -> None:
        ledger = self.shared(1000, 500, o1=1)
        ledger.reserve("a", [_shared("d1", 200, 150)])
        assert self.both(ledger) == (200, 0, 150, 0)
        ledger.settle([Settlement("d1", 120, True, {"p": 80})])
        assert self.both(ledger) == (0, 120, 0, 80)
        ledger.reserve("a", [_shared("d2", 10, 10, "o2")])
        ledger.settle([Settlement("d2", 1, False)])
        assert self.both(ledger) == (0, 121, 0, 80)

    def test_when_one_account_is_short_neither_is_touched(self) -> None:
        ledger = self.shared(1000, 500, o1=9)
        ledger.reserve("a", [_shared("d1", 100, 300)])
        for bad in (
            [_shared("d2", 100, 201)],
            [_shared("d2", 901, 100)],
            [_shared("d2", 10, 100), _shared("d3", 10, 101)],
        ):
            with expecting(RefusedError):
                ledger.reserve("a", bad)
            assert self.both(ledger) == (100, 0, 300, 0)
            assert ledger.stock_left("a") == {"o1": 8}
        ledger.reserve("a", [_shared("d2", 900, 200)])

    def test_what_a_partner_may_spend_is_bounded_by_its_own_reservation(self) -> None:
        ledger = self.shared()
        ledger.reserve("a", [_shared("d1", 200, 150)])
        with expecting(RefusedError):
            ledger.settle([Settlement("d1", 0, True, {"p": 151})])
        with expecting(RefusedError):
            ledger.settle([Settlement("d1", 201, True, {"p": 100})])
        assert self.both(ledger) == (200, 0, 150, 0)

    def test_a_shared_promise_of_other_terms_is_refused_and_the_same_is_left_alone(self) -> None:
        ledger = self.shared()
        ledger.reserve("a", [_shared("d1", 200, 150)])
        ledger.reserve("a", [_shared("d1", 200, 150)])
        with expecting(RefusedError):
            ledger.reserve("a", [_shared("d1", 200, 151)])
        with expecting(RefusedError):
            ledger.reserve("a", [reservation("d1", 200)])
        assert self.both(ledger) == (200, 0, 150, 0)

    def test_a_shared_promise_expires_in_both_accounts_and_settles_late_in_both(self) -> None:
        ledger = self.shared(1000, 500, o1=1)
        ledger.reserve("a", [_shared("d1", 200, 150)])
        assert ledger.expire(NOON + timedelta(days=2)) == 350
        assert self.both(ledger) == (0, 0, 0, 0)
        for _ in range(2):
            ledger.settle([Settlement("d1", 120, True, {"p": 80})])
            assert ledger.state("a") == BudgetState("a", 1000, 0, 120, late_minor=120)
            assert ledger.state("p") == BudgetState("p", 500, 0, 80, late_minor=80)

    def test_a_partner_never_opened_is_an_error_and_nothing_is_taken(self) -> None:
        ledger = self.opened(1000, o1=5)
        with expecting(InvalidError):
            ledger.reserve("a", [_shared("d1", 200, 150)])
        assert self.figures(ledger) == (0, 0)
        assert ledger.stock_left("a") == {"o1": 5}

    def test_negative_parts_are_errors(self) -> None:
        ledger = self.shared()
        with expecting(InvalidError):
            ledger.reserve("a", [_shared("d1", 200, -1)])
        ledger.reserve("a", [_shared("d1", 200, 150)])
        with expecting(InvalidError):
            ledger.settle([Settlement("d1", 0, True, {"p": -1})])
        assert self.both(ledger) == (200, 0, 150, 0)

    def test_eight_threads_of_two_campaigns_share_exactly_the_partners_budget(self) -> None:
        ledger = self.shared(1000, 90)
        ledger.open("b", 1000, {})

        def take(n: int) -> bool:
            try:
                ledger.reserve("ab"[n % 2], [_shared(f"d{n}", 2, 1)])
            except RefusedError:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            taken = sum(pool.map(take, range(200)))
        # 1,000 pays for 500 promises in each campaign, the partner's 90 for 90 in both
        assert taken == 90
        reserved = [ledger.state(name).reserved_minor for name in "abp"]
        assert reserved[2] == 90
        assert reserved[0] + reserved[1] == 180

    def test_opening_again_needs_the_same_terms(self) -> None:
        ledger = self.opened(1000, o1=3)
        ledger.reserve("a", [reservation("d1", 10)])
        ledger.open("a", 1000, {"o1": 3})
        assert self.figures(ledger) == (10, 0)
        for budget, stock in ((999, {"o1": 3}), (1000, {"o1": 4}), (1000, {})):
            with expecting(RefusedError):
                ledger.open("a", budget, stock)

    def test_accounts_do_not_touch_each_other(self) -> None:
        ledger = self.opened(100)
        ledger.open("b", 100, {})
        ledger.reserve("b", [reservation("d1", 100)])
        assert self.figures(ledger) == (0, 0)

    def test_an_account_never_opened_is_an_error(self) -> None:
        ledger = self.make()
        with expecting(InvalidError):
            ledger.state("a")
        with expecting(InvalidError):
            ledger.stock_left("a")
        with expecting(InvalidError):
            ledger.reserve("a", [reservation("d1", 1)])

    def test_negative_amounts_are_errors(self) -> None:
        ledger = self.opened()
        ledger.reserve("a", [reservation("d1", 5)])
        with expecting(InvalidError):
            ledger.reserve("a", [replace(reservation("d2", 5), amount_minor=-5)])
        with expecting(InvalidError):
            ledger.settle([Settlement("d1", -1, True)])
        with expecting(InvalidError):
            ledger.open("b", -1, {})

    def test_eight_threads_reserve_exactly_the_budget(self) -> None:
        ledger = self.opened(100, o1=60)

        def take(n: int) -> bool:
            try:
                ledger.reserve("a", [reservation(f"d{n}", 1, f"o{n % 2 + 1}")])
            except RefusedError:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            taken = sum(pool.map(take, range(200)))
        # of 200 attempts, half each for o1 (60 units) and o2 (no limit), at most 100 fit
        assert taken == 100
        assert self.figures(ledger) == (100, 0)
        assert ledger.stock_left("a")["o1"] >= 0


def _shared(decision_id: str, ours: int, theirs: int, offer_id: str = "o1") -> Reservation:
    """A reservation that the account ``p`` pays a part of."""
    return replace(reservation(decision_id, ours, offer_id), shared={"p": theirs})
