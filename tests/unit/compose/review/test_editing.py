"""An edit is a new text with a verdict of its own, or it is refused and says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from promoloop.compose import edited_copy, proven_again
from promoloop.core import InvalidError, RefusedError
from promoloop.offers import AmountOff, PercentOff

from ..made import facts
from .texts import NOW, PARTS, about, text

LATER = NOW + timedelta(days=1)


def test_a_changed_text_is_another_one_with_its_own_proof() -> None:
    old = text("c1")
    new = edited_copy(old, {"headline": "Coffee, and {{reward}}"}, about(), LATER)
    assert new.copy_id != old.copy_id
    assert new.parts == {**PARTS, "headline": "Coffee, and {{reward}}"}
    assert (new.brief_id, new.variant, new.model) == (old.brief_id, old.variant, old.model)
    assert new.created_at == LATER
    assert new.verdict.passed
    assert len(new.verdict.claims) > len(old.verdict.claims)
    assert old.parts == PARTS


def test_the_same_edit_gives_the_same_id() -> None:
    change = {"headline": "Coffee for a book"}
    one, two = (edited_copy(text("c1"), change, about(), at) for at in (NOW, LATER))
    assert one.copy_id == two.copy_id


@pytest.mark.parametrize(
    ("part", "words", "reason"),
    [
        ("headline", "50% off coffee", "50%"),
        ("headline", "The best coffee in town", "superlative"),
        ("headline", "咖啡", "en-us"),
        ("call", "Have a look at everything that we have in the shop", "length"),
        ("headline", "Free shipping on coffee", "free"),
        ("headline", "20% off coffee", "written out"),
        ("body", "Use it by Nov 30", "written out"),
    ],
)
def test_an_edit_that_does_not_pass_is_refused_with_the_reason(
    part: str, words: str, reason: str
) -> None:
    with pytest.raises(RefusedError) as error:
        edited_copy(text("c1"), {part: words}, about(), LATER)
    assert reason in str(error.value).lower()


def test_every_reason_is_told_at_once() -> None:
    with pytest.raises(RefusedError) as error:
        edited_copy(
            text("c1"), {"headline": "The best, 50% off", "call": "Buy " * 20}, about(), NOW
        )
    assert all(word in str(error.value) for word in ("best", "50%", "length"))


@pytest.mark.parametrize(
    "parts",
    [{"subject": "Hello"}, {"headline": "{{gift}} for you"}, {"headline": PARTS["headline"]}],
)
def test_an_edit_of_nothing_that_is_there_is_an_error(parts: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        edited_copy(text("c1"), parts, about(), NOW)


def test_a_text_is_proven_again_with_the_facts_of_today() -> None:
    capped = facts("en-US", "coffee", PercentOff(20, 400))
    copy = text("c1", {**PARTS, "headline": "At most {{ceiling}}"}, on=capped)
    assert proven_again(copy, capped).passed
    lost = proven_again(copy, facts("en-US", "coffee", AmountOff(150)))
    assert not lost.passed
    assert "{{ceiling}}" in lost.reasons[0]


def test_an_edit_keeps_hook_and_score_only_while_the_line_stands() -> None:
    line = next(one for part, one in PARTS.items() if part == "headline")
    old = replace(text("c1"), hook=line, score=0.75)
    kept = edited_copy(old, {"call": "Take a look"}, about(), LATER)
    lost = edited_copy(old, {"headline": "Coffee for a book"}, about(), LATER)
    assert (kept.hook, kept.score) == (line, 0.75)
    assert (lost.hook, lost.score) == ("", None)
