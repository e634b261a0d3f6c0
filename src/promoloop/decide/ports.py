"""What the decide room needs from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from promoloop.decide.records import Decision, Shard
from promoloop.decide.redeeming import OfferUse, UseTerms

__all__ = [
    "BudgetLedger",
    "BudgetState",
    "DecisionLog",
    "PromiseBook",
    "Redemptions",
    "Reservation",
    "Settlement",
    "ShardSource",
    "StockCount",
]


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money (and one unit of stock) set aside for one promise, until it expires.

    ``shared`` maps further accounts, such as a partner's, to what is set aside in them too.
    """

    decision_id: str
    offer_id: str
    amount_minor: int
    expires_at: datetime
    shared: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one promise came to: money spent, and whether its unit of stock was redeemed.

    ``shared`` maps further accounts to what they spent; one that is missing spent nothing.
    """

    decision_id: str
    spent_minor: int
    redeemed: bool
    shared: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BudgetState:
    """Where one budget stands. Always ``reserved + spent - late <= budget``.

    ``late_minor`` is the part of ``spent_minor`` that was reported after the money set aside for
    it had gone back. Only this can take an account over its budget; see ``over_minor``.
    """

    account: str
    budget_minor: int
    reserved_minor: int
    spent_minor: int
    late_minor: int = 0

    @property
    def free_minor(self) -> int:
        """What can still be set aside."""
        return max(0, self.budget_minor - self.reserved_minor - self.spent_minor)

    @property
    def over_minor(self) -> int:
        """How far spent and set aside exceed the budget: 0 unless reports came too late."""
        return max(0, self.reserved_minor + self.spent_minor - self.budget_minor)


class BudgetLedger(Protocol):
    """Budgets and stock that cannot be promised away twice, whatever the concurrency."""

    def open(self, account: str, budget_minor: int, stock: Mapping[str, int]) -> None:
        """Create the account, with units per offer; the same terms again change nothing.

        Other terms for an open account are refused.
        """
        ...

    def reserve(self, account: str, reservations: Sequence[Reservation]) -> None:
        """Set all of them aside in one atomic step, or raise ``RefusedError`` and none.

        In ``account`` and in every account they share: all, or none.
        """
        ...

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Turn reservations into money spent, all in one transaction; the rest goes back.

        The unit of stock stays taken only when it was redeemed. A decision may be settled again:
        of what it spent in each account the larger figure stands, so the same again changes
        nothing. What is spent after the money went back, because the decision was settled for
        less or had expired, is owed all the same: it is booked as late, whether there is room or
        not, and its unit is taken again. More than was reserved is refused; a decision without a
        reservation is an ``InvalidError``; either way nothing of the batch is written.
        """
        ...

    def expire(self, now: datetime) -> int:
        """Give back what expired unredeemed, in every account; return the amount, minor units."""
        ...

    def state(self, account: str) -> BudgetState:
        """The account as it stands; ``InvalidError`` when it was never opened."""
        ...


class StockCount(Protocol):
    """How much of each limited offer is left; kept by the ledger."""

    def stock_left(self, account: str) -> Mapping[str, int]:
        """Units left per offer id, 0 or more; an offer without a limit is not there."""
        ...


class PromiseBook(Protocol):
    """Where promises stand; kept by the ledger."""

    def standing(self, decision_ids: Sequence[str]) -> Mapping[str, str]:
        """``reserved``, ``settled`` or ``expired`` for those that ever set money aside."""
        ...

    def release(self, decision_ids: Sequence[str]) -> int:
        """Give back money and units of promises that no shopper was ever told of.

        Those that are settled, expired or unknown are left alone. Return the amount, minor units.
        """
        ...


class DecisionLog(Protocol):
    """Every decision, whole, for ever."""

    def append(self, decisions: Sequence[Decision]) -> None:
        """Add in one transaction; a ``decision_id`` already there is left alone."""
        ...

    def get(self, decision_id: str) -> Decision:
        """The decision; ``InvalidError`` when there is none."""
        ...

    def of_campaign(self, campaign_id: str) -> tuple[Decision, ...]:
        """Every decision of one campaign, in order of ``decision_id``."""
        ...

    def of_shopper(self, shopper_id: str) -> tuple[Decision, ...]:
        """Every decision for one shopper, in order of ``decision_id``."""
        ...

    def decided_between(
        self, campaign_id: str, start: datetime, end: datetime
    ) -> tuple[Decision, ...]:
        """Those with ``start <= decided_at < end``, in order of ``decision_id``."""
        ...


class ShardSource(Protocol):
    """An audience that is read shard by shard, as often as needed."""

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows there are over all shards, and how many actions."""
        ...

    @property
    def budgets(self) -> tuple[str, ...]:
        """Further budgets whose cost varies by row, in the order of each shard's ``costs``."""
        ...

    def shards(self) -> Iterator[Shard]:
        """All shards; the same in the same order each time."""
        ...


class Redemptions(Protocol):
    """Uses of promises, each booked with its money, its code and its caps in one atomic step."""

    def redeem(self, use: OfferUse, terms: UseTerms) -> OfferUse:
        """Book the use, or refuse it and change nothing; the same key again is what it was.

        ``RefusedError`` when the key was used for something else, the promise or its code was
        used before, a cap is reached, or there is no money for a promise that was not made yet.
        """
        ...

    def roll_back(self, key: str, at: datetime) -> OfferUse:
        """Undo a use: its money, unit, caps and code are free again; undone twice is once.

        A promise that still runs at ``at`` is good again if there is room for it; else its money
        is free. ``InvalidError`` when there is no use of this key.
        """
        ...

    def get(self, key: str) -> OfferUse:
        """The use of this key; ``InvalidError`` when there is none."""
        ...

    def of_shopper(self, shopper_id: str) -> tuple[OfferUse, ...]:
        """Everything one shopper used, oldest first."""
        ...

    def between(self, start: datetime, end: datetime) -> tuple[OfferUse, ...]:
        """Uses with ``start <= at < end``, in order of ``at``."""
        ...
