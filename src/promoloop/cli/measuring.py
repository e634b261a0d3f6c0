"""``promoloop attribution`` and ``promoloop prices``: what messages brought, what may be said."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoloop.cli.console import Told, as_figures
from promoloop.cli.options import common_options, moment, now_option, run
from promoloop.cli.progress import Bars
from promoloop.core import InvalidError, Money, language_of

if TYPE_CHECKING:
    from promoloop.bootstrap import Shop
    from promoloop.evaluate import Estimate
    from promoloop.flows.measuring.attribution import CampaignAttribution

__all__ = ["attribution", "attribution_text", "prices"]

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "head": "arm|shoppers|messages|orders|last touch|from|to|caused|from|to"
        "|open messages|still open|refunded|cost of leaving",
        "weeks": "{campaign}: weeks counted: {weeks}",
        "policy": "policy",
        "random": "random",
        "bau": "as usual",
        "holdout": "holdout",
    },
    "zh": {
        "head": "组|顾客|消息|订单|末次触达|下限|上限|实际带来|下限|上限"
        "|未结消息|未结金额|退款|退订成本",
        "weeks": "{campaign}：已统计周数：{weeks}",
        "policy": "策略组",
        "random": "随机组",
        "bau": "惯例组",
        "holdout": "对照组",
    },
}


@click.command(epilog="\b\nExample:\n  promoloop attribution spring-2026")
@click.argument("campaign")
@click.option("--locale", default="en-US", show_default=True, help="Language of the table.")
@now_option
@common_options
def attribution(campaign: str, locale: str, now_text: str, config: Path, as_json: bool) -> None:
    """Say what CAMPAIGN brought by last touch and by its holdout, side by side.

    Last touch counts whoever would have bought anyway; the difference to the holdout does not.
    """

    def work(shop: Shop, _: Bars) -> object:
        found = shop.attribution(campaign, moment(now_text))
        if not as_json:
            return Told(attribution_text(found, shop.house.currency, locale))
        arms = {one.arm: as_figures(one) for one in found.arms}
        return {"campaign": campaign, "weeks": found.weeks, "arms": arms}

    run(config, work, as_json=as_json)


def attribution_text(found: CampaignAttribution, currency: str, locale: str) -> str:
    """One line per arm in the shop's currency, with bounds; a dash for what is not known.

    Raises
    ------
    InvalidError
        For a language other than English and Chinese.
    """
    words = _WORDS.get(language_of(locale))
    if words is None:
        raise InvalidError(f"a table in {locale!r}", "there are no words for it", "Ask for en-US.")

    def money(minor: float) -> str:
        sign = "−" if round(minor) < 0 else ""
        return sign + Money(abs(round(minor)), currency).text(locale)

    def figures(one: Estimate | None) -> list[str]:
        ends = (one.value, one.low, one.high) if one is not None else (float("nan"),) * 3
        return [money(minor) if isfinite(minor) else "–" for minor in ends]

    rows = [
        [
            words.get(one.arm, one.arm),
            *(f"{count:,}" for count in (one.shoppers, one.messages, one.conversions)),
            *figures(one.last_touch),
            *figures(one.incremental),
            f"{one.open:,}",
            *(money(minor) for minor in (one.open_minor, one.refunded_minor, one.left_minor)),
        ]
        for one in found.arms
    ]
    first = words["weeks"].format(campaign=found.campaign_id, weeks=found.weeks)
    return "\n".join([first, *_aligned([words["head"].split("|"), *rows])])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names to the left, figures to the right; a Chinese character is two columns wide."""
    wide = [max(map(_columns, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        room = [" " * (most - _columns(text)) for text, most in zip(row, wide, strict=True)]
        first, *rest = zip(row, room, strict=True)
        lines.append("  ".join([first[0] + first[1], *(gap + text for text, gap in rest)]))
    return lines


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


@click.command(epilog="\b\nExample:\n  promoloop prices coffee-25")
@click.argument("offer")
@now_option
@common_options
def prices(offer: str, now_text: str, config: Path, as_json: bool) -> None:
    """Check whether the price history supports what OFFER announces, by the market's law.

    Lists the products whose prices do not; an empty list where all do, or no law asks.
    """

    def work(shop: Shop, _: Bars) -> object:
        claims = shop.price_claims(offer, moment(now_text))
        return {
            "offer": offer,
            "supported": not claims,
            "refused": [as_figures(one) for one in claims],
        }

    run(config, work, as_json=as_json)
