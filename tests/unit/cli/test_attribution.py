"""What a campaign brought, as a table in the shop's currency."""

from __future__ import annotations

import math

import pytest

from promoloop.cli.measuring import attribution_text
from promoloop.core import InvalidError
from promoloop.evaluate import Estimate
from promoloop.flows.measuring.attribution import ArmAttribution, CampaignAttribution

LAST = Estimate(123_450.0, 100_000.0, 150_000.0, 900, 900.0, 0.95, "last touch")
CAUSED = Estimate(-2_050.0, -9_900.0, math.inf, 900, 900.0, 0.95, "holdout")
FOUND = CampaignAttribution(
    "spring",
    2,
    (
        ArmAttribution("policy", 1_200, 900, 45, LAST, CAUSED, 3, 700, 250, 0),
        ArmAttribution("holdout", 100, 0, 0, None, None, 0, 0, 0, 0),
    ),
)


def test_every_arm_has_a_line_in_the_shops_currency_with_bounds() -> None:
    first, head, policy, holdout = attribution_text(FOUND, "USD", "en-US").splitlines()
    assert first == "spring: weeks counted: 2"
    assert head.split()[:4] == ["arm", "shoppers", "messages", "orders"]
    assert policy.split() == [
        *("policy", "1,200", "900", "45", "$1,234.50", "$1,000", "$1,500"),
        *("−$20.50", "−$99", "–", "3", "$7", "$2.50", "$0"),
    ]
    assert holdout.split()[4:10] == ["–"] * 6
    assert len(head) == len(policy) == len(holdout)


def test_yen_have_no_cents_and_the_table_is_chinese_for_who_asks() -> None:
    text = attribution_text(FOUND, "JPY", "zh-CN")
    assert "策略组" in text
    assert "JP¥123,450" in text
    with pytest.raises(InvalidError, match="no words"):
        attribution_text(FOUND, "USD", "de-DE")
