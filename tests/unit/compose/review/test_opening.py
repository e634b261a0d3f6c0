"""The policy says what a person reads; the rest is approved, and everything is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.compose import (
    Mark,
    ReviewCounts,
    ReviewEntry,
    ReviewPolicy,
    new_steps,
    open_reviews,
    reason_said,
    require_person,
)
from promoloop.core import InvalidError, RefusedError
from promoloop.testing import MemoryReviews

from .texts import NOW, PARTS, about, text

FACTS = {("coffee-offer", "en-US"): about()}
PLAIN = text("plain", source="template")
WRITTEN = text("written", {**PARTS, "headline": "A book and a mug of it"})
ODD = text("odd", {**PARTS, "headline": "A beer with your coffee"})


def states(log: MemoryReviews, *ids: str) -> list[str]:
    return [entry.state for entry in log.standing(ids).values()]


def test_what_nothing_speaks_against_is_approved_and_signed_by_the_first_reader() -> None:
    log = MemoryReviews()
    counts = open_reviews([PLAIN], FACTS, ReviewPolicy(), log, NOW)
    assert counts == ReviewCounts(1, 0, {})
    draft, read, passed = log.of("plain")
    assert (draft.state, draft.by) == ("draft", "template")
    assert (read.state, read.by, read.marks) == ("in_review", "first reader", ())
    assert (passed.state, passed.by, passed.at) == ("approved", "first reader", NOW)
    assert reason_said(passed, "zh-CN") == "模板文案，已预先审定"


def test_the_first_text_of_a_model_waits_and_those_after_it_do_not() -> None:
    log = MemoryReviews()
    counts = open_reviews([WRITTEN, ODD, text("third")], FACTS, ReviewPolicy(), log, NOW)
    assert states(log, "written", "odd", "third") == ["in_review", "in_review", "approved"]
    assert counts == ReviewCounts(1, 2, {"new_writer": 1, "sensitive": 1})
    assert log.of("written")[0].by == "gemma-270m+shop"


def test_opening_again_changes_nothing_whatever_was_decided_meanwhile() -> None:
    log = MemoryReviews()
    open_reviews([PLAIN, ODD], FACTS, ReviewPolicy(), log, NOW)
    log.append([ReviewEntry("odd", "retired", "Ana", NOW)])
    before = [log.of(key) for key in ("plain", "odd")]
    later = NOW + timedelta(days=1)
    assert open_reviews([PLAIN, ODD], FACTS, ReviewPolicy("all"), log, later) == ReviewCounts()
    assert [log.of(key) for key in ("plain", "odd")] == before


def test_a_text_like_one_approved_before_waits() -> None:
    log = MemoryReviews()
    open_reviews([PLAIN], FACTS, ReviewPolicy(), log, NOW)
    like = text("like", {**PARTS, "headline": "Coffee for a slow morning"})
    open_reviews([PLAIN, like], FACTS, ReviewPolicy(), log, NOW)
    assert Mark("near_duplicate", "plain") in log.of("like")[-1].marks


def test_marks_on_a_template_are_kept_but_leave_no_place_without_a_text() -> None:
    log = MemoryReviews()
    wine = {("wine-offer", "en-US"): about("en-US", "wine")}
    copy = text("c1", source="template", on=about("en-US", "wine"))
    open_reviews([copy], wine, ReviewPolicy(), log, NOW)
    assert log.of("c1")[1].marks == (Mark("sensitive", "alcohol"),)
    assert states(log, "c1") == ["approved"]


def test_where_all_are_read_templates_wait_too() -> None:
    log = MemoryReviews()
    policy = ReviewPolicy(channels={"onsite": "all"})
    counts = open_reviews([PLAIN], FACTS, policy, log, NOW)
    assert counts == ReviewCounts(0, 1, {"policy_all": 1})
    assert states(log, "plain") == ["in_review"]


@pytest.mark.parametrize(
    ("policy", "reads"),
    [
        (ReviewPolicy("all"), "all"),
        (ReviewPolicy("all", channels={"onsite": "exceptions"}), "exceptions"),
        (ReviewPolicy(markets={"US": "sample"}), "sample"),
        (ReviewPolicy(markets={"US": "all"}, channels={"onsite": "sample"}), "all"),
        (ReviewPolicy(markets={"CN": "all"}, market="CN"), "all"),
        (ReviewPolicy(markets={"CN": "all"}, market="US"), "exceptions"),
        (ReviewPolicy(channels={"sms": "all"}), "exceptions"),
    ],
)
def test_of_market_and_channel_the_one_that_reads_more_counts(
    policy: ReviewPolicy, reads: str
) -> None:
    assert policy.reads(PLAIN) == reads


@given(st.floats(0.0, 1.0), st.integers(0, 1000))
def test_a_larger_sample_holds_the_smaller_one(share: float, seed: int) -> None:
    ids = [f"copy-{n}" for n in range(40)]
    small = ReviewPolicy("sample", share=share / 2, seed=seed)
    large = ReviewPolicy("sample", share=share, seed=seed)
    assert {one for one in ids if small.drawn(one)} <= {one for one in ids if large.drawn(one)}


def test_a_sample_is_about_its_share_and_another_seed_draws_another() -> None:
    """Of 10,000, a tenth is 1,000 give or take 4 standard deviations of 30."""
    ids = [f"copy-{n}" for n in range(10_000)]
    first, second = (
        {one for one in ids if ReviewPolicy("sample", seed=n).drawn(one)} for n in (1, 2)
    )
    assert 880 < len(first) < 1120
    assert 60 < len(first & second) < 140
    assert not any(ReviewPolicy("sample", share=0.0).drawn(one) for one in ids)
    assert all(ReviewPolicy("sample", share=1.0).drawn(one) for one in ids)


@pytest.mark.parametrize(
    "wrong",
    [
        {"read": "some"},
        {"markets": {"US": "never"}},
        {"channels": {"sms": ""}},
        {"share": 1.5},
        {"share": float("nan")},
    ],
)
def test_a_policy_that_cannot_be_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidError):
        ReviewPolicy(**wrong)


def test_an_unproven_text_is_refused_and_nothing_is_opened() -> None:
    log = MemoryReviews()
    untrue = text("untrue", {**PARTS, "headline": "90% off coffee"})
    assert not untrue.verdict.passed
    with pytest.raises(RefusedError, match="not proven"):
        open_reviews([PLAIN, untrue], FACTS, ReviewPolicy(), log, NOW)
    assert log.of("plain") == ()


def test_missing_facts_are_an_error() -> None:
    with pytest.raises(InvalidError, match="coffee-offer in en-US"):
        open_reviews([PLAIN], {}, ReviewPolicy(), MemoryReviews(), NOW)


def test_a_low_score_holds_a_text_of_the_model_back() -> None:
    log = MemoryReviews()
    pair = [WRITTEN, text("good"), replace(text("bad"), moment="vip")]
    open_reviews(pair, FACTS, ReviewPolicy(), log, NOW, {"good": 0.97, "bad": 0.1})
    assert states(log, "good", "bad") == ["approved", "in_review"]


STATES = ("draft", "in_review", "approved", "retired")


@given(st.lists(st.sampled_from(STATES), max_size=8))
def test_no_way_leads_past_the_review(asked: list[str]) -> None:
    """Whatever is asked for: approved comes only after in_review, and nothing after retired."""
    log = MemoryReviews()
    for state in asked:
        try:
            log.append(
                [ReviewEntry("c1", state, "Ana", NOW + timedelta(seconds=len(log.of("c1"))))]
            )
        except RefusedError:
            continue
    way = [entry.state for entry in log.of("c1")]
    before = dict(zip(way[1:], way, strict=False))
    assert way[:1] in ([], ["draft"])
    assert before.get("approved", "in_review") == "in_review"
    assert "retired" not in way[:-1]


def test_steps_are_checked_against_each_other_within_one_call() -> None:
    draft = ReviewEntry("c1", "draft", "Ana", NOW)
    with pytest.raises(RefusedError, match=r"moving c1 to approved: it is draft"):
        new_steps({}, [draft, replace(draft, state="approved")])


@pytest.mark.parametrize("name", ["", "  ", "First Reader", "before review", "a\nb", "x" * 81])
def test_nobody_signs_without_a_name_or_as_the_machine(name: str) -> None:
    with pytest.raises(InvalidError):
        require_person(name)
