"""People review the texts of a shop: what they decide is what is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from promoloop.compose import CopyRequest, ReviewPolicy, Writers
from promoloop.core import InvalidError, RefusedError
from promoloop.flows.compose import compose
from promoloop.flows.deciding.actions import approved_copies
from promoloop.flows.house import House
from promoloop.flows.reviewing import (
    Wanted,
    approve,
    edit,
    in_review,
    recall,
    retire,
    show_text,
)
from promoloop.offers import Offer, PercentOff
from promoloop.testing.memory_house import memory_house

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TEA = Offer(
    "tea-20",
    {"en-US": "green tea"},
    "TEA",
    PercentOff(20, 400),
    NOW,
    NOW + timedelta(days=20),
    "USD",
)


@pytest.fixture
def house() -> House:
    """Eight texts on one offer, of which those on site wait for a person."""
    made = memory_house()
    made.offers.put([TEA])
    policy = ReviewPolicy(channels={"onsite": "all"})
    cells = (("en-US",), ("email", "onsite"), ("active", "vip"), "UTC")
    compose(
        [CopyRequest(one, *cells[:3]) for one in [TEA]],
        cells[3],
        Writers(fresh=True),
        made.copies,
        0,
        NOW,
        reviews=made.reviews,
        policy=policy,
    )
    return made


def waiting(house: House, **asked: str) -> list[str]:
    return [one.copy_id for one in in_review(house, Wanted(**asked))]


def test_what_waits_is_listed_with_its_reason(house: House) -> None:
    found = in_review(house, Wanted())
    assert [(one.channel, one.moment, one.variant) for one in found] == [
        ("onsite", "active", "a"),
        ("onsite", "active", "b"),
        ("onsite", "vip", "a"),
        ("onsite", "vip", "b"),
    ]
    assert {one.why for one in found} == {("every text is read here",)}
    assert in_review(house, Wanted(), "zh-CN")[0].why == ("此处所有文案都要人工审核",)


def test_lists_can_be_narrowed(house: House) -> None:
    assert len(waiting(house, moment="vip")) == 2
    assert len(waiting(house, mark="policy_all", source="template")) == 4
    assert waiting(house, mark="near_limit") == waiting(house, offer="coffee") == []
    assert len(waiting(house, state="approved")) == 4
    assert len(waiting(house, state="all")) == 8
    with pytest.raises(InvalidError, match="no such state"):
        waiting(house, state="published")


def test_only_approved_texts_are_used(house: House) -> None:
    assert {copy.channel for copy in approved_copies(house, [TEA])} == {"email"}
    report = approve(house, waiting(house), " Ana ", LATER, "all fine")
    assert (report.state, report.by, len(report.moved)) == ("approved", "Ana", 4)
    assert len(approved_copies(house, [TEA])) == 8
    last = house.reviews.of(report.moved[0])[-1]
    assert (last.by, last.at, last.reason) == ("Ana", LATER, "all fine")


def test_approving_twice_is_refused_and_moves_nobody_else(house: House) -> None:
    first, second, *_ = waiting(house)
    approve(house, [first], "Ana", LATER)
    with pytest.raises(RefusedError, match="it is approved"):
        approve(house, [second, first], "Bo", LATER)
    assert second in waiting(house)


def test_an_unknown_text_or_none_at_all_is_an_error(house: House) -> None:
    for ids in ([], ["copy-nowhere"]):
        with pytest.raises(InvalidError):
            approve(house, ids, "Ana", LATER)


def test_a_text_that_was_never_opened_is_an_error(house: House) -> None:
    stray = replace(house.copies.all()[0], copy_id="copy-stray")
    house.copies.put([stray])
    with pytest.raises(InvalidError, match="never opened"):
        retire(house, ["copy-stray"], "Ana", LATER)
    with pytest.raises(InvalidError, match="never opened"):
        show_text(house, "copy-stray")


def test_retiring_says_which_places_are_left_without_a_text(house: House) -> None:
    mails = waiting(house, state="approved", moment="vip")
    one = retire(house, mails[:1], "Ana", LATER)
    assert one.without_text == ()
    two = retire(house, mails[1:], "Ana", LATER, "worn out")
    assert two.without_text == ("tea-20/en-US/email/vip",)
    assert len(approved_copies(house, [TEA])) == 2


def test_a_text_called_back_waits_again(house: House) -> None:
    mails = waiting(house, state="approved")
    recall(house, mails[:1], "Bo", LATER, "is this still so?")
    assert mails[0] in waiting(house)
    assert in_review(house, Wanted(channel="email"))[0].why == ("is this still so?",)
    approve(house, mails[:1], "Ana", LATER)
    assert mails[0] in waiting(house, state="approved")


def test_an_edit_of_a_text_in_review_takes_its_place(house: House) -> None:
    old = waiting(house)[0]
    report = edit(house, old, {"headline": "Tea for a quiet hour"}, "Bo", LATER)
    assert report.reads["headline"] == "Tea for a quiet hour"
    assert report.why[0] == "a person changed it"
    assert old not in waiting(house)
    assert report.copy_id in waiting(house, mark="edited")
    assert house.reviews.of(old)[-1].reason == f"changed, now {report.copy_id}"
    assert house.copies.get(old).parts["headline"] != "Tea for a quiet hour"


def test_an_approved_text_stays_in_use_until_its_edit_is_approved(house: House) -> None:
    old = waiting(house, state="approved")[0]
    fresh = edit(house, old, {"headline": "Tea for a quiet hour"}, "Bo", LATER).copy_id
    assert old in {copy.copy_id for copy in approved_copies(house, [TEA])}
    report = approve(house, [fresh], "Ana", LATER)
    assert report.retired == (old,)
    used = {copy.copy_id for copy in approved_copies(house, [TEA])}
    assert fresh in used
    assert old not in used
    assert house.reviews.of(fresh)[-1].edited_from == old
    page = show_text(house, fresh)
    assert [(step.state, step.by) for step in page.steps] == [
        ("draft", "Bo"),
        ("in_review", "first reader"),
        ("approved", "Ana"),
    ]


def test_an_edit_that_does_not_pass_changes_nothing(house: House) -> None:
    old = waiting(house)[0]
    before = (house.copies.all(), house.reviews.of(old))
    with pytest.raises(RefusedError, match="90%"):
        edit(house, old, {"headline": "90% off tea"}, "Bo", LATER)
    assert (house.copies.all(), house.reviews.of(old)) == before


def test_the_same_edit_twice_is_refused_and_names_the_first(house: House) -> None:
    old = waiting(house, state="approved")[0]
    first = edit(house, old, {"headline": "Tea for a quiet hour"}, "Bo", LATER)
    with pytest.raises(RefusedError, match=first.copy_id):
        edit(house, old, {"headline": "Tea for a quiet hour"}, "Cem", LATER)


def test_a_retired_text_is_not_edited(house: House) -> None:
    old = waiting(house)[0]
    retire(house, [old], "Ana", LATER)
    with pytest.raises(RefusedError, match="retired"):
        edit(house, old, {"headline": "Tea for a quiet hour"}, "Bo", LATER)


def test_texts_on_an_offer_that_has_changed_since_are_neither_used_nor_approved(
    house: House,
) -> None:
    house.offers.put([replace(TEA, reward=PercentOff(30, 600))])
    newest = house.offers.get("tea-20")
    assert approved_copies(house, [newest]) == ()
    with pytest.raises(RefusedError, match="revision 1 of tea-20, which stands at 2"):
        approve(house, waiting(house)[:1], "Ana", LATER)
    with pytest.raises(RefusedError, match="revision 1"):
        edit(house, waiting(house)[0], {"headline": "Tea for a quiet hour"}, "Bo", LATER)


def test_a_page_shows_how_it_reads_and_what_proves_it(house: House) -> None:
    page = show_text(house, waiting(house)[0], "zh-CN")
    assert "20% off" in " ".join(page.reads.values())
    assert ("20%", "offer.reward.percent") in page.proofs
    assert "{{reward}}" in " ".join(page.parts.values())
    assert page.steps[1].said == ("此处所有文案都要人工审核",)


def test_composing_again_asks_nobody_twice(house: House) -> None:
    first, *rest = waiting(house)
    retire(house, [first], "Ana", LATER)
    cells = (("en-US",), ("email", "onsite"), ("active", "vip"), "UTC")
    again = compose(
        [CopyRequest(one, *cells[:3]) for one in [TEA]],
        cells[3],
        Writers(fresh=True),
        house.copies,
        0,
        LATER,
        reviews=house.reviews,
    )
    assert (again.reviews.approved, again.reviews.waiting) == (0, 0)
    assert waiting(house) == rest
