"""What a campaign is expected to take and to bring, before it is let loose: nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from promoloop.core import InvalidError
from promoloop.decide import BudgetLedger, BudgetState, StockCount
from promoloop.flows.deciding.decide import PlannedWeek
from promoloop.flows.deciding.situation import situation
from promoloop.flows.house import House
from promoloop.flows.schedule import account_of
from promoloop.offers import Campaign

__all__ = ["ArmForecast", "Forecast", "forecast"]


@dataclass(frozen=True, slots=True)
class ArmForecast:
    """One arm in its first week. Money in minor units, expectations over the draws."""

    arm: str
    shoppers: int
    messages: float
    spend_minor: float
    margin_minor: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The first week, arm by arm, and what stands against it.

    ``audience`` is how many may be considered, ``reachable`` how many of them some offer is open
    to. ``spend_minor`` and ``margin_minor`` are of one week, ``margin_sd_minor`` is what the model
    does not know of it; ``whole_spend_minor`` is all weeks of it, up to the budget. ``cut`` counts
    shoppers per reason code. A forecast is the model's; the holdout says later what was true.
    """

    campaign_id: str
    week: int
    at: datetime
    audience: int
    reachable: int
    messages: float
    spend_minor: float
    margin_minor: float
    margin_sd_minor: float
    budget_minor: int
    whole_spend_minor: float
    arms: tuple[ArmForecast, ...]
    cut: Mapping[str, int]
    model_version: str


def forecast(house: House, campaign: Campaign, now: datetime, seed: int = 0) -> Forecast:
    """Plan the campaign's first week to come as ``decide`` would, and add up; nothing is kept.

    Raises
    ------
    InvalidError
        When `promoloop learn` has not been run.
    RefusedError
        When its weeks are over, or nobody is in its audience.
    """
    moment = max(now, campaign.starts_at)
    planned = replace(
        house,
        ledger=_Planned(house.ledger, campaign),
        stock=_PlannedStock(house.stock),
    )
    now_is = situation(planned, campaign, moment)
    week = PlannedWeek(planned, now_is, seed, ())
    arms, variance = [], 0.0
    response = now_is.response
    for arm, plan in week.plans.items():
        rows = np.flatnonzero(week.arms == arm)
        open_to = (week.allowed if arm == "bau" else now_is.guarded.eligible)[rows]
        shares = plan.probabilities(rows, open_to)[:, :-1]
        variance += float((shares**2 * response.value_sd_minor[rows] ** 2).sum())
        arms.append(
            ArmForecast(
                arm,
                len(rows),
                float(shares.sum()),
                float((shares * response.spend_minor[rows]).sum()),
                float((shares * response.value_minor[rows]).sum()),
            )
        )
    spend = sum(one.spend_minor for one in arms)
    cut = Counter(code for row in now_is.guarded.all_rejected() for code in set(row.values()))
    return Forecast(
        campaign_id=campaign.campaign_id,
        week=now_is.week,
        at=moment,
        audience=len(now_is.audience),
        reachable=int(now_is.guarded.eligible.any(axis=1).sum()),
        messages=sum(one.messages for one in arms),
        spend_minor=spend,
        margin_minor=sum(one.margin_minor for one in arms),
        margin_sd_minor=variance**0.5,
        budget_minor=campaign.budget_minor,
        whole_spend_minor=min(float(campaign.budget_minor), spend * campaign.weeks),
        arms=tuple(arms),
        cut=dict(cut),
        model_version=now_is.model.version_id,
    )


class _Planned:
    """The ledger as it would be with the campaign's account open; nothing can be written."""

    def __init__(self, ledger: BudgetLedger, campaign: Campaign) -> None:
        self._ledger = ledger
        self._budget = campaign.budget_minor
        self._account = account_of(campaign)
        self.open = ledger.open
        self.reserve = ledger.reserve
        self.settle = ledger.settle
        self.expire = ledger.expire

    def state(self, account: str) -> BudgetState:
        """The account, or as it would be opened."""
        try:
            return self._ledger.state(account)
        except InvalidError:
            budget = self._budget if account == self._account else 0
            return BudgetState(account, budget, 0, 0)


class _PlannedStock:
    """Units of an account that is not open yet: no limit is known."""

    def __init__(self, stock: StockCount) -> None:
        self._stock = stock

    def stock_left(self, account: str) -> Mapping[str, int]:
        """Units left per limited offer."""
        try:
            return self._stock.stock_left(account)
        except InvalidError:
            return {}
