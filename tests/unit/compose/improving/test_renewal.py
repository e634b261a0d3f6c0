"""Children of the best texts: made, proven, judged, and kept apart from each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from promoloop.compose import Brief, Copy, briefs_for, facts_for_copy, fill, verify
from promoloop.compose.improving import (
    Breeding,
    Nursery,
    Parent,
    bred,
    mutation_forms,
    planned_calls,
    pool_distance,
    shown_words,
)
from promoloop.offers import Offer, OfferFacts, PercentOff
from promoloop.testing import EvenChooser, ScriptedModel

NOW = datetime(2026, 11, 21, tzinfo=UTC)
OFFER = Offer(
    "o1", {"en-US": "coffee", "zh-CN": "咖啡"}, "COFFEE", PercentOff(20),
    datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), "USD",
)  # fmt: skip
FIRST = {
    "subject": "One for the list: {{reward}}",
    "preheader": "For the next time you order. {{deadline}}.",
    "headline": "A note from the shop",
    "body": "A short note. A warm cup for a slow morning.\n\n{{reward}}, {{deadline}}.",
    "call": "Show me",
}
SECOND = {
    "subject": "An offer for your next order",
    "preheader": "It is about {{name}}. {{deadline}}.",
    "headline": "When you next order",
    "body": "Planning ahead? Share a pot after lunch.\n\n{{reward}}, {{deadline}}.",
    "call": "Have a look",
}
HOOKS = ("A warm cup for a slow morning.", "Share a pot after lunch.")
NEW = "Put the kettle on and sit down."


def brief() -> Brief:
    return briefs_for([OFFER], ["en-US"], ["email"], ["active"], "UTC")[0]


def facts() -> OfferFacts:
    return facts_for_copy(OFFER, "en-US", "UTC")


def copy(variant: str, parts: dict[str, str]) -> Copy:
    verdict = verify(fill(parts, facts().clauses), facts(), "email", "active")
    assert verdict.passed, verdict.reasons
    one = brief()
    return Copy(
        f"copy-{variant}", one.brief_id, "o1", 1, "en-US", "email", "active", variant, parts,
        "template", "", "", verdict, (), NOW,
    )  # fmt: skip


def nursery(wanted: int = 2) -> Nursery:
    parents = (
        Parent(copy("a", FIRST), HOOKS[0], 0.2),
        Parent(copy("b", SECOND), HOOKS[1], 0.1),
    )
    return Nursery(brief(), facts(), parents, parents, ("a", "b"), wanted)


def test_children_are_proven_named_anew_and_remember_their_parents() -> None:
    found = bred(nursery(3), ScriptedModel([NEW]), None, Breeding(), 1, NOW)
    assert [one.variant for one in found.copies] == ["c", "d", "e"]
    assert [one.way for one in found.lineage] == ["mutation", "crossover", "crossover"]
    for child, born in zip(found.copies, found.lineage, strict=True):
        told = fill(child.parts, facts().clauses)
        assert verify(told, facts(), "email", "active").passed
        assert child.verdict.passed
        assert (born.copy_id, born.generation) == (child.copy_id, 1)
        assert set(born.parents) <= {"copy-a", "copy-b"}
        assert born.hook in " ".join(child.parts.values())


def test_a_mutation_is_its_parent_with_the_models_line() -> None:
    found = bred(nursery(1), ScriptedModel([NEW]), None, Breeding(), 1, NOW)
    assert found.copies[0].parts["body"] == FIRST["body"].replace(HOOKS[0], NEW)
    assert (found.copies[0].source, found.copies[0].model) == ("model", "scripted")
    assert found.copies[0].prompt_hash


def test_without_a_model_parents_are_crossed() -> None:
    found = bred(nursery(2), None, None, Breeding(), 1, NOW)
    assert (found.calls, [one.way for one in found.lineage]) == (0, ["crossover"] * 2)
    taken = {**FIRST, **{"x": ""}}.values()
    for child in found.copies:
        for text in child.parts.values():
            swapped = text.replace(HOOKS[0], "#").replace(HOOKS[1], "#")
            known = {t.replace(HOOKS[0], "#").replace(HOOKS[1], "#") for t in SECOND.values()}
            assert swapped in known | {t.replace(HOOKS[0], "#") for t in taken}


def test_where_parents_give_too_little_reviewed_lines_are_grafted() -> None:
    alone = replace(nursery(2), parents=nursery().parents[:1], running=nursery().parents[:1])
    found = bred(alone, None, None, Breeding(), 1, NOW)
    assert {one.way for one in found.lineage} == {"graft"}
    assert {one.source for one in found.copies} == {"template"}
    assert all(HOOKS[0] not in one.parts["body"] for one in found.copies)


def test_the_same_seed_gives_the_same_children() -> None:
    runs = [bred(nursery(3), ScriptedModel([NEW]), None, Breeding(), 5, NOW) for _ in range(2)]
    assert runs[0] == runs[1]


def test_no_more_calls_are_made_than_planned() -> None:
    model = ScriptedModel([NEW])
    rules = Breeding(proposals=4)
    planned = planned_calls([nursery(2), nursery(0)], model)
    for one in (nursery(2), nursery(0)):
        bred(one, model, None, rules, 1, NOW)
    assert model.calls == planned == 1
    assert planned_calls([nursery(2)], None) == 0


def test_a_model_that_is_away_costs_the_mutations_only() -> None:
    found = bred(nursery(2), ScriptedModel([], away=True), None, Breeding(), 1, NOW)
    assert (found.calls, len(found.copies)) == (1, 2)
    assert "away" in found.failed


@pytest.mark.parametrize(
    "line",
    ["Half price coffee for everyone here.", "A cup that cures your headache.", "喝杯咖啡。"],
)
def test_a_child_that_states_what_the_offer_does_not_is_refused(line: str) -> None:
    found = bred(nursery(4), ScriptedModel([line]), None, Breeding(), 1, NOW)
    assert all(line not in " ".join(one.parts.values()) for one in found.copies)


def test_what_the_gate_refuses_is_not_let_in() -> None:
    found = bred(nursery(1), ScriptedModel([NEW]), lambda _, hooks: [0.2] * len(hooks), Breeding(),
                 1, NOW)  # fmt: skip
    assert [one.way for one in found.lineage] == ["crossover"]
    assert any(reason.startswith("gate") for reason in found.refused)


def test_a_line_like_one_that_runs_is_refused() -> None:
    near = "A warm cup for a slow, slow morning."
    found = bred(nursery(1), ScriptedModel([near]), None, Breeding(), 1, NOW)
    assert [one.way for one in found.lineage] == ["crossover"]
    assert any(reason.startswith("duplicate") for reason in found.refused)


@pytest.mark.parametrize("floor", [0.0, 0.5, 0.9])
def test_the_floor_of_diversity_holds(floor: float) -> None:
    rules = Breeding(floor=floor, least_distance=0.0, least_hook_distance=0.0)
    found = bred(nursery(8), ScriptedModel([NEW]), None, rules, 1, NOW)
    before = pool_distance([shown_words(one.copy) for one in nursery().running], "en")
    assert found.diversity >= min(floor, before)


def test_a_child_keeps_all_parts_of_its_parent_but_one() -> None:
    free = mutation_forms(brief(), ())
    parent = "".join(part[0] for part in free[0]).strip()
    first, second = mutation_forms(brief(), (parent,))[:2]
    assert [len(part) == 1 for part in first] == [False, True]
    assert [len(part) == 1 for part in second] == [True, False]
    rules = Breeding(proposals=2, floor=0.0, least_distance=0.0, least_hook_distance=0.0)
    found = bred(grown(parent), EvenChooser(), None, rules, 1, NOW)
    hooks = [one.hook for one in found.lineage if one.way == "mutation"]
    assert hooks
    opening, ending = (text.strip() for text in (free[0][0][0], free[0][1][0]))
    assert all(hook.startswith(opening) != hook.endswith(ending) for hook in hooks)


def grown(hook: str) -> Nursery:
    """A nursery of one parent that says ``hook``."""
    parts = {**FIRST, "body": FIRST["body"].replace(HOOKS[0], hook)}
    parents = (Parent(copy("a", parts), hook, 0.2),)
    return Nursery(brief(), facts(), parents, parents, ("a",), 2)


def test_a_product_like_nothing_known_has_no_forms() -> None:
    assert mutation_forms(replace(brief(), name="zzyzx"), HOOKS) == []
