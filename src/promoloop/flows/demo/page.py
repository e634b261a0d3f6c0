"""A run's results laid out as the marketer's page wants them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from promoloop.core import Money
from promoloop.decide import Decision
from promoloop.evaluate import Estimate
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.demo.simulation import SimulatedWeek
from promoloop.flows.demo.story import DemoResult
from promoloop.flows.history.audience import Audience
from promoloop.flows.house import House
from promoloop.flows.measuring.measure import lift, panel
from promoloop.flows.measuring.results import arm_results, reactions
from promoloop.flows.schedule import WEEK
from promoloop.report import ArmResult, MessageSample, PageData, ShopperStory, WeekResult

__all__ = ["page_of", "stories_of"]

#: Shoppers whose story is told.
_STORIES = 5


def page_of(
    house: House,
    result: DemoResult,
    audience: Audience,
    samples: Sequence[MessageSample],
    summary: Mapping[str, object],
    made_at: datetime,
    shop_name: str,
    source: str,
) -> PageData:
    """Everything the page shows about one demo run; its outcomes are simulated."""
    campaign = result.campaign
    end = campaign.starts_at + campaign.weeks * WEEK
    decisions = house.decisions.of_campaign(campaign.campaign_id)
    sent = house.deliveries.sent_between(campaign.starts_at, end)
    counts = Counter(d.offer_id for d in decisions if d.decision_id in sent and d.offer_id)
    return PageData(
        shop_name=shop_name,
        currency=campaign.currency,
        made_at=made_at,
        simulated=True,
        history_simulated=source == "simulated",
        source=source,
        summary=summary,
        funnel=_funnel(house, result, audience, decisions),
        samples=tuple(samples),
        stories=stories_of(audience, decisions, campaign.currency),
        offers={i: dict(house.offers.get(i).names) for i in campaign.offer_ids},
        offer_counts=dict(counts),
        budget_minor=campaign.budget_minor,
        weeks=tuple(_week(week) for week in result.weeks),
        arms=_arms(house, result, audience),
        copy_reasons=dict(result.composed.reasons),
        models=house.models.all(effect_of(campaign)),
        off_policy=tuple(
            (f"policy/{name}", found, result.check.true_value)
            for name, found in result.check.estimates.items()
            if isinstance(found, Estimate)
        ),
        assumptions=ASSUMPTIONS,
        sides=result.sides,
    )


#: What the reader of the demo's page must know.
ASSUMPTIONS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Shoppers' answers to messages are simulated: history cannot say how people would have"
        " answered messages they never got. Base rates come from the history; the effect of"
        " offers is made up, known exactly, and hidden from the models.",
        "E-mail addresses, languages, time zones and consents are assumed: the data has none.",
        "Gross margins per department are assumed, 6 to 45 per cent, because the data has none.",
        "Money for the whole of every promise is set aside when it is made, so the budget cannot"
        " be overspent; what is not redeemed comes back when the promise ends.",
    ),
    "zh": (
        "顾客对信息的反应是模拟的：历史数据无法回答人们对从未收到的信息会作何反应。基础购买率取自"
        "历史数据；优惠的效果由模拟设定，真值已知，且不向模型公开。",
        "邮箱、语言、时区和接收意愿均为假设，数据中没有这些内容。",
        "各部门毛利率为假设值，介于6%与45%之间，数据中没有毛利。",
        "每发出一份优惠，都会按其最高成本全额预留预算，因此预算不可能超支；未兑换的部分在优惠到期后退回。",
    ),
}


def _funnel(
    house: House,
    result: DemoResult,
    audience: Audience,
    decisions: Sequence[Decision],
) -> tuple[tuple[str, int, bool], ...]:
    campaign = result.campaign
    start, end = campaign.starts_at, campaign.starts_at + campaign.weeks * WEEK
    kinds = reactions(house, decisions, start, end)
    agreed = sum(
        bool(any(mask[row] for mask in audience.consent.values())) for row in range(len(audience))
    )
    return (
        ("audience", len(audience), False),
        ("consented", agreed, True),
        ("decisions", len(decisions), False),
        ("chosen", sum(decision.offer_id is not None for decision in decisions), False),
        ("sent", kinds["sent"], False),
        ("opened", kinds["opened"], True),
        ("clicked", kinds["clicked"], True),
        ("redeemed", kinds["redeemed"], True),
    )


def _week(week: SimulatedWeek) -> WeekResult:
    return WeekResult(
        week=week.week,
        starts=week.starts,
        incremental=week.incremental,
        budget_price=week.decided.budget_price,
        cap_prices=week.decided.cap_prices,
        gap=week.decided.gap,
        spent_minor=week.spent_minor,
        reserved_minor=week.reserved_minor,
        sent=week.delivered.sent,
        lift_vs_bau=week.lift_vs_bau,
        model_version=week.running,
        promoted=bool(week.retrained and week.retrained.gate.promote),
    )


def _arms(house: House, result: DemoResult, audience: Audience) -> tuple[ArmResult, ...]:
    """Arms as any shop sees them, by the same estimate as the headline, the truth beside them."""
    campaign, weeks = result.campaign, result.weeks
    end = campaign.starts_at + (campaign.weeks + 1) * WEEK
    seen = panel(house, campaign, audience, len(weeks))

    def against(arm: str, other: str) -> Estimate | None:
        return None if arm == other else lift(seen, arm, other, campaign.weeks)

    return tuple(
        replace(
            arm,
            against_bau=against(arm.arm, "bau"),
            against_holdout=against(arm.arm, "holdout"),
            true_incremental_minor=sum(week.incremental.get(arm.arm, 0.0) for week in weeks)
            / len(weeks),
        )
        for arm in arm_results(house, campaign, end, audience)
    )


def stories_of(
    audience: Audience, decisions: Sequence[Decision], currency: str
) -> tuple[ShopperStory, ...]:
    """Five shoppers of the last week, as different as there are: by arm, stage and language.

    Of people no profile is known of, such as those who were erased, there is no story to tell.
    """
    place = {shopper_id: row for row, shopper_id in enumerate(audience.ids)}
    known = [decision for decision in decisions if decision.shopper_id in place]
    last = max((decision.decided_at for decision in known), default=None)
    told: list[ShopperStory] = []
    seen: set[tuple[str, ...]] = set()
    wanted = [d for d in known if d.decided_at == last]
    for decision in sorted(wanted, key=lambda d: (d.arm != "policy", -d.value_minor)):
        row = place[decision.shopper_id]
        kind = (decision.arm, str(decision.channel), str(decision.offer_id))
        fresh = kind not in seen and sum(key[0] == decision.arm for key in seen) < _PER_ARM
        if fresh and len(told) < _STORIES:
            seen.add(kind)
            told.append(_story(audience, row, decision, currency))
    return tuple(told)


#: At most so many of the stories from one arm.
_PER_ARM = 3


def _story(audience: Audience, row: int, decision: Decision, currency: str) -> ShopperStory:
    profile = audience.profiles.row(row, named=True)
    return ShopperStory(
        shopper_id=decision.shopper_id,
        facts={locale: _facts(profile, locale, currency) for locale in ("en-US", "zh-CN")},
        decision=decision,
        why={},
        rejected={},
    )


_STAGES = {"new": "新客", "active": "活跃", "vip": "重要客户", "cooling": "渐冷", "lapsed": "流失"}


def _facts(profile: Mapping[str, object], locale: str, currency: str) -> str:
    spend = Money(int(str(profile["monetary_minor"])), currency).text(locale)
    basket = Money(int(str(profile["basket_minor"])), currency).text(locale)
    categories = profile["categories"]
    names = (
        [str(one["name"]).title() for one in categories[:3]] if isinstance(categories, list) else []
    )
    orders, stage = profile["orders"], str(profile["lifecycle"])
    coupon = float(str(profile["coupon_share"]))
    if locale == "zh-CN":
        return (
            f"阶段: {_STAGES.get(stage, stage)}\n订单: {orders}\n累计消费: {spend}\n"
            f"客单价: {basket}\n用券省下: 原价的{coupon:.0%}\n常买: {'、'.join(names)}"
        )
    return (
        f"stage: {stage}\norders: {orders}\nspent: {spend}\nusual basket: {basket}\n"
        f"saved with coupons: {coupon:.0%} of full price\nbuys most: {', '.join(names)}"
    )
