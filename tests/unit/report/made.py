"""Twelve weeks as a demo run leaves them, with figures in the range of a real one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from promoloop.decide import NOTHING, Decision, Weighed
from promoloop.deliver import Links, Message, render_email
from promoloop.evaluate import Estimate
from promoloop.learn import GateResult, ModelVersion
from promoloop.report import ArmResult, MessageSample, PageData, ShopperStory, WeekResult
from promoloop.testing.mailing import HARVEST_LANE

START = datetime(2018, 1, 1, tzinfo=UTC)
WEEK = timedelta(weeks=1)
OFFERS = {
    "coffee-25": {"en-US": "25% off coffee", "zh-CN": "咖啡7.5折"},
    "pizza-20": {"en-US": "20% off frozen pizza", "zh-CN": "速冻披萨8折"},
    "ice-cream-second": {"en-US": "second ice cream half price", "zh-CN": "冰淇淋第二件半价"},
    "yogurt-3-for-2": {"en-US": "3 for 2 on yogurt", "zh-CN": "酸奶买二送一"},
    "laundry-150": {"en-US": "$1.50 off laundry detergent", "zh-CN": "洗衣液减US$1.50"},
    "cereal-20": {"en-US": "20% off cereal", "zh-CN": "麦片8折"},
}
LINKS = Links(
    shop="https://harvestlane.example/coffee",
    unsubscribe="https://harvestlane.example/unsubscribe/x",
    unsubscribe_mail="mailto:unsubscribe@harvestlane.example",
)
PARTS = {
    "en-US": (
        {
            "subject": "On your list? 25% off coffee",
            "preheader": "Coffee for the week ahead. Ends Mar 31.",
            "headline": "25% off coffee, ends Mar 31",
            "body": "Running low on coffee? 25% off coffee with code COFFEE25, ends Mar 31.",
            "call": "See the offer",
        },
        {
            "reward": "25% off coffee",
            "code": "with code COFFEE25",
            "deadline": "ends Mar 31",
            "ceiling": "up to $2.50",
        },
    ),
    "zh-CN": (
        {
            "subject": "清单上有吗？咖啡7.5折",
            "preheader": "家里的咖啡还够吗？3月31日截止",
            "headline": "咖啡7.5折，3月31日截止",
            "body": "下次采购，顺手带上。咖啡7.5折，凭码COFFEE25，3月31日截止。",
            "call": "去看看",
        },
        {
            "reward": "咖啡7.5折",
            "code": "凭码COFFEE25",
            "deadline": "3月31日截止",
            "ceiling": "最多减US$2.50",
        },
    ),
}
CLAIMS = {
    "en-US": (
        ("25%", "offer.reward.percent"),
        ("coffee", "offer.name"),
        ("COFFEE25", "offer.conditions.coupon_code"),
        ("Mar 31", "offer.valid_until"),
    ),
    "zh-CN": (
        ("7.5折", "offer.reward.percent"),
        ("咖啡", "offer.name"),
        ("COFFEE25", "offer.conditions.coupon_code"),
        ("3月31日", "offer.valid_until"),
    ),
}


def estimate(value: float, half: float, name: str = "mean difference, CUPED") -> Estimate:
    return Estimate(value, value - half, value + half, 1620, 1590.0, 0.95, name)


def page_data() -> PageData:
    """A whole run."""
    return PageData(
        shop_name="Harvest Lane",
        currency="USD",
        made_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
        simulated=True,
        source="The Complete Journey, 2017 (dunnhumby)",
        summary=summary(),
        funnel=(
            ("audience", 2469, False),
            ("consented", 2104, False),
            ("decisions", 25248, False),
            ("chosen", 14630, False),
            ("sent", 14602, False),
            ("opened", 5112, True),
            ("clicked", 1240, True),
            ("redeemed", 903, True),
        ),
        samples=samples(),
        stories=stories(),
        offers=OFFERS,
        offer_counts={
            "coffee-25": 2810,
            "pizza-20": 2312,
            "cereal-20": 2100,
            "yogurt-3-for-2": 1905,
            "ice-cream-second": 1420,
            "laundry-150": 1390,
        },
        budget_minor=600000,
        weeks=weeks(),
        arms=arms(),
        copy_reasons={
            "percent: '30%' is not in the offer": 3,
            "superlative: 'best' is not in the offer": 9,
            "language: no Chinese in the text": 5,
            "length: subject has 61 characters": 12,
            "not_yet_named": 1,
        },
        models=models(),
        off_policy=(
            ("challenger/ips", estimate(6.1, 4.4, "IPS"), 7.4),
            ("challenger/snips", estimate(6.8, 3.2, "SNIPS"), 7.4),
            ("challenger/dr", estimate(7.1, 1.9, "DR"), 7.4),
            ("bau/dr", estimate(1.2, 1.6, "DR"), 1.7),
        ),
        assumptions={
            "en-US": (
                "Margins per department are assumed; grocery 25%, drug and cosmetics 35%.",
                "Consent and e-mail addresses are made up; the data has none.",
            ),
            "zh-CN": (
                "各部门毛利率为假设值：食品 25%，药妆 35%。",
                "授权状态与邮箱地址为虚构；原始数据中没有。",
            ),
        },
    )


def summary() -> dict[str, object]:
    return {
        "input": {"events": 1469307, "quarantined": 0, "shoppers": 2469, "products": 92331},
        "recommend": {
            "ndcg_at_10": 0.4312,
            "frequency_ndcg_at_10": 0.405,
            "popularity_ndcg_at_10": 0.173,
        },
        "respond": {
            "redemption_auc": 0.846,
            "redemption_ap": 0.631,
            "calibration_error": 0.012,
            "past_redemption_auc": 0.780,
            "baseline_calibration_error": 0.004,
        },
        "compose": {
            "model": "gemma-3-270m Q4_K_M",
            "variants": 144,
            "by_model": 121,
            "by_template": 23,
            "rejected": 30,
            "wrong_facts": 0,
            "locales": ["en-US", "zh-CN"],
        },
        "decide": {
            "decisions": 25248,
            "budget_minor": 600000,
            "spent_minor": 507340,
            "over_budget": 0,
            "certified_gap": 0.0004,
            "min_propensity": 0.005,
        },
        "deliver": {"sent": 14602, "failed": 0, "unknown": 0, "duplicates": 0},
        "learn": {
            "share_of_oracle": 0.712,
            "lift_vs_bau": {"estimate": 5.1, "low": 2.2, "high": 8.0},
        },
        "seconds": {
            "ingest": 9.1,
            "profiles": 3.2,
            "recommend": 41.0,
            "respond": 32.5,
            "compose": 118.0,
            "simulate": 121.4,
            "report": 0.6,
        },
        "peak_memory_mb": 1630,
    }


def weeks() -> tuple[WeekResult, ...]:
    rng = np.random.default_rng(7)
    found = []
    for week in range(1, 13):
        policy = 3.0 + 6.0 * (1 - np.exp(-week / 4)) + rng.normal(0, 0.3)
        half = 11.0 / np.sqrt(week)
        found.append(
            WeekResult(
                week=week,
                starts=START + (week - 1) * WEEK,
                incremental={
                    "policy": float(policy),
                    "random": float(-1.2 + rng.normal(0, 0.3)),
                    "bau": float(1.7 + rng.normal(0, 0.3)),
                    "holdout": 0.0,
                    "oracle": float(11.4 + rng.normal(0, 0.25)),
                },
                budget_price=float(max(0.0, 0.62 + rng.normal(0, 0.09))),
                cap_prices={"coffee-25": 31.0 * (week > 8), "pizza-20": 12.0 * (week > 10)},
                gap=0.0004,
                spent_minor=int(42278 * week),
                reserved_minor=int(80000 + 900 * week),
                sent=1217,
                lift_vs_bau=estimate(float(4.6 + rng.normal(0, 5) / week), float(half)),
                model_version=f"m{week}",
                promoted=week in (4, 8),
            )
        )
    return tuple(found)


def arms() -> tuple[ArmResult, ...]:
    return (
        ArmResult(
            "policy", 1111, 8120, 611, 251300, 98.1, estimate(8.0, 3.4), estimate(5.1, 2.9), 7.4
        ),
        ArmResult(
            "random", 370, 2710, 118, 91200, 87.9, estimate(-1.9, 4.4), estimate(-4.6, 4.1), -1.2
        ),
        ArmResult("bau", 617, 3772, 174, 164840, 92.4, estimate(2.6, 3.9), None, 1.7),
        ArmResult("holdout", 371, 0, 0, 0, 90.0, None, None, 0.0),
    )


def models() -> tuple[ModelVersion, ...]:
    gates = (
        None,
        GateResult(False, "stays in shadow: nothing has matured yet", 0, 0, 0, 0, 2100),
        GateResult(True, "promoted: it earns 2.10 more", 2.1, 0.4, 3.8, 612.0, 4200),
        GateResult(False, "stays in shadow: not surely above zero", 0.3, -0.6, 1.2, 840.0, 6300),
        GateResult(False, "stays in shadow: log too thin", 3.0, 0.2, 5.8, 31.0, 8400),
    )
    states = ("retired", "shadow", "running", "shadow", "shadow")
    return tuple(
        ModelVersion(
            version_id=f"m{spot}",
            kind="effect",
            created_at=START + spot * WEEK,
            trained_from=START,
            trained_until=START + spot * WEEK,
            parameters={},
            metrics={},
            status=state,
            gate=gate,
        )
        for spot, (gate, state) in enumerate(zip(gates, states, strict=True))
    )


def samples() -> tuple[MessageSample, ...]:
    mails = [mail(locale, source) for source in ("model", "template") for locale in PARTS]
    return (
        *mails,
        MessageSample(
            locale="en-US",
            channel="onsite",
            subject="Put frozen pizza on the list.",
            preheader="",
            html="",
            text="20% off frozen pizza up to $2.50, ends Mar 31.",
            source="model",
            claims=(("20%", "offer.reward.percent"),),
            call="Take a look",
        ),
        MessageSample(
            locale="zh-CN",
            channel="onsite",
            subject="家里的速冻披萨还够吗？",
            preheader="",
            html="",
            text="速冻披萨8折，最多减US$2.50，3月31日截止。",
            source="model",
            claims=(("8折", "offer.reward.percent"),),
            call="查看优惠",
        ),
    )


def mail(locale: str, source: str) -> MessageSample:
    """An e-mail as the delivery room renders it."""
    parts, slots = PARTS[locale]
    message = Message(
        dedupe_key="d-0",
        decision_id="d-0",
        campaign_id="spring-2018",
        shopper_id="s-0",
        channel="email",
        address="s0@mail.example",
        time_zone="America/New_York",
        locale=locale,
        copy_id="copy-1",
        slots=slots,
        not_before=START,
        expires_at=START + 10 * WEEK,
    )
    rendered = render_email(message, parts, HARVEST_LANE, LINKS, START)
    return MessageSample(
        locale=locale,
        channel="email",
        subject=rendered.subject,
        preheader=parts["preheader"],
        html=rendered.html,
        text=rendered.text,
        source=source,
        claims=CLAIMS[locale],
    )


def decision(action: str, arm: str = "policy", **changes: object) -> Decision:
    """A decision for ``action`` among three."""
    offer, channel, hour, variant = action.split("/") if "/" in action else (None,) * 4
    fields: dict[str, object] = {
        "decision_id": f"d-{action}",
        "campaign_id": "spring-2018",
        "shopper_id": "s",
        "arm": arm,
        "decided_at": START + 11 * WEEK,
        "send_at": None,
        "action": action,
        "offer_id": offer,
        "channel": channel,
        "hour": int(hour) if hour else None,
        "variant": variant,
        "propensity": 0.84,
        "value_minor": 41.0 if offer else 0.0,
        "spend_minor": 22.0 if offer else 0.0,
        "liability_minor": 250 if offer else 0,
        "reasons": (),
        "weighed": (
            Weighed(action, 0.84, 41.0, 22.0, 27.0),
            Weighed("pizza-20/email/18/b", 0.09, 30.0, 25.0, 14.0),
            Weighed("cereal-20/onsite/12/a", 0.03, 9.0, 11.0, 2.0),
            Weighed(NOTHING, 0.04, 0.0, 0.0, 0.0),
        ),
        "rejected": {"laundry-150": "not_a_candidate", "yogurt-3-for-2/email/8": "quiet_hours"},
        "prices": {"budget": 0.62},
        "features": (),
        "policy": "inverse-gap",
        "model_version": "m2",
        "seed": 1,
    }
    return Decision(**{**fields, **changes})


def lone(action: str) -> dict[str, object]:
    """What is weighed in an arm that does not choose."""
    return {"weighed": (Weighed(action, 1.0, 0.0, 0.0, 0.0),), "rejected": {}, "propensity": 1.0}


def stories() -> tuple[ShopperStory, ...]:
    told = (
        ("coffee-25/email/18/a", "policy", "regular", "常客"),
        ("ice-cream-second/onsite/12/a", "policy", "new", "新客"),
        ("cereal-20/email/8/b", "random", "slowing down", "渐少"),
        ("pizza-20/email/20/a", "bau", "regular", "常客"),
        (NOTHING, "holdout", "lapsed", "久未光顾"),
    )
    return tuple(
        ShopperStory(
            shopper_id=f"{1041 + spot}",
            facts={
                "en-US": f"Stage: {en}\nOrders: 61 in the past year\nBuys most: coffee, milk,"
                " bread\nUsual hours: 17 to 19\nCoupons used: 4",
                "zh-CN": f"阶段：{zh}\n订单数：过去一年 61 单\n常买：咖啡、牛奶、面包\n"
                "常下单时段：17 至 19 点\n用券：4 次",
            },
            decision=decision(action, arm, **(lone(action) if arm in ("bau", "holdout") else {})),
            why={},
            rejected={},
        )
        for spot, (action, arm, en, zh) in enumerate(told)
    )
