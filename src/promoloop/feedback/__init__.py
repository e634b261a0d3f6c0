"""Outcomes, clicks and who made them, rewards."""

from promoloop.feedback.ports import ClickLog, OutcomeLog
from promoloop.feedback.records import Click, Outcome, Reward
from promoloop.feedback.rewards import (
    attribute,
    filter_scanner_clicks,
    weekly_margins,
)
from promoloop.feedback.scanners import (
    ScannerRules,
    Visit,
    label_clicks,
    machine_said,
    scanner_rules,
    signs_of,
)

__all__ = [
    "Click",
    "ClickLog",
    "Outcome",
    "OutcomeLog",
    "Reward",
    "ScannerRules",
    "Visit",
    "attribute",
    "filter_scanner_clicks",
    "label_clicks",
    "machine_said",
    "scanner_rules",
    "signs_of",
    "weekly_margins",
]
