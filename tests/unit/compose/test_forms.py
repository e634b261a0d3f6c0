"""Forms: sentences in parts, which product takes which, and what readers said of them."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product

import pytest

from promoloop.compose import (
    Cell,
    Form,
    FormIndex,
    Labelled,
    ProductGroup,
    Proposal,
    all_forms,
    near_duplicate_share,
    product_groups,
    proposed,
    shape_of,
    whole_bank,
)
from promoloop.compose.forms import taken_apart
from promoloop.compose.quality.readings import READ, Readings
from promoloop.testing import EvenChooser, NgramEncoder

FORMS = all_forms()
GROUPS = {one.group_id: one for one in product_groups()}
COFFEE = GROUPS["coffee"]
LATIN, HANZI = re.compile(r"[A-Za-z',.? ]+"), re.compile(r"[一-龥，。？]+")


def lines(form: Form, name: str) -> list[str]:
    return ["".join(parts).strip() for parts in product(*form.filled(name))]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_sentence_of_every_form_is_in_its_script_and_short_enough(language: str) -> None:
    name, script = {"en": ("wallet", LATIN), "zh": ("钱包", HANZI)}[language]
    for form in (one for one in FORMS if one.language == language):
        shape = shape_of(Cell("x", language, "any", form.length))
        for line in lines(form, name):
            assert script.fullmatch(line), (form.family, line)
            assert shape.fullmatch(line), (form.family, line)


def test_forms_name_groups_that_there_are_and_none_that_is_held_out() -> None:
    named = {group for form in FORMS for group in form.groups}
    assert named <= {key for key, group in GROUPS.items() if not group.held_out}


def test_every_group_has_sentences_and_few_words_in_both_languages() -> None:
    index = FormIndex(NgramEncoder())
    for group in GROUPS.values():
        if not group.held_out:
            for language, length in product(("en", "zh"), ("line", "short")):
                assert index.forms(group, language, length), (group.group_id, language, length)


def test_a_new_product_takes_its_familys_forms_and_no_kinds() -> None:
    index = FormIndex(NgramEncoder())
    forms = index.forms(ProductGroup("own:decaf", "", {"en": "decaf coffee"}), "en", "line")
    assert {one.family for one in forms} == {"hot-drinks"}
    assert all(not one.groups for one in forms)


def test_a_word_within_a_name_is_no_kin() -> None:
    asked = ProductGroup("own:x", "", {"en": "zzyzx coffee gadget"})
    assert FormIndex().forms(asked, "en", "line") == ()


@pytest.mark.parametrize("name", ["Coffee 1 kg", "咖啡", "coffee " * 20, "<b>coffee</b>"])
def test_a_name_that_cannot_stand_in_a_sentence_leaves_forms_without_one(name: str) -> None:
    group = ProductGroup("coffee", "hot-drinks", {"en": name})
    forms = FormIndex().forms(group, "en", "line")
    assert forms
    assert not any(one.named for one in forms)


def test_groups_taken_away_lend_nothing() -> None:
    index = FormIndex(NgramEncoder(), without=frozenset({"coffee"}))
    assert not index.knows(COFFEE)
    for form in index.forms(COFFEE, "en", "line"):
        assert "coffee" not in form.groups


def test_a_line_is_taken_apart_into_the_form_it_was_made_of() -> None:
    form = next(one for one in FORMS if one.groups == ("wallets",) and one.language == "en")
    for line in lines(form, "wallet"):
        made = taken_apart(line, GROUPS["wallets"], "en")
        assert made is not None
        again = FORMS[made.form].filled("wallet")
        texts = [part[at] for part, at in zip(again, made.chosen, strict=True)]
        assert "".join(texts).strip() == line
    assert taken_apart("Nobody wrote this line.", COFFEE, "en") is None


def test_proposals_come_from_the_forms_that_were_handed_over() -> None:
    forms = FormIndex().forms(COFFEE, "en", "line")
    found = proposed(EvenChooser(), Cell("coffee", "en"), COFFEE, forms, 0, 1)
    assert len(found) == 8
    possible = {line for form in forms for line in lines(form, "coffee")}
    assert {one.text.strip() for one in found} <= possible


def test_what_readers_said_of_other_products_counts_and_of_the_same_one_does_not() -> None:
    def judged(group: str, text: str, sendable: bool) -> Labelled:
        return Labelled(Proposal(text, GROUPS[group], "en"), sendable)

    asked = Proposal("Unpack the lamp on a slow afternoon.", GROUPS["desk-lamp"], "en")
    good = "Unpack the speaker on a slow afternoon."
    features = dict(
        zip(READ, Readings([judged("speaker", good, True)]).features(asked), strict=True)
    )
    worse = dict(zip(READ, Readings([judged("speaker", good, False)]).features(asked), strict=True))
    assert features["read_alike"] > worse["read_alike"]
    own = Readings([judged("desk-lamp", asked.text, False)])
    assert own.features(asked)[1] == 0.0


def test_the_bank_covers_every_known_group_and_hardly_repeats_itself() -> None:
    bank = whole_bank()
    assert len(bank) >= 1500
    cells = Counter((one.group_id, one.language) for one in bank)
    known = [key for key, group in GROUPS.items() if not group.held_out]
    bare = {cell for cell in product(known, ("en", "zh")) if not cells[cell]}
    # Readers passed no line of these yet.
    assert bare <= {("car-phone-mount", "zh"), ("pillow", "zh")}
    for language in ("en", "zh"):
        texts = [one.text for one in bank if one.language == language][:500]
        assert len(set(texts)) == len(texts)
        assert near_duplicate_share(texts) <= 0.02
