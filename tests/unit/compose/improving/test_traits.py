"""Traits of texts, told without anybody having seen them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from promoloop.compose.improving import TRAITS, VariantText, form_of, meaning_axes, variant_traits
from promoloop.core import InvalidError


@pytest.mark.parametrize(
    ("text", "language", "form"),
    [
        ("Fancy a pot before the guests come?", "en", "question"),
        ("Put the kettle on first.", "en", "imperative"),
        ("For the slow part of the morning.", "en", "scene"),
        ("Coffee keeps good company.", "en", "statement"),
        ("下午茶，来点什么？", "zh", "question"),
        ("泡一杯，慢慢喝。", "zh", "imperative"),
        ("早上出门前，有杯咖啡。", "zh", "scene"),
        ("咖啡香了。", "zh", "statement"),
    ],
)
def test_the_form_of_a_line_is_told(text: str, language: str, form: str) -> None:
    assert form_of(text, language) == form


def test_traits_are_read_off_the_text() -> None:
    one = VariantText("c", "en", "Put the coffee on before they come home.", "coffee", "model", 0.9)
    row = dict(zip(TRAITS, variant_traits([one])[0], strict=True))
    assert (row["urges"], row["asks"], row["named"], row["by_model"]) == (1.0, 0.0, 1.0, 1.0)
    assert row["length"] == 0.0  # eight words are usual
    assert row["score"] == pytest.approx(1.6)
    assert row["age"] == 0.0


def test_a_slot_for_the_name_names_the_product() -> None:
    one = VariantText("c", "zh", "{{name}}配点心，正好。", "咖啡", "template")
    row = dict(zip(TRAITS, variant_traits([one])[0], strict=True))
    assert (row["chinese"], row["named"], row["score"]) == (1.0, 1.0, 0.0)


def test_places_of_meaning_have_unit_spread_and_stay_put() -> None:
    vectors = np.random.default_rng(0).normal(size=(30, 12)) * np.linspace(3, 0.1, 12)
    places = meaning_axes(vectors, 3)
    assert places.shape == (30, 3)
    assert places.std(axis=0) == pytest.approx([1.0, 1.0, 1.0])
    assert np.array_equal(places, meaning_axes(vectors.copy(), 3))
    texts = [VariantText(str(i), "en", "A cup.", "", "model") for i in range(30)]
    assert variant_traits(texts, places).shape == (30, len(TRAITS) + 3)


def test_equal_texts_have_no_axes() -> None:
    assert not meaning_axes(np.ones((3, 5)), 2).any()


def test_no_texts_give_no_rows() -> None:
    assert variant_traits([]).shape == (0, len(TRAITS))


@pytest.mark.parametrize(("text", "score", "age"), [(" ", 0.5, 0.0), ("A", 1.5, 0.0), ("A", 0, -1)])
def test_a_text_without_words_or_with_a_wrong_score_is_refused(
    text: str, score: float, age: float
) -> None:
    with pytest.raises(InvalidError):
        VariantText("c", "en", text, "", "model", score, age)


def test_vectors_of_other_texts_are_refused() -> None:
    with pytest.raises(InvalidError):
        variant_traits([VariantText("c", "en", "A", "", "model", math.nan)], np.ones((2, 2)))
