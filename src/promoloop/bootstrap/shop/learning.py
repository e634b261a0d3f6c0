"""What a shop learns from what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.flows.history.learn import LearnReport, learn
from promoloop.flows.learning.loop import LoopReport, loop_back
from promoloop.flows.ports import Progress, silent

__all__ = ["Learning"]


class Learning(OpenedShop):
    """Learns from history and from what messages brought."""

    def learn(self, now: datetime | None = None, progress: Progress = silent) -> LearnReport:
        """Fold history into profiles and baselines, and learn from what messages brought.

        See ``flows.history.learn`` and ``flows.learning.loop``.
        """
        moment = now or present()
        back = self.loop_back(moment, progress)
        return replace(learn(self.house, moment, progress), paused=back.paused)

    def loop_back(self, now: datetime | None = None, progress: Progress = silent) -> LoopReport:
        """Collect outcomes from events, close ended weeks, retrain; see ``flows.learning.loop``."""
        progress("campaigns", 0, 0)
        key = self.settings.signing_key.encode()
        return loop_back(self.house, now or present(), progress, key)
