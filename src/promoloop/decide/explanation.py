"""A decision in plain words: what was done, what it was worth, what else there was, and why not."""

from __future__ import annotations

from collections.abc import Mapping

from promoloop.core import InvalidError, language_of
from promoloop.decide.records import NOTHING, Decision, Weighed

__all__ = ["explain", "reason_text"]

_MOST_REJECTED = 3

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "arm": "Arm: {arm}.",
        "policy": "policy (the learned rule decides)",
        "random": "random (any permitted action, to learn from)",
        "bau": "business as usual (what would have been sent anyway)",
        "holdout": "holdout (nothing is sent, for comparison)",
        "chosen": "Chosen: {action}.",
        "nothing": "Chosen: send nothing.",
        "worth": "Expected extra margin {value}, expected spend {spend}, after prices {priced}.",
        "propensity": "This had a chance of {propensity:.1%} among {count} options.",
        "runner": "Next best: {action}, worth {priced} after prices.",
        "prices": "Prices in force: {prices}.",
        "rejected": "Not permitted: {action}, because {reason}.",
        "more": "{count} further exclusions are in the log.",
        "unknown": "of the rule {code}",
        "end": " ",
    },
    "zh": {
        "arm": "分组：{arm}。",
        "policy": "策略组（由学到的规则决定）",
        "random": "随机组（在允许的动作中随机，用于学习）",
        "bau": "常规组（照平时的做法发送）",
        "holdout": "对照组（不发送，用于比较）",
        "chosen": "选择：{action}。",
        "nothing": "选择：不发送。",
        "worth": "预期增量毛利 {value}，预期花费 {spend}，扣除影子价格后 {priced}。",
        "propensity": "在 {count} 个选项中，它被选中的概率为 {propensity:.1%}。",
        "runner": "次优：{action}，扣除影子价格后 {priced}。",
        "prices": "当前影子价格：{prices}。",
        "rejected": "不允许：{action}，原因是{reason}。",
        "more": "另有 {count} 条排除记录在日志中。",
        "unknown": "规则 {code}",
        "end": "",
    },
}

#: What a page may be told beside the guards' reasons.
_ON_PAGES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "realtime": "it was decided while the shopper looked on",
        "cart": "the product lies in the shopper's cart",
        "viewed": "the shopper has looked at the product more than once",
        "just_bought": "the shopper has just bought it",
        "other_place": "it is meant for another place on the page",
        "nothing_better": "showing nothing came out of the draw",
        "holdout": "the shopper is in the campaign's holdout",
        "held_out": "the shopper gets nothing from any campaign, for comparison",
        "unknown_shopper": "nothing is known of this shopper yet",
        "no_campaign": "no campaign that runs shows anything in this place",
        "campaign_paused": "the campaign stands still",
        "being_refreshed": "a new week has begun and is being worked out",
        "starting": "the server has just started and is reading the shop",
        "not_in_time": "there was not enough time left to decide and store it",
        "store_unavailable": "the database could not be written to",
    },
    "zh": {
        "realtime": "在顾客浏览页面时实时决定",
        "cart": "该商品已在顾客的购物车中",
        "viewed": "顾客多次浏览过该商品",
        "just_bought": "顾客刚刚买过",
        "other_place": "它用于页面上的其他位置",
        "nothing_better": "抽取结果为不展示",
        "holdout": "顾客属于该活动的对照组",
        "held_out": "顾客属于全局对照组，不参加任何活动",
        "unknown_shopper": "还没有该顾客的任何资料",
        "no_campaign": "没有进行中的活动在此位置展示内容",
        "campaign_paused": "活动已暂停",
        "being_refreshed": "新的一周刚开始，正在重新计算",
        "starting": "服务刚启动，正在读取店铺数据",
        "not_in_time": "剩余时间不足以完成决定并落盘",
        "store_unavailable": "数据库暂时无法写入",
    },
}

_REASONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "no_consent": "the shopper has not agreed to this channel",
        "offer_not_valid": "the offer does not run at that time",
        "price_claim": "its price history does not support the reduction it announces",
        "frequency_cap": "the shopper has had enough messages this week",
        "quiet_hours": "that hour is quiet time for this channel",
        "not_in_audience": "the campaign is not meant for this kind of shopper",
        "not_a_candidate": "other offers are closer to what this shopper buys",
        "hour_not_tried": "other hours are closer to when this shopper orders",
        "clearly_behind": "it is clearly worth less than the best choice, so it is not even tried",
        "stock_exhausted": "none of it is left",
        "budget_exhausted": "the budget left could not pay for it",
        "partner_budget_exhausted": "the partner's budget left could not pay the partner's part",
        "shopper_cap": "the shopper has had this offer as often as it may be given",
        "copy_missing": "there is no approved text for it",
        **_ON_PAGES["en"],
    },
    "zh": {
        "no_consent": "顾客未同意接收该渠道的信息",
        "offer_not_valid": "优惠届时不在有效期内",
        "price_claim": "价格记录不足以支持所宣称的降价",
        "frequency_cap": "顾客本周收到的信息已达上限",
        "quiet_hours": "该时段为此渠道的免打扰时间",
        "not_in_audience": "活动不面向这类顾客",
        "not_a_candidate": "另有更贴近该顾客购买习惯的优惠",
        "hour_not_tried": "另有更贴近该顾客下单习惯的时段",
        "clearly_behind": "价值明显低于最优选择，不再尝试",
        "stock_exhausted": "名额已用完",
        "budget_exhausted": "剩余预算不足以兑现",
        "partner_budget_exhausted": "合作方的剩余预算不足以承担其分摊部分",
        "shopper_cap": "该顾客已达到此优惠的领取上限",
        "copy_missing": "没有审核通过的文案",
        **_ON_PAGES["zh"],
    },
}


def reason_text(code: str, locale: str) -> str:
    """What a guard's reason code means, in the language of ``locale`` (en, zh).

    >>> reason_text("quiet_hours", "en-US")
    'that hour is quiet time for this channel'
    """
    language = _language(locale)
    return _REASONS[language].get(code) or _WORDS[language]["unknown"].format(code=code)


def explain(decision: Decision, locale: str) -> str:
    """Why this decision was made, in plain words, as one paragraph.

    Amounts are written in hundreds of minor units (dollars, yuan).

    Raises
    ------
    InvalidError
        For a language other than English and Chinese.
    """
    words = _WORDS[_language(locale)]
    parts = [
        words["arm"].format(arm=words.get(decision.arm, decision.arm)),
        *_chosen(decision, words),
        *_runner_up(decision, words),
        *_prices(decision, words),
        *_rejected(decision, locale, words),
    ]
    return words["end"].join(parts)


def _language(locale: str) -> str:
    language = language_of(locale)
    if language not in _WORDS:
        raise InvalidError(
            f"an explanation in {locale!r}",
            f"there are words for {', '.join(_WORDS)} only",
            "Ask for one of these.",
        )
    return language


def _chosen(decision: Decision, words: Mapping[str, str]) -> list[str]:
    mine = next((w for w in decision.weighed if w.action == decision.action), None)
    propensity = words["propensity"].format(
        propensity=decision.propensity,
        count=max(1, sum(w.propensity > 0 for w in decision.weighed)),
    )
    if decision.action == NOTHING:
        return [words["nothing"], propensity]
    worth = words["worth"].format(
        value=_amount(decision.value_minor),
        spend=_amount(decision.spend_minor),
        priced=_amount(mine.priced_minor if mine else decision.value_minor),
    )
    return [words["chosen"].format(action=decision.action), worth, propensity]


def _runner_up(decision: Decision, words: Mapping[str, str]) -> list[str]:
    others = [w for w in decision.weighed if w.action not in (decision.action, NOTHING)]
    if not others:
        return []
    best: Weighed = max(others, key=lambda w: w.priced_minor)
    return [words["runner"].format(action=best.action, priced=_amount(best.priced_minor))]


def _prices(decision: Decision, words: Mapping[str, str]) -> list[str]:
    named = [f"{name} {price:.2f}" for name, price in sorted(decision.prices.items()) if price]
    return [words["prices"].format(prices=", ".join(named))] if named else []


def _rejected(decision: Decision, locale: str, words: Mapping[str, str]) -> list[str]:
    cut = list(decision.rejected.items())
    said = [
        words["rejected"].format(action=action, reason=reason_text(code, locale))
        for action, code in cut[:_MOST_REJECTED]
    ]
    more = len(cut) - _MOST_REJECTED
    return [*said, words["more"].format(count=more)] if more > 0 else said


def _amount(minor: float) -> str:
    return f"{minor / 100:.2f}"
