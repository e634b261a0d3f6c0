"""The verifier on texts labelled by hand, and the same verdicts without its short cuts."""

from dataclasses import replace
from datetime import date

import pytest

from promoloop.compose.proof.grammar import Rule
from promoloop.compose.proof.known import Known, known_of
from promoloop.compose.proof.verification import prove

from . import labelled


def test_the_set_is_large_and_in_both_languages_and_others():
    rows = labelled.rows()
    assert len(rows) >= 640
    assert len({row.text for row in rows}) > 0.98 * len(rows)
    for language, least in (("en", 300), ("zh", 300)):
        assert sum(row.locale.startswith(language) for row in rows) >= least
    others = [row for row in rows if row.locale not in {"en-US", "zh-CN"}]
    assert len(others) >= 40
    assert 0.35 <= sum(row.right for row in rows) / len(rows) <= 0.65


@pytest.mark.parametrize("part", ["development", "evaluation", "fresh", "all"])
def test_wrong_texts_are_refused_and_right_ones_pass(part: str):
    found = labelled.score(part)
    assert found["recall"] >= 0.99, found["missed"]
    assert found["false_refusals"] <= (0.03 if part == "all" else 0.04), found["refused"]


@pytest.mark.parametrize("row", [row for row in labelled.rows() if row.right], ids=lambda r: r.id)
def test_each_claim_of_a_right_text_names_the_field_that_proves_it(row: labelled.Row):
    verdict = row.verdict()
    assert all(claim.proof.startswith("offer.") for claim in verdict.claims if verdict.passed)


def test_the_short_cuts_change_no_verdict():
    for row in labelled.rows():
        today = date.fromisoformat(row.today) if row.today else None
        known = known_of(labelled.sheet(row.offer, row.locale, today))
        fast = prove(row.text, known, row.moment)
        slow = prove(row.text, _without_short_cuts(known), row.moment)
        assert (fast.claims, fast.reasons) == (slow.claims, slow.reasons), row


def _without_short_cuts(known: Known) -> Known:
    """The same facts with rules that are always tried."""
    rules = {
        kind: tuple(Rule(rule.pattern, frozenset(), rule.data) for rule in some)
        for kind, some in known.grammar.rules.items()
    }
    return replace(known, grammar=replace(known.grammar, rules=rules))
