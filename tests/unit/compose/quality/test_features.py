"""What the critic looks at, by hand."""

import math

import pytest

from promoloop.compose import (
    FeatureReader,
    Labelled,
    MeaningSpace,
    labelled_proposals,
    labelled_rows,
    shipped_corpus,
)
from promoloop.compose.quality.lexical import lexical_features, moment_features
from promoloop.compose.quality.meaning import MEANING
from promoloop.compose.quality.wording import wording_features
from promoloop.core import InvalidError
from promoloop.testing import NgramEncoder

from .worlds import GROUPS, corpus, proposal


def signs(text: str, group: str = "tea", language: str = "en") -> dict[str, float]:
    return wording_features(proposal(text, group, language), corpus())


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("An warm cup of tea.", "articles"),
        ("A hour with a cup of tea.", "articles"),
        ("A cup of tea with a a spoon.", "twice"),
        ("Pour a cup of tea for the.", "dangling"),
        ("pour a cup of tea.", "bad_start"),
        ("Pour a cup of tea and rest", "ends_wrong"),
        ("Pour a cup ,and rest.", "loose"),
        ("Cup after cup, the same cup of tea.", "repeated"),
        ("Pour a cup of 茶 for one.", "mixed"),
        ("Tea.", "length_off"),
        ("These tea keeps you company all day.", "number"),
    ],
)
def test_broken_english_shows(text, sign):
    assert signs(text)[sign] > 0


@pytest.mark.parametrize(
    "text", ["Pour a warm cup and sit down.", "An hour, a book, a pot of tea.", "One more cup?"]
)
def test_good_english_shows_no_sign(text):
    found = signs(text)
    for sign in ("articles", "twice", "dangling", "bad_start", "ends_wrong", "loose", "mixed"):
        assert found[sign] == 0.0


def test_a_plural_name_takes_no_singular_beside_it():
    assert signs("This socks keep feet warm.", "socks")["number"] == 1.0
    assert signs("These socks keep feet warm.", "socks")["number"] == 0.0
    assert signs("Socks is what the drawer lacks.", "socks")["number"] == 1.0


@pytest.mark.parametrize(
    ("text", "group", "sign"),
    [
        ("来一条咖啡，慢慢喝。", "coffee", "measure"),
        ("喝茶喝茶，慢慢坐。", "tea", "twice"),
        ("茶茶泡好，慢慢喝吧。", "tea", "strange_double"),
        ("泡杯茶，配一本书的。", "tea", "dangling"),
        ("泡杯tea，enjoy早晨。", "tea", "mixed"),
        ("泡一杯热茶，慢慢喝", "tea", "ends_wrong"),
    ],
)
def test_broken_chinese_shows(text, group, sign):
    assert signs(text, group, "zh")[sign] > 0


def test_good_chinese_shows_no_sign():
    found = signs("泡一杯热茶，慢慢喝。", "tea", "zh")
    for sign in ("measure", "twice", "strange_double", "dangling", "mixed", "ends_wrong"):
        assert found[sign] == 0.0


def test_the_words_of_the_family_count_and_the_own_lines_do_not():
    found = lexical_features(proposal("A warm cup."), corpus())
    assert found["family_share"] == 1.0  # both stand in the line for coffee
    alone = lexical_features(proposal("Pour a warm cup."), corpus())
    assert alone["unseen"] == 1.0  # "pour" stands in tea's own line only
    other = lexical_features(proposal("Soft long walk."), corpus())
    assert (other["family_share"], other["any_share"]) == (0.0, 1.0)
    assert other["fit_mean"] < alone["fit_mean"]


def test_naming_the_product_and_another_ones_both_show():
    assert lexical_features(proposal("A cup of tea."), corpus())["named"] == 1.0
    found = lexical_features(proposal("Put on your sock."), corpus())
    assert (found["named"], found["names_other"]) == (0.0, 1.0)
    # coffee is of the same family, so it may stand beside tea
    assert lexical_features(proposal("Tea or coffee?"), corpus())["names_other"] == 0.0


def test_a_line_for_another_moment_shows():
    birthday = proposal("Tea for the birthday table.", moment="birthday")
    assert moment_features(birthday)["moment_named"] == 1.0
    assert moment_features(proposal("Tea for the birthday table."))["moment_other"] == 1.0
    assert moment_features(proposal("好久不见，泡杯茶。", language="zh"))["moment_other"] == 1.0


def test_likeness_to_the_own_family_shows_in_the_vectors():
    reader = FeatureReader(corpus(), MeaningSpace(corpus(), NgramEncoder(), None))
    names, rows = reader.read([proposal("A warm cup of tea."), proposal("Soft socks, long walk.")])
    assert names[-len(MEANING) :] == MEANING
    for name in ("name_like", "family_lead", "near_lead"):
        at = names.index(name)
        assert rows[0, at] > rows[1, at]


def test_a_group_the_corpus_does_not_know_is_read_all_the_same():
    from promoloop.compose import ProductGroup, Proposal

    new = ProductGroup("mate", "drinks", {"en": "mate"})
    reader = FeatureReader(corpus(), MeaningSpace(corpus(), NgramEncoder(), None))
    names, rows = reader.read([Proposal("A warm cup of mate.", new, "en")])
    assert rows.shape == (1, len(names))
    assert math.isnan(rows[0, names.index("likelihood")])


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "fr"},
        {"moment": "easter"},
        {"length": "essay"},
        {"log_likelihood": -math.inf},
    ],
)
def test_a_proposal_the_gate_cannot_judge_is_refused(wrong):
    with pytest.raises(InvalidError):
        proposal("Tea.", **wrong)


def test_an_empty_text_is_refused():
    with pytest.raises(InvalidError):
        proposal("  ")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"group_id": "unicorns"}, "unicorns"),
        ({"sendable": "yes"}, "sendable"),
        ({"moment": "never"}, "never"),
        ({"log_likelihood": "low"}, "low"),
    ],
)
def test_a_judged_row_that_is_wrong_is_named_by_its_line(change, field):
    good = {"group_id": "tea", "language": "en", "text": "Tea.", "sendable": True}
    with pytest.raises(InvalidError, match="file line 2") as error:
        labelled_rows([good, good | change], GROUPS, "file")
    assert field in str(error.value)


def test_a_row_without_a_verdict_is_refused():
    with pytest.raises(InvalidError, match="sendable"):
        labelled_rows([{"group_id": "tea", "language": "en", "text": "Tea."}], GROUPS, "file")


def test_the_judged_proposals_that_ship_are_many_and_of_both_kinds():
    rows = labelled_proposals()
    assert len(rows) >= 800
    assert all(isinstance(one, Labelled) for one in rows)
    for language in ("en", "zh"):
        good = [one.sendable for one in rows if one.proposal.language == language]
        assert 0.2 < sum(good) / len(good) < 0.8
    assert all(one.sendable or one.why for one in rows)


def test_the_shipped_corpus_has_no_line_of_a_group_held_out():
    shipped = shipped_corpus()
    held = {key for key, group in shipped.groups.items() if group.held_out}
    assert held
    assert held.isdisjoint(line.group_id for line in shipped.lines)
