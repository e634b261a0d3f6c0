"""Guardrails on the page, and what all campaigns bring together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from promoloop.evaluate import Estimate, GuardrailCheck
from promoloop.offers import Guardrail, Pause
from promoloop.report import render_page

from .made import page_data
from .reading import read


def found(value, low, high):
    return Estimate(value, low, high, 1_000, 1_000.0, 0.975, "made up")


CHECKS = (
    GuardrailCheck(Guardrail("unsubscribe_rate", "above", 0.005), found(0.02, 0.011, 0.03), True),
    GuardrailCheck(Guardrail("margin_per_shopper", "below", -5), found(12.0, 3.0, 21.0), False),
    GuardrailCheck(Guardrail("spend_pace", "above", 1.5), found(1.1, 1.1, 1.1), False),
    GuardrailCheck(Guardrail("complaint_rate", "above", 0.001), None, False),
)
PAUSE = Pause("c1", datetime(2026, 11, 9, tzinfo=UTC), True, "unsubscribe_rate", 0.02, 0.01, 0.03)


def rows_of(locale, **changes):
    """Cells of the guardrails' table, and the section's whole text."""
    root = read(render_page(replace(page_data(), **changes), locale, None))
    section = next(n for n in root.walk() if n.attributes.get("id") == "lift")
    rows = [
        [cell.words().strip() for cell in row.walk() if cell.name in ("th", "td")]
        for row in section.walk()
        if row.name == "tr"
    ]
    return rows, " ".join(section.words().split())


@pytest.mark.parametrize(
    ("locale", "first", "last", "paused"),
    [
        (
            "en-US",
            ["Unsubscribed, per message", "above 0.5%", "2%", "1.1% to 3%", "Beyond the limit"],
            ["Called it spam, per message", "above 0.1%", "–", "–", "Nothing to measure yet"],
            "Paused since",
        ),
        (
            "zh-CN",
            ["退订率（按每条信息计）", "高于 0.5%", "2%", "1.1% 至 3%", "已越界"],
            ["投诉为垃圾邮件的比率（按每条信息计）", "高于 0.1%", "–", "–", "尚无可测数据"],
            "起暂停",
        ),
    ],
)
def test_every_guardrail_stands_there_with_its_limit_and_state(locale, first, last, paused):
    rows, text = rows_of(locale, guardrails=CHECKS, paused=PAUSE)
    assert first in rows
    assert last in rows
    assert paused in text


def test_money_is_written_as_money_and_a_count_has_no_interval():
    rows, text = rows_of("en-US", guardrails=CHECKS)
    margin = next(row for row in rows if row[:1] == ["Gain on the holdout, per shopper and week"])
    assert margin[1:] == ["below −$0.05", "+$0.12", "+$0.03 to +$0.21", "Within the limit"]
    pace = next(row for row in rows if row[:1] == ["Money spent, of an even pace"])
    assert pace[1:] == ["above 150%", "110%", "", "Within the limit"]
    assert "Paused since" not in text


def test_all_campaigns_together_are_said_per_thousand_shoppers():
    _, text = rows_of("en-US", overall=found(12.0, 3.0, 21.0))
    assert "per 1,000 shoppers and week" in text
    assert "+$120" in text.replace("\u00a0", " ")


def test_a_campaign_without_guardrails_shows_none():
    _, text = rows_of("en-US")
    assert "Guardrails" not in text
