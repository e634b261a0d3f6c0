"""Texts kept by language: which file serves a locale, and what a shared file changes."""

from __future__ import annotations

import pytest

from promoloop.core import InvalidError, in_script, tongue_of, tongue_table, tongues_in


def test_the_nearest_file_of_the_language_serves_a_locale() -> None:
    serving = {
        locale: tongue_of("promoloop.offers", "clauses", locale)
        for locale in ("en-US", "en-GB", "en-AU", "zh-CN", "zh-TW", "zh-HK", "de-CH", "es-MX")
    }
    assert serving == {
        "en-US": "en",
        "en-GB": "en-001",
        "en-AU": "en-001",
        "zh-CN": "zh",
        "zh-TW": "zh-Hant",
        "zh-HK": "zh-Hant",
        "de-CH": "de",
        "es-MX": "es",
    }


def test_a_language_without_a_file_is_refused_and_the_remedy_names_the_file() -> None:
    with pytest.raises(InvalidError, match=r"clauses in ko-KR.*data/clauses-ko\.toml"):
        tongue_table("promoloop.offers", "clauses", "ko-KR")


def test_british_english_shares_what_it_does_not_change() -> None:
    british = tongue_table("promoloop.offers", "clauses", "en-GB")["words"]
    american = tongue_table("promoloop.offers", "clauses", "en-US")["words"]
    changed = {key for key in american if british[key] != american[key]}
    assert changed == {"free_shipping", "shipping_ceiling"}
    assert british["free_shipping"] == "free delivery"


def test_shared_wordings_are_changed_as_whole_words_with_their_capital() -> None:
    cart = tongue_table("promoloop.compose", "templates", "en-GB")["moment"]["cart"]
    said = " ".join(text for texts in cart.values() for text in texts)
    assert "Your basket is as you left it" in said
    assert "cart" not in said.lower()


def test_names_in_the_other_script_are_converted_with_taiwans_words() -> None:
    assert in_script("鼠标垫", "zh-CN", "zh-TW") == "滑鼠墊"
    assert in_script("滑鼠墊", "zh-TW", "zh-CN") == "鼠标垫"
    assert in_script("鼠标垫", "zh-CN", "zh-SG") == "鼠标垫"


def test_the_files_of_a_package_are_listed() -> None:
    assert tongues_in("promoloop.offers", "clauses") == (
        "de", "en", "en-001", "es", "fr", "ja", "zh", "zh-Hant",
    )  # fmt: skip
