"""What a shopper gets: each reward is data with one pure method, ``discount``.

``discount`` receives the basket that already passed the offer's conditions and says what comes
off each line, what comes off shipping, and what is given. Amounts are minor units of the
offer's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from promoloop.core import InvalidError, percent_of, require_locale
from promoloop.offers.cart import Basket, Discount, spread
from promoloop.offers.checks import require_text, require_whole

__all__ = ["AmountOff", "BuyXGetY", "FreeShipping", "Gift", "PercentOff", "TieredAmountOff"]


@dataclass(frozen=True, slots=True)
class PercentOff:
    """``percent`` off the basket, at most ``ceiling_minor`` in all."""

    code: ClassVar[str] = "percent_off"

    percent: int
    ceiling_minor: int | None = None

    def __post_init__(self) -> None:
        require_whole("percent_off, field percent", self.percent, 1, 100)
        _require_ceiling("percent_off", self.ceiling_minor)

    def discount(self, basket: Basket) -> Discount:
        """The percentage of the whole basket, rounded once, shared over its lines."""
        off = _at_most(percent_of(basket.subtotal_minor, self.percent), self.ceiling_minor)
        return _shared(off, basket)


@dataclass(frozen=True, slots=True)
class AmountOff:
    """A fixed amount off the basket, never more than the basket costs."""

    code: ClassVar[str] = "amount_off"

    amount_minor: int

    def __post_init__(self) -> None:
        require_whole("amount_off, field amount_minor", self.amount_minor, 1)

    def discount(self, basket: Basket) -> Discount:
        """The amount, shared over the lines."""
        return _shared(min(self.amount_minor, basket.subtotal_minor), basket)


@dataclass(frozen=True, slots=True)
class TieredAmountOff:
    """Spend more, save more (满减): of the tiers reached only the highest counts.

    ``tiers`` are pairs (threshold, off): thresholds rise strictly, and so do the amounts off,
    each less than its threshold.
    """

    code: ClassVar[str] = "tiered_amount_off"

    tiers: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        what = "tiered_amount_off, field tiers"
        if not self.tiers:
            raise InvalidError(what, "there is no tier", "Give at least one [threshold, off].")
        for threshold, off in self.tiers:
            require_whole(f"{what}, threshold", threshold, 1)
            require_whole(f"{what}, off at {threshold}", off, 1, threshold - 1)
        for (low, less), (high, more) in zip(self.tiers, self.tiers[1:], strict=False):
            if high <= low or more <= less:
                raise InvalidError(
                    what,
                    f"[{high}, {more}] follows [{low}, {less}]",
                    "Both thresholds and amounts off must rise from tier to tier.",
                )

    def discount(self, basket: Basket) -> Discount:
        """The amount of the highest tier reached, shared over the lines."""
        reached = [off for threshold, off in self.tiers if basket.subtotal_minor >= threshold]
        return _shared(max(reached, default=0), basket)


@dataclass(frozen=True, slots=True)
class BuyXGetY:
    """For every ``buy`` units paid, ``get`` more at ``percent`` off; the cheapest units first.

    Sets repeat as long as there are enough units; ``ceiling_minor`` bounds what one order gets.
    """

    code: ClassVar[str] = "buy_x_get_y"

    buy: int
    get: int
    percent: int = 100
    ceiling_minor: int | None = None

    def __post_init__(self) -> None:
        require_whole("buy_x_get_y, field buy", self.buy, 1)
        require_whole("buy_x_get_y, field get", self.get, 1)
        require_whole("buy_x_get_y, field percent", self.percent, 1, 100)
        _require_ceiling("buy_x_get_y", self.ceiling_minor)

    def discount(self, basket: Basket) -> Discount:
        """The percentage of the cheapest units, as many as the sets in the basket give."""
        units = sum(line.quantity for line in basket.lines)
        left = units // (self.buy + self.get) * self.get
        worth = [0] * len(basket.lines)
        for at in sorted(range(len(worth)), key=lambda at: basket.lines[at].unit_minor):
            taken = min(left, basket.lines[at].quantity)
            worth[at] = taken * basket.lines[at].unit_minor
            left -= taken
        off = _at_most(percent_of(sum(worth), self.percent), self.ceiling_minor)
        return Discount(spread(off, tuple(worth)))


@dataclass(frozen=True, slots=True)
class Gift:
    """One unit of another product, named by ``titles`` per locale, worth ``value_minor``."""

    code: ClassVar[str] = "gift"

    product_id: str
    titles: Mapping[str, str]
    value_minor: int

    def __post_init__(self) -> None:
        require_text("gift, field product_id", self.product_id)
        require_whole("gift, field value_minor", self.value_minor, 1)
        if not self.titles:
            raise InvalidError("gift, field titles", "it is empty", "Name the gift per locale.")
        for locale, title in self.titles.items():
            require_text(f"gift, field titles, {require_locale(locale)}", title)

    def discount(self, basket: Basket) -> Discount:
        """Nothing off the lines; the gift comes with any qualifying basket."""
        nothing = tuple(0 for _ in basket.lines)
        return Discount(nothing, gift_id=self.product_id, gift_minor=self.value_minor)


@dataclass(frozen=True, slots=True)
class FreeShipping:
    """The shipping charge, up to ``ceiling_minor``."""

    code: ClassVar[str] = "free_shipping"

    ceiling_minor: int

    def __post_init__(self) -> None:
        require_whole("free_shipping, field ceiling_minor", self.ceiling_minor, 1)

    def discount(self, basket: Basket) -> Discount:
        """Nothing off the lines; the shipping charge of the cart."""
        off = min(basket.shipping_minor, self.ceiling_minor)
        return Discount(tuple(0 for _ in basket.lines), shipping_minor=off)


def _shared(off: int, basket: Basket) -> Discount:
    return Discount(spread(off, tuple(line.total_minor for line in basket.lines)))


def _at_most(off: int, ceiling_minor: int | None) -> int:
    return off if ceiling_minor is None else min(off, ceiling_minor)


def _require_ceiling(code: str, ceiling_minor: int | None) -> None:
    if ceiling_minor is not None:
        require_whole(f"{code}, field ceiling_minor", ceiling_minor, 1)
