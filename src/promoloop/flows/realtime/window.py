"""What real time sees of the shop, kept in memory and read anew in the background.

``Window.refresh`` works everything out for everybody; ``look`` is cheap and is meant to be called
every second: it sees pauses, what is left of money and units, and whether something has changed
that asks for a refresh. A request only ever reads what stands here.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from promoloop.compose import Copy
from promoloop.core import InvalidError, RefusedError
from promoloop.decide import BudgetLeft, PartnerBudgetLeft, StockLeft
from promoloop.flows.books.stock import code_pool, open_budget, units_left
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.flows.privacy.records import shopper_digest
from promoloop.flows.realtime.pacers import Pacer, pacer_for
from promoloop.flows.realtime.rules import LIVE_CHANNELS, LiveRules
from promoloop.flows.realtime.shown import Shown
from promoloop.flows.realtime.views import CampaignView, campaign_view, is_live
from promoloop.flows.schedule import WEEK, account_of, cycle_of
from promoloop.offers import Campaign, CouponCode, Offer, Product

__all__ = ["Shelf", "Window"]

#: Consents are read anew by ``look`` this often; whoever takes one in tells the window at once.
_CONSENTS = timedelta(seconds=30)
#: ... and this often it is looked whether a campaign, an offer, a text or a model has changed.
_STAMPS = timedelta(seconds=3)
#: What was read may still hold whoever was erased so long before.
_ERASING = timedelta(minutes=1)


@dataclass(slots=True)
class Shelf:
    """One campaign as it is being decided: its view, its pacer, and what has changed since.

    ``agreed`` (n,) per channel is who may be shown something, ``short`` the reason code of every
    spot that cannot be paid at the moment, "" where it can, and ``held`` counts promises per offer
    and shopper. ``texts`` keeps the words of each spot ready, by stage of life, locale and the
    moment of each offer.
    """

    view: CampaignView
    pacer: Pacer
    agreed: dict[str, NDArray[np.bool_]]
    short: list[str]
    held: Counter[tuple[str, str]]
    usual: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    copy_ids: frozenset[str] = frozenset()
    texts: dict[tuple[str, str, tuple[str, ...]], dict[int, Copy]] = field(default_factory=dict)

    def count(self, offer_id: str, shopper_id: str) -> None:
        """One more promise is made."""
        self.held[offer_id, shopper_id] += 1

    def offer(self, offer_id: str | None) -> Offer | None:
        """The offer as it is issued this week."""
        return next((one for one in self.view.offers if one.offer_id == offer_id), None)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What everything was worked out from: texts and terms by their digest, models by campaign."""

    digest: str
    models: Mapping[str, str]

    def with_models_of(self, shelves: Iterable[Shelf]) -> _Stamp:
        """With the models that are in use: reading a campaign for the first time makes its own."""
        used = {one.view.campaign.campaign_id: one.view.model_version for one in shelves}
        return _Stamp(self.digest, {**self.models, **used})


