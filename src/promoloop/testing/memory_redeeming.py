"""Codes, uses of promises and decisions of real time in memory, for tests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from promoloop.core import InvalidError, RefusedError
from promoloop.decide import Decision, OfferUse, Reservation, Settlement, UseTerms
from promoloop.flows.ports import LivePromise
from promoloop.offers import IssuedCode
from promoloop.testing.memory_ledger import MemoryLedger
from promoloop.testing.memory_outbox import MemoryOutbox

__all__ = ["MemoryCodes", "MemoryLive", "MemoryRedemptions"]


class MemoryCodes:
    """See ``promoloop.offers.CodePools``."""

    def __init__(self) -> None:
        self._pools: dict[str, dict[str, IssuedCode]] = {}
        self.turn = threading.RLock()

    def fill(self, offer_id: str, codes: Sequence[str], given: int = 0) -> int:
        """Add what is not there."""
        with self.turn:
            first = offer_id not in self._pools
            pool = self._pools.setdefault(offer_id, {})
            before = len(pool)
            for code in codes:
                if code not in pool:
                    place = len(pool) + 1
                    gone = "before" if first and place <= given else ""
                    pool[code] = IssuedCode(offer_id, code, place, gone and f"before-{place}")
            return len(pool) - before

    def issue(self, offer_id: str, decision_id: str, shopper_id: str, at: datetime) -> str:
        """The next free one, or the one it was given before."""
        with self.turn:
            pool = self._pools.get(offer_id, {})
            for one in pool.values():
                if one.decision_id == decision_id:
                    return one.code
            free = next((one for one in pool.values() if not one.decision_id), None)
            if free is None:
                raise RefusedError(f"a code of {offer_id!r}", "none is left", "Add codes.")
            pool[free.code] = replace(
                free, decision_id=decision_id, shopper_id=shopper_id, issued_at=at
            )
            return free.code

    def give_back(self, decision_ids: Sequence[str]) -> int:
        """Free what was not used."""
        count = 0
        with self.turn:
            for pool in self._pools.values():
                for code, one in pool.items():
                    if one.decision_id in decision_ids and not one.used_by:
                        pool[code] = IssuedCode(one.offer_id, code, one.place)
                        count += 1
        return count

    def find(self, code: str) -> tuple[IssuedCode, ...]:
        """Wherever it is."""
        with self.turn:
            found = [pool[code] for _, pool in sorted(self._pools.items()) if code in pool]
        return tuple(found)

    def left(self, offer_id: str) -> int:
        """Nobody's."""
        with self.turn:
            return sum(not one.decision_id for one in self._pools.get(offer_id, {}).values())

    def pool(self, offer_id: str) -> tuple[IssuedCode, ...]:
        """An offer's codes, to look at."""
        with self.turn:
            return tuple(self._pools.get(offer_id, {}).values())

    def use(self, offer_id: str, code: str, key: str) -> None:
        """Mark it used, or free again with the key ""."""
        with self.turn:
            one = self._pools.get(offer_id, {}).get(code)
            if one is None or (key and one.used_by):
                raise RefusedError(f"using {code!r}", "it was used before", "Take another.")
            self._pools[offer_id][code] = replace(one, used_by=key)


@dataclass
class _Booked:
    use: OfferUse
    terms: UseTerms


