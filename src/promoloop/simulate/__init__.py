"""Shoppers with known truth."""

from promoloop.simulate.week import Treatment
from promoloop.simulate.world import ShopperWorld, next_fatigue

__all__ = [
    "ShopperWorld",
    "Treatment",
    "next_fatigue",
]
