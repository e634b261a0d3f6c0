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
    taken: Counter[str] = field(default_factory=Counter)


@dataclass
class _Held:
    account: str
    terms: Reservation
    state: str = "reserved"


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
            amount = sum(held.amount_minor for held in fresh.values())
            wanted = Counter(held.offer_id for held in fresh.values())
            over = [
                offer_id
                for offer_id, units in there.units.items()
                if there.taken[offer_id] + wanted[offer_id] > units
            ]
            if over or there.reserved + there.spent + amount > there.budget:
                raise RefusedError(f"reserving from {account!r}", "too little is left", "Wait.")
            there.reserved += amount
            there.taken += wanted
            self._held |= {key: _Held(account, held) for key, held in fresh.items()}

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Spend; the rest goes back. All are looked at before any is written."""
        wanted: dict[str, Settlement] = {}
        for one in settlements:
            _require_not_negative(one.spent_minor)
            wanted.setdefault(one.decision_id, one)
        with self._turn:
            for one in wanted.values():
                self._require_room(one)
            for one in wanted.values():
                self._settle(self._held[one.decision_id], one)

    def _require_room(self, one: Settlement) -> None:
        asked = f"settling {one.decision_id!r}"
        if one.decision_id not in self._held:
            raise InvalidError(asked, "nothing is reserved", "Reserve.")
        held = self._held[one.decision_id]
        over = held.state == "reserved" and one.spent_minor > held.terms.amount_minor
        if held.state == "expired" or over:
            raise RefusedError(asked, "too little is reserved", "Correct it.")

    def _settle(self, held: _Held, one: Settlement) -> None:
        if held.state == "settled":
            return
        held.state = "settled"
        there = self._accounts[held.account]
        there.reserved -= held.terms.amount_minor
        there.spent += one.spent_minor
        if not one.redeemed:
            there.taken[held.terms.offer_id] -= 1

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
                there = self._accounts[held.account]
                there.reserved -= held.terms.amount_minor
                there.taken[held.terms.offer_id] -= 1
        return sum(held.terms.amount_minor for held in gone)

    def state(self, account: str) -> BudgetState:
        """The account as it stands."""
        with self._turn:
            there = self._account(account)
            return BudgetState(account, there.budget, there.reserved, there.spent)

    def stock_left(self, account: str) -> dict[str, int]:
        """Units left per limited offer."""
        with self._turn:
            there = self._account(account)
            return {key: units - there.taken[key] for key, units in there.units.items()}

    def _account(self, account: str) -> _Account:
        if account not in self._accounts:
            raise InvalidError(f"the account {account!r}", "it was never opened", "Open it.")
        return self._accounts[account]

    def _fresh(self, account: str, reservations: Sequence[Reservation]) -> dict[str, Reservation]:
        fresh: dict[str, Reservation] = {}
        for terms in reservations:
            _require_not_negative(terms.amount_minor)
            key = terms.decision_id
            known = self._held.get(key, _Held(account, fresh.get(key, terms)))
            if (known.account, known.terms) != (account, terms):
                raise RefusedError(f"reserving for {key!r}", "it has other terms", "Keep them.")
            if key not in self._held:
                fresh[key] = terms
        return fresh


def _require_not_negative(*amounts: int) -> None:
    for amount in amounts:
        if amount < 0:
            raise InvalidError(f"the amount {amount}", "it is negative", "Give zero or more.")
