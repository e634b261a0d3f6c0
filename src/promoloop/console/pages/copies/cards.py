"""One text as its card shows it: read with today's facts, proven, marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from promoloop.compose import Copy, CopyBank
from promoloop.console.visit import Visit
from promoloop.core import InvalidError
from promoloop.flows.house import House
from promoloop.flows.reviewing import ReviewPage, ReviewText, Wanted, in_review, show_text
from promoloop.flows.reviewing.standing import facts_of
from promoloop.offers import OfferStore

__all__ = ["FILTERS", "Card", "card_of", "cells_of", "for_reading", "listed", "wanted_of"]

#: What the list can be narrowed by, besides the state.
FILTERS = ("offer", "locale", "channel", "moment", "source", "mark")


@dataclass(frozen=True, slots=True)
class Card:
    """Everything on one text. ``missing`` says why its offer cannot fill it any more."""

    page: ReviewPage
    copy: Copy
    slots: Mapping[str, str]
    refused: Sequence[str]

    @property
    def text(self) -> ReviewText:
        """Where it belongs and stands."""
        return self.page.text


def card_of(visit: Visit, copy_id: str, house: House | None = None) -> Card:
    """The card of one text; an unknown one is an error. ``house`` may be one ``for_reading``."""
    house = house or for_reading(visit.house)
    copy = house.copies.get(copy_id)
    page = show_text(house, copy_id, visit.words.locale)
    try:
        slots = facts_of(house, copy).clauses
    except InvalidError:
        slots = {}
    newest = house.offers.get(copy.offer_id).revision
    stale = copy.offer_revision != newest
    outdated = (visit.words.say("copies.outdated", revision=copy.offer_revision, newest=newest),)
    return Card(page, copy, slots, outdated if stale else ())


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """The texts that a query or a form asks for; those in review unless it says otherwise."""
    return Wanted(given.get("state") or "in_review", *(given.get(name, "") for name in FILTERS))


def for_reading(house: House) -> House:
    """The same house for one page: every text and offer is fetched once, however often asked."""
    return replace(house, copies=_Copies(house.copies), offers=_Offers(house.offers))


class _Copies:
    """Texts, fetched once each."""

    def __init__(self, copies: CopyBank) -> None:
        self.put = copies.put
        self.all = cache(copies.all)
        self._get = copies.get
        self._known: dict[str, Copy] = {}

    def get(self, copy_id: str) -> Copy:
        """The text."""
        if copy_id not in self._known:
            self._known[copy_id] = self._get(copy_id)
        return self._known[copy_id]


class _Offers:
    """The newest revisions of offers, fetched once each."""

    def __init__(self, offers: OfferStore) -> None:
        self.put = offers.put
        self.all = offers.all
        self.get = cache(offers.get)


def listed(
    visit: Visit, given: Mapping[str, str], house: House | None = None
) -> Sequence[ReviewText]:
    """The texts that fit, of one campaign's offers where one is named."""
    found = in_review(house or visit.house, wanted_of(given), visit.words.locale)
    campaign = given.get("campaign", "")
    if not campaign:
        return found
    offers = set(visit.house.campaigns.get(campaign).offer_ids)
    return [one for one in found if one.offer_id in offers]


def cells_of(texts: Sequence[ReviewText]) -> Sequence[tuple[tuple[str, ...], Sequence[ReviewText]]]:
    """Texts by what they compete for: offer, locale, channel and moment."""
    cells: dict[tuple[str, ...], list[ReviewText]] = {}
    for one in texts:
        cells.setdefault((one.offer_id, one.locale, one.channel, one.moment), []).append(one)
    return list(cells.items())
