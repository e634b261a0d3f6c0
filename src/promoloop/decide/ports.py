"""What the decide room needs from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from promoloop.decide.records import Decision

__all__ = [
    "BudgetLedger",
    "BudgetState",
    "DecisionLog",
    "Reservation",
    "Settlement",
    "StockCount",
]


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money (and one unit of stock) set aside for one promise, until it expires."""

    decision_id: str
    offer_id: str
    amount_minor: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one promise came to: money spent, and whether its unit of stock was redeemed."""

    decision_id: str
    spent_minor: int
    redeemed: bool


@dataclass(frozen=True, slots=True)
class BudgetState:
    """Where one budget stands. Always ``reserved_minor + spent_minor <= budget_minor``."""

    account: str
    budget_minor: int
    reserved_minor: int
    spent_minor: int


class BudgetLedger(Protocol):
    """Budgets and stock that cannot be overspent, whatever the concurrency."""

    def open(self, account: str, budget_minor: int, stock: Mapping[str, int]) -> None:
        """Create the account, with units per offer; the same terms again change nothing.

        Other terms for an open account are refused.
        """
        ...

    def reserve(self, account: str, reservations: Sequence[Reservation]) -> None:
        """Set all of them aside in one atomic step, or raise ``RefusedError`` and none."""
        ...

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Turn reservations into money spent, all in one transaction; the rest goes back.

        The unit of stock stays taken only when it was redeemed. A decision is settled once: its
        first settlement stands, so the same again changes nothing. More than was reserved, or a
        reservation that expired, is refused; a decision without one is an ``InvalidError``; either
        way nothing of the batch is written.
        """
        ...

    def expire(self, now: datetime) -> int:
        """Give back what expired unredeemed; return the amount in minor units."""
        ...

    def state(self, account: str) -> BudgetState:
        """The account as it stands; ``InvalidError`` when it was never opened."""
        ...


class StockCount(Protocol):
    """How much of each limited offer is left; kept by the ledger."""

    def stock_left(self, account: str) -> Mapping[str, int]:
        """Units left per offer id; an offer without a limit is not there."""
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

    def decided_between(
        self, campaign_id: str, start: datetime, end: datetime
    ) -> tuple[Decision, ...]:
        """Those with ``start <= decided_at < end``, in order of ``decision_id``."""
        ...
