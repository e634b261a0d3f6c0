"""What other processes took in: read from the inbox, so that every process decides alike."""

from __future__ import annotations

from datetime import datetime, timedelta

from promoloop.events import ANONYMOUS, hear
from promoloop.flows.realtime.records import Signal
from promoloop.flows.realtime.signals import Signals, is_signal
from promoloop.flows.realtime.window import Window

__all__ = ["Hearing"]

#: Calls older than this change nothing any more.
_LATEST = timedelta(days=7)
_AT_ONCE = 5_000


class Hearing:
    """Follows the inbox; what came in through this process was heard when it came.

    Parameters
    ----------
    window : Window
        Knows which group a product belongs to.
    signals : Signals
    """

    def __init__(self, window: Window, signals: Signals) -> None:
        self._window, self._signals = window, signals
        self._place = 0

    def catch_up(self, now: datetime) -> int:
        """Hear what has come in since; return how many calls that was."""
        inbox = self._window.house.inbox
        count = 0
        while inbox is not None and (calls := inbox.read(self._place, _AT_ONCE, ours=False)):
            self._place = calls[-1][0]
            count += len(calls)
            fresh = [one for _, one in calls if now - one.received_at < _LATEST]
            self._hear([one.body for one in fresh], now)
        return count

    def _hear(self, bodies: list[bytes], now: datetime) -> None:
        currency = self._window.house.currency
        signals = []
        for one in hear(bodies, now, currency, currency):
            if one.fault is not None:
                continue
            if one.anonymous:
                self._signals.moved(ANONYMOUS + one.anonymous, one.received.shopper_id)
            elif one.at is not None and is_signal(one.event):
                groups = tuple(sorted(self._window.groups_of(one.product_ids)))
                signals.append(Signal(one.received.shopper_id, one.event, one.at, groups))
        self._signals.saw(signals)
