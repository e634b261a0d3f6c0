"""Text metrics against hand values and the packages they come from."""

import sys

import pytest

from promoloop.core import InvalidError, UnavailableError
from promoloop.evaluate import (
    bleu,
    chrf,
    language_accuracy,
    rouge,
    script_language,
    slot_accuracy,
)


@pytest.fixture
def _peers():
    for package in ("sacrebleu", "rouge_score"):
        pytest.importorskip(package, reason="the extra learn is not installed")


@pytest.mark.usefixtures("_peers")
def test_a_text_that_is_its_reference_scores_the_most():
    texts = ["A warm cup for a slow morning.", "Socks by the door and shoes beside them."]
    references = [[one] for one in texts]
    assert bleu(texts, references, "en") == pytest.approx(100.0)
    assert chrf(texts, references) == pytest.approx(100.0)
    assert rouge(texts, references) == {"rouge1": 1.0, "rouge2": 1.0, "rougeL": 1.0}


@pytest.mark.usefixtures("_peers")
def test_chinese_is_scored_by_character():
    texts, references = ["泡一杯绿茶慢慢喝"], [["泡一杯红茶慢慢喝"]]
    # 7 of 8 characters; 5 of 7 pairs: 泡一 一杯 茶慢 慢慢 慢喝; sequence of 7.
    found = rouge(texts, references)
    assert found["rouge1"] == pytest.approx(7 / 8)
    assert found["rouge2"] == pytest.approx(5 / 7)
    assert found["rougeL"] == pytest.approx(7 / 8)
    assert 0 < bleu(texts, references, "zh") < 100


@pytest.mark.usefixtures("_peers")
def test_the_better_of_two_references_counts():
    assert rouge(["a b"], [["c d", "a b"]])["rouge1"] == 1.0
    assert bleu(["a b c d", "e f g h"], [["x y z w", "a b c d"], ["e f g h"]], "en") == (
        pytest.approx(100.0)
    )


@pytest.mark.parametrize(
    ("package", "ask"),
    [
        ("sacrebleu", lambda: bleu(["a"], [["a"]], "en")),
        ("sacrebleu", lambda: chrf(["a"], [["a"]])),
        ("rouge_score.rouge_scorer", lambda: rouge(["a"], [["a"]])),
    ],
)
def test_without_the_package_the_metric_says_what_to_install(monkeypatch, package, ask):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UnavailableError, match=r"promoloop\[learn\]"):
        ask()


@pytest.mark.parametrize("references", [[], [["a"], ["b"]], [[]], ["a"]])
def test_a_text_without_references_is_refused(references):
    with pytest.raises(InvalidError):
        rouge(["a"], references)


def test_slots_must_be_exactly_those_wanted():
    wanted = [["reward", "deadline"]] * 5
    texts = [
        "{{reward}} until {{deadline}}",
        "{{deadline}}: {{reward}}",
        "{{reward}} {{reward}} {{deadline}}",
        "{{reward}} {deadline}",
        "20% off",
    ]
    assert slot_accuracy(texts, wanted) == 2 / 5


def test_a_text_is_in_its_language_when_its_script_is():
    texts = ["泡一杯茶", "A cup of tea", "绿茶 tea", "お茶をどうぞ", "Ein Tee"]
    locales = ["zh-CN", "en-US", "en-GB", "ja-JP", "de-DE"]
    assert language_accuracy(texts, locales) == 4 / 5
    assert [script_language(one) for one in texts] == ["zh", "latin", "zh", "ja", "latin"]


def test_a_better_judge_of_languages_may_be_given():
    known = {"Ein Tee": "de", "A tea": "en"}
    assert language_accuracy(list(known), ["de-DE", "de-DE"], known.__getitem__) == 0.5


def test_no_texts_have_no_accuracy():
    with pytest.raises(InvalidError):
        language_accuracy([], [])
