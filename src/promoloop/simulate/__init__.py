"""Shoppers with known truth."""

from promoloop.simulate.shop import SimulatedShop, simulated_shop
from promoloop.simulate.week import Treatment
from promoloop.simulate.world import ShopperWorld, next_fatigue

__all__ = [
    "ShopperWorld",
    "SimulatedShop",
    "Treatment",
    "next_fatigue",
    "simulated_shop",
]
