"""One campaign as real time sees it: everything a decision needs, worked out for everybody once.

A view is made in the background and never changed; deciding for one shopper is a look at its row.
Columns are *spots*: offer x channel x variant. The hour is that of the moment, so there is one
table of probabilities per hour of the campaign.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from promoloop.compose import Copy
from promoloop.core import InvalidError
from promoloop.decide import assign_arms, contact_hours
from promoloop.flows.books.given import promises_so_far
from promoloop.flows.books.partners import shared_minor
from promoloop.flows.books.stock import code_pool, codes_used
from promoloop.flows.deciding.actions import candidate_offers
from promoloop.flows.deciding.grounds import grounds, offers_of_week
from promoloop.flows.deciding.situation import FATIGUE_MINOR
from promoloop.flows.history.audience import Audience
from promoloop.flows.history.prices import refused_offers
from promoloop.flows.house import House
from promoloop.flows.realtime.rules import LIVE_CHANNELS
from promoloop.flows.schedule import GRACE, WEEK
from promoloop.offers import Campaign, Offer, is_open
from promoloop.respond import (
    Action,
    EffectModel,
    OfferTerms,
    ShopperTraits,
    row_features,
    valued,
)

__all__ = ["CampaignView", "CopyKey", "Spot", "Worth", "campaign_view", "is_live"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Rows whose features are made at a time, so that no refresh holds the processor for long.
_CHUNK = 128


class Spot(NamedTuple):
    """One thing a page can show, whatever the hour."""

    offer_id: str
    channel: str
    variant: str


class CopyKey(NamedTuple):
    """What a text is for."""

    offer_id: str
    locale: str
    channel: str
    variant: str
    moment: str


@dataclass(frozen=True, slots=True)
class Worth:
    """What every spot is worth to one shopper now; all arrays are (spots,), minor units."""

    value: Floats
    sd: Floats
    spend: Floats
    partner: Floats


@dataclass(frozen=True, slots=True)
class CampaignView:
    """One campaign week, with n shoppers, s spots, h hours, o offers and g groups.

    ``columns`` (h, s) are the places of the spots among ``actions``. ``with_offer`` and ``doubt``
    (h, n, s) are the probability of buying with each and its standard deviation; ``without`` and
    ``margin`` (n, o) belong to each offer's group, ``reward`` and ``partner`` (n, o) are the
    shop's and the partner's part of what it takes off. ``promise`` (s,) is the most a spot can
    cost the campaign, and ``shared`` what each offer takes of which partner's account. ``left`` are
    units of limited offers, ``held`` counts promises per offer and shopper, ``given`` per
    offer; ``pooled`` are the places of offers with a pool of codes.
    """

    campaign: Campaign
    week: int
    starts: datetime
    made_at: datetime
    offers: tuple[Offer, ...]
    actions: tuple[Action, ...]
    spots: tuple[Spot, ...]
    hours: tuple[int, ...]
    columns: Ints
    offer_of: Ints
    rows: Mapping[str, int]
    audience: Audience
    traits: ShopperTraits
    terms: tuple[OfferTerms, ...]
    arms: tuple[str, ...]
    lifecycle: tuple[str, ...]
    without: Floats
    margin: Floats
    with_offer: Floats
    doubt: Floats
    reward: Floats
    partner: Floats
    rate: Floats
    rate_sd: Floats
    contact: Floats
    promise: Ints
    shared: tuple[Mapping[str, int], ...]
    candidates: Mask
    copies: Mapping[CopyKey, Copy]
    open_hours: Mapping[str, frozenset[int]]
    left: Mapping[str, int]
    held: Counter[tuple[str, str]]
    given: Counter[str]
    pooled: frozenset[int]
    model_version: str

    @property
    def ends(self) -> datetime:
        """When the week is over, and with it the view."""
        return self.starts + WEEK

    @property
    def money_back(self) -> datetime:
        """When money of promises of this week goes back."""
        return self.starts + WEEK + GRACE

    def hour_at(self, local_hour: int) -> int:
        """The place of the campaign's hour nearest to ``local_hour``, around the clock."""
        gaps = [min((hour - local_hour) % 24, (local_hour - hour) % 24) for hour in self.hours]
        return gaps.index(min(gaps))

    def worth(self, row: int, hour: int, odds: Floats | None) -> Worth:
        """What everything is worth to the shopper of ``row`` at that hour.

        ``odds`` (o,) multiplies the odds of buying from each offer's group, with and without it;
        ``None`` where nothing is known beyond the profile.
        """
        own = self.offer_of
        without, with_offer = self.without[row], self.with_offer[hour, row]
        if odds is not None:
            without = _moved(without, odds)
            with_offer = _moved(with_offer, odds[own])
        without, margin = without[own], self.margin[row][own]
        reward, rate = self.reward[row][own], self.rate[own]
        tired = FATIGUE_MINOR * self.traits.fatigue[row]
        value, spend = valued(
            with_offer, without, margin, reward, rate, self.contact, np.asarray(tired)
        )
        by_purchase = (margin - rate * reward) * self.doubt[hour, row]
        by_rate = with_offer * reward * self.rate_sd[own]
        return Worth(
            value,
            np.sqrt(by_purchase**2 + by_rate**2),
            spend,
            with_offer * rate * self.partner[row][own],
        )


