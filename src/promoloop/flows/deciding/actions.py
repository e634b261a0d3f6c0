"""The actions of one campaign week, and the guards that cut them per shopper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.compose import Copy
from promoloop.core import InvalidError
from promoloop.decide import (
    CandidateOnly,
    ConsentGiven,
    ContactsLeft,
    CopyApproved,
    Guarded,
    LifecycleAudience,
    OfferValid,
    PriceClaimSupported,
    QuietHours,
    ShopperFacts,
    StockLeft,
    apply_guards,
)
from promoloop.flows.history.audience import Audience
from promoloop.flows.history.prices import refused_offers
from promoloop.flows.house import House
from promoloop.offers import Campaign, Offer
from promoloop.respond import Action

__all__ = [
    "VARIANTS",
    "HoursTried",
    "ShopperCap",
    "action_grid",
    "approved_copies",
    "candidate_offers",
    "guard",
    "shopper_left",
]

#: Every offer starts with two variants of copy per channel, locale and moment. They stay in the
#: grid when a cell has retired them, so that what they taught keeps its place in the model.
VARIANTS = ("a", "b")

#: Offers considered per shopper: those worth most to the model in force, and the one closest to
#: what the shopper buys, so that no offer is forgotten. With the hours tried per channel that
#: makes 3 x (2 x 2 + 1 x 2) = 18 actions: a floor of 0.5 % each spends a tenth on exploring.
WORTHIEST, CLOSEST = 2, 1
HOURS_TRIED = {"email": 2}


@dataclass(frozen=True, slots=True)
class HoursTried:
    """Only the hours nearest to when the shopper orders are tried, a few per channel.

    ``orders`` (n, 24) is each shopper's share of orders by local hour.
    """

    orders: NDArray[np.float64]
    hours: tuple[int, ...]
    code: ClassVar[str] = "hour_not_tried"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> NDArray[np.bool_]:
        """Cut the hours that are further from the shopper's habits."""
        near = np.stack([_around(self.orders, hour) for hour in self.hours], axis=1)
        rank = (-near).argsort(axis=1, kind="stable").argsort(axis=1)  # (n, hours)
        if len(near) != shoppers.n:
            raise InvalidError(
                f"hours of {len(near)} shoppers",
                f"{shoppers.n} are being decided for",
                "Build both from the same audience.",
            )
        columns = [
            rank[:, self.hours.index(action.hour)] >= HOURS_TRIED.get(action.channel, 1)
            for action in actions
        ]
        return np.column_stack(columns)


@dataclass(frozen=True, slots=True)
class ShopperCap:
    """No more open or redeemed promises of an offer than its cap per shopper.

    ``left`` (n,) per offer id.
    """

    left: Mapping[str, NDArray[np.int64]]
    code: ClassVar[str] = "shopper_cap"

    def blocks(self, shoppers: ShopperFacts, actions: Sequence[Action]) -> NDArray[np.bool_]:
        """Cut offers the shopper holds or has used as often as it may be."""
        plenty = np.ones(shoppers.n, dtype=np.int64)
        return np.column_stack([self.left.get(a.offer_id, plenty) < 1 for a in actions])


def shopper_left(
    audience: Audience, offers: Sequence[Offer], promises: pl.DataFrame
) -> Mapping[str, NDArray[np.int64]]:
    """How often each shopper may still be promised each offer that has a cap per shopper.

    ``promises`` has ``offer_id, shopper_id, held``: those still open or redeemed count, one that
    ended unused does not; see ``promises_so_far``.
    """
    counted = promises.select("offer_id", "shopper_id", "held").iter_rows()
    given = Counter({(offer_id, shopper): held for offer_id, shopper, held in counted})
    return {
        offer.offer_id: np.array(
            [offer.caps.per_shopper - given[offer.offer_id, shopper] for shopper in audience.ids]
        )
        for offer in offers
        if offer.caps.per_shopper is not None
    }


def _around(orders: NDArray[np.float64], hour: int) -> NDArray[np.float64]:
    """Share of orders from the hour before until three hours after; the evening wraps."""
    nearby = orders[:, [(hour + step) % 24 for step in (-1, 0, 1, 2, 3)]]
    return np.asarray(nearby.sum(axis=1))