class Window:
    """Everything that one decision needs, in memory.

    Parameters
    ----------
    house : House
    rules : LiveRules, optional

    Attributes
    ----------
    shelves : tuple of Shelf
        One per running campaign with a page channel, by id.
    troubles : mapping of str to str
        Why a campaign that should run has no shelf, by its id.
    made_at : datetime or None
        When everything was last read.
    """

    def __init__(self, house: House, rules: LiveRules | None = None) -> None:
        self.house = house
        self.rules = rules or LiveRules()
        self.shelves: tuple[Shelf, ...] = ()
        self.troubles: Mapping[str, str] = {}
        self.paused: Mapping[str, str] = {}
        self.products: Mapping[str, Product] = {}
        self.profiled: frozenset[str] = frozenset()
        self.campaigns: frozenset[str] = frozenset()
        self.shown = Shown(self.rules.caps)
        self.made_at: datetime | None = None
        self.looked_at: datetime | None = None
        self._coded: Mapping[str, tuple[Offer, ...]] = {}
        self._stamp = _Stamp("", {})
        self._consents_at: datetime | None = None
        self._stamped_at: datetime | None = None
        self._erased: frozenset[str] = frozenset()
        self._told_gone: frozenset[str] = frozenset()
        self._making, self._telling = threading.Lock(), threading.Lock()

    def refresh(self, now: datetime) -> None:
        """Read everything anew; what stands stays in force until it is done.

        A campaign that cannot be decided is left out, and ``troubles`` says why.
        """
        with self._making:
            stamp, gone = self._fingerprint(now), self._told_gone
            troubles: dict[str, str] = {}
            shelves = [
                shelf
                for campaign in self.house.campaigns.all()
                if is_live(campaign) and _runs(campaign, now)
                for shelf in self._shelf(campaign, now, troubles)
            ]
            self.products = {one.product_id: one for one in self.house.catalogue.all()}
            self.profiled = self._profiled()
            self.campaigns = frozenset(one.campaign_id for one in self.house.campaigns.all())
            self.shown.read(self.house.outbox, now)
            self.paused = self._paused()
            self.troubles = troubles
            self.shelves = tuple(shelves)
            self._coded = _by_code(shelves)
            self.made_at = self.looked_at = self._consents_at = self._stamped_at = now
            self._stamp = stamp.with_models_of(shelves)
            self._read_erasures()
            with self._telling:
                self._told_gone = self._told_gone - gone

    def look(self, now: datetime) -> bool:
        """See what is cheap to see; refresh when something else has changed, or it is time to.

        Returns whether it refreshed.
        """
        if self.made_at is None or now - self.made_at >= self.rules.refresh:
            self.refresh(now)
            return True
        self.paused = self._paused()
        self._read_erasures()
        self.looked_at = now
        if self._changed(now):
            self.refresh(now)
            return True
        if self._consents_at is None or now - self._consents_at >= _CONSENTS:
            self.read_consents(now)
        for shelf in self.shelves:
            read_left(self.house, shelf)
            shelf.pacer.follow()
        return False

    def read_consents(self, now: datetime) -> None:
        """Take over who agrees to what, as it stands."""
        for channel in {one for shelf in self.shelves for one in shelf.agreed}:
            granted = self.house.consents.granted(channel, PURPOSE)
            if self.house.rests is not None:
                granted -= self.house.rests.resting(channel, now).keys()
            for shelf in self.shelves:
                if channel in shelf.agreed:
                    ids = shelf.view.audience.ids
                    shelf.agreed[channel] = np.array([one in granted for one in ids])
        self._consents_at = now

    def agrees(self, shopper_id: str, channel: str, granted: bool) -> None:
        """A shopper has just said yes or no to a channel: it counts from the next request on."""
        for shelf in self.shelves:
            row = shelf.view.rows.get(shopper_id)
            if row is not None and channel in shelf.agreed:
                shelf.agreed[channel][row] = granted

    def forget(self, shopper_id: str) -> None:
        """A shopper was erased: nothing is shown any more."""
        for channel in LIVE_CHANNELS:
            self.agrees(shopper_id, channel, granted=False)
        self.profiled = self.profiled - {shopper_id}
        with self._telling:
            self._told_gone = self._told_gone | {self._digest(shopper_id)}

    def is_gone(self, shopper_id: str) -> bool:
        """Whether the shopper was erased since everything was read: nobody is known of this id.

        What is read afterwards holds nobody who was erased, unless they came anew.
        """
        gone = self._erased | self._told_gone
        return bool(gone) and self._digest(shopper_id) in gone

    def groups_of(self, product_ids: Iterable[str]) -> frozenset[str]:
        """The product groups of those products that are known."""
        found = (self.products.get(one) for one in product_ids)
        return frozenset(one.category for one in found if one is not None)

    def shelf_of(self, campaign_id: str) -> Shelf | None:
        """The shelf of one campaign, where it has one."""
        shelves = (one for one in self.shelves if one.view.campaign.campaign_id == campaign_id)
        return next(shelves, None)

    def offers_by_code(self, codes: Iterable[str]) -> tuple[Offer, ...]:
        """The offers of running campaigns that one of ``codes`` opens."""
        found = {one.offer_id: one for code in codes for one in self._coded.get(code, ())}
        return tuple(found.values())

    def _shelf(
        self, campaign: Campaign, now: datetime, troubles: dict[str, str]
    ) -> Iterable[Shelf]:
        try:
            open_budget(self.house, campaign)
            view = campaign_view(self.house, campaign, now)
            units_left(self.house, campaign, view.offers, view.given)
            shelf = Shelf(
                view,
                pacer_for(self.house, view, now),
                dict(view.audience.consent),
                [""] * len(view.spots),
                view.held,
                _usual(view),
                frozenset(copy.copy_id for copy in view.copies.values()),
            )
            read_left(self.house, shelf)
        except (InvalidError, RefusedError) as error:
            troubles[campaign.campaign_id] = str(error)
            return ()
        return (shelf,)

    def _read_erasures(self) -> None:
        """See who was erased since everything was read, here or by another process."""
        if self.house.erasures is not None and self.made_at is not None:
            self._erased = self.house.erasures.since(self.made_at - _ERASING)

    def _digest(self, shopper_id: str) -> str:
        return shopper_digest(shopper_id, self.house.address_key)

    def _paused(self) -> Mapping[str, str]:
        return {name: pause.reason for name, pause in self.house.pauses.paused().items()}

    def _profiled(self) -> frozenset[str]:
        if "profiles" not in self.house.tables.names():
            return frozenset()
        return frozenset(self.house.tables.get("profiles")["shopper_id"].to_list())

    def _changed(self, now: datetime) -> bool:
        """Whether something has changed that everything was worked out from; asked now and then."""
        if self._stamped_at is not None and now - self._stamped_at < _STAMPS:
            return False
        self._stamped_at = now
        return self._fingerprint(now) != self._stamp

    def _fingerprint(self, now: datetime) -> _Stamp:
        """Changes when a campaign, an offer, a text or a model does, and with each week."""
        models: dict[str, str] = {}
        house, said = self.house, hashlib.blake2b(digest_size=16)
        for campaign in house.campaigns.all():
            if not is_live(campaign):
                continue
            week = (now - campaign.starts_at) // WEEK
            said.update(repr((campaign, week)).encode())
            for offer_id in campaign.offer_ids:
                offer = house.offers.get(offer_id)
                said.update(repr((offer_id, offer.revision)).encode())
            models[campaign.campaign_id] = _running(house, effect_of(campaign))
        said.update(repr(sorted(house.reviews.standing_in("approved"))).encode())
        return _Stamp(said.hexdigest(), models)


