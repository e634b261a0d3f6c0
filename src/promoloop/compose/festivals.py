"""Feasts and shopping days by market: what a text may name, and on which days.

The calendar is data (``data/festivals.toml``): every row gives its rule, its markets and the
source of the rule. A moment text names a feast only where the brief's facts hold one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from promoloop.compose.proof import Fact
from promoloop.compose.tables import table
from promoloop.core import InvalidError, locale_kin

__all__ = ["Festival", "festivals"]

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Festival:
    """A feast in one market: its first and last local day, and the first day to speak of it."""

    festival_id: str
    market: str
    names: Mapping[str, str]
    first: date
    last: date
    spoken_from: date
    source: str

    def name(self, locale: str) -> str:
        """What it is called in ``locale``, as running text has it.

        Raises ``InvalidError`` where it has no name in that language.
        """
        for tag in locale_kin(locale):
            if tag in self.names:
                return self.names[tag]
        raise InvalidError(
            f"the festival {self.festival_id!r} in {locale}",
            "it has no name in that language",
            "Add one to data/festivals.toml.",
        )

    def fact(self, locale: str) -> Fact:
        """What lets a text in ``locale`` name it: a fact for the sheet, a clause ``festival``."""
        return Fact("phrase", self.name(locale), "festival.name")


def festivals(market: str, day: date) -> tuple[Festival, ...]:
    """The feasts that a text sent on ``day`` in ``market`` may name, the next one first.

    Parameters
    ----------
    market : str
        ISO 3166 code of the shopper's country.
    day : date
        The shopper's local day.

    Raises
    ------
    InvalidError
        An unknown market, or a year the calendar does not know: an empty answer would look as if
        there were no feast.

    Examples
    --------
    >>> [one.name("en-US") for one in festivals("US", date(2026, 11, 22))]
    ['Thanksgiving', 'Black Friday']
    >>> [one.name("ja-JP") for one in festivals("JP", date(2027, 1, 30))]
    ['節分']
    """
    years = table("festivals")["years"]
    if day.year not in years:
        raise InvalidError(
            f"the festivals of {day.year}",
            f"the calendar knows {years[0]} to {years[-1]}",
            "Add the year to data/festivals.toml.",
        )
    found = [one for one in _calendar(market) if one.spoken_from <= day <= one.last]
    return tuple(sorted(found, key=lambda one: (one.first, one.festival_id)))


@cache
def _calendar(market: str) -> tuple[Festival, ...]:
    known = table("festivals")
    rows = [row for row in known["festival"] if market in row["markets"]]
    if not rows:
        markets = sorted({one for row in known["festival"] for one in row["markets"]})
        raise InvalidError(
            f"the festivals of {market!r}", "the market is not known", f"Use {', '.join(markets)}."
        )
    years = [*known["years"], known["years"][-1] + 1]  # January is spoken of in December
    return tuple(_festival(row, market, first) for row in rows for first in _days(row, years))


def _festival(row: Mapping[str, Any], market: str, first: date) -> Festival:
    return Festival(
        festival_id=str(row["id"]),
        market=market,
        names=row["names"],
        first=first,
        last=first + timedelta(days=int(row.get("days", 1)) - 1),
        spoken_from=first - timedelta(days=int(row["lead"])),
        source=str(row["source"]),
    )


def _days(row: Mapping[str, Any], years: list[int]) -> list[date]:
    later = timedelta(days=int(row.get("plus", 0)))
    if "dates" in row:
        return [date.fromisoformat(one) + later for one in row["dates"]]
    return [_day(row, year) + later for year in years]


def _day(row: Mapping[str, Any], year: int) -> date:
    if "fixed" in row:
        return date.fromisoformat(f"{year}-{row['fixed']}")
    if "easter" in row:
        return _easter(year) + timedelta(days=int(row["easter"]))
    month, name, which = row["weekday"]
    start = date(year, month, 1)
    ahead = (_WEEKDAYS.index(name) - start.weekday()) % 7
    return start + timedelta(days=ahead + 7 * (which - 1))


def _easter(year: int) -> date:
    """Easter Sunday, Gregorian (Anonymous algorithm; Meeus, Astronomical Algorithms, ch. 8)."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (
        century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 19 * golden + 15
    ) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)
