"""The supervised set: whole, native, and clean of what no line may hold."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from promoloop.compose import LENGTHS, MOMENTS, example_lines, product_groups
from promoloop.compose.catalogue import groups_in, lines_in
from promoloop.core import InvalidError

SPECIAL = (
    "new", "viewed", "cart", "lapsed", "vip", "birthday", "festival", "flash_sale", "threshold",
    "gift", "back_in_stock", "weekend",
)  # fmt: skip


def entry(**changes: Any) -> dict[str, Any]:
    group = {"id": "tea", "en": "tea", "zh": "茶", "line": {"en": {"any": ["Tea for two."]}}}
    return {"group": [{**group, **changes}]}


def test_there_are_3000_lines_over_150_groups() -> None:
    assert len(product_groups()) >= 150
    assert len(example_lines()) >= 3000


def test_every_group_has_six_lines_and_two_short_ones_in_both_languages() -> None:
    counts = Counter(
        (x.group_id, x.language, x.length) for x in example_lines() if x.moment == "any"
    )
    for group in product_groups():
        for language in ("en", "zh"):
            assert counts[group.group_id, language, "line"] >= 6, group.group_id
            assert counts[group.group_id, language, "short"] >= 2, group.group_id


def test_every_special_moment_is_written_for_in_both_languages() -> None:
    counts = Counter((x.language, x.moment) for x in example_lines())
    assert all(counts[language, moment] >= 30 for language in ("en", "zh") for moment in SPECIAL)


def test_15_percent_of_the_groups_are_held_out() -> None:
    held_out = [one for one in product_groups() if one.held_out]
    assert 0.14 <= len(held_out) / len(product_groups()) <= 0.2
    assert len({one.family for one in held_out}) >= 20


def test_no_line_stands_twice() -> None:
    counts = Counter(one.text for one in example_lines())
    assert [text for text, times in counts.items() if times > 1] == []


def test_lines_hold_no_digit_and_no_foreign_script() -> None:
    for one in example_lines():
        assert not re.search(r"\d", one.text), one
        if one.language == "en":
            assert re.fullmatch(r"[A-Za-z',.?! ]+", one.text), one
        elif "T恤" not in one.text:
            assert re.fullmatch(r"[一-龥，。？！]+", one.text), one


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"id": ""}, "field id"),
        ({"en": 7}, "field en"),
        ({"zh": "两\n行"}, "field zh"),
        ({"match": "sencha"}, "match"),
        ({"match": [3]}, "field match"),
        ({"held_out": "no"}, "held_out"),
        ({"line": {"en": {"tuesday": ["Tea."]}}}, "tuesday"),
        ({"line": {"en": {"any": "Tea."}}}, "any"),
        ({"line": {"en": {"any": [""]}}}, "any"),
        ({"line": {"en": {"any": ["Tea.", "Tea."]}}}, "stands 2 times"),
    ],
)
def test_a_malformed_group_is_named(changes: dict[str, Any], named: str) -> None:
    def read() -> None:
        groups_in(entry(**changes), "drinks")
        lines_in(entry(**changes), "drinks")

    with pytest.raises(InvalidError, match=named) as caught:
        read()
    assert "drinks.toml" in str(caught.value)


@pytest.mark.parametrize("data", [{}, {"group": {}}, {"group": ["tea"]}])
def test_a_file_without_groups_is_named(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidError, match=r"drinks\.toml"):
        groups_in(data, "drinks")


def test_lines_carry_known_moments_and_lengths() -> None:
    assert {one.moment for one in example_lines()} <= {*MOMENTS, "any"}
    assert {one.length for one in example_lines()} == set(LENGTHS)
