"""Outcomes, bot filter, rewards."""

from promoloop.feedback.ports import OutcomeLog
from promoloop.feedback.records import Outcome, Reward

__all__ = [
    "Outcome",
    "OutcomeLog",
    "Reward",
]
