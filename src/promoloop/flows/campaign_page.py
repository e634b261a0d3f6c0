"""A shop's own campaign laid out as the page wants it: real outcomes, as far as known."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from promoloop.core import InvalidError, RefusedError
from promoloop.evaluate import Estimate
from promoloop.flows.books.sides import budget_sides
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.demo.page import stories_of
from promoloop.flows.history.audience import Audience, load_audience
from promoloop.flows.house import House
from promoloop.flows.learning.loop import weeks_over
from promoloop.flows.measuring.close import margins_of_week
from promoloop.flows.measuring.guardrails import check_guardrails, paused_now
from promoloop.flows.measuring.overall import overall_lift
from promoloop.flows.measuring.results import arm_results, reactions
from promoloop.offers import Campaign
from promoloop.report import ArmResult, PageData

__all__ = ["campaign_page"]


def campaign_page(house: House, campaign_id: str, now: datetime, shop_name: str) -> PageData:
    """Everything known of the campaign by ``now``; parts that are not known yet stay empty.

    Raises
    ------
    InvalidError
        For an unknown campaign, or before `promoloop learn`.
    RefusedError
        When a week is over and was not closed since.
    """
    campaign = house.campaigns.get(campaign_id)
    audience = load_audience(house, campaign)
    decisions = house.decisions.of_campaign(campaign_id)
    sent = house.deliveries.sent_between(campaign.starts_at, now)
    kinds = reactions(house, decisions, campaign.starts_at, now)
    reached = [one for one in decisions if one.decision_id in sent]
    sides = budget_sides(house, campaign, decisions, now)
    arms = _arms(house, campaign, now, audience) if decisions else ()
    together = overall_lift(house, now)
    lifts = [one.against_bau for one in arms if one.arm == "policy" and one.against_bau]
    return PageData(
        shop_name=shop_name,
        currency=campaign.currency,
        made_at=now,
        simulated=False,
        source="own",
        summary={
            "decide": {"budget_minor": campaign.budget_minor, "spent_minor": sides[0].booked_minor},
            "deliver": {"sent": kinds["sent"]},
            "learn": {"lift_vs_bau": _figures(lifts[0])} if lifts else {},
        },
        funnel=(
            ("audience", len(audience), False),
            ("decisions", len(decisions), False),
            ("chosen", sum(one.offer_id is not None for one in decisions), False),
            ("sent", kinds["sent"], False),
            ("clicked", kinds["clicked"], False),
            ("redeemed", kinds["redeemed"], False),
        ),
        samples=(),
        stories=stories_of(audience, decisions, campaign.currency) if decisions else (),
        offers={i: dict(house.offers.get(i).names) for i in campaign.offer_ids},
        offer_counts=dict(Counter(str(one.offer_id) for one in reached)),
        budget_minor=campaign.budget_minor,
        weeks=(),
        arms=arms,
        copy_reasons={},
        models=house.models.all(effect_of(campaign)),
        off_policy=(),
        assumptions={},
        sides=sides,
        guardrails=check_guardrails(house, campaign, now),
        paused=paused_now(house, campaign_id),
        overall=together.lift if together else None,
    )


def _arms(
    house: House, campaign: Campaign, now: datetime, audience: Audience
) -> tuple[ArmResult, ...]:
    over = weeks_over(campaign, now)
    try:
        if over:
            margins_of_week(house, campaign, over)
    except InvalidError as error:
        raise RefusedError(
            f"the report of the campaign {campaign.campaign_id}",
            f"week {over} is over, but what it brought has not been counted",
            "Run `promoloop learn` first.",
        ) from error
    return arm_results(house, campaign, now, audience)


def _figures(found: Estimate) -> dict[str, float]:
    return {"estimate": found.value, "low": found.low, "high": found.high}
