"""What every store of codes and of uses of promises must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import OfferUse, Redemptions, UseTerms
from promoloop.offers import CodePools
from promoloop.testing.budget_ledger import Ledger
from promoloop.testing.samples import NOON, expecting, reservation

__all__ = ["CodePoolsSuite", "Redeeming", "RedemptionsSuite", "use_of"]

DAY = timedelta(days=1)
TERMS = UseTerms("a", 150, 400, NOON + DAY)


def use_of(key: str, decision_id: str, shopper_id: str = "s1", code: str = "") -> OfferUse:
    """A use of 20 % off coffee: 1.50 came off."""
    return OfferUse(
        f"use-{key}",
        key,
        shopper_id,
        "c1",
        "o1",
        decision_id,
        code,
        f"order-{key}",
        NOON,
        "USD",
        150,
        0,
        {"subtotal": 750, "total": 600},
    )


class CodePoolsSuite(ABC):
    """Derive from this and say how to make empty pools."""

    @abstractmethod
    def make(self) -> CodePools:
        """Empty pools."""

    def filled(self, count: int = 3, given: int = 0) -> CodePools:
        """Pools with ``count`` codes of o1: ``A1``, ``A2``, ..."""
        pools = self.make()
        pools.fill("o1", [f"A{at}" for at in range(1, count + 1)], given)
        return pools

    def test_codes_are_given_away_in_order_until_none_is_left(self) -> None:
        pools = self.filled(2)
        assert [pools.issue("o1", f"d{at}", "s1", NOON) for at in (1, 2)] == ["A1", "A2"]
        assert pools.left("o1") == 0
        with expecting(RefusedError):
            pools.issue("o1", "d3", "s1", NOON)

    def test_a_decision_is_given_the_same_code_again(self) -> None:
        pools = self.filled()
        assert pools.issue("o1", "d1", "s1", NOON) == pools.issue("o1", "d1", "s1", NOON + DAY)
        assert pools.left("o1") == 2

    def test_an_offer_without_a_pool_has_no_codes(self) -> None:
        pools = self.filled()
        assert pools.left("o2") == 0
        with expecting(RefusedError):
            pools.issue("o2", "d1", "s1", NOON)

    def test_filling_again_adds_only_what_is_new(self) -> None:
        pools = self.filled(2)
        pools.issue("o1", "d1", "s1", NOON)
        assert pools.fill("o1", ["A1", "A2", "A3"]) == 1
        assert pools.left("o1") == 2

    def test_codes_given_away_before_are_not_given_again(self) -> None:
        pools = self.filled(3, given=2)
        assert (pools.left("o1"), pools.issue("o1", "d1", "s1", NOON)) == (1, "A3")

    def test_a_code_nobody_was_told_of_goes_back(self) -> None:
        pools = self.filled(1)
        pools.issue("o1", "d1", "s1", NOON)
        assert pools.give_back(["d1", "d2"]) == 1
        assert pools.issue("o1", "d3", "s3", NOON) == "A1"

    def test_a_code_tells_whose_it_is(self) -> None:
        pools = self.filled()
        pools.issue("o1", "d1", "s1", NOON)
        (found,) = pools.find("A1")
        assert (found.offer_id, found.decision_id, found.shopper_id) == ("o1", "d1", "s1")
        assert (found.issued_at, found.used_by) == (NOON, "")
        assert pools.find("B1") == ()

    def test_32_threads_never_get_one_code_twice(self) -> None:
        pools = self.filled(100)

        def take(at: int) -> str:
            try:
                return pools.issue("o1", f"d{at}", f"s{at}", NOON)
            except RefusedError:
                return ""

        with ThreadPoolExecutor(32) as threads:
            codes = list(threads.map(take, range(160)))
        given = [code for code in codes if code]
        assert (len(given), len(set(given)), pools.left("o1")) == (100, 100, 0)


class Redeeming(Protocol):
    """The stores that a use touches."""

    @property
    def redemptions(self) -> Redemptions:
        """Uses."""
        ...

    @property
    def codes(self) -> CodePools:
        """Codes."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Money and units."""
        ...


