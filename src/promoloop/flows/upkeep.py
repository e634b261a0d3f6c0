"""What must be done again and again while the doors are open, whoever does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from promoloop.flows.history.drain import DrainReport, drain
from promoloop.flows.history.ingest import Quarantine
from promoloop.flows.house import House

__all__ = ["KEPT", "UpkeepReport", "keep_up", "read_inbox"]

#: Calls stay in the inbox for so long, for readers that follow it and to know repeated ones.
KEPT = timedelta(days=8)
#: Calls read at a time: whoever shares the process with the upkeep is to get a turn.
_FEW = 10_000


@dataclass(frozen=True, slots=True)
class UpkeepReport:
    """What was read into the history, and how much that had run out was forgotten."""

    drained: DrainReport
    calls_forgotten: int
    answers_forgotten: int


def read_inbox(
    house: House, quarantine: Quarantine, between: Callable[[], None] = lambda: None
) -> DrainReport:
    """Read accepted events into the history; see ``flows.history.drain``."""
    if house.inbox is None:
        return DrainReport(0, 0, 0)
    return drain(house.inbox, house.history, quarantine, house.currency, _FEW, between)


def keep_up(
    house: House, quarantine: Quarantine, now: datetime, between: Callable[[], None] = lambda: None
) -> UpkeepReport:
    """Read the inbox, and forget calls and answers that have served their time.

    Doing it twice, or in two processes, changes nothing. ``between`` is called after every
    ten thousand calls.

    Raises
    ------
    UnavailableError
        Another process is writing the history at this moment; it does the same.
    """
    drained = read_inbox(house, quarantine, between)
    calls = 0 if house.inbox is None else house.inbox.forget(now - KEPT)
    answers = 0 if house.answers is None else house.answers.expire(now)
    return UpkeepReport(drained, calls, answers)
