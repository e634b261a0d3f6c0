"""What a cart must satisfy: each condition is data with one pure method, ``select``.

``select`` keeps the lines of the basket that stay in the offer: all, some, or none when the
condition does not hold. ``reason`` is the code logged when nothing is left. ``narrows`` marks
the conditions that say which lines the offer is about, in place of its product group.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from promoloop.core import InvalidError, require_utc
from promoloop.offers.cart import Basket
from promoloop.offers.checks import require_texts, require_whole

__all__ = ["CouponCode", "FlashWindow", "InCategories", "MinimumSpend", "OnProducts"]


@dataclass(frozen=True, slots=True)
class InCategories:
    """The offer is about products of these categories."""

    code: ClassVar[str] = "in_categories"
    reason: ClassVar[str] = "no_such_category"
    narrows: ClassVar[bool] = True

    categories: tuple[str, ...]

    def __post_init__(self) -> None:
        require_texts("in_categories, field categories", self.categories)

    def select(self, basket: Basket) -> Basket:
        """The lines of these categories."""
        return basket.where(lambda line: line.category in self.categories)


@dataclass(frozen=True, slots=True)
class OnProducts:
    """The offer is about these products."""

    code: ClassVar[str] = "on_products"
    reason: ClassVar[str] = "no_such_product"
    narrows: ClassVar[bool] = True

    product_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        require_texts("on_products, field product_ids", self.product_ids)

    def select(self, basket: Basket) -> Basket:
        """The lines of these products."""
        return basket.where(lambda line: line.product_id in self.product_ids)


@dataclass(frozen=True, slots=True)
class MinimumSpend:
    """The products the offer is about must cost at least ``amount_minor`` before discounts."""

    code: ClassVar[str] = "minimum_spend"
    reason: ClassVar[str] = "below_minimum_spend"
    narrows: ClassVar[bool] = False

    amount_minor: int

    def __post_init__(self) -> None:
        require_whole("minimum_spend, field amount_minor", self.amount_minor, 1)

    def select(self, basket: Basket) -> Basket:
        """All lines when they cost enough."""
        return basket.only_if(basket.subtotal_minor >= self.amount_minor)


@dataclass(frozen=True, slots=True)
class CouponCode:
    """The shopper must enter the code, or any code of a pool handed out one by one."""

    code: ClassVar[str] = "coupon_code"
    reason: ClassVar[str] = "code_missing"
    narrows: ClassVar[bool] = False

    codes: tuple[str, ...]

    def __post_init__(self) -> None:
        require_texts("coupon_code, field codes", self.codes)

    def select(self, basket: Basket) -> Basket:
        """All lines when one of the codes was entered."""
        return basket.only_if(not basket.codes.isdisjoint(self.codes))


@dataclass(frozen=True, slots=True)
class FlashWindow:
    """Only from ``start`` until just before ``end``, both UTC."""

    code: ClassVar[str] = "flash_window"
    reason: ClassVar[str] = "outside_flash_window"
    narrows: ClassVar[bool] = False

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        require_utc(self.start, "flash_window, field start")
        require_utc(self.end, "flash_window, field end")
        if self.end <= self.start:
            raise InvalidError(
                f"flash_window, field end = {self.end.isoformat()}",
                f"it is not after start {self.start.isoformat()}",
                "Give an end after the start.",
            )

    def select(self, basket: Basket) -> Basket:
        """All lines inside the window."""
        return basket.only_if(self.start <= basket.now < self.end)
