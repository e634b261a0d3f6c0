"""What a shop knows of its campaigns: their figures, limits and pages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from promoloop.bootstrap.campaigns import known_campaign
from promoloop.bootstrap.files import write_page
from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.evaluate import GuardrailCheck
from promoloop.flows.books.sides import budget_sides
from promoloop.flows.campaign_page import campaign_page
from promoloop.flows.history.audience import load_audience
from promoloop.flows.history.prices import check_offer
from promoloop.flows.measuring.attribution import CampaignAttribution, attribution
from promoloop.flows.measuring.guardrails import check_guardrails, paused_now, resume
from promoloop.flows.measuring.overall import Overall, overall_lift
from promoloop.flows.measuring.sizing import Lift, SizeReport, size_campaign
from promoloop.flows.measuring.uplift import UpliftReport, campaign_uplift
from promoloop.flows.ports import Progress, silent
from promoloop.offers import Pause, PriceClaim
from promoloop.report import BudgetSide, render_page

__all__ = ["Measuring"]


class Measuring(OpenedShop):
    """Measures campaigns, and holds them to their limits."""

    def size(
        self,
        campaign_id: str,
        lift: str,
        now: datetime | None = None,
        against: str = "holdout",
        power: float = 0.8,
    ) -> SizeReport:
        """How many shoppers a lift (``5%``, or minor units) needs; ``flows.measuring.sizing``."""
        campaign = known_campaign(self.house, campaign_id)
        return size_campaign(self.house, campaign, Lift.of(lift), now or present(), against, power)

    def attribution(self, campaign_id: str, now: datetime | None = None) -> CampaignAttribution:
        """Last-touch and incremental margin side by side; see ``flows.measuring.attribution``."""
        campaign = known_campaign(self.house, campaign_id)
        audience = load_audience(self.house, campaign)
        return attribution(self.house, campaign, now or present(), audience)

    def price_claims(self, offer_id: str, now: datetime | None = None) -> tuple[PriceClaim, ...]:
        """Products whose prices do not support the offer; see ``flows.history.prices``."""
        return check_offer(self.house, self.house.offers.get(offer_id), now or present())

    def uplift(self, campaign_id: str, now: datetime | None = None, seed: int = 0) -> UpliftReport:
        """Whom the arms move, and what to do about it; see ``flows.measuring.uplift``."""
        campaign = known_campaign(self.house, campaign_id)
        return campaign_uplift(self.house, campaign, now or present(), seed)

    def overall(self, now: datetime | None = None) -> Overall | None:
        """What all campaigns bring together; see ``flows.measuring.overall``."""
        return overall_lift(self.house, now or present())

    def sides(self, campaign_id: str, now: datetime | None = None) -> tuple[BudgetSide, ...]:
        """What the shop and each partner planned, hold and spent; see ``flows.books.sides``."""
        campaign = known_campaign(self.house, campaign_id)
        decisions = self.house.decisions.of_campaign(campaign_id)
        return budget_sides(self.house, campaign, decisions, now or present())

    def guardrails(
        self, campaign_id: str, now: datetime | None = None
    ) -> tuple[GuardrailCheck, ...]:
        """How the campaign's limits stand; see ``flows.measuring.guardrails``."""
        campaign = known_campaign(self.house, campaign_id)
        return check_guardrails(self.house, campaign, now or present())

    def paused(self, campaign_id: str) -> str:
        """Why the campaign is paused; empty while it runs."""
        pause = paused_now(self.house, campaign_id)
        return pause.reason if pause else ""

    def resume(self, campaign_id: str, now: datetime | None = None) -> Pause:
        """Let a campaign that a guardrail has paused run on; see ``flows.measuring.guardrails``."""
        known_campaign(self.house, campaign_id)
        return resume(self.house, campaign_id, now or present())

    def report(
        self,
        campaign_id: str,
        out: Path,
        now: datetime | None = None,
        progress: Progress = silent,
    ) -> tuple[Path, Path]:
        """Write the campaign's page in English to ``out`` and in Chinese beside it."""
        known_campaign(self.house, campaign_id)
        progress("report", 0, 0)
        moment = now or present()
        page = campaign_page(self.house, campaign_id, moment, self.settings.shop.name)
        chinese = out.with_suffix(f".zh-CN{out.suffix}")
        write_page(out, render_page(page, "en-US", chinese.name))
        progress("report", 1, 2)
        write_page(chinese, render_page(page, "zh-CN", out.name))
        progress("report", 2, 2)
        return out, chinese
