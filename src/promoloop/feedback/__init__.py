"""Outcomes, bot filter, rewards."""

from promoloop.feedback.ports import OutcomeLog
from promoloop.feedback.records import Outcome, Reward
from promoloop.feedback.rewards import (
    ControlRow,
    attribute,
    control_rows,
    filter_scanner_clicks,
    weekly_margins,
)

__all__ = [
    "ControlRow",
    "Outcome",
    "OutcomeLog",
    "Reward",
    "attribute",
    "control_rows",
    "filter_scanner_clicks",
    "weekly_margins",
]
