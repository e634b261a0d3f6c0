"""Texts written by hand, right or wrong in a known way, and the verifier's score on them.

The rows marked ``evaluation`` were written before the verifier was tuned on the others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from promoloop.compose import Verdict, verify_statement
from promoloop.compose.proof import FactSheet, sheet_of
from promoloop.offers import (
    AmountOff,
    BuyXGetY,
    CouponCode,
    FreeShipping,
    Gift,
    MinimumSpend,
    Offer,
    PercentOff,
    TieredAmountOff,
    offer_facts,
)

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One text with its label; ``kind`` says in which way a wrong one is wrong."""

    id: str
    part: str
    offer: str
    locale: str
    channel: str
    moment: str
    text: str
    right: bool
    kind: str = ""
    today: str = ""

    def verdict(self) -> Verdict:
        """What the verifier says of it."""
        today = date.fromisoformat(self.today) if self.today else None
        parts = {"text" if self.channel == "sms" else "body": self.text}
        return verify_statement(
            parts, sheet(self.offer, self.locale, today), self.channel, self.moment
        )


@cache
def rows() -> tuple[Row, ...]:
    """All labelled texts."""
    lines = (FOLDER / "labelled.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(Row(**json.loads(line)) for line in lines)


@cache
def sheet(offer: str, locale: str, today: date | None) -> FactSheet:
    """The facts of one of the offers in ``labelled-offers.yaml``."""
    text = (FOLDER / "labelled-offers.yaml").read_text(encoding="utf-8")
    told = {row["id"]: row for row in yaml.safe_load(text)}[offer]
    return sheet_of(offer_facts(_offer(told), locale, "UTC"), today)


def _offer(told: dict[str, Any]) -> Offer:
    conditions = [MinimumSpend(told["spend"])] if "spend" in told else []
    codes = [CouponCode(tuple(told["codes"]))] if "codes" in told else []
    return Offer(
        offer_id=told["id"],
        names=told["locales"],
        group=told["id"],
        reward=_reward(told["reward"]),
        valid_from=datetime(2026, 11, told.get("first", 20), tzinfo=UTC),
        valid_until=datetime(2026, 12, 1, tzinfo=UTC),
        currency=told["currency"],
        conditions=(*conditions, *codes),
    )


def _reward(told: dict[str, Any]) -> Any:
    if "percent" in told:
        return PercentOff(told["percent"], told.get("most"))
    if "buy" in told:
        return BuyXGetY(told["buy"], told["get"])
    if "tiers" in told:
        return TieredAmountOff(tuple(map(tuple, told["tiers"])))
    if "gift" in told:
        return Gift("gift", told["gift"], told["worth"])
    return AmountOff(told["saves"]) if "saves" in told else FreeShipping(told["shipping"])


def score(part: str) -> dict[str, Any]:
    """Recall of wrong texts, false refusals among right ones, and the rows judged wrongly."""
    chosen = [row for row in rows() if part in (row.part, "all")]
    passed = {row.id: row.verdict().passed for row in chosen}
    wrong, right = ([row for row in chosen if row.right is side] for side in (False, True))
    return {
        "texts": len(chosen),
        "recall": sum(not passed[row.id] for row in wrong) / len(wrong),
        "false_refusals": sum(not passed[row.id] for row in right) / len(right),
        "missed": [row for row in wrong if passed[row.id]],
        "refused": [row for row in right if not passed[row.id]],
    }
