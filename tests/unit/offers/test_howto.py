"""The how-to on offers says what the code does."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from promoloop.offers import OfferFacts, offer_facts, offers_from_data

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "offers.md"
TEXT = PAGE.read_text(encoding="utf-8")
#: A section: its title, a part as YAML, and the clause in both languages.
SECTIONS = re.findall(
    r"### (.+?)\n.*?```yaml\n(.+?)```\n\n- en-US: (.+?)\n- zh-CN: (.+?)\n", TEXT, re.DOTALL
)
OFFER: dict[str, Any] = {
    "offer_id": "coffee",
    "names": {"en-US": "coffee", "zh-CN": "咖啡"},
    "group": "COFFEE",
    "reward": {"code": "percent_off", "percent": 20},
    "valid_from": "2026-11-01T00:00:00Z",
    "valid_until": "2026-12-01T00:00:00Z",
    "currency": "USD",
}
#: The slot in which a condition speaks; every reward speaks in "reward".
SLOTS = {"minimum_spend": "condition", "coupon_code": "code", "flash_window": "deadline"}


def test_the_examples_give_what_they_show() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert result.attempted > 10
    assert result.failed == 0


def test_the_first_offer_is_valid_as_printed() -> None:
    block = re.findall(r"```yaml\n(offers:.+?)```", TEXT, re.DOTALL)[0]
    assert offers_from_data(yaml.safe_load(block), "offers.yaml")[0].offer_id == "coffee-20"


def test_every_part_with_a_clause_has_a_section() -> None:
    assert len(SECTIONS) == 11


@pytest.mark.parametrize(("title", "block", "english", "chinese"), SECTIONS)
def test_shoppers_read_the_clauses_that_are_shown(
    title: str, block: str, english: str, chinese: str
) -> None:
    part = yaml.safe_load(block)
    slot = SLOTS.get(part["code"], "reward")
    change = {"reward": part} if slot == "reward" else {"conditions": [part]}

    def told(locale: str) -> OfferFacts:
        return offer_facts(offers_from_data([OFFER | change], "page")[0], locale, "UTC")

    assert told("en-US").clauses[slot] == english
    assert told("zh-CN").clauses[slot] == chinese
