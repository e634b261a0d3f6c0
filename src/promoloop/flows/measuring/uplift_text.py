"""The uplift report in plain words, English and Chinese."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from promoloop.core import language_of
from promoloop.evaluate import Estimate
from promoloop.flows.measuring.uplift import UpliftReport
from promoloop.respond import UpliftCalibration

__all__ = ["uplift_text"]

_ARMS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "policy": "the learnt policy",
        "random": "a random offer",
        "bau": "business as usual",
        "nothing": "nothing",
    },
    "zh": {"policy": "学习策略", "random": "随机优惠", "bau": "常规做法", "nothing": "不发送"},
}


@dataclass(frozen=True, slots=True)
class _Words:
    """Every sentence of one language; braces are filled by name."""

    head: str
    personalise: str
    one_for_all: str
    nothing: str
    unproved: str
    plan: str
    advantage: str
    given: str
    arm: str
    qini: str
    unknown: str
    slope: str
    note: str
    joined: str


_EN = _Words(
    head="Uplift in campaign {campaign}: {shoppers} shoppers, {weeks} closed week(s).",
    personalise="Verdict: personalise. Choosing per shopper beats nothing and every arm for all.",
    one_for_all=(
        "Verdict: one for all. Give everybody {arm}; choosing per shopper was not shown to earn"
        " more."
    ),
    nothing="Verdict: send nothing. No arm earned more than it cost.",
    unproved="That this arm earns more than nothing is likelier than not, but not yet proved.",
    plan="The personalised plan earns {value} above nothing per shopper and week.",
    advantage="Held against {arm} for all, the plan earns {value} more.",
    given="The plan gives {shares}.",
    arm="For all, {arm} earns {value} above nothing per shopper and week.",
    qini="Who gains most from {arm}: Qini {value} (0 is a random order, 1 a perfect one).",
    unknown="Who gains most from {arm} cannot be told: {why}",
    slope="What was foretold for {arm} is borne out with slope {value} (1 is exact, 0 is noise).",
    note=(
        "Money is in minor units of {currency}, discounts and contacts off; intervals are at 95%"
        " and hold for one look, not for a look every week."
    ),
    joined=", ",
)
_ZH = _Words(
    head="活动 {campaign} 的增量效果：{shoppers} 位顾客，已结算 {weeks} 周。",
    personalise="结论：因人而异。按顾客选择，胜过不发送，也胜过对所有人采用任何一种做法。",
    one_for_all="结论：一视同仁。对所有人采用“{arm}”；尚无证据表明因人而异能赚得更多。",
    nothing="结论：不发送。没有任何一种做法的收益高于成本。",
    unproved="该做法优于不发送的可能性较大，但尚未得到证实。",
    plan="因人而异的方案，每位顾客每周比不发送多赚 {value}。",
    advantage="与对所有人采用“{arm}”相比，该方案多赚 {value}。",
    given="该方案的分配：{shares}。",
    arm="对所有人采用“{arm}”，每位顾客每周比不发送多赚 {value}。",
    qini="谁最受“{arm}”影响：Qini 系数 {value}（0 为随机排序，1 为完美排序）。",
    unknown="无法判断谁最受“{arm}”影响：{why}",
    slope="对“{arm}”的预测与实际相符的斜率为 {value}（1 为完全相符，0 为噪声）。",
    note=(
        "金额以 {currency} 的最小货币单位计，已扣除优惠和触达成本；置信水平为 95%，"
        "仅对单次查看有效，每周反复查看则不成立。"
    ),
    joined="，",
)


def uplift_text(report: UpliftReport, locale: str) -> str:
    """The report as a few lines in the language of ``locale`` (Chinese, else English)."""
    chinese = language_of(locale) == "zh"
    words, names = (_ZH, _ARMS["zh"]) if chinese else (_EN, _ARMS["en"])
    found = report.targeting

    def named(arm: str) -> str:
        return names.get(arm, arm)

    def static(arm: int) -> str:
        return named(("nothing", *report.treatments)[arm])

    verdicts = {
        "personalise": words.personalise,
        "one_for_all": words.one_for_all.format(arm=static(found.arm)),
        "nothing": words.nothing,
    }
    shares = [f"{named(arm)} {x:.0%}" for arm, x in report.planned.items()]
    lines = [
        words.head.format(
            campaign=report.campaign_id, shoppers=f"{report.shoppers:,}", weeks=report.weeks
        ),
        verdicts[found.verdict],
        *([words.unproved] if found.verdict == "one_for_all" and not found.proved else []),
        words.plan.format(value=_range(found.plan, 1)),
        words.advantage.format(arm=static(found.best_static), value=_range(found.advantage, 1)),
        words.given.format(shares=words.joined.join(shares)),
        *(
            words.arm.format(arm=named(arm), value=_range(one, 1))
            for arm, one in zip(report.treatments, found.static, strict=True)
        ),
        *_by_arm(report, words, named),
        words.note.format(currency=report.currency),
    ]
    return "\n".join(lines)


def _by_arm(report: UpliftReport, words: _Words, named: Callable[[str], str]) -> list[str]:
    lines = []
    for arm in report.treatments:
        order, borne = report.qini[arm], report.calibration[arm]
        if isinstance(order, Estimate):
            lines.append(words.qini.format(arm=named(arm), value=_range(order, 3)))
        else:
            lines.append(words.unknown.format(arm=named(arm), why=order))
        if isinstance(borne, UpliftCalibration):
            slope = f"{borne.slope:.2f} ({borne.slope_low:.2f} … {borne.slope_high:.2f})"
            lines.append(words.slope.format(arm=named(arm), value=slope))
    return lines


def _range(figure: Estimate, digits: int) -> str:
    return f"{figure.value:,.{digits}f} ({figure.low:,.{digits}f} … {figure.high:,.{digits}f})"