def action_grid(
    offers: Sequence[Offer], campaign: Campaign, copies: Sequence[Copy] = ()
) -> tuple[Action, ...]:
    """Offer x channel x hour x variant, sorted: the first two and those that ``copies`` add."""
    named = {(copy.offer_id, copy.channel, copy.variant) for copy in copies}
    later = sorted({variant for _, _, variant in named} - set(VARIANTS))
    return tuple(
        sorted(
            Action(offer.offer_id, channel, hour, variant)
            for offer in offers
            for channel in campaign.channels
            for hour in campaign.hours
            for variant in (*VARIANTS, *later)
            if variant in VARIANTS or (offer.offer_id, channel, variant) in named
        )
    )


def approved_copies(house: House, offers: Sequence[Offer]) -> tuple[Copy, ...]:
    """The texts that may be sent on ``offers`` as they are; of one place the newest last.

    A text for an earlier revision was proven with other facts, so it is not used.
    """
    approved = house.reviews.standing_in("approved")
    newest = {offer.offer_id: offer.revision for offer in offers}
    found = [
        copy
        for copy in house.copies.all()
        if copy.copy_id in approved and newest.get(copy.offer_id) == copy.offer_revision
    ]
    return tuple(sorted(found, key=lambda one: (one.created_at, one.copy_id)))


def candidate_offers(
    affinity: pl.DataFrame,
    audience: Audience,
    offers: Sequence[Offer],
    worth: NDArray[np.float64],
) -> Mapping[str, NDArray[np.bool_]]:
    """Which of ``offers`` each shopper may be considered for.

    ``affinity`` has one row per shopper, a column ``shopper_id`` and one per product group;
    ``worth`` (n, offers) is the best value of any of the offer's actions, ``-inf`` when closed.
    """
    groups = [offer.group for offer in offers]
    rows = pl.DataFrame({"shopper_id": audience.ids}).join(
        affinity, on="shopper_id", how="left", maintain_order="left"
    )
    scores = rows.select(sorted(set(groups))).fill_null(0.0)
    matrix = np.column_stack([scores[group].to_numpy() for group in groups])  # (n, offers)
    worthy = _rank(worth) < WORTHIEST
    close = _rank(np.where(worthy | np.isneginf(worth), -np.inf, matrix)) < CLOSEST
    return {offer.offer_id: (worthy | close)[:, spot] for spot, offer in enumerate(offers)}


def _rank(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Place of each column in its row, 0 for the highest; ties go to the earlier column."""
    return (-scores).argsort(axis=1, kind="stable").argsort(axis=1)


def guard(
    house: House,
    campaign: Campaign,
    audience: Audience,
    offers: Sequence[Offer],
    actions: tuple[Action, ...],
    candidates: Mapping[str, NDArray[np.bool_]],
    stock: Mapping[str, int],
    contacts: NDArray[np.int64],
    left: Mapping[str, NDArray[np.int64]],
    copies: Sequence[Copy],
    now: datetime,
) -> Guarded:
    """Cut every action that a rule forbids or that is not worth trying, with the reason.

    ``copies`` are the approved texts.
    """
    lifecycle = np.array(audience.profiles["lifecycle"].to_list())
    facts = ShopperFacts(
        shopper_ids=np.array(audience.ids),
        locale=np.array(audience.locales),
        lifecycle=lifecycle,
        contacts=contacts,
        consent=audience.consent,
        candidates=candidates,
    )
    approved = frozenset(
        (copy.offer_id, copy.locale, copy.channel, copy.variant, copy.moment) for copy in copies
    )
    guards = (
        LifecycleAudience(campaign.lifecycle),
        ConsentGiven(),
        OfferValid(now, offers),
        PriceClaimSupported(frozenset(refused_offers(house, offers, now))),
        ContactsLeft(campaign.contacts_per_week, ("email",)),
        QuietHours(house.market, now.date()),
        StockLeft(stock),
        ShopperCap(left),
        CopyApproved(approved),
        CandidateOnly(),
        HoursTried(np.array(audience.profiles["hours"].to_list()), campaign.hours),
    )
    return apply_guards(guards, facts, actions)
