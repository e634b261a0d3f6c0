"""What a shopper is about to buy, and what an offer takes off it. Integer minor units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from promoloop.core import InvalidError
from promoloop.offers.checks import require_text, require_whole

__all__ = ["Basket", "Cart", "CartLine", "Discount", "spread"]


@dataclass(frozen=True, slots=True)
class CartLine:
    """``quantity`` units of one product at ``unit_minor`` each."""

    product_id: str
    category: str
    unit_minor: int
    quantity: int = 1

    def __post_init__(self) -> None:
        require_text("cart line, field product_id", self.product_id)
        require_whole(f"cart line {self.product_id}, field unit_minor", self.unit_minor, 0)
        require_whole(f"cart line {self.product_id}, field quantity", self.quantity, 1)

    @property
    def total_minor(self) -> int:
        """What the line costs before any offer."""
        return self.unit_minor * self.quantity


@dataclass(frozen=True, slots=True)
class Cart:
    """Lines, the shipping charge and the coupon codes the shopper entered."""

    lines: tuple[CartLine, ...]
    currency: str
    shipping_minor: int = 0
    codes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_whole("cart, field shipping_minor", self.shipping_minor, 0)

    @property
    def subtotal_minor(self) -> int:
        """What all lines cost before any offer, without shipping."""
        return sum(line.total_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Basket:
    """The part of a cart that one offer looks at, and when.

    ``positions`` are the places of ``lines`` in the cart; a condition that does not hold leaves
    the basket empty.
    """

    lines: tuple[CartLine, ...]
    positions: tuple[int, ...]
    shipping_minor: int
    codes: frozenset[str]
    now: datetime

    @classmethod
    def of(cls, cart: Cart, now: datetime) -> Basket:
        """The whole ``cart`` at ``now`` (UTC)."""
        return cls(
            cart.lines,
            tuple(range(len(cart.lines))),
            cart.shipping_minor,
            frozenset(cart.codes),
            now,
        )

    @property
    def subtotal_minor(self) -> int:
        """What the lines cost before any offer."""
        return sum(line.total_minor for line in self.lines)

    def where(self, keep: Callable[[CartLine], bool]) -> Basket:
        """Only the lines that ``keep`` wants."""
        kept = [at for at, line in enumerate(self.lines) if keep(line)]
        return replace(
            self,
            lines=tuple(self.lines[at] for at in kept),
            positions=tuple(self.positions[at] for at in kept),
        )

    def only_if(self, holds: bool) -> Basket:
        """The same basket when ``holds``, an empty one otherwise."""
        return self if holds else self.where(lambda _: False)


@dataclass(frozen=True, slots=True)
class Discount:
    """What one reward takes off: per line of its basket, off shipping, and what it gives.

    ``gift_minor`` is what the gift is worth; it is not money off.
    """

    lines: tuple[int, ...]
    shipping_minor: int = 0
    gift_id: str | None = None
    gift_minor: int = 0


def spread(total: int, weights: tuple[int, ...]) -> tuple[int, ...]:
    """``total`` shared in proportion to ``weights``, in whole units that add up exactly.

    Largest remainders get the last units; ties go to the earlier one. No share exceeds its
    weight as long as ``total`` does not exceed their sum.

    >>> spread(10, (1, 1, 1)), spread(5, (200, 300))
    ((4, 3, 3), (2, 3))
    """
    whole = sum(weights)
    if total < 0 or (whole == 0 and total > 0):
        raise InvalidError(
            f"spreading {total} over {weights}", "there is nothing to spread it on", "Check both."
        )
    if whole == 0:
        return tuple(0 for _ in weights)
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: -(total * weights[at] % whole))
    for at in by_remainder[: total - sum(shares)]:
        shares[at] += 1
    return tuple(shares)
