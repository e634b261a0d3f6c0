"""Who gets what: arms, guards, allocation, exploration."""

from promoloop.decide.ports import BudgetLedger, BudgetState, DecisionLog, Reservation
from promoloop.decide.records import ARMS, NOTHING, Allocation, Choices, Decision, Weighed

__all__ = [
    "ARMS",
    "NOTHING",
    "Allocation",
    "BudgetLedger",
    "BudgetState",
    "Choices",
    "Decision",
    "DecisionLog",
    "Reservation",
    "Weighed",
]
