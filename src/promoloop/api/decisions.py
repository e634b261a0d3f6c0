"""Why a decision came out as it did, and what a campaign has brought."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite
from typing import Annotated

import msgspec

from promoloop.api.campaigns import known
from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors
from promoloop.api.problems import not_found
from promoloop.core import InvalidError
from promoloop.evaluate import Estimate
from promoloop.report import ArmResult, BudgetSide, PageData

__all__ = ["Interval", "doors", "interval_of"]

_WORTH = timedelta(minutes=1)


class LocaleQuery(msgspec.Struct):
    """The language of the words."""

    locale: Annotated[
        str, msgspec.Meta(pattern="^(en|zh)(-[A-Za-z0-9]{2,8}){0,2}$", max_length=20)
    ] = "en-US"


class DecisionExplained(msgspec.Struct):
    """A decision in words; money inside the texts is in the campaign's currency.

    ``text`` is all of it. ``pros`` and ``cons`` speak of ``weighed``: what was shown or sent, else
    the best that could have been. ``rejected`` says why the others were not.
    """

    decision_id: str
    locale: str
    headline: str
    text: str
    facts: list[str]
    weighed: str
    pros: list[str]
    cons: list[str]
    total: str
    versus: list[str]
    drawn: str
    prices: list[str]
    rejected: list[str]
    made: str
    approval: str
    priced_minor: float


class Interval(msgspec.Struct):
    """A figure with its interval at ``level``; an end that is nowhere is null."""

    value: float | None
    low: float | None
    high: float | None
    level: float


class ArmFigures(msgspec.Struct):
    """One arm over all weeks that are over. Money in minor units per shopper and week."""

    arm: str
    shoppers: int
    messages: int
    redemptions: int
    spend_minor: int
    margin: float
    against_holdout: Interval | None
    against_bau: Interval | None


class SideFigures(msgspec.Struct):
    """One side's money, the shop's or a partner's, in minor units.

    ``unpromised_minor`` is the part of ``spent_minor`` of codes entered without a promise.
    """

    partner_id: str
    budget_minor: int
    planned_minor: float
    held_minor: int
    spent_minor: int
    unpromised_minor: int
    over_minor: int


class CampaignReport(msgspec.Struct):
    """What a campaign has brought so far; intervals hold at any time they are looked at."""

    campaign_id: str
    made_at: datetime
    currency: str
    budget_minor: int
    funnel: dict[str, int]
    arms: list[ArmFigures]
    sides: list[SideFigures]
    offers_sent: Mapping[str, int]
    paused: str


def doors(desk: Desk) -> Doors:
    """``/decisions`` and reports."""
    own = Doors(desk, "decisions")
    # One at a time: asked often, it is worked out once.
    kept: dict[str, CampaignReport] = {}
    turns = threading.Lock()

    @own.get(
        "/decisions/{decision_id}/explain",
        "Why a decision came out as it did",
        scope="read",
        query=LocaleQuery,
        answer=DecisionExplained,
        errors=(422,),
    )
    def explain(call: Call[None]) -> DecisionExplained:
        """From what was kept at the time: features, prices, model version, the draw."""
        decision_id = call.path("decision_id")
        try:
            desk.house.decisions.get(decision_id)
        except InvalidError as error:
            raise not_found("decision", decision_id) from error
        told = desk.shop.explain(decision_id, call.query.locale)
        return DecisionExplained(
            told.decision_id,
            told.locale,
            told.headline,
            told.text(),
            list(told.facts),
            told.weighed,
            list(told.pros),
            list(told.cons),
            told.total,
            list(told.versus),
            told.drawn,
            list(told.prices),
            list(told.rejected),
            told.made,
            told.approval,
            float(told.priced_minor),
        )

    @own.get(
        "/campaigns/{campaign_id}/report",
        "What a campaign has brought",
        scope="read",
        answer=CampaignReport,
        errors=(409, 422),
    )
    def report(call: Call[None]) -> CampaignReport:
        """Arms with their lift, the funnel, and who paid; 409 while a week waits to be closed.

        Worked out from all logs, which takes seconds; kept for a minute, see ``made_at``.
        """
        campaign_id = known(desk, call.path("campaign_id")).campaign_id
        with turns:
            last = kept.get(campaign_id)
            if last is None or not timedelta(0) <= call.now - last.made_at < _WORTH:
                last = _report(campaign_id, desk.shop.campaign_page(campaign_id, call.now))
                kept[campaign_id] = last
            return last

    return own


def _report(campaign_id: str, page: PageData) -> CampaignReport:
    return CampaignReport(
        campaign_id,
        page.made_at,
        page.currency,
        page.budget_minor,
        {step: count for step, count, _ in page.funnel},
        [_arm(one) for one in page.arms],
        [_side(one) for one in page.sides],
        dict(page.offer_counts),
        page.paused.reason if page.paused else "",
    )


def _arm(one: ArmResult) -> ArmFigures:
    return ArmFigures(
        one.arm,
        one.shoppers,
        one.messages,
        one.redemptions,
        one.spend_minor,
        float(one.margin),
        interval_of(one.against_holdout),
        interval_of(one.against_bau),
    )


def interval_of(one: Estimate | None) -> Interval | None:
    """An estimate as it is sent."""
    if one is None:
        return None
    return Interval(_finite(one.value), _finite(one.low), _finite(one.high), float(one.level))


def _finite(figure: float) -> float | None:
    return float(figure) if isfinite(figure) else None


def _side(one: BudgetSide) -> SideFigures:
    return SideFigures(
        one.partner_id,
        one.budget_minor,
        float(one.planned_minor),
        one.held_minor,
        one.spent_minor,
        one.unpromised_minor,
        one.over_minor,
    )
