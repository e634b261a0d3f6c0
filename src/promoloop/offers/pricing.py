"""The cart pricing engine: which offers apply, and what comes off each line.

Every offer is worked out on the undiscounted cart, so the order in which offers are given does
not matter. Offers of different groups add up, of one group at most one counts, and an exclusive
offer stands alone. Of all combinations these rules allow, the one that takes the most money off
is chosen, then the one with the dearer gifts: one more offer can therefore never make the
shopper pay more. A line never costs less than nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from promoloop.core import InvalidError, require_utc
from promoloop.offers.cart import Basket, Cart, Discount, spread
from promoloop.offers.checks import require_whole
from promoloop.offers.conditions import FlashWindow
from promoloop.offers.parts import CONDITIONS
from promoloop.offers.records import Offer

__all__ = ["EVERYTHING", "Applied", "PricedCart", "is_open", "price_cart"]

#: The product group of an offer on the whole cart.
EVERYTHING = "*"

_Amounts: TypeAlias = tuple[int, ...]  # one per cart line, then shipping


@dataclass(frozen=True, slots=True)
class Applied:
    """One offer that counted, and its share of what came off."""

    offer_id: str
    revision: int
    discount_minor: int
    shipping_minor: int
    gift_id: str | None


@dataclass(frozen=True, slots=True)
class PricedCart:
    """What the shopper pays, and why. Minor units of ``currency``.

    ``line_discounts`` follows the cart's lines and sums to ``discount_minor``, as do the applied
    offers. ``skipped`` maps the other offers to a reason code: ``other_currency``,
    ``not_started``, ``expired``, the ``reason`` of the condition that did not hold,
    ``no_such_category`` (also when no line is of the offer's group), ``nothing_off``,
    ``beaten_in_group``, ``beaten_by_exclusive``, ``exclusive_not_best``, ``adds_nothing`` (the
    others already take off all that may come off).
    """

    currency: str
    subtotal_minor: int
    line_discounts: tuple[int, ...]
    discount_minor: int
    shipping_minor: int
    shipping_discount_minor: int
    total_minor: int
    applied: tuple[Applied, ...]
    skipped: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Fit:
    """An offer that qualifies, and what it takes off on its own."""

    offer: Offer
    amounts: _Amounts
    gift_id: str | None
    gift_minor: int

    @property
    def worth(self) -> tuple[int, int]:
        """Money off, then gift."""
        return sum(self.amounts), self.gift_minor


@dataclass(frozen=True, slots=True)
class _Limits:
    """The most that may come off each line and shipping, and off all lines together."""

    each: _Amounts
    goods: int

    def add(self, so_far: _Amounts, more: _Amounts) -> _Amounts:
        """Both together, no line below zero."""
        return tuple(min(limit, a + b) for limit, a, b in zip(self.each, so_far, more, strict=True))

    def money(self, amounts: _Amounts) -> int:
        """What comes off in the end."""
        return min(self.goods, sum(amounts[:-1])) + amounts[-1]


def price_cart(
    cart: Cart, offers: Sequence[Offer], now: datetime, ceiling_percent: int | None = None
) -> PricedCart:
    """Price ``cart`` at ``now`` (UTC) with the best allowed combination of ``offers``.

    The search is exact. Its cost grows with the number of stacking groups that compete for the
    same lines; with none competing it looks at each offer once.

    Parameters
    ----------
    cart : Cart
        What the shopper buys.
    offers : sequence of Offer
        Offers that could apply, in any order, ids all different.
    now : datetime
        The moment, UTC.
    ceiling_percent : int, optional
        The most that may come off all lines together, in per cent of their price, 1 to 100.
        Free shipping is outside it.

    Raises
    ------
    InvalidError
        A time that is not UTC, an offer id given twice, a ceiling out of range.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from promoloop.offers import CartLine, PercentOff
    >>> days = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    >>> offer = Offer("o1", {"en-US": "coffee"}, "COFFEE", PercentOff(20, 400), *days, "USD")
    >>> cart = Cart((CartLine("p1", "COFFEE", 799, 2), CartLine("p2", "MILK", 199)), "USD")
    >>> priced = price_cart(cart, [offer], datetime(2026, 11, 11, tzinfo=UTC))
    >>> priced.line_discounts, priced.total_minor
    ((320, 0), 1477)
    """
    require_utc(now, "the moment of pricing")
    _require_different_ids(offers)
    limits = _limits(cart, ceiling_percent)
    fits: list[_Fit] = []
    skipped: dict[str, str] = {}
    for offer in sorted(offers, key=lambda one: one.offer_id):
        fit = _fit(offer, cart, now)
        if isinstance(fit, str):
            skipped[offer.offer_id] = fit
        else:
            fits.append(fit)
    chosen = _best(fits, limits)
    return _priced(cart, chosen, limits, skipped | _beaten(fits, chosen))


def is_open(offer: Offer, at: datetime) -> bool:
    """Whether the offer is valid at ``at`` (UTC) and inside its flash window, if it has one."""
    windows = [one for one in offer.conditions if isinstance(one, FlashWindow)]
    valid = offer.valid_from <= require_utc(at, "the moment") < offer.valid_until
    return valid and all(window.start <= at < window.end for window in windows)


def _limits(cart: Cart, ceiling_percent: int | None) -> _Limits:
    percent = 100 if ceiling_percent is None else ceiling_percent
    require_whole("the overall ceiling in per cent", percent, 1, 100)
    lines = tuple(line.total_minor for line in cart.lines)
    return _Limits((*lines, cart.shipping_minor), cart.subtotal_minor * percent // 100)


def _fit(offer: Offer, cart: Cart, now: datetime) -> _Fit | str:
    """What the offer takes off on its own, or the reason code why it does not count."""
    reason = _untimely(offer, cart.currency, now)
    if reason:
        return reason
    basket = Basket.of(cart, now)
    if offer.group != EVERYTHING and not any(one.narrows for one in offer.conditions):
        basket = basket.where(lambda line: line.category == offer.group)
        if not basket.lines:
            return "no_such_category"
    for condition in sorted(offer.conditions, key=lambda one: CONDITIONS.index(type(one))):
        basket = condition.select(basket)
        if not basket.lines:
            return condition.reason
    discount = offer.reward.discount(basket)
    fit = _Fit(offer, _placed(discount, basket, cart), discount.gift_id, discount.gift_minor)
    return fit if any(fit.worth) else "nothing_off"


def _untimely(offer: Offer, currency: str, now: datetime) -> str:
    if offer.currency != currency:
        return "other_currency"
    if now < offer.valid_from:
        return "not_started"
    return "expired" if now >= offer.valid_until else ""


def _placed(discount: Discount, basket: Basket, cart: Cart) -> _Amounts:
    amounts = [0] * len(cart.lines)
    for position, off in zip(basket.positions, discount.lines, strict=True):
        amounts[position] = off
    return (*amounts, discount.shipping_minor)


def _best(fits: Sequence[_Fit], limits: _Limits) -> tuple[_Fit, ...]:
    """The best of: all groups together, or one exclusive offer alone."""
    if len(fits) < 2:
        return tuple(fit for fit in fits if _worth((fit,), limits) > (0, 0))
    groups: dict[str, list[_Fit]] = {}
    for fit in fits:
        groups.setdefault(fit.offer.stacking, []).append(fit)
    alone = [(fit,) for fit in groups.pop("exclusive", [])]
    stacked = _best_stack(list(groups.values()), limits)
    return max([stacked, *alone], key=lambda some: _worth(some, limits))


def _worth(some: Sequence[_Fit], limits: _Limits) -> tuple[int, int]:
    return limits.money(_together(some, limits)), sum(fit.gift_minor for fit in some)


def _together(some: Sequence[_Fit], limits: _Limits) -> _Amounts:
    amounts = tuple(0 for _ in limits.each)
    for fit in some:
        amounts = limits.add(amounts, fit.amounts)
    return amounts


def _best_stack(groups: list[list[_Fit]], limits: _Limits) -> tuple[_Fit, ...]:
    """One offer of each group, the most off together: branch and bound, the best alone first."""
    ranked = sorted(
        (sorted(group, key=lambda fit: fit.worth, reverse=True) for group in groups),
        key=lambda group: group[0].worth,
        reverse=True,
    )
    best: tuple[_Fit, ...] = ()
    best_worth = (0, 0)
    open_: list[tuple[_Fit, ...]] = [()]
    while open_:
        some = open_.pop()
        left = ranked[len(some) :]
        if _hope(some, left, limits) <= best_worth:
            continue
        worth = _worth(some, limits)
        if worth > best_worth:
            best, best_worth = some, worth
        if left:
            open_.extend((*some, fit) for fit in reversed(left[0]))
    return best


def _hope(some: Sequence[_Fit], left: Sequence[Sequence[_Fit]], limits: _Limits) -> tuple[int, int]:
    """A bound on what ``some`` can come to with one more offer of each group that is left.

    An offer adds the less the more is off already, so what each group would add now, its best
    offer taken, is the most it can add; and no line can give more than it still costs.
    """
    so_far = _together(some, limits)
    room = tuple(limit - off for limit, off in zip(limits.each, so_far, strict=True))
    gift = sum(fit.gift_minor for fit in some)
    gains = sum(max(_gain(fit, room) for fit in group) for group in left)
    gifts = sum(max(fit.gift_minor for fit in group) for group in left)
    most = min(gains, _takers(left, room))
    return min(sum(so_far) + most, limits.goods + limits.each[-1]), gift + gifts


def _gain(fit: _Fit, room: _Amounts) -> int:
    return sum(min(off, free) for off, free in zip(fit.amounts, room, strict=True))


def _takers(left: Sequence[Sequence[_Fit]], room: _Amounts) -> int:
    """The most the groups could take off, if each could take its dearest offer on every line."""
    most = 0
    for at, free in enumerate(room):
        most += min(free, sum(max(fit.amounts[at] for fit in group) for group in left))
    return most


def _beaten(fits: Sequence[_Fit], chosen: Sequence[_Fit]) -> dict[str, str]:
    groups = {fit.offer.stacking for fit in chosen}
    return {
        fit.offer.offer_id: _why_beaten(fit.offer.stacking, groups)
        for fit in fits
        if fit not in chosen
    }


def _why_beaten(group: str, chosen_groups: set[str]) -> str:
    if group == "exclusive":
        return "exclusive_not_best"
    if "exclusive" in chosen_groups:
        return "beaten_by_exclusive"
    return "beaten_in_group" if group in chosen_groups else "adds_nothing"


def _priced(
    cart: Cart, chosen: Sequence[_Fit], limits: _Limits, skipped: Mapping[str, str]
) -> PricedCart:
    amounts = _together(chosen, limits)
    goods = spread(min(sum(amounts[:-1]), limits.goods), amounts[:-1])
    left = [*goods, amounts[-1]]
    applied = [_applied(fit, left) for fit in sorted(chosen, key=lambda fit: fit.offer.offer_id)]
    return PricedCart(
        currency=cart.currency,
        subtotal_minor=cart.subtotal_minor,
        line_discounts=goods,
        discount_minor=sum(goods),
        shipping_minor=cart.shipping_minor,
        shipping_discount_minor=amounts[-1],
        total_minor=cart.subtotal_minor + cart.shipping_minor - sum(goods) - amounts[-1],
        applied=tuple(applied),
        skipped=skipped,
    )


def _applied(fit: _Fit, left: list[int]) -> Applied:
    """The offer's share of what is ``left`` to give account of, which it takes away."""
    taken = [min(want, there) for want, there in zip(fit.amounts, left, strict=True)]
    for at, amount in enumerate(taken):
        left[at] -= amount
    return Applied(fit.offer.offer_id, fit.offer.revision, sum(taken[:-1]), taken[-1], fit.gift_id)


def _require_different_ids(offers: Sequence[Offer]) -> None:
    seen: set[str] = set()
    for offer in offers:
        if offer.offer_id in seen:
            raise InvalidError(
                f"pricing with offer {offer.offer_id}",
                "it is given twice",
                "Give each offer once, in its latest revision.",
            )
        seen.add(offer.offer_id)
