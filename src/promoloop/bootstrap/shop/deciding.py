"""What a shop decides, and can say about its decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from promoloop.bootstrap.campaigns import known_campaign
from promoloop.bootstrap.designs import design_figures, write_design
from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.decide import Explanation
from promoloop.flows.deciding.decide import DecideReport, decide
from promoloop.flows.deciding.explain import explain_decision
from promoloop.flows.deciding.replay import Replay
from promoloop.flows.design import Wishes, design_group
from promoloop.flows.ports import Progress, silent
from promoloop.flows.realtime.replaying import replay_any

__all__ = ["Deciding"]


class Deciding(OpenedShop):
    """Decides who gets what, and says why."""

    def decide(
        self,
        campaign_id: str,
        now: datetime | None = None,
        seed: int = 0,
        progress: Progress = silent,
    ) -> DecideReport:
        """Decide the campaign's current week; see ``flows.deciding.decide``."""
        known_campaign(self.house, campaign_id)
        progress("decide", 0, 0)
        return decide(self.house, campaign_id, now or present(), seed, progress)

    def explain(self, decision_id: str, locale: str) -> Explanation:
        """Why a decision was made, in plain words; see ``flows.deciding.explain``."""
        return explain_decision(self.house, decision_id, locale)

    def replay(self, decision_id: str) -> Replay:
        """Make a logged decision again and compare it; see ``flows.realtime.replaying``."""
        return replay_any(self.house, decision_id)

    def design(
        self, wishes: Wishes, out: Path, now: datetime | None = None
    ) -> Mapping[str, object]:
        """Search offers for a group and stage them in ``out``; see ``flows.design``."""
        found = design_group(self.house, wishes, now or present())
        return design_figures(found, write_design(found, out))
