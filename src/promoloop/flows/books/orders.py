"""What orders say after promises were made: purchases, and which promise a discount came from."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import polars as pl

from promoloop.core import time_ordered_id
from promoloop.feedback import Outcome
from promoloop.flows.books.promises import Promise, Promises
from promoloop.offers import FreeShipping, Gift
from promoloop.respond import MarginAssumptions

__all__ = ["OrderLine", "OrderReader", "order_lines", "said_of"]


class OrderLine(NamedTuple):
    """One line of an order, minor units: what the shop received, and what came off.

    ``off`` is all that the shop took off, ``coupon_off`` what coupons spared the shopper.
    """

    shopper_id: str
    order: str
    at: datetime
    category: str
    department: str
    paid: int
    off: int
    coupon_off: int
    coupon: str
    campaign_id: str
    properties: str
    product_id: str = ""
    quantity: int = 1

    @property
    def by_shop(self) -> int:
        """What coupons cost the shop: a manufacturer's is refunded and not among what is off."""
        return min(self.off, self.coupon_off)


@dataclass(frozen=True, slots=True)
class _Use:
    """Money that one promise took off lines of one order: line position to minor units."""

    promise: Promise
    taken: Mapping[int, int]

    @property
    def cost_minor(self) -> int:
        """What it cost the shop; gifts and free shipping do not show in the lines."""
        if isinstance(self.promise.offer.reward, Gift | FreeShipping):
            return self.promise.most_minor
        return sum(self.taken.values())


@dataclass(slots=True)
class OrderReader:
    """Turns orders into outcomes, in order of time.

    Parameters
    ----------
    promises : Promises
    groups : frozenset of str
        Purchases of other groups are not recorded.
    margins : MarginAssumptions
    known : mapping of outcome id to Outcome
        Recorded before; they have the first call on what their promises may cost.
    at_till : mapping of decision id to minor units, optional
        What came off by promises that the till booked: their redemption is told by it.
    unmatched : Counter
        Coupon uses that no promise explains, per reason; counted up while reading.
    """

    promises: Promises
    groups: frozenset[str]
    margins: MarginAssumptions
    known: Mapping[str, Outcome]
    at_till: Mapping[str, int] = field(default_factory=dict)
    unmatched: Counter[str] = field(default_factory=Counter)
    _used: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for one in self.known.values():
            if one.kind == "redeemed":
                self._used[one.decision_id] += one.discount_minor

    def read(self, lines: Sequence[OrderLine]) -> Iterator[Outcome]:
        """Outcomes of all orders: one purchase per group, one redemption per promise used."""
        orders: defaultdict[tuple[str, str], list[OrderLine]] = defaultdict(list)
        for line in lines:
            orders[line.shopper_id, line.order].append(line)
        for order in sorted(orders.values(), key=lambda found: (found[0].at, found[0].order)):
            yield from self._of_order(order)

    def _of_order(self, order: Sequence[OrderLine]) -> Iterator[Outcome]:
        """The order before what promises took off.

        A coupon that no promise explains, and what exceeds a promise, stays off the revenue like
        any discount of the shop's own: so it stands in the history that baselines are learnt from.
        """
        before = [float(line.paid) for line in order]
        for use in self._uses(order):
            off = self.at_till.get(use.promise.decision.decision_id)
            if off is None:
                redeemed = self._redeemed(order[0], use)
                yield redeemed
                off = redeemed.discount_minor
            whole = sum(use.taken.values())
            for spot, taken in use.taken.items():
                before[spot] += taken * min(off, whole) / whole
        yield from self._purchases(order, before)

    def _purchases(self, order: Sequence[OrderLine], before: Sequence[float]) -> Iterator[Outcome]:
        for group in sorted({line.category for line in order} & self.groups):
            spots = [spot for spot, line in enumerate(order) if line.category == group]
            margin = sum(
                before[spot] * self.margins.of(order[spot].department) / 100.0 for spot in spots
            )
            revenue = round(sum(before[spot] for spot in spots))
            yield _outcome(order[0], "ordered", group, "", (revenue, round(margin), 0))

    def _redeemed(self, first: OrderLine, use: _Use) -> Outcome:
        """The redemption, at most what its promise has left; a recorded one as it was recorded."""
        decision_id, group = use.promise.decision.decision_id, use.promise.offer.group
        bare = _outcome(first, "redeemed", group, decision_id, (0, 0, 0))
        if bare.outcome_id in self.known:
            return self.known[bare.outcome_id]
        left = max(0, use.promise.most_minor - self._used[decision_id])
        cost = min(use.cost_minor, left)
        self._used[decision_id] += cost
        return _outcome(first, "redeemed", group, decision_id, (0, 0, cost))

    def _uses(self, order: Sequence[OrderLine]) -> list[_Use]:
        uses: dict[str, _Use] = {}
        for code in dict.fromkeys(line.coupon for line in order if line.coupon):
            promise = self.promises.by_code(order[0].shopper_id, code, order[0].at)
            if promise is None:
                self.unmatched[self.promises.why_not(order[0].shopper_id, code)] += 1
                continue
            taken = {i: line.by_shop for i, line in enumerate(order) if line.coupon == code}
            uses[promise.decision.decision_id] = _Use(promise, _positive(taken))
        named = self._named(order)
        if named is not None:
            uses.setdefault(named.promise.decision.decision_id, named)
        return list(uses.values())

    def _named(self, order: Sequence[OrderLine]) -> _Use | None:
        """A promise without code that the order names and that took something off."""
        naming = next((line for line in order if line.campaign_id), None)
        if naming is None:
            return None
        promise = self.promises.by_name(
            naming.shopper_id, naming.campaign_id, said_of(naming.properties), naming.at
        )
        if promise is None:
            return None
        taken = {
            spot: line.off
            for spot, line in enumerate(order)
            if line.category == promise.offer.group and not line.coupon
        }
        use = _Use(promise, _positive(taken))
        return use if use.cost_minor else None


