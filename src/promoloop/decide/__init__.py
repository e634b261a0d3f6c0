"""Who gets what: arms, guards, allocation, exploration, explanation."""

from promoloop.decide.allocation import allocate
from promoloop.decide.arms import GlobalHoldout, assign_arm, assign_arms, held_out
from promoloop.decide.committing import require_same
from promoloop.decide.explained import (
    Comparison,
    Explanation,
    Grounds,
    Weighing,
    explain_fully,
)
from promoloop.decide.explanation import explain, reason_text
from promoloop.decide.guards import (
    BudgetLeft,
    CandidateOnly,
    ConsentGiven,
    ContactsLeft,
    CopyApproved,
    Guard,
    Guarded,
    LifecycleAudience,
    OfferValid,
    PartnerBudgetLeft,
    QuietHours,
    ShopperFacts,
    StockLeft,
    apply_guards,
)
from promoloop.decide.habit_words import has_habit_words
from promoloop.decide.hours import CONTACT_HOURS, ContactHours, contact_hours
from promoloop.decide.policy import FixedPolicy, InverseGapPolicy, Policy, UniformPolicy, drawn
from promoloop.decide.ports import (
    BudgetLedger,
    BudgetState,
    DecisionLog,
    Reservation,
    Settlement,
    StockCount,
)
from promoloop.decide.reasons import Reason, has_words
from promoloop.decide.records import ARMS, NOTHING, Allocation, Choices, Decision, Weighed
from promoloop.decide.terms import Budget, Terms

__all__ = [
    "ARMS",
    "CONTACT_HOURS",
    "NOTHING",
    "Allocation",
    "Budget",
    "BudgetLedger",
    "BudgetLeft",
    "BudgetState",
    "CandidateOnly",
    "Choices",
    "Comparison",
    "ConsentGiven",
    "ContactHours",
    "ContactsLeft",
    "CopyApproved",
    "Decision",
    "DecisionLog",
    "Explanation",
    "FixedPolicy",
    "GlobalHoldout",
    "Grounds",
    "Guard",
    "Guarded",
    "InverseGapPolicy",
    "LifecycleAudience",
    "OfferValid",
    "PartnerBudgetLeft",
    "Policy",
    "QuietHours",
    "Reason",
    "Reservation",
    "Settlement",
    "ShopperFacts",
    "StockCount",
    "StockLeft",
    "Terms",
    "UniformPolicy",
    "Weighed",
    "Weighing",
    "allocate",
    "apply_guards",
    "assign_arm",
    "assign_arms",
    "contact_hours",
    "drawn",
    "explain",
    "explain_fully",
    "has_habit_words",
    "has_words",
    "held_out",
    "reason_text",
    "require_same",
]
