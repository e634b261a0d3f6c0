"""How often each shopper was shown something lately, for the caps on pages."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from datetime import datetime

from promoloop.deliver import FrequencyCap, Outbox

__all__ = ["Shown"]

_PEOPLE, _EACH = 200_000, 64


class Shown:
    """What was shown before, as the outbox counts it, and what was shown since.

    Parameters
    ----------
    caps : sequence of FrequencyCap
    """

    def __init__(self, caps: Sequence[FrequencyCap]) -> None:
        self._caps = tuple(caps)
        self._before: tuple[Mapping[tuple[str, str], int], ...] = tuple({} for _ in self._caps)
        self._read_at: datetime | None = None
        self._own: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, outbox: Outbox, now: datetime) -> None:
        """Count anew what the outbox knows of, other processes' included."""
        before = tuple(outbox.contacts(cap.since(now)) for cap in self._caps)
        self._before, self._read_at = before, now

    def add(self, shopper_id: str, channel: str, at: datetime) -> None:
        """One more was shown."""
        key = (shopper_id, channel)
        with self._lock:
            times = self._own.get(key)
            if times is None:
                times = self._own[key] = deque(maxlen=_EACH)
                if len(self._own) > _PEOPLE:
                    self._own.popitem(last=False)
            else:
                self._own.move_to_end(key)
            times.append(at)

    def full(self, shopper_id: str, channel: str, now: datetime) -> str:
        """The name of the first cap that one more would break; "" when there is room."""
        key = (shopper_id, channel)
        times = tuple(self._own.get(key, ()))
        for cap, before in zip(self._caps, self._before, strict=True):
            if cap.channel != channel:
                continue
            since = cap.since(now)
            own = sum(at > since for at in times)
            later = sum(self._read_at is None or at > self._read_at for at in times)
            if max(own, before.get(key, 0) + later) >= cap.limit:
                return cap.name
        return ""