def order_lines(
    history: pl.LazyFrame, products: pl.DataFrame, groups: frozenset[str]
) -> list[OrderLine]:
    """Lines of every order that has to do with ``groups``, a coupon or a campaign, by time.

    ``history`` holds the rows to read, in the ``EVENT_LINES`` schema. Only the first line of a
    message carries its properties; here all do.
    """
    text = ("category", "department", "coupon", "campaign_id", "properties", "product_id")
    rows = (
        history.filter(pl.col("event") == "Order Completed")
        .with_columns(order=pl.coalesce("order_id", "message_id"))
        .sort("timestamp", "message_id", "line")
        .with_columns(
            pl.col("properties").drop_nulls().first().over("message_id"),
            at=pl.col("timestamp").first().over("shopper_id", "order"),
        )
        .join(
            products.lazy().select("product_id", "category", "department"),
            on="product_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col(text).fill_null(""))
        .with_columns(
            paid=pl.col("revenue_minor").fill_null(0),
            off=pl.col("discount_minor").fill_null(0),
            coupon_off=pl.col("coupon_minor").fill_null(0),
            quantity=pl.col("quantity").fill_null(1),
        )
        .filter(_concerns(groups).any().over("shopper_id", "order"))
        .select(OrderLine._fields)
        .collect()
    )
    return [OrderLine(*row) for row in rows.iter_rows()]


def said_of(properties: str | None) -> dict[str, object]:
    """The properties of an event; empty when they are no JSON object."""
    try:
        said = json.loads(properties or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _concerns(groups: frozenset[str]) -> pl.Expr:
    return (
        pl.col("category").is_in(sorted(groups))
        | (pl.col("coupon") != "")
        | (pl.col("campaign_id") != "")
    )


def _positive(taken: Mapping[int, int]) -> dict[int, int]:
    return {spot: amount for spot, amount in taken.items() if amount > 0}


def _outcome(
    first: OrderLine, kind: str, group: str, decision_id: str, money: tuple[int, int, int]
) -> Outcome:
    """``money`` is revenue, margin and discount, minor units."""
    key = time_ordered_id(first.at, first.shopper_id, first.order, kind, group, decision_id)
    return Outcome(key, first.shopper_id, decision_id, kind, group, first.at, *money, "real")
