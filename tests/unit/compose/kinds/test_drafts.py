"""A model's draft replaces a template only when it is proven."""

from datetime import UTC, datetime

import pytest

from promoloop.compose import facts_for_copy
from promoloop.compose.kinds import (
    Drafting,
    Invitation,
    JointPromotion,
    ProductSheet,
    write_description,
    write_invitation,
    write_joint_promotion,
)
from promoloop.offers import Offer, PercentOff
from promoloop.testing.drafting_model import ScriptedDrafts

EVENT = Invitation(
    "Tea Evening", "12 Harbor Street", datetime(2026, 12, 5, 18, tzinfo=UTC),
    datetime(2026, 12, 5, 20, tzinfo=UTC), "Corner Shop", "en-US",
)  # fmt: skip
GOOD = {
    "subject": "A pot of tea with us: {{title}}",
    "preheader": "{{day}}, {{start}}.",
    "headline": "{{title}}",
    "body": "The kettle is on at {{place}}. Come by on {{day}}, from {{start}} to {{end}}.",
    "call": "Tell us you are coming",
}


def _drafted(draft, away=False):
    model = ScriptedDrafts([draft], away)
    return write_invitation(EVENT, Drafting(model, n=1))


def test_a_proven_draft_is_taken_with_its_author_and_sources():
    written = _drafted(GOOD)
    assert written.written_by == "scripted drafts"
    assert written.verdict.passed
    assert written.parts["body"].startswith("The kettle is on at 12 Harbor Street. Come by on")
    assert written.parts["link"] == "{{link}}"
    backed = {one.sentence: one.fields for one in written.sources}
    assert backed["The kettle is on at 12 Harbor Street."] == ("event.place",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"body": "Come by on {{day}}."}, "slot"),  # the place and the time are gone
        ({"body": GOOD["body"] + " Bring 5 friends."}, "number"),
        ({"body": GOOD["body"] + " The best evening of the year."}, "superlative"),
        ({"body": GOOD["body"] + " See you on December 7."}, "number"),
        ({"body": GOOD["body"] + " {{price}}."}, "slot"),
        ({"body": GOOD["body"] + " Admission is free."}, "free"),
        ({"call": ""}, "empty"),
        ({"subject": "A long line " * 9 + "{{title}}"}, "length"),
    ],
)
def test_a_draft_that_is_not_proven_leaves_the_template_and_says_why(change, reason):
    written = _drafted(GOOD | change)
    assert written.written_by == "template"
    assert written.verdict.passed
    assert any(one.startswith(reason) for one in written.refused), written.refused


def test_a_model_that_is_away_or_silent_changes_nothing():
    away = _drafted(GOOD, away=True)
    assert away.written_by == "template"
    assert away.refused[0].startswith("model: ")
    assert _drafted({"subject": "half a JSON"}).written_by == "template"


def test_a_draft_of_a_joint_promotion_does_not_say_who_pays():
    days = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    offer = Offer("o1", {"en-US": "coffee"}, "COFFEE", PercentOff(20), *days, "USD")
    facts = facts_for_copy(offer, "en-US", "UTC")
    draft = {"headline": "{{shop}} and {{partner}}", "body": "{{offer}}, paid by {{partner}}."}
    joint = JointPromotion("Corner Shop", "Harbor Books", facts, "push")
    written = write_joint_promotion(joint, Drafting(ScriptedDrafts([draft]), n=1))
    assert written.written_by == "template"
    assert "forbidden: 'paid'" in written.refused


def test_a_draft_of_a_description_needs_a_source_for_every_sentence():
    sheet = ProductSheet("p", "Oak Bench", "en-US", {"material": "solid oak"})
    told = {
        "title": "{{title}}", "summary": "{{title}}, made of {{material}}.",
        "details": "Material: {{material}}",
    }  # fmt: skip
    good = told | {"description": "{{title}} is made of {{material}}."}
    bad = told | {"description": "{{title}} is made of {{material}}. It stands in any hall."}
    taken = write_description(sheet, Drafting(ScriptedDrafts([good]), n=1))
    assert taken.parts["description"] == "Oak Bench is made of solid oak."
    assert taken.written_by == "scripted drafts"
    left = write_description(sheet, Drafting(ScriptedDrafts([bad]), n=1))
    assert left.written_by == "template"
    assert "rests on no field" in left.refused[0]
