"""What a shop learns from what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.upkeep import Upkeep
from promoloop.flows.history.learn import LearnReport, learn
from promoloop.flows.history.prices import record_sales
from promoloop.flows.learning.loop import LoopReport, loop_back
from promoloop.flows.ports import Progress, silent

__all__ = ["Learning"]

#: Sales so far back are recorded again: what was recorded before stays as it is.
_SALES = timedelta(days=14)


class Learning(Upkeep):
    """Learns from history and from what messages brought."""

    def learn(self, now: datetime | None = None, progress: Progress = silent) -> LearnReport:
        """Fold history into profiles and baselines, and learn from what messages brought.

        Events that wait in the inbox are read first. See ``flows.history.learn`` and
        ``flows.learning.loop``.
        """
        moment = now or present()
        self.drain()
        self.merge_history()
        back = self.loop_back(moment, progress)
        record_sales(self.house, moment - _SALES, moment)
        return replace(learn(self.house, moment, progress), paused=back.paused)

    def loop_back(self, now: datetime | None = None, progress: Progress = silent) -> LoopReport:
        """Collect outcomes from events, close ended weeks, retrain; see ``flows.learning.loop``."""
        progress("campaigns", 0, 0)
        keys = self.settings.signing_keys
        return loop_back(self.house, now or present(), progress, keys)