def read_left(house: House, shelf: Shelf) -> None:
    """Note which spots cannot be paid: for want of money, of a partner's, or of units."""
    view = shelf.view
    account = account_of(view.campaign)
    free = house.ledger.state(account).free_minor
    left = house.stock.stock_left(account)
    theirs = {name: house.ledger.state(name).free_minor for taken in view.shared for name in taken}
    short = []
    for at, spot in enumerate(view.spots):
        place = int(view.offer_of[at])
        code = ""
        if left.get(spot.offer_id, 1) < 1 or _out_of_codes(house, shelf, place):
            code = StockLeft.code
        elif view.promise[at] > free:
            code = BudgetLeft.code
        elif any(minor > theirs[name] for name, minor in view.shared[place].items()):
            code = PartnerBudgetLeft.code
        short.append(code)
    shelf.short = short


def _out_of_codes(house: House, shelf: Shelf, place: int) -> bool:
    """Whether the offer has a pool of codes and none is left in it."""
    offer = shelf.view.offers[place]
    if house.codes is None or not code_pool(offer):
        return False
    return house.codes.left(offer.offer_id) < 1


def _usual(view: CampaignView) -> Mapping[str, tuple[int, ...]]:
    """Per channel the spots of this week's usual offer, in the order of their variants."""
    offer = view.campaign.offer_ids[(view.week - 1) % len(view.campaign.offer_ids)]
    found: dict[str, list[int]] = {}
    for at, spot in enumerate(view.spots):
        if spot.offer_id == offer:
            found.setdefault(spot.channel, []).append(at)
    return {channel: tuple(spots) for channel, spots in found.items()}


def _running(house: House, kind: str) -> str:
    """The id of the model in force; "" before there is one."""
    try:
        return house.models.running(kind).version_id
    except InvalidError:
        return ""


def _by_code(shelves: Iterable[Shelf]) -> Mapping[str, tuple[Offer, ...]]:
    """The offers that each code opens."""
    found: dict[str, tuple[Offer, ...]] = {}
    for shelf in shelves:
        for offer in shelf.view.offers:
            for part in offer.conditions:
                if isinstance(part, CouponCode):
                    for code in part.codes:
                        found[code] = (*found.get(code, ()), offer)
    return found


def _runs(campaign: Campaign, now: datetime) -> bool:
    try:
        cycle_of(campaign, now)
    except RefusedError:
        return False
    return True
