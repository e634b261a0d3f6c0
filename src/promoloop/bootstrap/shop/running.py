"""Campaigns from draft to ended, for the API and the console alike."""

from __future__ import annotations

from datetime import datetime

from promoloop.bootstrap.campaigns import require_fitting
from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.flows.campaign_page import campaign_page
from promoloop.flows.campaigns import life
from promoloop.flows.campaigns.forecast import Forecast, forecast
from promoloop.offers import campaign_from_data
from promoloop.report import PageData

__all__ = ["Running"]


class Running(OpenedShop):
    """Runs campaigns."""

    def propose_campaign(self, data: object, by: str, now: datetime | None = None) -> life.Standing:
        """Store a campaign of these fields as a draft; see ``flows.campaigns.life``."""
        campaign = campaign_from_data(data, "the body")
        require_fitting(campaign, f"campaign {campaign.campaign_id!r}")
        return life.propose(self.house, campaign, by, now or present())

    def standing(self, campaign_id: str) -> life.Standing:
        """Where a campaign stands; see ``flows.campaigns.life``."""
        return life.standing(self.house, life.known(self.house, campaign_id))

    def move_campaign(
        self, campaign_id: str, step: str, by: str, now: datetime | None = None
    ) -> life.Standing:
        """Submit, approve, activate, pause, ...; see ``flows.campaigns.life``."""
        return life.move(self.house, campaign_id, step, by, now or present())

    def campaign_page(self, campaign_id: str, now: datetime | None = None) -> PageData:
        """What a campaign has brought so far; see ``flows.campaign_page``."""
        return campaign_page(self.house, campaign_id, now or present(), self.settings.shop.name)

    def forecast(self, campaign_id: str, now: datetime | None = None, seed: int = 0) -> Forecast:
        """What a week of it would take and bring, with nothing done; see ``flows.campaigns``."""
        campaign = life.known(self.house, campaign_id)
        return forecast(self.house, campaign, now or present(), seed)
