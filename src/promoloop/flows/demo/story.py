"""The whole loop once, from history to report: what ``promoloop demo`` runs.

Every step is the code a shop uses. Only two things are the demo's own: contacts that the data
lacks (assumed, see ``demo_people``), and shoppers who answer (simulated, see ``simulation``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from promoloop.compose import CopyRequest, Writers
from promoloop.events import Source
from promoloop.flows.books.sides import budget_sides
from promoloop.flows.compose import ComposeReport, compose
from promoloop.flows.demo.people import assumed_contacts
from promoloop.flows.demo.simulation import Deliver, SimulatedWeek, Simulation
from promoloop.flows.history.ingest import IngestReport, Quarantine, ingest
from promoloop.flows.history.learn import LearnReport, learn
from promoloop.flows.history.prices import put_products
from promoloop.flows.house import House
from promoloop.flows.learning.judging import PolicyCheck, check_policy
from promoloop.flows.ports import Progress, silent
from promoloop.flows.schedule import WEEK
from promoloop.offers import Campaign, Offer
from promoloop.profiles import LIFECYCLES
from promoloop.recommend import RankingReport, evaluate_ranking
from promoloop.report import BudgetSide
from promoloop.respond import CampaignHistory, RedemptionReport, evaluate_redemption

__all__ = ["TEST_CAMPAIGN", "TRAIN_CAMPAIGNS", "Demo", "DemoResult"]

#: Who redeems in campaign 18 is foretold from the campaigns that had ended before it.
TRAIN_CAMPAIGNS = tuple(str(number) for number in (*range(1, 14), 27))
TEST_CAMPAIGN = "18"

#: Weeks held back from the rankers, and how many of them are foretold.
_RANKING_WEEKS = 4


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Everything the steps reported; ``seconds`` per step. ``redemption`` is ``None`` where
    history holds no past campaigns (simulated shoppers); ``sides`` is empty where the shop pays
    alone."""

    campaign: Campaign
    ingested: IngestReport
    learnt: LearnReport
    ranking: RankingReport
    redemption: RedemptionReport | None
    composed: ComposeReport
    weeks: tuple[SimulatedWeek, ...]
    check: PolicyCheck
    seconds: Mapping[str, float]
    sides: tuple[BudgetSide, ...] = ()


@dataclass(slots=True)
class Demo:
    """The demo's parts. ``past`` is the history of past campaigns, where there is one;
    ``seconds`` a stopwatch such as ``time.perf_counter``."""

    house: House
    source: Source
    quarantine: Quarantine
    offers: tuple[Offer, ...]
    campaign: Campaign
    past: CampaignHistory | None
    writers: Writers
    deliver: Deliver
    seed: int
    stopwatch: Callable[[], float]
    progress: Progress = silent
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self) -> DemoResult:
        """Run the steps that a shop would run over a quarter, one after the other."""
        house, campaign, progress = self.house, self.campaign, self.progress
        with self._timed("ingest"):
            ingested = ingest(
                self.source,
                house.history,
                house.catalogue,
                house.offers,
                self.quarantine,
                progress,
                currency=house.currency,
                put_products=lambda products: put_products(house, products, campaign.starts_at),
            )
            house.offers.put(self.offers)
            house.campaigns.put(campaign)
            house.history.append(self._contacts())
        with self._timed("learn"):
            learnt = learn(house, campaign.starts_at, progress)
        with self._timed("recommend"):
            ranking = self._ranking()
        with self._timed("respond"):
            redemption = self._redemption()
        with self._timed("compose"):
            progress("compose", 0, 0)
            composed = self._composed()
        simulation = Simulation(house, campaign, self.deliver, self.seed, progress)
        with self._timed("weeks"):
            progress("simulated weeks", 0, campaign.weeks)
            weeks = tuple(simulation.run())
        with self._timed("evaluate"):
            progress("evaluate", 0, 0)
            end = campaign.starts_at + (campaign.weeks + 1) * WEEK
            check = check_policy(house, campaign, end, simulation.true_values)
            progress("evaluate", 1, 1)
            sides = self._sides(end)
        found = (campaign, ingested, learnt, ranking, redemption, composed, weeks, check)
        return DemoResult(*found, self.seconds, sides)

    def _sides(self, end: datetime) -> tuple[BudgetSide, ...]:
        """Who paid what, where a partner pays for one of the offers."""
        if all(offer.funding is None for offer in self.offers):
            return ()
        decisions = self.house.decisions.of_campaign(self.campaign.campaign_id)
        return budget_sides(self.house, self.campaign, decisions, end)

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = self.stopwatch()
        yield
        self.seconds[step] = self.stopwatch() - started

    def _contacts(self) -> pl.DataFrame:
        shoppers = self.house.history.scan().select(pl.col("shopper_id").unique()).collect()
        before = self.campaign.starts_at - timedelta(days=1)
        return assumed_contacts(sorted(shoppers["shopper_id"].to_list()), before)

    def _ranking(self) -> RankingReport:
        """The last four weeks of history, foretold from what came before them."""
        orders = self.house.history.scan().filter(pl.col("event") == "Order Completed").collect()
        cutoff = self.campaign.starts_at - _RANKING_WEEKS * WEEK
        self.progress("recommend", 0, 0)
        report = evaluate_ranking(orders, cutoff, weeks=_RANKING_WEEKS)
        self.progress("recommend", 1, 1)
        return report

    def _redemption(self) -> RedemptionReport | None:
        if self.past is None:
            return None
        self.progress("respond", 0, 0)
        report = evaluate_redemption(
            self.house.history.scan(), self.past, TRAIN_CAMPAIGNS, TEST_CAMPAIGN
        )
        self.progress("respond", 1, 1)
        return report

    def _composed(self) -> ComposeReport:
        house, campaign = self.house, self.campaign
        channels = tuple(sorted(campaign.channels))
        offers = [house.offers.get(offer_id) for offer_id in campaign.offer_ids]
        return compose(
            [CopyRequest(offer, house.locales, channels, LIFECYCLES) for offer in offers],
            house.time_zone,
            self.writers,
            house.copies,
            self.seed,
            campaign.starts_at,
            self.progress,
            reviews=house.reviews,
        )
