"""Where simulated shoppers stand at the start of a week, and what of it a shop sees."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from promoloop.simulate.journeys.settings import season_log_odds

__all__ = ["JourneyState", "JourneyWeek", "blended", "new_state", "observed", "recorded"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]

_LONG_AGO = 26.0  # weeks; older is not told apart
_LONG_KNOWN = 52.0
_PRESSURE_KEPT = 0.6  # how the shop counts recent contacts
_MEMORY = 0.06  # weight of the newest week in a rate
_READING = 0.15  # weight of the newest message in a rate


@dataclass(frozen=True, slots=True)
class JourneyState:
    """Every array is (n,). The first block is hidden; the second is what a shop has recorded.

    ``held_depth`` is the discount in hand (0 for none), ``held_weeks`` how many weeks it is still
    valid, ``held_read`` whether its holder knows of it. ``week_of_year`` is the coming week, 0 to
    51; ``offer_depth`` is that of the last offer sent, used or not.
    """

    fatigue: Floats
    stock: Floats
    neglect: Floats
    held_depth: Floats
    held_weeks: Ints
    held_read: Mask

    active: Mask
    subscribed: Mask
    week_of_year: Ints
    since_purchase: Floats
    since_contact: Floats
    coupon_affinity: Floats
    since_offer: Floats
    offer_depth: Floats
    since_redemption: Floats
    pressure: Floats
    purchase_rate: Floats
    margin: Floats
    purchases: Floats
    open_rate: Floats
    click_rate: Floats
    instant_rate: Floats
    weeks_known: Floats


@dataclass(frozen=True, slots=True)
class JourneyWeek:
    """What one week brought, (n,) each.

    ``depth`` is the discount that was sent, 0 for none. ``reward`` is the margin net of discounts
    less the contact cost, in minor units. ``opened`` and ``clicked`` are what the mail system
    reports, machines included; ``read`` is the truth.
    """

    depth: Floats
    reward: Floats
    bought: Mask
    redeemed: Mask
    contacted: Mask
    read: Mask
    opened: Mask
    clicked: Mask
    unsubscribed: Mask
    left: Mask


def new_state(
    week_of_year: Ints,
    coupon_affinity: Floats,
    purchase_rate: float,
    margin: float,
    open_rate: float,
) -> JourneyState:
    """Shoppers of whom coupons say all that is known; the rates are the shop's own means."""
    n = len(week_of_year)
    none, often = np.zeros(n), np.full(n, _LONG_AGO)
    yes, no = np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    return JourneyState(
        fatigue=none,
        stock=none,
        neglect=none,
        held_depth=none,
        held_weeks=np.zeros(n, dtype=np.int64),
        held_read=no,
        active=yes,
        subscribed=yes,
        week_of_year=week_of_year,
        since_purchase=often,
        since_contact=often,
        coupon_affinity=coupon_affinity,
        since_offer=often,
        offer_depth=none,
        since_redemption=often,
        pressure=none,
        purchase_rate=np.full(n, purchase_rate),
        margin=np.full(n, margin),
        purchases=none,
        open_rate=np.full(n, open_rate),
        click_rate=np.full(n, open_rate / 4),
        instant_rate=none,
        weeks_known=none,
    )


def recorded(state: JourneyState, week: JourneyWeek, machine: Mask, gross: Floats) -> JourneyState:
    """``state`` with the week in the shop's records; ``gross`` (n,) is margin before discounts.

    ``machine`` (n,) marks messages opened within seconds of arriving.
    """
    purchases = state.purchases + week.bought
    learnt = np.where(week.bought, (gross - state.margin) / (purchases + 1.0), 0.0)
    seen = _READING * week.contacted
    return replace(
        state,
        active=state.active & ~week.left,
        subscribed=state.subscribed & ~week.unsubscribed,
        week_of_year=(state.week_of_year + 1) % 52,
        since_purchase=np.where(week.bought, 1.0, state.since_purchase + 1.0),
        since_contact=np.where(week.contacted, 1.0, state.since_contact + 1.0),
        since_offer=np.where(week.depth > 0.0, 1.0, state.since_offer + 1.0),
        offer_depth=np.where(week.depth > 0.0, week.depth, state.offer_depth),
        since_redemption=np.where(week.redeemed, 1.0, state.since_redemption + 1.0),
        pressure=_PRESSURE_KEPT * (state.pressure + week.contacted),
        purchase_rate=state.purchase_rate + _MEMORY * (week.bought - state.purchase_rate),
        margin=state.margin + learnt,
        purchases=purchases,
        open_rate=state.open_rate + seen * (week.opened - state.open_rate),
        click_rate=state.click_rate + seen * (week.clicked - state.click_rate),
        instant_rate=state.instant_rate + seen * (machine - state.instant_rate),
        weeks_known=state.weeks_known + 1.0,
    )


def observed(state: JourneyState) -> Floats:
    """(n, d) in the order of ``JOURNEY_FEATURES``; nothing hidden is in it."""
    columns = (
        np.minimum(state.since_purchase, _LONG_AGO),
        state.purchase_rate,
        state.margin / 100.0,
        state.coupon_affinity,
        np.minimum(state.since_contact, _LONG_AGO),
        state.pressure,
        state.open_rate,
        state.click_rate,
        state.instant_rate,
        np.minimum(state.since_offer, _LONG_AGO),
        state.offer_depth,
        np.minimum(state.since_redemption, _LONG_AGO),
        season_log_odds(state.week_of_year),
        season_log_odds(state.week_of_year + 1),
        np.minimum(state.weeks_known, _LONG_KNOWN),
        state.subscribed.astype(np.float64),
    )
    return np.stack(columns, axis=1)


def blended(old: JourneyState, new: JourneyState, mask: Mask) -> JourneyState:
    """``new`` where ``mask`` (n,), else ``old``."""
    pairs = ((getattr(new, f.name), getattr(old, f.name)) for f in fields(JourneyState))
    return JourneyState(*(np.where(mask, fresh, kept) for fresh, kept in pairs))
