"""Where texts stand, and what is true of their offers today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from promoloop.compose import Copy, ReviewEntry, facts_for_copy, fill
from promoloop.core import InvalidError, RefusedError
from promoloop.flows.house import House
from promoloop.offers import OfferFacts

__all__ = ["as_read", "facts_of", "require_newest", "standing_of"]


def facts_of(house: House, copy: Copy) -> OfferFacts:
    """What today's offer says in the text's locale."""
    return facts_for_copy(house.offers.get(copy.offer_id), copy.locale, house.time_zone)


def as_read(house: House, copy: Copy) -> Mapping[str, str]:
    """The parts with today's facts; as written where the offer has lost one of them."""
    try:
        return fill(copy.parts, facts_of(house, copy).clauses)
    except InvalidError:
        return copy.parts


def standing_of(house: House, copy_ids: Sequence[str]) -> Mapping[str, ReviewEntry]:
    """Where each of these texts stands, each once; an unknown one is an error."""
    if not copy_ids:
        raise InvalidError("a review", "no text is named", "Name one: promoloop review list.")
    wanted = list(dict.fromkeys(copy_ids))
    for copy_id in wanted:
        house.copies.get(copy_id)
    found = house.reviews.standing(wanted)
    missing = [copy_id for copy_id in wanted if copy_id not in found]
    if missing:
        raise InvalidError(
            f"the review of {missing[0]}", "it was never opened", "Run `promoloop compose`."
        )
    return {copy_id: found[copy_id] for copy_id in wanted}


def require_newest(house: House, copy: Copy) -> None:
    """Refuse a text on an offer that has changed since."""
    revision = house.offers.get(copy.offer_id).revision
    if copy.offer_revision != revision:
        raise RefusedError(
            f"the text {copy.copy_id}",
            f"it was written for revision {copy.offer_revision} of {copy.offer_id}, which stands"
            f" at {revision} now",
            "Run `promoloop compose` for texts on the offer as it is.",
        )
