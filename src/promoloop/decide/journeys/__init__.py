"""Frequency and timing over weeks: what one message does to all later ones.

A journey is one shopper's weeks. Every policy here sees what a shop can see of the shopper, not
the truth, and reports the exact propensity of what it chose.
"""

from promoloop.decide.journeys.fitted import FittedQ, MyopicBandit
from promoloop.decide.journeys.ports import JourneyPolicy
from promoloop.decide.journeys.records import JOURNEY_FEATURES, JOURNEY_TRAITS, JourneyLog
from promoloop.decide.journeys.rules import JourneyRule
from promoloop.decide.journeys.softening import softened
from promoloop.decide.journeys.tabular import TabularQ
from promoloop.decide.journeys.trees import TreeSettings
from promoloop.decide.journeys.values import LinearValue

__all__ = [
    "JOURNEY_FEATURES",
    "JOURNEY_TRAITS",
    "FittedQ",
    "JourneyLog",
    "JourneyPolicy",
    "JourneyRule",
    "LinearValue",
    "MyopicBandit",
    "TabularQ",
    "TreeSettings",
    "softened",
]
