"""Simulated shoppers over weeks, with known uplift, fatigue, churn and delayed purchases."""

from promoloop.simulate.journeys.environment import JourneyEnv, JourneyVectorEnv
from promoloop.simulate.journeys.myopia import KnowingMyopic
from promoloop.simulate.journeys.running import (
    LongTermValue,
    Plan,
    log_journeys,
    long_term_value,
    value_of_plan,
)
from promoloop.simulate.journeys.settings import (
    JOURNEY_ACTIONS,
    JourneyAction,
    JourneyConstants,
    season_log_odds,
)
from promoloop.simulate.journeys.state import JourneyState, JourneyWeek, observed
from promoloop.simulate.journeys.traits import JourneyTraits, draw_traits
from promoloop.simulate.journeys.world import JourneyWorld

__all__ = [
    "JOURNEY_ACTIONS",
    "JourneyAction",
    "JourneyConstants",
    "JourneyEnv",
    "JourneyState",
    "JourneyTraits",
    "JourneyVectorEnv",
    "JourneyWeek",
    "JourneyWorld",
    "KnowingMyopic",
    "LongTermValue",
    "Plan",
    "draw_traits",
    "log_journeys",
    "long_term_value",
    "observed",
    "season_log_odds",
    "value_of_plan",
]
