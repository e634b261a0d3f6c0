"""Whether the recorded prices support a reduction that is announced, as a market asks for it.

Where a market has a rule (``data/price-rules.toml``) a reduction counts from the lowest price of
the days before, not from the shelf: a price that was raised for the sale supports none. The
evidence is kept with the answer. Not legal advice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

from promoloop.core import require_utc
from promoloop.offers.records import Offer, PricePoint, Product
from promoloop.offers.rewards import AmountOff, PercentOff

__all__ = [
    "PRICE_CLAIM",
    "LowestPrice",
    "PriceClaim",
    "PriceRule",
    "announces_reduction",
    "check_price",
    "lowest_price",
    "price_changes",
    "price_rule",
]

#: What the codes of refused claims begin with.
PRICE_CLAIM = "price-claim"

_REDUCING = (PercentOff, AmountOff)


@dataclass(frozen=True, slots=True)
class PriceRule:
    """A market's rule: the lowest price of ``kind`` in the ``days`` before counts."""

    markets: tuple[str, ...]
    kind: str
    days: int
    since: date
    source: str


@dataclass(frozen=True, slots=True)
class LowestPrice:
    """The price a reduction counts from, and the points it was found among."""

    price_minor: int
    at: datetime
    points: tuple[PricePoint, ...]


@dataclass(frozen=True, slots=True)
class PriceClaim:
    """Whether one product's reduction is supported.

    ``code`` is "" where it is, else ``price-claim:`` and why not; ``from_minor`` is the price it is
    announced against, ``lowest`` what the history shows, ``None`` where it shows nothing.
    """

    product_id: str
    code: str
    from_minor: int
    lowest: LowestPrice | None


@cache
def price_rule(market: str, on: date) -> PriceRule | None:
    """The rule in force in ``market`` on the day ``on``; ``None`` where none asks for a history."""
    source = files("promoloop.offers").joinpath("data", "price-rules.toml")
    rows = tomllib.loads(source.read_text(encoding="utf-8"))["rule"]
    rules = [PriceRule(**(row | {"markets": tuple(row["markets"])})) for row in rows]
    found = [rule for rule in rules if market in rule.markets and rule.since <= on]
    return max(found, key=lambda rule: rule.since, default=None)


def price_changes(
    products: Iterable[Product], standing: Mapping[str, PricePoint], at: datetime, source: str
) -> list[PricePoint]:
    """Points to record for prices that are new or differ from what stands."""
    return [
        PricePoint(one.product_id, "offered", one.price_minor, one.currency, at, source)
        for one in products
        if (last := standing.get(one.product_id)) is None
        or (last.price_minor, last.currency) != (one.price_minor, one.currency)
    ]


def announces_reduction(offer: Offer) -> bool:
    """Whether the offer says that a product costs less.

    A gift, free shipping, or something more for buying more does not.
    """
    return isinstance(offer.reward, _REDUCING)


def lowest_price(points: Sequence[PricePoint], rule: PriceRule, at: datetime) -> LowestPrice | str:
    """The lowest price of the days before ``at``, or the code of why there is none.

    Parameters
    ----------
    points : sequence of PricePoint
        Of one product and of the rule's kind, in order of time, with what stood or was sold last
        before the days begin.
    """
    start = at - timedelta(days=rule.days)
    within = [one for one in points if start <= one.at < at]
    before = [one for one in points if one.at < start]
    if not within and not before:
        return f"{PRICE_CLAIM}:no-history"
    if rule.kind == "offered":
        if not before and within[0].at > start:
            return f"{PRICE_CLAIM}:too-short"
        counted = (*before[-1:], *within)
    else:
        counted = tuple(within) or (before[-1],)
    if len({one.currency for one in counted}) > 1:
        return f"{PRICE_CLAIM}:other-currency"
    least = min(counted, key=lambda one: (one.price_minor, one.at))
    return LowestPrice(least.price_minor, least.at, tuple(counted))


def check_price(
    product: Product,
    points: Sequence[PricePoint],
    rule: PriceRule,
    at: datetime,
    claimed_minor: int | None = None,
) -> PriceClaim:
    """Whether a reduction of ``product`` may be announced at ``at``.

    Parameters
    ----------
    product : Product
        Its price is what stands on the shelf.
    points : sequence of PricePoint
        See ``lowest_price``.
    claimed_minor : int, optional
        The earlier price that a text names; without it the reduction counts from the shelf price,
        as "20% off" does.
    """
    found = lowest_price(points, rule, require_utc(at, "the time of announcing"))
    against = product.price_minor if claimed_minor is None else claimed_minor
    if isinstance(found, str):
        return PriceClaim(product.product_id, found, against, None)
    return PriceClaim(product.product_id, _against(product, found, claimed_minor), against, found)


def _against(product: Product, found: LowestPrice, claimed_minor: int | None) -> str:
    if found.points[0].currency != product.currency:
        return f"{PRICE_CLAIM}:other-currency"
    if claimed_minor is None:
        return f"{PRICE_CLAIM}:was-lower" if found.price_minor < product.price_minor else ""
    if claimed_minor <= product.price_minor:
        return f"{PRICE_CLAIM}:not-lower"
    if claimed_minor > found.price_minor:
        return f"{PRICE_CLAIM}:was-lower"
    return "" if claimed_minor == found.price_minor else f"{PRICE_CLAIM}:other-price"
