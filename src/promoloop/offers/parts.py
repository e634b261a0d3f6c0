"""Offer parts as data: rewards and conditions, and the tuples that register them.

A part is a frozen dataclass with a ``code``, typed fields and one pure method: a reward says how
much comes off the lines it applies to, a condition says which lines of a cart qualify. The
console form, the API schema and the copywriter's fact sheet derive from the fields.
"""

from __future__ import annotations

from dataclasses import Field
from typing import Any, ClassVar, Protocol

from promoloop.offers.cart import Basket, Discount
from promoloop.offers.conditions import (
    CouponCode,
    FlashWindow,
    InCategories,
    MinimumSpend,
    OnProducts,
)
from promoloop.offers.rewards import (
    AmountOff,
    BuyXGetY,
    FreeShipping,
    Gift,
    PercentOff,
    TieredAmountOff,
)

__all__ = ["CONDITIONS", "REWARDS", "Condition", "Part", "Reward"]


class Part(Protocol):
    """A frozen dataclass known by its ``code``."""

    code: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


class Reward(Part, Protocol):
    """What the shopper gets."""

    def discount(self, basket: Basket) -> Discount:
        """What comes off the lines of a basket that passed the conditions."""
        ...


class Condition(Part, Protocol):
    """What the cart must satisfy."""

    reason: ClassVar[str]
    narrows: ClassVar[bool]

    def select(self, basket: Basket) -> Basket:
        """The lines that stay in the offer; none when the condition does not hold."""
        ...


#: Every kind of reward there is.
REWARDS: tuple[type[Reward], ...] = (
    PercentOff,
    AmountOff,
    TieredAmountOff,
    BuyXGetY,
    Gift,
    FreeShipping,
)

#: Every kind of condition there is, in the order in which they are tested: those that say which
#: products count come before those that look at what these products cost.
CONDITIONS: tuple[type[Condition], ...] = (
    InCategories,
    OnProducts,
    MinimumSpend,
    CouponCode,
    FlashWindow,
)
