"""The hours at which each channel may be used, by the clock on the shopper's wall.

One dated table per market and channel, ``data/contact-hours.toml``, read when an action is weighed
and again when its message is sent. The wording is ours; take legal advice before you rely on a row.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from promoloop.core import InvalidError

__all__ = ["CONTACT_HOURS", "ContactHours", "contact_hours"]


@dataclass(frozen=True, slots=True)
class ContactHours:
    """From ``first`` o'clock until ``last`` o'clock, in the shopper's own time.

    ``market`` is a country, a part of one (``US-FL``), or ``"*"`` for every market without a row of
    its own. A row is in force from day ``since`` on, until a later row for the same market and
    channel; on the ISO weekdays ``days``. A ``closed`` day allows nothing. ``law`` says whether
    ``source`` is a rule of law.

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
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    closed: bool = False
    law: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.last <= 24:
            raise InvalidError(
                f"contact hours from {self.first} to {self.last} for {self.channel!r}",
                "they lie within one day and begin before they end",
                "Give whole hours, such as 9 and 21, or 0 and 24 for the whole day.",
            )

    def allows(self, hour: int) -> bool:
        """Whether the channel may be used while the shopper's clock shows ``hour``."""
        return not self.closed and self.first <= hour < self.last


def _rows() -> tuple[ContactHours, ...]:
    source = files("promoloop.decide").joinpath("data", "contact-hours.toml")
    rows = tomllib.loads(source.read_text(encoding="utf-8"))["row"]
    every = ContactHours.__dataclass_fields__["days"].default
    return tuple(ContactHours(**(row | {"days": tuple(row.get("days", every))})) for row in rows)


#: Defaults, to be replaced by what the user's own lawyers say.
CONTACT_HOURS = _rows()


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
    near = {place: nearness for nearness, place in enumerate(("*", *_places(market)))}
    rows = [
        row
        for row in table
        if row.channel == channel
        and row.market in near
        and row.since <= on
        and on.isoweekday() in row.days
    ]
    if not rows:
        raise InvalidError(
            f"the channel {channel!r} in market {market!r} on {on}",
            "no contact hours are known for it",
            "Add a row to the table of contact hours.",
        )
    return max(rows, key=lambda row: (near[row.market], row.since))


def _places(market: str) -> tuple[str, ...]:
    """A country, then the part of it: ``US``, ``US-FL``."""
    return tuple(dict.fromkeys((market.partition("-")[0], market)))
