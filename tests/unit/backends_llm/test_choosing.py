"""Sentences drawn from parts by a model that is known exactly."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from promoloop.backends.llm_embedded.choosing import Chooser

LETTERS = {letter: at for at, letter in enumerate("\n abcdefgh,.")}


def spelt(text: str) -> list[int]:
    return [LETTERS[letter] for letter in text]


def even(tokens: Sequence[int], allowed: Sequence[int]) -> Mapping[int, float]:
    del tokens
    assert len(allowed) > 1
    return dict.fromkeys(allowed, 1 / len(allowed))


def drawn(forms: Sequence[Sequence[Sequence[str]]], n: int, seed: int = 0) -> dict[str, float]:
    return dict(Chooser(spelt, even).draw("a", forms, n, seed))


def test_a_text_takes_one_alternative_of_each_part() -> None:
    found = drawn([[["ab", "cd"], ["e", "f", "g"]]], 6)
    assert set(found) == {a + b for a in ("ab", "cd") for b in "efg"}


def test_the_weight_is_the_mean_log_probability_of_the_choices() -> None:
    found = drawn([[["ab", "cd"], ["e", "f", "g"]]], 6)
    assert found["abe"] == pytest.approx((math.log(1 / 2) + math.log(1 / 3)) / 2)


def test_an_alternative_may_begin_with_another_one() -> None:
    found = drawn([[["a", "ab", "abc"], ["d", "e"]], [["f", "fg"]]], 8)
    assert set(found) == {a + b for a in ("a", "ab", "abc") for b in "de"} | {"f", "fg"}


def test_forms_that_begin_alike_are_weighed_apart() -> None:
    assert set(drawn([[["ab", "cd"]], [["ef", "gh"]]], 4)) == {"ab", "cd", "ef", "gh"}


def test_where_there_is_nothing_to_choose_the_model_is_not_asked() -> None:
    def never(tokens: Sequence[int], allowed: Sequence[int]) -> Mapping[int, float]:
        raise AssertionError((tokens, allowed))

    assert Chooser(spelt, never).draw("a", [[["abc"], ["def"]]], 3, 0) == [("abcdef", 0.0)]


def test_draws_follow_the_models_probabilities() -> None:
    def leaning(tokens: Sequence[int], allowed: Sequence[int]) -> Mapping[int, float]:
        del tokens
        return {allowed[0]: 0.9, allowed[1]: 0.1}

    chooser = Chooser(spelt, leaning)
    firsts = Counter(chooser.draw("a", [[["b", "c"]]], 1, seed)[0][0] for seed in range(400))
    assert 330 < firsts["b"] < 390  # 360 expected, standard deviation 6


def test_no_forms_give_no_texts() -> None:
    assert drawn([], 4) == {}
