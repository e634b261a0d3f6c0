"""Frequency caps: how many messages of one channel a shopper may get in a named window.

Windows roll: "7 days" is the 168 hours before now, the same stretch in every time zone, so a
change of clocks or of calendar day never opens room for one more. The defaults by market are dated
data, ``data/caps.toml``.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files

from promoloop.core import InvalidError

__all__ = ["FrequencyCap", "Tally", "counted", "market_caps"]

#: What is shown when the shopper comes writes to nobody.
_SHOWN = "onsite"


@dataclass(frozen=True, slots=True)
class FrequencyCap:
    """At most ``limit`` messages of ``channel`` per shopper in ``window``.

    The channel ``"*"`` counts all that write to somebody, together. ``name`` is written with each
    message it stopped, for example ``email-per-7-days``.
    """

    name: str
    channel: str
    limit: int
    window: timedelta

    def __post_init__(self) -> None:
        if self.limit < 0 or self.window <= timedelta(0):
            raise InvalidError(
                f"the frequency cap {self.name!r}",
                f"limit {self.limit} and window {self.window} cannot be kept",
                "Give a limit of 0 or more and a window longer than zero.",
            )

    def since(self, now: datetime) -> datetime:
        """Where the window begins when it ends ``now`` (UTC)."""
        return now - self.window


def market_caps(market: str, on: date) -> tuple[FrequencyCap, ...]:
    """The caps in force in ``market`` (``US``, ``US-FL``) on the day ``on``.

    >>> [cap.name for cap in market_caps("US-FL", date(2026, 11, 20)) if cap.channel == "sms"]
    ['sms-per-day', 'sms-per-7-days', 'sms-per-day-florida']
    """
    source = files("promoloop.deliver").joinpath("data", "caps.toml")
    places = {"*", market.partition("-")[0], market}
    return tuple(
        FrequencyCap(row["name"], row["channel"], row["limit"], timedelta(hours=row["hours"]))
        for row in tomllib.loads(source.read_text(encoding="utf-8"))["cap"]
        if row["market"] in places and row["since"] <= on
    )


def counted(
    caps: Sequence[FrequencyCap], sent: Iterable[tuple[str, str, datetime]], now: datetime
) -> Tally:
    """A tally of messages given as shopper, channel and moment."""
    rows = list(sent)
    return Tally(
        caps,
        [
            Counter((who, channel) for who, channel, at in rows if at >= cap.since(now))
            for cap in caps
        ],
    )


class Tally:
    """Messages already in each cap's window, and those added since.

    Parameters
    ----------
    caps : sequence of FrequencyCap
    contacts : one mapping per cap, in the same order
        Messages per (shopper_id, channel) within that cap's window.

    Examples
    --------
    >>> cap = FrequencyCap("email-per-7-days", "email", 1, timedelta(days=7))
    >>> tally = Tally((cap,), ({},))
    >>> tally.full("s-1", "email")
    ''
    >>> tally.add("s-1", "email")
    >>> tally.full("s-1", "email")
    'email-per-7-days'
    """

    def __init__(
        self, caps: Sequence[FrequencyCap], contacts: Sequence[Mapping[tuple[str, str], int]]
    ) -> None:
        self._caps = tuple(caps)
        self._before = tuple(contacts)
        self._added: dict[tuple[str, str], int] = {}
        self._of_all = [_by_shopper(one) for one in self._before]

    def full(self, shopper_id: str, channel: str) -> str:
        """The name of the first cap one more message would break; ``""`` when there is room."""
        person = (shopper_id, channel)
        for cap, before, of_all in zip(self._caps, self._before, self._of_all, strict=True):
            if cap.channel == "*" and channel != _SHOWN:
                count = of_all[shopper_id] + self._added.get((shopper_id, "*"), 0)
            elif cap.channel == channel:
                count = before.get(person, 0) + self._added.get(person, 0)
            else:
                continue
            if count >= cap.limit:
                return cap.name
        return ""

    def add(self, shopper_id: str, channel: str) -> None:
        """Count one more message."""
        self._count(shopper_id, channel, 1)

    def remove(self, shopper_id: str, channel: str) -> None:
        """Take back one message counted with ``add`` that did not go out."""
        self._count(shopper_id, channel, -1)

    def _count(self, shopper_id: str, channel: str, more: int) -> None:
        for name in (channel,) if channel == _SHOWN else (channel, "*"):
            self._added[shopper_id, name] = self._added.get((shopper_id, name), 0) + more


def _by_shopper(contacts: Mapping[tuple[str, str], int]) -> Counter[str]:
    found = Counter[str]()
    for (shopper_id, channel), count in contacts.items():
        if channel != _SHOWN:
            found[shopper_id] += count
    return found
