"""What a shop learns from what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.flows.history.drain import DrainReport, drain
from promoloop.flows.history.learn import LearnReport, learn
from promoloop.flows.history.prices import record_sales
from promoloop.flows.learning.loop import LoopReport, loop_back
from promoloop.flows.ports import Progress, silent

__all__ = ["Learning"]

#: Sales so far back are recorded again: what was recorded before stays as it is.
_SALES = timedelta(days=14)


class Learning(OpenedShop):
    """Learns from history and from what messages brought."""

    def drain(self) -> DrainReport:
        """Read the events that the API accepted into the history; see ``flows.history.drain``."""
        house = self.house
        if house.inbox is None:
            return DrainReport(0, 0, 0)
        return drain(house.inbox, house.history, self.quarantine, house.currency)

    def learn(self, now: datetime | None = None, progress: Progress = silent) -> LearnReport:
        """Fold history into profiles and baselines, and learn from what messages brought.

        Events that wait in the inbox are read first. See ``flows.history.learn`` and
        ``flows.learning.loop``.
        """
        moment = now or present()
        self.drain()
        back = self.loop_back(moment, progress)
        record_sales(self.house, moment - _SALES, moment)
        return replace(learn(self.house, moment, progress), paused=back.paused)

    def loop_back(self, now: datetime | None = None, progress: Progress = silent) -> LoopReport:
        """Collect outcomes from events, close ended weeks, retrain; see ``flows.learning.loop``."""
        progress("campaigns", 0, 0)
        keys = self.settings.signing_keys
        return loop_back(self.house, now or present(), progress, keys)
