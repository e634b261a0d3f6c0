"""Who approved a text is said in one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from promoloop.compose import ReviewEntry, approval_said
from promoloop.core import InvalidError

from .texts import NOW

DRAFT = ReviewEntry("c1", "draft", "Bo", NOW, edited_from="c0")
READ = replace(DRAFT, state="in_review", by="first reader")
PASSED = ReviewEntry(
    "c1", "approved", "Ana", NOW + timedelta(hours=1), "reads well", edited_from="c0"
)
WAY = (DRAFT, READ, PASSED)


def test_a_changed_text_names_who_changed_and_who_approved_it() -> None:
    assert approval_said("c1", WAY, NOW + timedelta(days=1), "en-US") == (
        "Text c1 (changed by Bo): approved on 2026-11-21 10:00 UTC by Ana (reads well)."
    )
    assert approval_said("c1", WAY, NOW + timedelta(days=1), "zh-CN") == (
        "文案 c1（由 Bo 修改）：2026-11-21 10:00 UTC 由 Ana 审核通过（reads well）。"
    )


def test_of_several_approvals_the_one_in_force_at_the_decision_counts() -> None:
    back = replace(READ, at=NOW + timedelta(hours=2))
    again = replace(PASSED, by="Cem", at=NOW + timedelta(hours=3), reason="")
    way = (*WAY, back, again)
    assert "by Ana" in approval_said("c1", way, NOW + timedelta(hours=2), "en-US")
    assert "by Cem." in approval_said("c1", way, NOW + timedelta(hours=4), "en-US")
    assert "by Cem." in approval_said("c1", way, NOW, "en-US")


def test_texts_of_before_the_review_and_unread_ones_say_so() -> None:
    older = ReviewEntry("c1", "approved", "before review", NOW, "before")
    said = "Text c1: in use since 2026-11-21 09:00 UTC, before texts were reviewed."
    assert approval_said("c1", [older], NOW, "en-US") == said
    assert approval_said("c1", WAY[:2], NOW, "zh-CN") == "文案 c1：尚未审核通过。"


def test_there_are_words_for_english_and_chinese_only() -> None:
    with pytest.raises(InvalidError):
        approval_said("c1", WAY, NOW, "de-DE")