def is_live(campaign: Campaign) -> bool:
    """Whether the campaign may show something on a page."""
    return any(channel in LIVE_CHANNELS for channel in campaign.channels)


def campaign_view(house: House, campaign: Campaign, now: datetime) -> CampaignView:
    """Everything about one campaign at ``now``, for everybody who may be shown something.

    Raises
    ------
    RefusedError
        Outside the campaign's weeks, or when nobody is in its audience.
    InvalidError
        When `promoloop learn` has not been run.
    """
    refused = refused_offers(house, offers_of_week(house, campaign, now), now)
    known = grounds(house, campaign, now, refused)
    offers, terms, audience = known.offers, known.terms, known.audience
    effect = EffectModel.from_parameters(known.model.parameters)
    spots, hours, columns = _spots(known.actions)
    place = {offer.offer_id: at for at, offer in enumerate(offers)}
    offer_of = np.array([place[spot.offer_id] for spot in spots], dtype=np.int64)
    groups = [audience.baseline.groups.index(term.group) for term in terms]
    without = audience.baseline.probability[:, groups]
    with_offer, doubt = _probabilities(
        known.traits, known.actions, terms, effect, columns, without[:, offer_of]
    )
    rate, rate_sd = np.array([effect.redeem.of(term.offer_id) for term in terms]).T
    contact = np.array([float(campaign.channels[spot.channel]) for spot in spots])
    own = np.array([t.liability_minor - t.partner_liability_minor for t in terms], dtype=np.int64)
    promised = promises_so_far(house, campaign, now)
    kept = promised.select("offer_id", "shopper_id", "held").iter_rows()
    view = CampaignView(
        campaign=campaign,
        week=known.week,
        starts=known.start,
        made_at=now,
        offers=offers,
        actions=known.actions,
        spots=spots,
        hours=hours,
        columns=columns,
        offer_of=offer_of,
        rows={shopper: row for row, shopper in enumerate(audience.ids)},
        audience=audience,
        traits=known.traits,
        terms=terms,
        arms=assign_arms(audience.ids, campaign.salt, campaign.arms),
        lifecycle=tuple(audience.profiles["lifecycle"].to_list()),
        without=without,
        margin=audience.baseline.margin_minor[:, groups],
        with_offer=with_offer,
        doubt=doubt,
        reward=np.stack([term.shop_minor for term in terms], axis=1),
        partner=np.stack([term.paid_by_partner for term in terms], axis=1),
        rate=rate,
        rate_sd=rate_sd,
        contact=contact,
        promise=own[offer_of] + contact.astype(np.int64),
        shared=tuple(
            shared_minor(offer.offer_id, offer.funding, term.partner_liability_minor)
            for offer, term in zip(offers, terms, strict=True)
        ),
        candidates=np.zeros((0, 0), dtype=np.bool_),
        copies={
            CopyKey(one.offer_id, one.locale, one.channel, one.variant, one.moment): one
            for one in known.copies
        },
        open_hours={
            channel: _open_hours(house.market, channel, now)
            for channel in {spot.channel for spot in spots}
        },
        left=_units_left(house, campaign),
        held=Counter({(offer_id, shopper): count for offer_id, shopper, count in kept}),
        given=codes_used(promised),
        pooled=frozenset(
            at for at, one in enumerate(offers) if code_pool(one) and house.codes is not None
        ),
        model_version=known.model.version_id,
    )
    return _with_candidates(house, view, now)


