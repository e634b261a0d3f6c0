"""Frequency caps: how many messages of one channel a shopper may get in a named window.

Windows roll: "7 days" is the 168 hours before now, the same stretch in every time zone, so a
change of clocks or of calendar day never opens room for one more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promoloop.core import InvalidError

__all__ = ["FrequencyCap", "Tally"]


@dataclass(frozen=True, slots=True)
class FrequencyCap:
    """At most ``limit`` messages of ``channel`` per shopper in ``window``.

    ``name`` is written with each message it stopped, for example ``email-per-7-days``.
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

    def full(self, shopper_id: str, channel: str) -> str:
        """The name of the first cap one more message would break; ``""`` when there is room."""
        person = (shopper_id, channel)
        added = self._added.get(person, 0)
        for cap, before in zip(self._caps, self._before, strict=True):
            if cap.channel == channel and before.get(person, 0) + added >= cap.limit:
                return cap.name
        return ""

    def add(self, shopper_id: str, channel: str) -> None:
        """Count one more message."""
        person = (shopper_id, channel)
        self._added[person] = self._added.get(person, 0) + 1

    def remove(self, shopper_id: str, channel: str) -> None:
        """Take back one message counted with ``add`` that did not go out."""
        self._added[(shopper_id, channel)] -= 1
