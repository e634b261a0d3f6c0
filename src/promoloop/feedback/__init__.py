"""Outcomes, bot filter, rewards."""

from promoloop.feedback.ports import ClickLog, OutcomeLog
from promoloop.feedback.records import Click, Outcome, Reward
from promoloop.feedback.rewards import (
    attribute,
    filter_scanner_clicks,
    weekly_margins,
)

__all__ = [
    "Click",
    "ClickLog",
    "Outcome",
    "OutcomeLog",
    "Reward",
    "attribute",
    "filter_scanner_clicks",
    "weekly_margins",
]
