"""What the till booked, as outcomes: the till knows best which promise an order used.

A use that stands is a ``redeemed`` outcome of its decision; one that was rolled back is none. A
code that was entered without a promise has no decision and no arm: its discount stays off the
revenue of its order, like any of the shop's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from promoloop.core import time_ordered_id
from promoloop.decide import OfferUse
from promoloop.feedback import Outcome
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK
from promoloop.offers import Campaign

__all__ = ["WALK_IN", "Uses", "read_uses", "record_use", "take_use_back", "unpromised_uses"]

#: How the decision ids begin of codes entered without a promise.
WALK_IN = "till-"


@dataclass(frozen=True, slots=True)
class Uses:
    """Uses of promises in some time; ``off_minor`` maps their decisions to what came off.

    A decision whose use was rolled back is there with nothing. ``standing`` are outcomes by the
    campaign of the use, ``gone`` the ids of outcomes of uses that were rolled back.
    """

    off_minor: Mapping[str, int]
    standing: Mapping[str, tuple[Outcome, ...]]
    gone: tuple[str, ...]


def read_uses(house: House, start: datetime, end: datetime, known: Iterable[Outcome]) -> Uses:
    """Uses with ``start <= at < end``; those that an order told of before are the order's."""
    found = house.redemptions.between(start, end) if house.redemptions is not None else ()
    mine = [one for one in found if not one.decision_id.startswith(WALK_IN)]
    ids = {_id_of(one) for one in mine}
    told = {
        one.decision_id for one in known if one.kind == "redeemed" and one.outcome_id not in ids
    }
    off: dict[str, int] = {}
    standing: dict[str, tuple[Outcome, ...]] = {}
    gone = []
    for one in mine:
        if one.state != "redeemed":
            gone.append(_id_of(one))
        if one.decision_id in told:
            continue
        off.setdefault(one.decision_id, 0)
        if one.state == "redeemed":
            off[one.decision_id] = one.discount_minor
            before = standing.get(one.campaign_id, ())
            standing[one.campaign_id] = (*before, _outcome_of(house, one))
    return Uses(off, standing, tuple(gone))


def unpromised_uses(house: House, campaign: Campaign) -> tuple[OfferUse, ...]:
    """Codes of the campaign that stand used without a promise, in order of ``at``."""
    if house.redemptions is None:
        return ()
    end = campaign.starts_at + campaign.weeks * WEEK
    return tuple(
        one
        for one in house.redemptions.between(campaign.starts_at, end)
        if one.campaign_id == campaign.campaign_id
        if one.state == "redeemed" and one.decision_id.startswith(WALK_IN)
    )


def record_use(house: House, use: OfferUse) -> None:
    """Tell the outcomes of a use that stands; again changes nothing."""
    if use.state == "redeemed" and not use.decision_id.startswith(WALK_IN):
        house.outcomes.append([_outcome_of(house, use)])


def take_use_back(house: House, use: OfferUse) -> None:
    """Take the outcome of a use out that was rolled back; again changes nothing."""
    house.outcomes.take_back([_id_of(use)])


def _outcome_of(house: House, use: OfferUse) -> Outcome:
    group = house.offers.get(use.offer_id).group
    money = (0, 0, use.discount_minor)
    who, name = use.shopper_id, use.decision_id
    return Outcome(_id_of(use), who, name, "redeemed", group, use.at, *money, "real")


def _id_of(use: OfferUse) -> str:
    return time_ordered_id(use.at, use.use_id, "redeemed")
