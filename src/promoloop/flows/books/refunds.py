"""What was given back, taken off the outcomes of the order it belongs to.

A refund stands at the moment of its order, so that it counts where the order counted, however late
it comes. ``Order Refunded`` names the order; with products, only those are given back, with
``total`` alone so much of what was paid, with neither all of it. No more is taken back than the
order brought.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import polars as pl
from babel.numbers import get_currency_precision

from promoloop.core import time_ordered_id
from promoloop.feedback import Outcome
from promoloop.flows.books.orders import OrderLine, said_of
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK, cycle_start
from promoloop.offers import Campaign

__all__ = ["Refund", "has_refunds", "keep_refunds", "refund_lines", "refunded"]


_KEPT = pl.Schema({"outcome_id": pl.String()})


class Refund(NamedTuple):
    """One refund: the products given back with their pieces, or a sum; neither is all of it."""

    message_id: str
    shopper_id: str
    order: str
    at: datetime
    pieces: Mapping[str, int]
    total_minor: int | None


class _Row(NamedTuple):
    message_id: str
    shopper_id: str
    order: str
    at: datetime
    product: str | None
    quantity: int | None
    properties: str | None


def refund_lines(history: pl.LazyFrame, currency: str) -> list[Refund]:
    """Every refund in ``history`` (``EVENT_LINES``), by time; sums are of ``currency``."""
    names = ("message_id", "shopper_id", "order_id", "timestamp", "product_id", "quantity")
    rows = (
        history.filter((pl.col("event") == "Order Refunded") & pl.col("order_id").is_not_null())
        .sort("timestamp", "message_id", "line")
        .select(*names, "properties")
        .collect()
    )
    found: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows.iter_rows():
        found[row[0]].append(_Row(*row))
    return [_refund(mine, currency) for mine in found.values()]


def refunded(
    refunds: Sequence[Refund], lines: Sequence[OrderLine], outcomes: Sequence[Outcome]
) -> Iterator[Outcome]:
    """Outcomes that take back what refunds gave back.

    Parameters
    ----------
    refunds : sequence of Refund
        In order of time.
    lines : sequence of OrderLine
        Of the orders that count; refunds of others are passed over.
    outcomes : sequence of Outcome
        What those orders brought.
    """
    orders: defaultdict[tuple[str, str], list[OrderLine]] = defaultdict(list)
    for line in lines:
        orders[line.shopper_id, line.order].append(line)
    brought: defaultdict[tuple[str, datetime, str], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        brought[one.shopper_id, one.at, one.group].append(one)
    back: defaultdict[str, float] = defaultdict(float)
    for refund in refunds:
        order = orders.get((refund.shopper_id, refund.order), [])
        for group, share in _shares(refund, order).items():
            for one in brought[refund.shopper_id, order[0].at, group]:
                part = min(share, 1.0 - back[one.outcome_id])
                if part > 0.0 and one.kind in {"ordered", "redeemed"}:
                    back[one.outcome_id] += part
                    yield _taken_back(one, refund, part)


def keep_refunds(house: House, campaign: Campaign, week: int) -> None:
    """Remember which refunds of the week's orders were taken back."""
    frame = pl.DataFrame({"outcome_id": sorted(_known(house, campaign, week))}, schema=_KEPT)
    house.tables.put(_name(campaign, week), frame)


def has_refunds(house: House, campaign: Campaign, week: int) -> bool:
    """Whether a refund of the week's orders is known that was not taken back yet."""
    known = _known(house, campaign, week)
    if not known or _name(campaign, week) not in house.tables.names():
        return bool(known)
    return bool(known - set(house.tables.get(_name(campaign, week))["outcome_id"]))


def _known(house: House, campaign: Campaign, week: int) -> set[str]:
    start = cycle_start(campaign, week)
    outcomes = house.outcomes.between(start, start + WEEK)
    return {one.outcome_id for one in outcomes if one.kind == "refunded"}


def _name(campaign: Campaign, week: int) -> str:
    return f"refunded-{campaign.campaign_id}-{week:02d}"


def _refund(rows: Sequence[_Row], currency: str) -> Refund:
    first = rows[0]
    pieces: dict[str, int] = {}
    for row in rows:
        if row.product:
            more = 1 if row.quantity is None else row.quantity
            pieces[row.product] = pieces.get(row.product, 0) + more
    total = said_of(first.properties).get("total")
    amount = None
    if isinstance(total, int | float) and not isinstance(total, bool) and 0 <= total < 1e12:
        amount = round(total * 10 ** get_currency_precision(currency))
    return Refund(first.message_id, first.shopper_id, first.order, first.at, pieces, amount)


def _shares(refund: Refund, order: Sequence[OrderLine]) -> dict[str, float]:
    """Which share of each group of the order is given back."""
    groups: defaultdict[str, list[OrderLine]] = defaultdict(list)
    for line in order:
        groups[line.category].append(line)
    if refund.pieces:
        return {group: _of_pieces(refund.pieces, mine) for group, mine in groups.items()}
    paid = sum(line.paid for line in order)
    if refund.total_minor is None or not paid:
        return dict.fromkeys(groups, 1.0)
    return dict.fromkeys(groups, min(1.0, refund.total_minor / paid))


def _of_pieces(pieces: Mapping[str, int], lines: Sequence[OrderLine]) -> float:
    """The share of what the lines were paid that the pieces given back make up."""
    whole = sum(line.paid for line in lines)
    if not whole:
        given = sum(pieces.get(line.product_id, 0) for line in lines)
        return min(1.0, given / max(1, sum(line.quantity for line in lines)))
    left = dict(pieces)
    back = 0.0
    for line in lines:
        taken = min(left.get(line.product_id, 0), line.quantity)
        left[line.product_id] = left.get(line.product_id, 0) - taken
        back += line.paid * taken / max(1, line.quantity)
    return min(1.0, back / whole)


def _taken_back(one: Outcome, refund: Refund, share: float) -> Outcome:
    key = time_ordered_id(one.at, refund.message_id, one.outcome_id, "refunded")
    return replace(
        one,
        outcome_id=key,
        kind="refunded",
        revenue_minor=-round(one.revenue_minor * share),
        margin_minor=-round(one.margin_minor * share),
        discount_minor=-round(one.discount_minor * share),
    )
