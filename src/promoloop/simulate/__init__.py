"""Shoppers with known truth."""

from promoloop.simulate.journeys import (
    JOURNEY_ACTIONS,
    JourneyAction,
    JourneyConstants,
    JourneyEnv,
    JourneyVectorEnv,
    JourneyWorld,
    KnowingMyopic,
    LongTermValue,
    log_journeys,
    long_term_value,
    value_of_plan,
)
from promoloop.simulate.shop import SimulatedShop, simulated_shop
from promoloop.simulate.week import Treatment
from promoloop.simulate.world import ShopperWorld, next_fatigue

__all__ = [
    "JOURNEY_ACTIONS",
    "JourneyAction",
    "JourneyConstants",
    "JourneyEnv",
    "JourneyVectorEnv",
    "JourneyWorld",
    "KnowingMyopic",
    "LongTermValue",
    "ShopperWorld",
    "SimulatedShop",
    "Treatment",
    "log_journeys",
    "long_term_value",
    "next_fatigue",
    "simulated_shop",
    "value_of_plan",
]
