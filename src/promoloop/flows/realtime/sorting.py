"""What of one campaign may be shown to one shopper now, in which words, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from promoloop.compose import Copy
from promoloop.decide import (
    CandidateOnly,
    ConsentGiven,
    ContactsLeft,
    CopyApproved,
    OfferValid,
    QuietHours,
)
from promoloop.flows.deciding.actions import ShopperCap
from promoloop.flows.deciding.screening import CLEARLY_BEHIND
from promoloop.flows.realtime.choosing import Cuts, clearly_behind
from promoloop.flows.realtime.records import LiveRequest
from promoloop.flows.realtime.rules import LiveRules
from promoloop.flows.realtime.signals import Interest
from promoloop.flows.realtime.views import CampaignView, CopyKey, Worth
from promoloop.flows.realtime.window import Shelf, Window
from promoloop.offers import is_open

__all__ = ["JUST_BOUGHT", "OTHER_PLACE", "Sorted", "channel_of", "sort_spots"]

#: Why a spot is cut, beside the guards' reasons; ``decide.reason_text`` has words for them.
JUST_BOUGHT, OTHER_PLACE = "just_bought", "other_place"
#: Texts of so many stages, locales and moments are kept ready.
_KEPT = 4_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sorted:
    """One campaign for one shopper at one moment.

    ``cuts`` say why spots are out; ``screened`` (s,) is what the policy may draw from, ``open``
    the other arms but business as usual, which does not know our choices: ``allowed``.
    ``priced`` (s,) is the worth after prices, ``texts`` the words of every spot that has some.
    """

    shelf: Shelf
    row: int
    hour: int
    channel: str
    locale: str
    interest: Interest
    cuts: Cuts
    worth: Worth
    priced: Floats
    open: NDArray[np.bool_]
    screened: NDArray[np.bool_]
    allowed: NDArray[np.bool_]
    texts: dict[int, Copy]

    @property
    def arm(self) -> str:
        """The shopper's arm of this campaign."""
        return self.shelf.view.arms[self.row]

    @property
    def best(self) -> tuple[bool, float]:
        """How much the place is worth to this campaign, whatever the arm: what is wanted first."""
        if not self.open.any():
            return False, -np.inf
        view, groups = self.shelf.view, self.interest.groups
        spots = np.flatnonzero(self.open)
        wanted = any(view.offers[view.offer_of[at]].group in groups for at in spots.tolist())
        return wanted, float(self.priced[spots].max())

    def final(self, arm: str) -> NDArray[np.bool_]:
        """(s,) what the arm may draw from, if all of it can be paid."""
        if arm == "policy":
            return self.screened
        return self.allowed if arm == "bau" else self.open


def channel_of(slot: str, view: CampaignView) -> str:
    """The channel that shows something in that place; "" where the campaign has none."""
    channels = view.campaign.channels
    if slot == "popup" and "popup" in channels:
        return "popup"
    return "onsite" if "onsite" in channels else ""


def sort_spots(
    window: Window,
    shelf: Shelf,
    request: LiveRequest,
    interest: Interest,
    channel: str,
    now: datetime,
) -> Sorted:
    """Ask every rule about every spot, and weigh what may be shown."""
    view, rules = shelf.view, window.rules
    row = view.rows[request.shopper_id]
    local_hour = now.astimezone(ZoneInfo(view.audience.time_zones[row])).hour
    locales = window.house.locales
    locale = request.locale if request.locale in locales else view.audience.locales[row]
    cuts = Cuts(view)
    everything = range(len(view.spots))
    cuts.cut([at for at in everything if view.spots[at].channel != channel], OTHER_PLACE)
    if not shelf.agreed[channel][row]:
        cuts.cut(everything, ConsentGiven.code)
    if local_hour not in view.open_hours[channel]:
        cuts.cut(everything, QuietHours.code)
    if window.shown.full(request.shopper_id, channel, now):
        cuts.cut(everything, ContactsLeft.code)
    moments = tuple(interest.moment_of(offer.group) for offer in view.offers)
    texts = _texts(shelf, view.lifecycle[row], locale, moments)
    candidates = view.candidates[row]
    for place, offer in enumerate(view.offers):
        code = _why_not(shelf, place, request.shopper_id, interest, now)
        if not code and not candidates[place] and offer.group not in interest.groups:
            code = CandidateOnly.code
        if code:
            cuts.cut(np.flatnonzero(view.offer_of == place).tolist(), code)
    cuts.cut([at for at in everything if at not in texts], CopyApproved.code)
    hour = view.hour_at(local_hour)
    worth = view.worth(row, hour, _odds(moments, rules))
    open_ = cuts.open
    screened = clearly_behind(worth, open_)
    return Sorted(
        shelf=shelf,
        row=row,
        hour=hour,
        channel=channel,
        locale=locale,
        interest=interest,
        cuts=cuts,
        worth=worth,
        priced=worth.value - shelf.pacer.priced_off,
        open=open_,
        screened=screened,
        allowed=cuts.without((CandidateOnly.code,)),
        texts=texts,
    )


def note_screened(found: Sorted) -> None:
    """Say of what the policy does not try that it is clearly behind."""
    behind = np.flatnonzero(found.open & ~found.screened)
    found.cuts.cut(behind.tolist(), CLEARLY_BEHIND)


def _why_not(shelf: Shelf, place: int, shopper_id: str, interest: Interest, now: datetime) -> str:
    """The hard rule that forbids one offer; "" where none does."""
    offer = shelf.view.offers[place]
    if not is_open(offer, now):
        return OfferValid.code
    if offer.group in interest.bought:
        return JUST_BOUGHT
    most = offer.caps.per_shopper
    if most is not None and shelf.held[offer.offer_id, shopper_id] >= most:
        return ShopperCap.code
    return ""


def _texts(shelf: Shelf, stage: str, locale: str, moments: tuple[str, ...]) -> dict[int, Copy]:
    """The words of each spot: those of the occasion, else those of the stage of life.

    Shoppers of one stage in one moment are shown the same words, so these are looked up once.
    """
    known = shelf.texts.get((stage, locale, moments))
    if known is not None:
        return known
    view = shelf.view
    found: dict[int, Copy] = {}
    for at, spot in enumerate(view.spots):
        moment = moments[view.offer_of[at]] or stage
        key = CopyKey(spot.offer_id, locale, spot.channel, spot.variant, moment)
        copy = view.copies.get(key)
        if copy is None and moment != stage:
            copy = view.copies.get(key._replace(moment=stage))
        if copy is not None:
            found[at] = copy
    if len(shelf.texts) >= _KEPT:
        shelf.texts.clear()
    shelf.texts[stage, locale, moments] = found
    return found


def _odds(moments: tuple[str, ...], rules: LiveRules) -> Floats | None:
    """(o,) by how much the odds of buying from each offer's group have grown."""
    if not any(moments):
        return None
    by_moment = {"": 1.0, "cart": rules.cart_odds, "viewed": rules.viewed_odds}
    return np.array([by_moment[moment] for moment in moments])
