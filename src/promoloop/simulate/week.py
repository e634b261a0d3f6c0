"""One simulated week: purchases, redemptions, opens, clicks, scanners, unsubscribing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from promoloop.core import time_ordered_id
from promoloop.feedback import Outcome
from promoloop.respond import BASKET_SPREAD, OfferTerms
from promoloop.simulate.truth import Temper

__all__ = ["Treatment", "Week", "simulate_week"]

_DAY = 86_400
_SPAN = 7 * _DAY


@dataclass(frozen=True, slots=True)
class Treatment:
    """One message that reached one shopper; ``hour`` is local, ``sent_at`` UTC."""

    shopper_index: int
    decision_id: str
    offer_id: str
    group: str
    channel: str
    hour: int
    variant: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Week:
    """Everything the week depends on; ``probability`` (n, g) already holds the offers' effect."""

    start: datetime
    shopper_ids: NDArray[np.str_]
    groups: tuple[str, ...]
    probability: NDArray[np.float64]
    basket_minor: NDArray[np.float64]
    margin_minor: NDArray[np.float64]
    temper: Temper
    terms: Mapping[str, OfferTerms]
    treatments: tuple[Treatment, ...]
    fatigue: NDArray[np.float64]


def simulate_week(week: Week, rng: np.random.Generator) -> list[Outcome]:
    """Outcomes of the week in order of time, each with an id that depends on what it says."""
    found = [*_purchases(week, rng), *_reactions(week, rng)]
    return sorted(found, key=lambda outcome: (outcome.at, outcome.outcome_id))


def _purchases(week: Week, rng: np.random.Generator) -> list[Outcome]:
    """One order per shopper and group bought from; a redemption beside it where one was used."""
    shape = week.probability.shape
    happens = np.asarray(rng.random(shape) < week.probability)
    spread = rng.lognormal(-(BASKET_SPREAD**2) / 2, BASKET_SPREAD, shape)
    when, used = rng.random(shape), rng.random((shape[0],))
    hours = _order_hours(week.temper.hours, rng, shape[1])
    held = {(one.shopper_index, week.groups.index(one.group)): one for one in week.treatments}
    found: list[Outcome] = []
    for row, column in np.argwhere(happens).tolist():
        revenue = max(1, round(float(week.basket_minor[row, column] * spread[row, column])))
        share = float(week.margin_minor[row, column] / week.basket_minor[row, column])
        offer = held.get((row, column))
        at = _moment(week.start, offer, float(when[row, column]), int(hours[row, column]))
        order = _outcome(week, row, "ordered", at, group=week.groups[column])
        order = _with_money(order, revenue, round(revenue * share), 0)
        found.append(order)
        if offer is not None and used[row] < week.temper.redeems[row]:
            found.append(_redeemed(week, row, offer, at, revenue))
    return found


def _redeemed(week: Week, row: int, offer: Treatment, at: datetime, revenue: int) -> Outcome:
    """The redemption; its money is the discount only, the order carries the rest."""
    reward = round(float(week.terms[offer.offer_id].reward_minor[row]))
    outcome = _outcome(week, row, "redeemed", at, offer.group, offer.decision_id)
    return _with_money(outcome, 0, 0, min(reward, revenue))


def _moment(start: datetime, offer: Treatment | None, when: float, hour: int) -> datetime:
    """Habit buys on any day at an own hour; an offer brings people soon, within six days."""
    if offer is None:
        day, second = divmod(int(when * 7 * 3600), 3600)
        return start + timedelta(days=day, hours=hour, seconds=second)
    latest = min(6.0 * _DAY, (start - offer.sent_at).total_seconds() + _SPAN) - 60.0
    return offer.sent_at + timedelta(seconds=60 + int(max(latest - 60.0, 1.0) * when**1.7))


def _order_hours(
    hours: NDArray[np.float64], rng: np.random.Generator, columns: int
) -> NDArray[np.int64]:
    """(n, g) hours drawn from each shopper's own clock, even where there is none."""
    even = hours.sum(axis=1, keepdims=True) <= 0
    shares = np.cumsum(np.where(even, 1.0 / 24.0, hours), axis=1)
    draws = rng.random((len(hours), columns)) * shares[:, -1:]
    passed = (draws[:, :, None] > shares[:, None, :]).sum(axis=2)
    return np.asarray(np.minimum(passed, 23), dtype=np.int64)


def _reactions(week: Week, rng: np.random.Generator) -> list[Outcome]:
    """Opens, clicks and unsubscribing by people; opens and clicks by mail scanners."""
    found: list[Outcome] = []
    for one, draw in zip(week.treatments, rng.random((len(week.treatments), 5)), strict=True):
        row = one.shopper_index
        tired = float(week.fatigue[row])
        opened = draw[0] < week.temper.opens[row] * 0.9**tired
        clicked = opened and draw[1] < 0.2
        leaves = draw[2] < 0.0005 + 0.0015 * tired
        later = one.sent_at + timedelta(seconds=60 + int(_DAY * float(draw[3]) ** 2))
        kinds = [("opened", 0, opened), ("clicked", 30, clicked), ("unsubscribed", 90, leaves)]
        found += [
            _outcome(week, row, kind, later + timedelta(seconds=wait), one.group, one.decision_id)
            for kind, wait, happens in kinds
            if happens
        ]
        if week.temper.scanned[row]:
            found += _scanned(week, one, float(draw[4]))
    return found


def _scanned(week: Week, one: Treatment, draw: float) -> list[Outcome]:
    at = one.sent_at + timedelta(seconds=1.0 + round(2.5 * draw, 3))
    return [
        _outcome(week, one.shopper_index, kind, at, one.group, one.decision_id)
        for kind in ("opened", "clicked")
    ]


def _outcome(
    week: Week, row: int, kind: str, at: datetime, group: str, decision_id: str = ""
) -> Outcome:
    shopper = str(week.shopper_ids[row])
    identity = time_ordered_id(at, "simulated", shopper, kind, group, decision_id)
    return Outcome(identity, shopper, decision_id, kind, group, at, 0, 0, 0, "simulated")


def _with_money(outcome: Outcome, revenue: int, margin: int, discount: int) -> Outcome:
    return Outcome(
        outcome.outcome_id,
        outcome.shopper_id,
        outcome.decision_id,
        outcome.kind,
        outcome.group,
        outcome.at,
        revenue,
        margin,
        discount,
        outcome.source,
    )
