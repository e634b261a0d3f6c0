"""Budgets in dictionaries, behind one lock."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import BudgetState, Reservation, Settlement

__all__ = ["MemoryLedger"]


@dataclass
class _Account:
    budget: int
    units: dict[str, int]
    reserved: int = 0
    spent: int = 0
    late: int = 0
    taken: Counter[str] = field(default_factory=Counter)


@dataclass
class _Held:
    account: str
    terms: Reservation
    state: str = "reserved"
    spent: Counter[str] = field(default_factory=Counter)
    redeemed: bool = False

    @property
    def amounts(self) -> Counter[str]:
        """What was set aside, by account."""
        return Counter({self.account: self.terms.amount_minor}) + Counter(self.terms.shared)


class MemoryLedger:
    """See ``promoloop.decide.BudgetLedger`` and ``StockCount``."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._held: dict[str, _Held] = {}
        self._turn = threading.Lock()

    def open(self, account: str, budget_minor: int, stock: Mapping[str, int]) -> None:
        """Create the account, or check that the terms are the same."""
        _require_not_negative(budget_minor, *stock.values())
        with self._turn:
            there = self._accounts.setdefault(account, _Account(budget_minor, dict(stock)))
            if (there.budget, there.units) != (budget_minor, dict(stock)):
                raise RefusedError(f"opening {account!r}", "it has other terms", "Keep them.")

    def reserve(self, account: str, reservations: Sequence[Reservation]) -> None:
        """All or none."""
        with self._turn:
            there = self._account(account)
            fresh = self._fresh(account, reservations)
            amounts = Counter[str]()
            for held in fresh.values():
                amounts.update(_Held(account, held).amounts)
            wanted = Counter(held.offer_id for held in fresh.values())
            self._require_room(account, amounts, wanted)
            for name, amount in amounts.items():
                self._account(name).reserved += amount
            there.taken += wanted
            self._held |= {key: _Held(account, held) for key, held in fresh.items()}

    def _require_room(self, account: str, amounts: Counter[str], wanted: Counter[str]) -> None:
        there = self._account(account)
        short = [name for name, amount in amounts.items() if not self._fits(name, amount)]
        over = [
            offer_id
            for offer_id, units in there.units.items()
            if wanted[offer_id] and there.taken[offer_id] + wanted[offer_id] > units
        ]
        if over or short:
            said = f"reserving from {(short or [account])[0]!r}"
            raise RefusedError(said, "too little is left", "Wait.")

    def _fits(self, account: str, amount: int) -> bool:
        there = self._account(account)
        return there.reserved + there.spent + amount <= there.budget

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Spend; the rest goes back. All are looked at before any is written."""
        for one in settlements:
            _require_not_negative(one.spent_minor, *one.shared.values())
        with self._turn:
            for one in settlements:
                self._require_reserved(one)
            for one in settlements:
                self._settle(self._held[one.decision_id], one)

    def _require_reserved(self, one: Settlement) -> None:
        asked = f"settling {one.decision_id!r}"
        if one.decision_id not in self._held:
            raise InvalidError(asked, "nothing is reserved", "Reserve.")
        held = self._held[one.decision_id]
        if _asked(held, one) - held.amounts:
            raise RefusedError(asked, "too little is reserved", "Correct it.")

    def _settle(self, held: _Held, one: Settlement) -> None:
        """The larger of what it spent before and what it is said to have spent now stands."""
        late = held.state != "reserved"
        more = _asked(held, one) - held.spent
        if not late:
            self._free(held)
            held.state = "settled"
        for name, amount in more.items():
            there = self._accounts[name]
            there.spent += amount
            there.late += amount if late else 0
        held.spent += more
        if one.redeemed and not held.redeemed:
            held.redeemed = True
            self._accounts[held.account].taken[held.terms.offer_id] += 1

    def holds(self, decision_id: str) -> bool:
        """Whether something was ever set aside for the decision."""
        return decision_id in self._held

    def reverse(self, decision_id: str, now: datetime) -> None:
        """Undo a use: the promise is good again where it runs and there is room, else over."""
        with self._turn:
            held = self._held[decision_id]
            for name, amount in held.spent.items():
                self._accounts[name].spent -= amount
                self._accounts[name].late = min(
                    self._accounts[name].late, self._accounts[name].spent
                )
            if held.redeemed:
                self._accounts[held.account].taken[held.terms.offer_id] -= 1
            held.spent, held.redeemed, held.state = Counter(), False, "expired"
            fits = all(self._fits(name, amount) for name, amount in held.amounts.items())
            if now < held.terms.expires_at and fits:
                held.state = "reserved"
                for name, amount in held.amounts.items():
                    self._accounts[name].reserved += amount
                self._accounts[held.account].taken[held.terms.offer_id] += 1

    def _free(self, held: _Held) -> None:
        """Give back the money and the unit."""
        for name, amount in held.amounts.items():
            self._accounts[name].reserved -= amount
        self._accounts[held.account].taken[held.terms.offer_id] -= 1

    def expire(self, now: datetime) -> int:
        """Give back what nobody redeemed."""
        with self._turn:
            gone = [
                held
                for held in self._held.values()
                if held.state == "reserved" and held.terms.expires_at <= now
            ]
            for held in gone:
                held.state = "expired"
                self._free(held)
        return sum(held.amounts.total() for held in gone)

    def standing(self, decision_ids: Sequence[str]) -> dict[str, str]:
        """Where promises stand."""
        with self._turn:
            return {key: self._held[key].state for key in decision_ids if key in self._held}

    def release(self, decision_ids: Sequence[str]) -> int:
        """Give back what nobody was told of."""
        with self._turn:
            known = (self._held.get(key) for key in sorted(set(decision_ids)))
            gone = [held for held in known if held is not None and held.state == "reserved"]
            for held in gone:
                held.state = "expired"
                self._free(held)
        return sum(held.amounts.total() for held in gone)

    def state(self, account: str) -> BudgetState:
        """The account as it stands."""
        with self._turn:
            there = self._account(account)
            return BudgetState(account, there.budget, there.reserved, there.spent, there.late)

    def stock_left(self, account: str) -> dict[str, int]:
        """Units left per limited offer."""
        with self._turn:
            there = self._account(account)
            return {key: max(0, units - there.taken[key]) for key, units in there.units.items()}

    def _account(self, account: str) -> _Account:
        if account not in self._accounts:
            raise InvalidError(f"the account {account!r}", "it was never opened", "Open it.")
        return self._accounts[account]

    def _fresh(self, account: str, reservations: Sequence[Reservation]) -> dict[str, Reservation]:
        fresh: dict[str, Reservation] = {}
        for terms in reservations:
            _require_not_negative(terms.amount_minor, *terms.shared.values())
            key = terms.decision_id
            known = self._held.get(key, _Held(account, fresh.get(key, terms)))
            if (known.account, known.terms) != (account, terms):
                raise RefusedError(f"reserving for {key!r}", "it has other terms", "Keep them.")
            if key not in self._held:
                fresh[key] = terms
        return fresh


def _asked(held: _Held, one: Settlement) -> Counter[str]:
    """What the settlement spends, by account."""
    return Counter({held.account: one.spent_minor}) + Counter(one.shared)


def _require_not_negative(*amounts: int) -> None:
    for amount in amounts:
        if amount < 0:
            raise InvalidError(f"the amount {amount}", "it is negative", "Give zero or more.")