class RedemptionsSuite(ABC):
    """Derive from this and say how to make empty stores."""

    @abstractmethod
    def make(self) -> Redeeming:
        """Empty stores that belong together."""

    def opened(self, budget: int = 1000, **stock: int) -> Redeeming:
        """Stores with the account ``a``."""
        state = self.make()
        state.ledger.open("a", budget, stock)
        return state

    def figures(self, state: Redeeming) -> tuple[int, int]:
        """Reserved and spent of the account ``a``."""
        there = state.ledger.state("a")
        return there.reserved_minor, there.spent_minor

    def test_a_promise_that_is_used_is_spent_and_its_rest_is_free(self) -> None:
        state = self.opened(o1=5)
        state.ledger.reserve("a", [reservation("d1", 400)])
        use = state.redemptions.redeem(use_of("k1", "d1"), TERMS)
        assert (use, self.figures(state)) == (use_of("k1", "d1"), (0, 150))
        assert state.ledger.stock_left("a") == {"o1": 4}
        assert state.redemptions.get("k1") == use

    def test_the_same_key_again_is_the_same_use(self) -> None:
        state = self.opened()
        state.ledger.reserve("a", [reservation("d1", 400)])
        first = state.redemptions.redeem(use_of("k1", "d1"), TERMS)
        later = replace(use_of("k1", "d1"), at=NOON + DAY)
        assert state.redemptions.redeem(later, TERMS) == first
        assert self.figures(state) == (0, 150)

    def test_a_key_stands_for_one_use_only(self) -> None:
        state = self.opened()
        state.redemptions.redeem(use_of("k1", "d1"), TERMS)
        with expecting(RefusedError):
            state.redemptions.redeem(use_of("k1", "d2"), TERMS)
        assert self.figures(state) == (0, 150)

    def test_a_promise_is_used_once(self) -> None:
        state = self.opened()
        state.redemptions.redeem(use_of("k1", "d1"), TERMS)
        with expecting(RefusedError):
            state.redemptions.redeem(use_of("k2", "d1"), TERMS)
        assert self.figures(state) == (0, 150)

    def test_what_was_not_promised_is_paid_only_while_there_is_money(self) -> None:
        state = self.opened(500)
        state.redemptions.redeem(use_of("k1", "d1"), TERMS)
        with expecting(RefusedError):  # 150 are spent, and 400 might be needed
            state.redemptions.redeem(use_of("k2", "d2", "s2"), TERMS)
        assert self.figures(state) == (0, 150)

    def test_a_refused_use_leaves_nothing_behind(self) -> None:
        state = self.opened(100)
        state.codes.fill("o1", ["A1"])
        state.codes.issue("o1", "d1", "s1", NOON)
        single = replace(TERMS, single=True, per_shopper=1)
        with expecting(RefusedError):
            state.redemptions.redeem(use_of("k1", "d1", code="A1"), single)
        with expecting(InvalidError):
            state.redemptions.get("k1")
        assert state.codes.find("A1")[0].used_by == ""
        fits = replace(single, spent_minor=90, most_minor=100)
        state.redemptions.redeem(use_of("k1", "d1", code="A1"), fits)
        assert self.figures(state) == (0, 90)

    def test_a_code_of_a_pool_is_used_once(self) -> None:
        state = self.opened()
        state.codes.fill("o1", ["A1", "A2"])
        single = replace(TERMS, single=True)
        state.redemptions.redeem(use_of("k1", "d1", code="A1"), single)
        with expecting(RefusedError):
            state.redemptions.redeem(use_of("k2", "d2", "s2", code="A1"), single)
        assert state.codes.find("A1")[0].used_by == "k1"

    def test_caps_per_shopper_and_in_all_are_kept(self) -> None:
        state = self.opened(10_000)
        capped = replace(TERMS, per_shopper=1, total=2)
        state.redemptions.redeem(use_of("k1", "d1", "s1"), capped)
        with expecting(RefusedError):
            state.redemptions.redeem(use_of("k2", "d2", "s1"), capped)
        state.redemptions.redeem(use_of("k3", "d3", "s2"), capped)
        with expecting(RefusedError):
            state.redemptions.redeem(use_of("k4", "d4", "s3"), capped)
        assert self.figures(state) == (0, 300)

    def test_rolling_back_frees_money_unit_caps_and_code(self) -> None:
        state = self.opened(o1=1)
        state.codes.fill("o1", ["A1"])
        state.ledger.reserve("a", [reservation("d1", 400)])
        terms = replace(TERMS, single=True, per_shopper=1, total=1)
        state.redemptions.redeem(use_of("k1", "d1", code="A1"), terms)
        gone = state.redemptions.roll_back("k1", NOON + DAY)  # the promise is over
        assert (gone.state, gone.rolled_back_at) == ("rolled_back", NOON + DAY)
        assert (self.figures(state), state.ledger.stock_left("a")) == ((0, 0), {"o1": 1})
        state.redemptions.redeem(use_of("k2", "d2", "s2", code="A1"), terms)
        assert self.figures(state) == (0, 150)

    def test_a_promise_that_still_runs_is_good_again(self) -> None:
        state = self.opened(o1=1)
        state.ledger.reserve("a", [reservation("d1", 400)])
        state.redemptions.redeem(use_of("k1", "d1"), TERMS)
        state.redemptions.roll_back("k1", NOON)
        assert (self.figures(state), state.ledger.stock_left("a")) == ((400, 0), {"o1": 0})
        state.redemptions.redeem(use_of("k2", "d1"), TERMS)
        assert self.figures(state) == (0, 150)

    def test_a_promise_without_room_is_over_when_it_is_rolled_back(self) -> None:
        state = self.opened(500)
        state.ledger.reserve("a", [reservation("d1", 400)])
        state.redemptions.redeem(use_of("k1", "d1"), TERMS)
        state.ledger.reserve("a", [reservation("d2", 300)])
        state.redemptions.roll_back("k1", NOON)
        assert self.figures(state) == (300, 0)

    def test_rolling_back_twice_is_once(self) -> None:
        state = self.opened()
        state.redemptions.redeem(use_of("k1", "d1"), TERMS)
        first = state.redemptions.roll_back("k1", NOON + DAY)
        assert state.redemptions.roll_back("k1", NOON + 2 * DAY) == first
        assert self.figures(state) == (0, 0)

    def test_a_use_that_never_was_cannot_be_rolled_back(self) -> None:
        with expecting(InvalidError):
            self.opened().redemptions.roll_back("k1", NOON)

    def test_a_partner_pays_its_part_and_gets_it_back(self) -> None:
        state = self.opened()
        state.ledger.open("p", 200, {})
        terms = replace(TERMS, spent_minor=75, shared={"p": 75}, most_shared={"p": 200})
        state.redemptions.redeem(use_of("k1", "d1"), terms)
        assert state.ledger.state("p").spent_minor == 75
        state.redemptions.roll_back("k1", NOON + DAY)
        there = state.ledger.state("p")
        assert (there.spent_minor, there.reserved_minor) == (0, 0)

    def test_uses_are_found_by_shopper_and_by_time(self) -> None:
        state = self.opened()
        one = state.redemptions.redeem(use_of("k1", "d1"), TERMS)
        two = replace(use_of("k2", "d2", "s2"), at=NOON + timedelta(hours=1))
        state.redemptions.redeem(two, TERMS)
        assert state.redemptions.of_shopper("s1") == (one,)
        assert state.redemptions.between(NOON, NOON + DAY) == (one, two)
        assert state.redemptions.between(NOON - DAY, NOON) == ()

    def test_32_threads_keep_one_budget_one_cap_and_one_pool(self) -> None:
        """1,500 pay for 10 uses, the cap allows 12 and 14 codes are shared by 64 who try."""
        state = self.opened(1_500)
        state.codes.fill("o1", [f"A{at}" for at in range(14)])
        terms = replace(TERMS, most_minor=150, single=True, total=12)

        def take(at: int) -> str:
            code = f"A{at % 14}"
            try:
                return state.redemptions.redeem(use_of(f"k{at}", f"d{at}", code=code), terms).code
            except RefusedError:
                return ""

        with ThreadPoolExecutor(32) as threads:
            used = [code for code in threads.map(take, range(64)) if code]
        assert (len(used), len(set(used))) == (10, 10)
        assert self.figures(state) == (0, 1_500)