class MemoryRedemptions:
    """See ``promoloop.decide.Redemptions``."""

    def __init__(self, ledger: MemoryLedger, codes: MemoryCodes) -> None:
        self._ledger, self._codes = ledger, codes
        self._booked: dict[str, _Booked] = {}
        self._turn = threading.Lock()

    def redeem(self, use: OfferUse, terms: UseTerms) -> OfferUse:
        """Everything is asked before anything is changed."""
        with self._turn:
            before = self._booked.get(use.key)
            if before is not None:
                same = (before.use.shopper_id, before.use.code) == (use.shopper_id, use.code)
                if not same or before.use.decision_id != use.decision_id:
                    raise RefusedError(f"the key {use.key!r}", "it was used", "Take a new one.")
                return before.use
            self._require_room(use, terms)
            if not self._ledger.holds(use.decision_id):
                shared = dict(terms.most_shared)
                held = Reservation(
                    use.decision_id, use.offer_id, terms.most_minor, terms.until, shared
                )
                self._ledger.reserve(terms.account, [held])
            if terms.single:
                self._codes.use(use.offer_id, use.code, use.key)
            spent = Settlement(use.decision_id, terms.spent_minor, True, dict(terms.shared))
            self._ledger.settle([spent])
            self._booked[use.key] = _Booked(use, terms)
            return use

    def _require_room(self, use: OfferUse, terms: UseTerms) -> None:
        good = [one.use for one in self._booked.values() if one.use.state == "redeemed"]
        if any(one.decision_id == use.decision_id for one in good):
            raise RefusedError(f"the promise {use.decision_id!r}", "it was used", "Take another.")
        mine = Counter(one.shopper_id for one in good if one.offer_id == use.offer_id)
        if terms.total is not None and mine.total() >= terms.total:
            raise RefusedError(f"the offer {use.offer_id!r}", "total cap", "It is sold out.")
        if terms.per_shopper is not None and mine[use.shopper_id] >= terms.per_shopper:
            raise RefusedError(f"the offer {use.offer_id!r}", "shopper cap", "Enough.")
        if terms.single and any(one.used_by for one in self._found(use)):
            raise RefusedError(f"the code {use.code!r}", "it was used before", "Take another.")

    def _found(self, use: OfferUse) -> list[IssuedCode]:
        return [one for one in self._codes.find(use.code) if one.offer_id == use.offer_id]

    def roll_back(self, key: str, at: datetime) -> OfferUse:
        """Once."""
        with self._turn:
            if key not in self._booked:
                raise InvalidError(f"the use {key!r}", "there is none", "Check the key.")
            booked = self._booked[key]
            if booked.use.state == "redeemed":
                self._ledger.reverse(booked.use.decision_id, at)
                if booked.terms.single:
                    self._codes.use(booked.use.offer_id, booked.use.code, "")
                booked.use = replace(booked.use, state="rolled_back", rolled_back_at=at)
            return booked.use

    def get(self, key: str) -> OfferUse:
        """By key."""
        if key not in self._booked:
            raise InvalidError(f"the use {key!r}", "there is none", "Check the key.")
        return self._booked[key].use

    def of_shopper(self, shopper_id: str) -> tuple[OfferUse, ...]:
        """Oldest first."""
        return tuple(one for one in self._all() if one.shopper_id == shopper_id)

    def between(self, start: datetime, end: datetime) -> tuple[OfferUse, ...]:
        """In order of time."""
        return tuple(one for one in self._all() if start <= one.at < end)

    def _all(self) -> list[OfferUse]:
        return sorted((one.use for one in self._booked.values()), key=lambda use: (use.at, use.key))


class Logged(Protocol):
    """The part of a decision log that real time writes to."""

    def known(self, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
        """Those stored under the same ids."""
        ...

    def append(self, decisions: Sequence[Decision]) -> None:
        """Add."""
        ...


class MemoryLive:
    """See ``promoloop.flows.ports.LiveCommit``."""

    def __init__(
        self,
        decisions: Logged,
        ledger: MemoryLedger,
        outbox: MemoryOutbox,
        codes: MemoryCodes,
    ) -> None:
        self._decisions, self._ledger, self._outbox = decisions, ledger, outbox
        self._codes = codes
        self._turn = threading.Lock()

    def submit(self, promise: LivePromise) -> Future[Decision]:
        """Done before it returns."""
        done: Future[Decision] = Future()
        try:
            done.set_result(self._stored(promise))
        except RefusedError as error:
            done.set_exception(error)
        return done

    def _stored(self, promise: LivePromise) -> Decision:
        with self._turn:
            known = self._decisions.known([promise.decision])
            if known:
                return known[0]
            self._require_options(promise)
            if promise.reservation is not None:
                self._ledger.reserve(promise.account, [promise.reservation])
            self._decisions.append([promise.decision])
            if promise.shown is not None:
                self._outbox.messages.setdefault(promise.shown.dedupe_key, promise.shown)
            return promise.decision

    def _require_options(self, promise: LivePromise) -> None:
        """Whatever could have been drawn must be payable."""
        left = self._ledger.stock_left(promise.account)
        short = [name for name, most in promise.room.items() if not self._has(name, most)]
        short += [offer_id for offer_id in promise.limited if left.get(offer_id, 1) < 1]
        drawn = promise.decision.offer_id
        pools = [offer_id for offer_id in promise.pools if offer_id != drawn]
        short += [offer_id for offer_id in pools if self._codes.left(offer_id) < 1]
        if short:
            raise RefusedError(f"promising {short[0]!r}", "too little is left", "Draw again.")

    def _has(self, account: str, most: int) -> bool:
        return self._ledger.state(account).free_minor >= most
