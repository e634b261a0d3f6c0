"""Lines break where a typesetter would break them, and joined they are the text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.compose.pictures.breaking import LEVELS, pieces_of
from promoloop.compose.pictures.fitting import Fitter, largest

TEXT = st.text(alphabet="满减咖啡截止的。，！（）“”¥$%30 5.,AbÜß-", min_size=1, max_size=40)


class SquareLetters:
    """Every Hanzi is one em wide and every other character half of one."""

    def width(self, text: str, size: int, locale: str, *, bold: bool) -> float:
        return sum(size if ord(letter) >= 0x2E80 else size / 2 for letter in text)

    def missing(self, text: str) -> str:
        return ""


def fitter(locale: str, *keep: str) -> Fitter:
    return Fitter(SquareLetters(), locale, keep)


@given(TEXT, st.sampled_from(LEVELS), st.sampled_from(["en-US", "zh-CN"]))
def test_joined_pieces_are_the_text(text, level, locale):
    assert "".join(pieces_of(text, locale, (), level)) == text


@given(TEXT, st.sampled_from(LEVELS))
def test_no_line_begins_with_closing_punctuation_or_ends_with_an_opening_bracket(text, level):
    pieces = pieces_of(text, "zh-CN", (), level)
    for before, after in pairwise(pieces):
        if not before.endswith(" "):
            assert after[0] not in "。，！）”%"
            assert before[-1] not in "（“¥$"


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("满300减50，满600减120", ["满300减50", "满600减120"]),
        ("凭码BREW-20，11月30日截止", ["凭码BREW-20", "11月30日截止"]),
        ("买二送一，立减5.50元", ["买二送一", "立减5.50元"]),
        ("咖啡豆8.5折", ["8.5折"]),
    ],
)
def test_amounts_codes_and_dates_stay_whole_in_chinese(text, held):
    pieces = pieces_of(text, "zh-CN", (), "words")
    for phrase in held:
        assert any(phrase in piece for piece in pieces)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("20% off green tea, ends Nov 30", ["20% off", "Nov 30"]),
        ("When you spend $1,300.50, up to $4 off", ["spend $1,300.50", "$4 off"]),
        ("With code BREW-20", ["code BREW-20"]),
    ],
)
def test_amounts_codes_and_dates_stay_whole_in_english(text, held):
    pieces = pieces_of(text, "en-US", (), "words")
    for phrase in held:
        assert any(phrase in piece for piece in pieces)


def test_names_of_the_offer_stay_whole():
    # And no line begins with the particle.
    pieces = pieces_of("看看冰淇淋吧", "zh-CN", ("冰淇淋",), "words")
    assert pieces == ("看", "看", "冰淇淋吧")


def test_a_break_after_punctuation_is_preferred_to_one_within_a_phrase():
    found = fitter("zh-CN").fit("满300减50，满600减120", 60.0, (5, 20), 2, bold=True)
    assert found is not None
    assert found.lines == ("满300减50，", "满600减120")


def test_a_long_compound_is_set_smaller_and_never_cut():
    # 21 letters of half an em in 105 pixels: 10 pixels a letter, so size 10.
    found = fitter("de-DE").fit("Waschmittelkonzentrat", 105.0, (5, 40), 3, bold=True)
    assert found is not None
    assert (found.size, found.lines) == (10, ("Waschmittelkonzentrat",))


def test_what_cannot_be_cut_and_does_not_fit_is_told():
    assert fitter("de-DE").fit("Waschmittelkonzentrat", 105.0, (11, 40), 3, bold=True) is None


@given(TEXT.filter(str.strip), st.integers(20, 300), st.integers(1, 4))
def test_a_fit_keeps_to_its_width_its_lines_and_its_text(text, width, lines):
    job = fitter("zh-CN")
    found = job.fit(text, float(width), (4, 30), lines, bold=False)
    if found is not None:
        assert "".join(found.lines) == text
        assert len(found.lines) <= lines
        assert all(job.width(line, found.size, bold=False) <= width for line in found.lines)


def test_the_last_line_is_no_single_character():
    found = fitter("zh-CN").fit("春天的味道都在这里了吧", 100.0, (10, 10), 2, bold=False)
    assert found is not None
    assert len(found.lines[-1]) > 1


@given(st.integers(0, 60))
def test_bisection_finds_the_largest_that_fits(limit):
    assert largest(1, 50, lambda size: size <= limit) == min(limit, 50)
