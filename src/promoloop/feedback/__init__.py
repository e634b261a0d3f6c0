"""Outcomes, bot filter, rewards."""

from promoloop.feedback.ports import OutcomeLog
from promoloop.feedback.records import Outcome, Reward
from promoloop.feedback.rewards import (
    attribute,
    filter_scanner_clicks,
    weekly_margins,
)

__all__ = [
    "Outcome",
    "OutcomeLog",
    "Reward",
    "attribute",
    "filter_scanner_clicks",
    "weekly_margins",
]
