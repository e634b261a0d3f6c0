"""What a shop sets for deciding in real time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from promoloop.core import InvalidError
from promoloop.deliver import FrequencyCap

__all__ = ["LIVE_CHANNELS", "LiveRules"]

#: Channels that a page shows itself.
LIVE_CHANNELS = ("onsite", "popup")

_ONCE_MORE = FrequencyCap("onsite-per-24-hours", "onsite", 6, timedelta(hours=24))
_POPUPS = FrequencyCap("popup-per-24-hours", "popup", 2, timedelta(hours=24))


@dataclass(frozen=True, slots=True)
class LiveRules:
    """How a shop decides while a shopper looks on.

    Parameters
    ----------
    hold : timedelta, default 30 minutes
        How long a decision stands for the same shopper and place. What the shopper does meanwhile
        ends it at once; a page view alone draws nothing anew and promises nothing twice.
    caps : tuple of FrequencyCap
        How often a shopper is shown something new.
    viewed_odds, cart_odds : float
        By how much the odds of buying from a group within the week grow when it was looked at
        twice, or put into the cart. They make offers on what is bought anyway worth less.
        Assumptions of ours, until the shop's own history says otherwise.
    spare_seconds : float
        What is kept of a request's time for writing the answer.
    refresh : timedelta, default 15 minutes
        When everything is read anew even if nothing is known to have changed.
    seed : int
        Another seed draws other decisions.

    Raises
    ------
    InvalidError
        For odds that are not above 0, or times below 0.
    """

    hold: timedelta = timedelta(minutes=30)
    caps: tuple[FrequencyCap, ...] = (_ONCE_MORE, _POPUPS)
    viewed_odds: float = 1.5
    cart_odds: float = 4.0
    spare_seconds: float = 0.005
    refresh: timedelta = timedelta(minutes=15)
    seed: int = 0

    def __post_init__(self) -> None:
        odds = (self.viewed_odds, self.cart_odds)
        if not all(0.0 < one < 1e6 for one in odds):
            raise InvalidError(
                f"odds of {odds} after a look and a cart",
                "they must be above 0",
                "Use 1 for what changes nothing.",
            )
        if self.hold < timedelta(0) or self.refresh <= timedelta(0) or self.spare_seconds < 0:
            raise InvalidError(
                f"holding for {self.hold}, refreshing after {self.refresh}",
                "a time is below zero",
                "Give minutes.",
            )
