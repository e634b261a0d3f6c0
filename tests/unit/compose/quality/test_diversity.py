"""Diversity against hand values and a peer."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.compose import best_and_different, distinct_share, likeness_of, self_bleu
from promoloop.core import InvalidError

POOL = [
    "A warm cup for a slow morning.",
    "A warm cup for a long walk.",
    "Socks by the door and shoes beside them.",
    "Pour a cup, sit down, and read.",
]


def test_distinct_pairs_are_counted_by_hand():
    assert distinct_share(["a b a b", "a b"], "en", 2) == 2 / 4  # ab ba ab | ab
    assert distinct_share(["喝茶喝茶"], "zh", 1) == 0.5
    assert distinct_share([], "en") == 0.0


def test_self_bleu_of_two_short_texts_is_that_of_hand():
    # "a b c d" against "a b c e": 3 of 4 words; pairs (2+1)/(3+1), threes (1+1)/(2+1), fours 1/2.
    expected = math.exp((math.log(3 / 4) + math.log(3 / 4) + math.log(2 / 3) + math.log(1 / 2)) / 4)
    assert self_bleu(["a b c d", "a b c e"], "en") == pytest.approx(expected, rel=1e-12)


def test_copies_are_wholly_alike_and_strangers_not_at_all():
    assert self_bleu(["one two three four"] * 3, "en") == pytest.approx(1.0)
    assert self_bleu(["one two three four", "five six seven eight"], "en") == 0.0


def test_self_bleu_agrees_with_sacrebleu():
    sacrebleu = pytest.importorskip("sacrebleu", reason="the extra learn is not installed")
    metric = sacrebleu.metrics.BLEU(
        tokenize="none", smooth_method="add-k", smooth_value=1, lowercase=True
    )
    bare = [text.translate(str.maketrans("", "", ".,")).lower() for text in POOL]
    theirs = [
        metric.sentence_score(bare[at], bare[:at] + bare[at + 1 :]).score / 100
        for at in range(len(bare))
    ]
    assert self_bleu(POOL, "en") == pytest.approx(np.mean(theirs), abs=1e-9)


def test_self_bleu_of_one_text_is_refused():
    with pytest.raises(InvalidError):
        self_bleu(["alone"], "en")


def test_the_second_choice_is_not_a_copy_of_the_first():
    likeness = likeness_of([POOL[0], POOL[1], POOL[2]], "en")
    assert best_and_different([0.9, 0.88, 0.7], likeness, 2, weight=0.5) == [0, 2]
    assert best_and_different([0.9, 0.88, 0.7], likeness, 2, weight=1.0) == [0, 1]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.integers(0, 10))
def test_as_many_are_chosen_as_asked_or_there_are(scores, k):
    chosen = best_and_different(scores, np.eye(len(scores)), k)
    assert len(chosen) == len(set(chosen)) == min(k, len(scores))
    if chosen:
        assert scores[chosen[0]] == max(scores)


@pytest.mark.parametrize(
    ("scores", "likeness", "weight"),
    [([1.0], [[1.0, 0.0]], 0.5), ([math.nan], [[1.0]], 0.5), ([1.0], [[1.0]], 2.0)],
)
def test_misshapen_unknown_or_senseless_figures_are_refused(scores, likeness, weight):
    with pytest.raises(InvalidError):
        best_and_different(scores, likeness, 1, weight)
