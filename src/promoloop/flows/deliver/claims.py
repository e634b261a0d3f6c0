"""Whether the price history still supports an offer's reduction, asked as its message leaves."""

from __future__ import annotations

from datetime import datetime

from promoloop.core import InvalidError
from promoloop.flows.history.prices import check_offer
from promoloop.flows.house import House

__all__ = ["PriceClaims"]


class PriceClaims:
    """The first reason why each offer may not be announced; each offer is looked at once a day."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._said: dict[tuple[str, str], str] = {}

    def __call__(self, offer_id: str, now: datetime) -> str:
        """The reason code; "" when the offer may go out, or is not known here."""
        key = (offer_id, now.date().isoformat())
        if key not in self._said:
            self._said[key] = self._look(offer_id, now)
        return self._said[key]

    def _look(self, offer_id: str, now: datetime) -> str:
        try:
            offer = self._house.offers.get(offer_id)
        except InvalidError:
            return ""
        refused = check_offer(self._house, offer, now)
        return refused[0].code if refused else ""
