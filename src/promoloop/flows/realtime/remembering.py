"""What live decisions saw, kept in the background so that they teach and can be judged later.

The same tables as of the weekly runs (``flows.deciding.contexts``), one per campaign and hour.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.flows.deciding.contexts import RANDOMISED, moment_name
from promoloop.flows.house import House
from promoloop.flows.realtime.drafting import Draft
from promoloop.flows.realtime.views import CampaignView
from promoloop.respond import row_features

__all__ = ["Remembering"]

#: Decisions that wait to be kept, at most, and for how long.
_WAITING = 50_000
_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One decision: whose row, at which hour, and which spots it could have shown."""

    view: CampaignView
    row: int
    hour: int
    decision_id: str
    at: datetime
    spots: NDArray[np.int64]


class Remembering:
    """Collects what decisions saw, and writes it now and then.

    What waits is lost when the process is killed: those decisions stand, but teach nothing.

    Parameters
    ----------
    house : House
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._waiting: deque[_Seen] = deque(maxlen=_WAITING)
        self._kept_at: datetime | None = None

    def add(self, draft: Draft) -> None:
        """Have a durable decision kept, if it was drawn at random."""
        if draft.arm not in RANDOMISED:
            return
        spots = np.flatnonzero(draft.drawing.odds[:-1] > 0.0)
        found = draft.found
        self._waiting.append(
            _Seen(found.shelf.view, found.row, found.hour, draft.decision_id, draft.now, spots)
        )

    def keep(self, now: datetime, *, whole: bool = False) -> int:
        """Write what waits, if it is time to or ``whole``; return how many decisions that was."""
        if self._kept_at is None:
            self._kept_at = now
        if not whole and now - self._kept_at < _EVERY:
            return 0
        self._kept_at = now
        count = len(self._waiting)
        seen = [self._waiting.popleft() for _ in range(count)]
        groups: defaultdict[tuple[int, datetime], list[_Seen]] = defaultdict(list)
        for one in seen:
            hour = one.at.replace(minute=0, second=0, microsecond=0)
            groups[id(one.view), hour].append(one)
        for (_, hour), members in groups.items():
            self._put(members, hour)
        return count

    def _put(self, seen: Sequence[_Seen], hour: datetime) -> None:
        view = seen[0].view
        name = f"contexts-{moment_name(view.campaign.campaign_id, view.week, hour)}"
        frame = _frame(view, seen)
        if name in self._house.tables.names():
            before = self._house.tables.get(name)
            if before["features"].dtype == frame["features"].dtype:
                frame = pl.concat([before, frame])
        self._house.tables.put(name, frame)


def _frame(view: CampaignView, seen: Sequence[_Seen]) -> pl.DataFrame:
    """One row per decision and spot, with the columns that ``remember`` writes."""
    counts = [len(one.spots) for one in seen]
    rows = np.repeat([one.row for one in seen], counts)
    spots = np.concatenate([one.spots for one in seen]).astype(np.int64)
    hours = np.repeat([one.hour for one in seen], counts)
    columns = view.columns[hours, spots]
    place = view.offer_of[spots]
    keys = np.array([action.key for action in view.actions], dtype=object)
    return pl.DataFrame(
        {
            "decision_id": np.repeat([one.decision_id for one in seen], counts).tolist(),
            "decided_at": [one.at for one in seen for _ in one.spots],
            "action": keys[columns].tolist(),
            "without": view.without[rows, place],
            "margin": view.margin[rows, place],
            "reward": view.reward[rows, place],
            "contact": view.contact[spots],
            "promise": view.promise[spots].astype(np.float64),
            "fatigue": view.traits.fatigue[rows],
            "features": row_features(view.traits, view.actions, view.terms, rows, columns),
        },
        schema_overrides={"decided_at": pl.Datetime("us", "UTC")},
    )
