"""Near duplicates are found; nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.compose import NearIndex, near_duplicate_share, without_near_duplicates
from promoloop.core import InvalidError


def test_the_share_is_that_of_jaccard():
    index = NearIndex()
    index.add("abcd")  # " ab", "abc", "bcd", "cd "
    assert index.nearest("abce") == ("abcd", 2 / 6)  # " ab" and "abc" of six


def test_chinese_is_compared_by_pairs_of_characters():
    index = NearIndex()
    index.add("泡杯绿茶")  # 泡杯 杯绿 绿茶
    assert index.nearest("泡杯红茶。") == ("泡杯绿茶", 1 / 5)


def test_marks_and_case_make_no_difference():
    assert without_near_duplicates(["Warm tea.", "warm  TEA!", "Ｗarm tea"]) == [0]


def test_what_the_shopper_got_lately_is_not_sent_again():
    sent = ["A warm cup for a slow morning."]
    texts = ["A warm cup for a slow evening.", "Socks by the door, shoes beside them."]
    assert without_near_duplicates(texts, against=sent) == [1]


def test_a_pool_of_copies_is_all_duplicates_but_one():
    assert near_duplicate_share(["Warm tea."] * 4) == 0.75
    assert near_duplicate_share([]) == 0.0


@given(st.lists(st.text(alphabet="ab茶杯 ", max_size=8), max_size=12))
def test_no_two_kept_texts_are_near(texts):
    kept = [texts[at] for at in without_near_duplicates(texts)]
    for at, text in enumerate(kept):
        index = NearIndex()
        for other in kept[:at]:
            index.add(other)
        assert not index.is_near(text)


@given(st.text(max_size=30))
def test_a_text_is_near_itself(text):
    index = NearIndex()
    index.add(text)
    assert index.is_near(text)


@pytest.mark.parametrize("threshold", [0.0, 1.1, float("nan")])
def test_a_threshold_that_is_no_share_is_refused(threshold):
    with pytest.raises(InvalidError):
        NearIndex(threshold)
