"""The texts of a shop: who writes them, which are wanted, and who reads them first."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.bootstrap.writing import opened_writers, planned
from promoloop.compose import CopyRequest, ReviewPolicy, Writers
from promoloop.flows.compose import ComposePlan, ComposeReport, compose
from promoloop.flows.ports import Progress, silent
from promoloop.profiles import LIFECYCLES

__all__ = ["Copywriting"]


class Copywriting(OpenedShop):
    """Writes the texts of a shop."""

    def compose(
        self,
        seed: int = 0,
        now: datetime | None = None,
        progress: Progress = silent,
        *,
        fresh: bool = False,
    ) -> ComposeReport:
        """Write copy for the offers of all campaigns; see ``flows.compose``.

        ``fresh`` asks the model where the approved bank has nothing; its lines wait for a person.
        """
        progress("compose", 0, 0)
        house, requests = self.house, self._requests()
        plan = self.plan_compose(fresh=fresh)
        with self.writers(ask=plan.asked > 0) as writers:
            return compose(
                requests,
                house.time_zone,
                writers,
                house.copies,
                seed,
                now or present(),
                progress,
                reviews=house.reviews,
                policy=self.review_policy(),
            )

    def plan_compose(self, *, fresh: bool = False) -> ComposePlan:
        """What ``compose`` would take, before any model is asked."""
        return planned(self.settings, self._requests(), fresh=fresh)

    def writers(self, *, ask: bool) -> AbstractContextManager[Writers]:
        """The models that the settings name, loaded where they are to be asked."""
        return opened_writers(self.settings, ask=ask)

    def review_policy(self) -> ReviewPolicy:
        """Which texts a person reads, as the settings say."""
        said = self.settings.review
        market = self.settings.shop.market
        return ReviewPolicy(said.policy, said.markets, said.channels, said.share, said.seed, market)

    def _requests(self) -> list[CopyRequest]:
        """Copy for every offer of a campaign, in the shop's locales and for all stages of life."""
        house = self.house
        campaigns = house.campaigns.all()
        channels = tuple(sorted({one for campaign in campaigns for one in campaign.channels}))
        ids = sorted({one for campaign in campaigns for one in campaign.offer_ids})
        return [
            CopyRequest(house.offers.get(offer_id), house.locales, channels, LIFECYCLES)
            for offer_id in ids
        ]
