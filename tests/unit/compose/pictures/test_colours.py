"""Contrast as WCAG defines it; the figures are those of its own examples and checkers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.compose.pictures.colours import contrast, ink_on, rgb
from promoloop.compose.pictures.records import BrandColours
from promoloop.core import InvalidError

CHANNEL = st.integers(0, 255)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#0000ff", "#ffffff", 8.59),
        ("#ff0000", "#ffffff", 4.00),
    ],
)
def test_contrast_is_that_of_the_published_examples(one, other, ratio):
    assert contrast(rgb(one), rgb(other)) == pytest.approx(ratio, abs=0.006)
    assert contrast(rgb(other), rgb(one)) == contrast(rgb(one), rgb(other))


@given(CHANNEL, CHANNEL, CHANNEL)
def test_there_is_a_readable_ink_for_every_background(red, green, blue):
    background = (red, green, blue)
    assert contrast(ink_on(background), background) >= 4.5


@pytest.mark.parametrize("wrong", ["red", "#fff", "#12345g", "", "url(x)"])
def test_a_colour_that_is_none_is_named(wrong):
    with pytest.raises(InvalidError, match="background"):
        BrandColours(background=wrong)
