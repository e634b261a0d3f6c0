"""Every language's templates: complete, typographically right, with no word that must agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from opencc import OpenCC

from promoloop.compose import CHANNELS, MOMENTS
from promoloop.core import language_of, tongue_table, tongues_in

TAGS = tongues_in("promoloop.compose", "templates")
LISTS = ("opener", "hook", "short", "subject", "preheader", "headline")


def _texts(tag: str) -> Iterator[tuple[str, str]]:
    """Every text of a language, each with the list it stands in."""
    table = tongue_table("promoloop.compose", "templates", tag)
    for name, lists in table["moment"].items():
        for kind, texts in lists.items():
            yield from ((f"{name}.{kind}", text) for text in texts)
    for kind, texts in table["words"].items():
        yield from ((f"words.{kind}", text) for text in texts)


def _keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _keys(one) for key, one in value.items()}
    return None


def test_the_languages_of_the_plan_are_there() -> None:
    assert TAGS == ("de", "en", "en-001", "es", "fr", "ja", "zh", "zh-Hant")


@pytest.mark.parametrize("tag", TAGS)
def test_every_language_has_all_keys(tag: str) -> None:
    own = tongue_table("promoloop.compose", "templates", tag)
    assert _keys(own) == _keys(tongue_table("promoloop.compose", "templates", "en"))
    assert set(own["moment"]) == set(MOMENTS)
    assert set(CHANNELS) <= set(own)


@pytest.mark.parametrize("tag", TAGS)
def test_every_list_of_a_moment_has_eight_texts_that_need_no_festival_or_gift(tag: str) -> None:
    for name, lists in tongue_table("promoloop.compose", "templates", tag)["moment"].items():
        assert set(lists) == set(LISTS)
        for kind, texts in lists.items():
            plain = [
                text for text in texts if "{{festival}}" not in text and "{{gift}}" not in text
            ]
            assert len(set(plain)) >= 8, (name, kind)
            assert len(set(texts)) == len(texts), (name, kind)


@pytest.mark.parametrize("tag", TAGS)
def test_only_slots_that_an_offer_can_fill_are_used(tag: str) -> None:
    known = {"name", "reward", "deadline", "festival", "gift"}
    for where, text in _texts(tag):
        assert set(re.findall(r"\{\{(\w+)\}\}", text)) <= known, (where, text)
        if where.endswith((".headline", ".short")):
            assert "{{" not in text, (where, text)


@pytest.mark.parametrize("tag", TAGS)
def test_a_feast_is_named_by_its_slot_only(tag: str) -> None:
    named = re.compile(
        r"christmas|easter|black friday|weihnacht|ostern|noël|pâques|navidad|pascua|reyes"
        r"|クリスマス|正月|节分|節分|春节|春節|中秋|端午|双11|雙11|618",
        re.IGNORECASE,
    )
    for where, text in _texts(tag):
        assert not named.search(text), (where, text)


@pytest.mark.parametrize("tag", TAGS)
def test_no_text_shouts_hurries_or_praises(tag: str) -> None:
    loud = re.compile(
        r"!|！|\bhurry\b|\bbest\b|beste[nrs]?\b|\bnur (?:noch|heute)\b|\bschnell\b|letzte chance"
        r"|\bfaites vite\b|\bdépêchez|dernière chance|\bmeilleure?s?\b"
        r"|date prisa|última oportunidad"
        r"|\bmejor(?:es)?\b|お急ぎくだ|今だけ|限定|最高|最安|最后机会|最後機會|趕快|赶快",
        re.IGNORECASE,
    )
    for where, text in _texts(tag):
        assert not loud.search(text), (where, text)


BEFORE_NAME = {
    "de": r"\b(?:der|die|das|den|dem|ein|eine|einen|einem|deine?[nm]?|mit|von|zum?r?|bei|aus"
    r"|im|am)\s\{\{name\}\}",
    "fr": r"(?:\b(?:le|la|les|de|du|des|à|au|aux|un|une|que|votre|vos)\s|['’])"
    r"\{\{(?:name|gift)\}\}",
    "es": r"\b(?:el|la|los|las|un|una|unos|unas|del|al|tus?)\s\{\{name\}\}",
}


@pytest.mark.parametrize("tag", BEFORE_NAME)
def test_no_word_before_a_name_would_have_to_agree_elide_or_contract(tag: str) -> None:
    for where, text in _texts(tag):
        assert not re.search(BEFORE_NAME[tag], text), (where, text)


def test_french_sets_an_unbreakable_space_before_two_part_signs() -> None:
    for where, text in _texts("fr"):
        assert not re.search(r"(?<!\u00a0)[:?;!]", text.replace("://", "")), (where, text)
        assert "'" not in text, (where, text)


def test_spanish_opens_its_questions() -> None:
    for where, text in _texts("es"):
        assert text.count("?") == text.count("¿"), (where, text)


def test_spanish_and_german_speak_as_to_one_friend() -> None:
    formal = {"de": r"\b(?:Ihnen|Ihre?[nmrs]?)\b", "es": r"\b(?:usted(?:es)?|vuestr[oa]s?)\b"}
    for tag, pattern in formal.items():
        for where, text in _texts(tag):
            assert not re.search(pattern, text), (where, text)


def test_french_is_polite_and_takes_nobody_for_a_man() -> None:
    for where, text in _texts("fr"):
        assert not re.search(r"\b(?:tu|ton|ta|tes|toi)\b", text), (where, text)
        assert not re.search(r"vous (?:êtes|serez) (?:prêt|le bienvenu|un)\b", text), (where, text)


def test_japanese_has_wide_punctuation_and_polite_sentences() -> None:
    for where, text in _texts("ja"):
        bare = re.sub(r"\{\{\w+\}\}", "", text)
        assert not re.search(r"[,.!?:; ()]", bare), (where, text)
        if where.endswith((".opener", ".hook")):
            assert text.endswith("。"), (where, text)
        assert not re.search(r"(?:だ|である|だろう)。$", bare), (where, text)


@pytest.mark.parametrize("tag", ["zh", "zh-Hant"])
def test_chinese_has_wide_punctuation(tag: str) -> None:
    for where, text in _texts(tag):
        assert not re.search(r"[,.!?:; ]", re.sub(r"\{\{\w+\}\}", "", text)), (where, text)


def test_taiwan_reads_its_own_words_in_its_own_script() -> None:
    mainland = "優惠碼|註冊|夥計|採購|檢視|節貨|串門|貨架|得空|里加"
    for where, text in _texts("zh-Hant"):
        assert OpenCC("s2tw").convert(text) == text, (where, text)
        assert not re.search(mainland, text), (where, text)


@pytest.mark.parametrize("tag", TAGS)
def test_hooks_and_openers_are_whole_sentences(tag: str) -> None:
    for where, text in _texts(tag):
        if where.endswith((".opener", ".hook")):
            assert text[-1] in ".?。？", (where, text)
        if where.endswith(".short"):
            assert text[-1] not in ".。", (where, text)
        if language_of(tag) in {"de", "en", "es", "fr"}:
            assert text[0].isupper() or text[0] in "{¿¡", (where, text)
