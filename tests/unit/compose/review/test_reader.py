"""The first reader marks what a person should look at, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promoloop.compose import Claim, Mark, Past, first_reading, mark_said
from promoloop.offers import OfferFacts

from .texts import PARTS, about, text

KNOWN = Past(writers={("gemma-270m+shop", "ab12")})


def codes(marks: tuple[Mark, ...]) -> list[str]:
    return [mark.code for mark in marks]


def read(parts: dict[str, str], on: OfferFacts | None = None, market: str = "") -> tuple[Mark, ...]:
    facts = on or about()
    return first_reading(text("c1", parts, on=facts), facts, KNOWN, market)


def test_a_plain_text_has_no_mark() -> None:
    copy = text("c1")
    assert copy.verdict.passed
    assert first_reading(copy, about(), KNOWN) == ()


def test_the_same_text_is_always_read_the_same() -> None:
    copy = text("c1", {**PARTS, "headline": "Beer and a good price"})
    once = first_reading(copy, about(), Past(), "US", 0.2)
    assert once == first_reading(copy, about(), Past(), "US", 0.2)
    assert codes(once) == ["low_score", "new_writer", "price_words", "sensitive"]


def test_a_low_score_is_marked_and_an_unknown_one_is_not() -> None:
    copy = text("c1")
    assert first_reading(copy, about(), KNOWN, "", 0.31) == (Mark("low_score", "0.31"),)
    assert first_reading(copy, about(), KNOWN, "", 0.97) == ()
    assert first_reading(copy, about(), KNOWN, "", float("nan")) == ()


@pytest.mark.parametrize(("length", "marked"), [(70, True), (67, True), (66, False)])
def test_a_part_is_marked_from_19_in_20_of_its_limit(length: int, marked: bool) -> None:
    """An on-site headline has 70 characters: 67 x 20/19 is more, 66 x 20/19 is 69.5, so 70."""
    headline = ("Coffee for slow mornings " * 4)[:length].strip().ljust(length, "s")
    found = read({**PARTS, "headline": headline})
    assert (Mark("near_limit", "headline") in found) is marked


def test_a_text_like_one_that_runs_in_its_place_is_marked() -> None:
    other = text("c2", {**PARTS, "headline": "Coffee for a slow morning"})
    past = Past([other], KNOWN.writers)
    assert first_reading(text("c1"), about(), past) == (Mark("near_duplicate", "c2"),)
    elsewhere = replace(past, running=[replace(other, moment="vip")])
    assert first_reading(text("c1"), about(), elsewhere) == ()
    assert first_reading(text("c2"), about(), replace(past, running=[text("c2")])) == ()


def test_the_first_text_of_a_model_adapter_or_prompt_is_marked() -> None:
    assert codes(first_reading(text("c1"), about(), Past())) == ["new_writer"]
    other_prompt = text("c1", prompt_hash="cd34")
    assert first_reading(other_prompt, about(), KNOWN) == (Mark("new_writer", "gemma-270m+shop"),)
    template = text("c1", source="template")
    assert first_reading(template, about(), Past()) == ()


def test_many_claims_are_marked() -> None:
    copy = text("c1")
    claims = tuple(Claim(f"claim {n}", "amount", "offer.reward") for n in range(9))
    wordy = replace(copy, verdict=replace(copy.verdict, claims=claims))
    assert first_reading(wordy, about(), KNOWN) == (Mark("many_claims", "9"),)
    again = replace(copy, verdict=replace(copy.verdict, claims=claims[:8] * 2))
    assert first_reading(again, about(), KNOWN) == ()


@pytest.mark.parametrize(
    ("words", "market", "said"),
    [
        ("A price to like", "", "price"),
        ("Worth more than it costs", "", "worth"),
        ("Worth a look", "US", ""),
        ("Compare with the shelf next door", "US", "compare with"),
        ("Compare with the shelf next door", "FR", "compare with"),
        ("Un prix doux", "FR", "prix"),
        ("Un prix doux", "US", ""),
    ],
)
def test_words_about_prices_are_those_of_the_market(words: str, market: str, said: str) -> None:
    """The locale en-US brings the words of the US whatever the shop's market."""
    marks = read({**PARTS, "headline": words}, market=market)
    assert [one.detail for one in marks if one.code == "price_words"] == ([said] if said else [])


def test_the_offers_own_clauses_are_no_price_words_of_the_text() -> None:
    only_slots = {**PARTS, "headline": "{{reward}}"}
    assert "price_words" not in codes(read(only_slots))


def test_chinese_price_words_are_marked_in_a_shop_in_the_us_too() -> None:
    facts = about("zh-CN", "咖啡")
    parts = {
        "headline": "这个价格划算",
        "body": "{{name}}{{reward}}，{{deadline}}。",
        "call": "去看看",
    }
    assert Mark("price_words", "价格") in read(parts, facts, "US")


def test_a_name_that_could_not_stand_there_is_marked() -> None:
    facts = about("en-US", "selected items")
    assert read(PARTS, facts) == (Mark("name_replaced", "selected items"),)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("craft beer", "alcohol"),
        ("root beer", ""),
        ("wine glasses", ""),
        ("red wine", "alcohol"),
        ("baby food", "babies and children"),
        ("baby carrots", ""),
        ("vitamins", "health"),
        ("laundry capsules", ""),
        ("cigars", "tobacco"),
    ],
)
def test_sensitive_products_are_marked_and_harmless_names_are_not(name: str, kind: str) -> None:
    marks = read(PARTS, about("en-US", name))
    assert marks == ((Mark("sensitive", kind),) if kind else ())


@pytest.mark.parametrize(
    ("locale", "words", "found"),
    [
        ("en-US", "Der Kaffee ist für dich und die Tasse", "de"),
        ("en-US", "Le café est pour vous", "fr"),
        ("en-US", "咖啡在这里", "zh"),
        ("en-US", "This is for you and your cup", ""),
        ("en-US", "Coffee, cake, cream", ""),
        ("zh-CN", "Coffee for the morning", "Latin script"),
        ("zh-CN", "早上来一杯咖啡", ""),
        ("zh-CN", "コーヒーをどうぞ", "ja"),
    ],
)
def test_a_text_in_another_language_is_marked(locale: str, words: str, found: str) -> None:
    copy = replace(text("c1", source="template"), locale=locale, parts={"headline": words})
    marks = first_reading(copy, replace(about(), locale=locale), KNOWN)
    assert [one.detail for one in marks if one.code == "language"] == ([found] if found else [])


def test_a_mark_says_itself_in_both_languages() -> None:
    assert mark_said(Mark("sensitive", "alcohol"), "en-GB").endswith("product: alcohol")
    assert mark_said(Mark("near_limit", "subject"), "zh-CN") == "subject 接近该渠道的长度上限"
    assert mark_said(Mark("own_rule", "x"), "en-US") == "own_rule: x"
