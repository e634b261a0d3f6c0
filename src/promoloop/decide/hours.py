"""The hours at which each channel may be used, by the clock on the shopper's wall.

One dated table per market and channel, read when an action is weighed and again when its message
is sent. The wording is ours; take legal advice before you rely on a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from promoloop.core import InvalidError

__all__ = ["CONTACT_HOURS", "ContactHours", "contact_hours"]


@dataclass(frozen=True, slots=True)
class ContactHours:
    """From ``first`` o'clock until ``last`` o'clock, in the shopper's own time.

    ``market`` is a country, or ``"*"`` for every market without a row of its own. A row is in
    force from day ``since`` on, until a later row for the same market and channel.

    Raises
    ------
    InvalidError
        Unless 0 <= ``first`` < ``last`` <= 24.
    """

    market: str
    channel: str
    first: int
    last: int
    since: date
    source: str

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.last <= 24:
            raise InvalidError(
                f"contact hours from {self.first} to {self.last} for {self.channel!r}",
                "they lie within one day and begin before they end",
                "Give whole hours, such as 9 and 21, or 0 and 24 for the whole day.",
            )

    def allows(self, hour: int) -> bool:
        """Whether the channel may be used while the shopper's clock shows ``hour``."""
        return self.first <= hour < self.last


#: Defaults, to be replaced by what the user's own lawyers say.
CONTACT_HOURS = (
    ContactHours("*", "email", 7, 22, date(2000, 1, 1), "courtesy, no law behind it"),
    ContactHours("*", "sms", 9, 21, date(2000, 1, 1), "courtesy, no law behind it"),
    ContactHours("*", "push", 8, 21, date(2000, 1, 1), "courtesy, no law behind it"),
    ContactHours("*", "onsite", 0, 24, date(2000, 1, 1), "shown when the shopper comes"),
    ContactHours("US", "sms", 8, 21, date(1992, 12, 20), "47 CFR 64.1200(c)(1), recipient time"),
)


def contact_hours(
    channel: str, market: str, on: date, table: Sequence[ContactHours] = CONTACT_HOURS
) -> ContactHours:
    """The row in force on the day ``on``: the market's own before that of every market.

    Raises
    ------
    InvalidError
        When no row is in force for the channel.

    Examples
    --------
    >>> row = contact_hours("sms", "US", date(2026, 11, 30))
    >>> row.first, row.last
    (8, 21)
    """
    rows = [
        row
        for row in table
        if row.channel == channel and row.market in ("*", market) and row.since <= on
    ]
    if not rows:
        raise InvalidError(
            f"the channel {channel!r} in market {market!r} on {on}",
            "no contact hours are known for it",
            "Add a row to the table of contact hours.",
        )
    return max(rows, key=lambda row: (row.market != "*", row.since))
