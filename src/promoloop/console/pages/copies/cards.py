"""One text as its card shows it: read with today's facts, proven, marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promoloop.compose import Copy
from promoloop.console.visit import Visit
from promoloop.core import InvalidError
from promoloop.flows.reviewing import ReviewPage, ReviewText, Wanted, in_review, show_text
from promoloop.flows.reviewing.standing import facts_of

__all__ = ["FILTERS", "Card", "card_of", "cells_of", "listed", "wanted_of"]

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


def card_of(visit: Visit, copy_id: str) -> Card:
    """The card of one text; ``InvalidError`` for an unknown one."""
    copy = visit.house.copies.get(copy_id)
    page = show_text(visit.house, copy_id, visit.words.locale)
    try:
        slots = facts_of(visit.house, copy).clauses
    except InvalidError:
        slots = {}
    newest = visit.house.offers.get(copy.offer_id).revision
    stale = copy.offer_revision != newest
    outdated = (visit.words.say("copies.outdated", revision=copy.offer_revision, newest=newest),)
    return Card(page, copy, slots, outdated if stale else ())


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """The texts that a query or a form asks for; those in review unless it says otherwise."""
    return Wanted(given.get("state") or "in_review", *(given.get(name, "") for name in FILTERS))


def listed(visit: Visit, given: Mapping[str, str]) -> Sequence[ReviewText]:
    """The texts that fit, of one campaign's offers where one is named."""
    found = in_review(visit.house, wanted_of(given), visit.words.locale)
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