def _with_candidates(house: House, view: CampaignView, now: datetime) -> CampaignView:
    """The view with each shopper's candidates: worth most, and closest to what is bought."""
    worth = np.full((len(view.audience), len(view.offers)), -np.inf)
    tired = FATIGUE_MINOR * view.traits.fatigue[:, None]
    own = view.offer_of
    for hour in range(len(view.hours)):
        value, _ = valued(
            view.with_offer[hour],
            view.without[:, own],
            view.margin[:, own],
            view.reward[:, own],
            view.rate[own],
            view.contact,
            tired,
        )
        for at, offer in enumerate(view.offers):
            mine = np.flatnonzero(own == at)
            if is_open(offer, now) and mine.size:
                worth[:, at] = np.maximum(worth[:, at], value[:, mine].max(axis=1))
    found = candidate_offers(house.tables.get("affinity"), view.audience, view.offers, worth)
    masks = [found[offer.offer_id] for offer in view.offers]
    return replace(view, candidates=np.column_stack(masks))


def _spots(actions: Sequence[Action]) -> tuple[tuple[Spot, ...], tuple[int, ...], Ints]:
    """Spots and hours of the grid, and where each stands in it."""
    place = {action: at for at, action in enumerate(actions)}
    live = [action for action in actions if action.channel in LIVE_CHANNELS]
    spots = tuple(sorted({Spot(one.offer_id, one.channel, one.variant) for one in live}))
    hours = tuple(sorted({one.hour for one in live}))
    columns = [
        [place[Action(spot.offer_id, spot.channel, hour, spot.variant)] for spot in spots]
        for hour in hours
    ]
    return spots, hours, np.array(columns, dtype=np.int64).reshape(len(hours), len(spots))


def _probabilities(
    traits: ShopperTraits,
    actions: Sequence[Action],
    terms: Sequence[OfferTerms],
    effect: EffectModel,
    columns: Ints,
    without: Floats,
) -> tuple[Floats, Floats]:
    """(h, n, s) mean and standard deviation of buying, some rows at a time."""
    n, s = without.shape
    mean, doubt = np.empty((len(columns), n, s)), np.empty((len(columns), n, s))
    safe = np.clip(without, 1e-6, 1 - 1e-6)
    offset = np.log(safe) - np.log1p(-safe)
    for begin in range(0, n, _CHUNK):
        piece = slice(begin, min(begin + _CHUNK, n))
        size = piece.stop - begin
        rows = np.repeat(np.arange(begin, piece.stop), s)
        for hour, mine in enumerate(columns):
            features = row_features(traits, actions, terms, rows, np.tile(mine, size))
            found = effect.probability(features, offset[piece].ravel())
            mean[hour, piece], doubt[hour, piece] = (part.reshape(size, s) for part in found)
    return mean, doubt


def _moved(probability: Floats, odds: Floats) -> Floats:
    """The probability whose odds are ``odds`` times those of ``probability``."""
    return np.asarray(probability * odds / (1.0 - probability + probability * odds))


def _open_hours(market: str, channel: str, now: datetime) -> frozenset[int]:
    """Local hours at which the channel may be used; a page of its own kind as ``onsite``."""
    try:
        row = contact_hours(channel, market, now.date())
    except InvalidError:
        row = contact_hours("onsite", market, now.date())
    return frozenset(hour for hour in range(24) if row.allows(hour))


def _units_left(house: House, campaign: Campaign) -> Mapping[str, int]:
    """Units left of limited offers; none are known before the account is open."""
    try:
        return dict(house.stock.stock_left(campaign.campaign_id))
    except InvalidError:
        return {}
