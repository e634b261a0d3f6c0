"""The words in both languages, and how figures are written."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from string import Formatter

import pytest

from promoloop.core import InvalidError
from promoloop.decide import ARMS
from promoloop.report.wording import LANGUAGES, Wording, localised


def tables() -> dict[str, dict[str, dict[str, str]]]:
    folder = files("promoloop.report").joinpath("words")
    return {
        language: tomllib.loads(folder.joinpath(f"{language}.toml").read_text("utf-8"))
        for language in LANGUAGES
    }


def flat(table: dict[str, dict[str, str]]) -> dict[str, str]:
    return {f"{part}.{key}": text for part, texts in table.items() for key, text in texts.items()}


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_say_the_same_things_with_the_same_figures():
    english, chinese = (flat(tables()[language]) for language in ("en", "zh"))
    assert english.keys() == chinese.keys()
    differing = [key for key in english if slots(english[key]) != slots(chinese[key])]
    assert differing == []


def test_no_text_is_left_in_the_other_language():
    chinese = flat(tables()["zh"])
    plain = {key for key, text in chinese.items() if not any(ord(c) > 0x2E7F for c in text)}
    # Marks, joiners, abbreviations, commands and the name of the other language.
    assert plain == {
        "page.gap",
        "page.nothing",
        "page.switch",
        "page.switch_lang",
        "quality.redemption_auc",
        "footer.version",
        "footer.command_simulated",
        "footer.command_real",
    }


def test_every_arm_and_every_frame_has_a_name():
    for language in LANGUAGES:
        assert set(ARMS) <= tables()[language]["arms"].keys()


@pytest.mark.parametrize(
    ("locale", "minor", "expected"),
    [
        ("en-US", 123456, "+$1,234.56"),
        ("en-US", -500, "−$5"),
        ("zh-CN", 0, "US$0"),
        ("zh-CN", 1999, "+US$19.99"),
    ],
)
def test_gains_say_their_sign(locale, minor, expected):
    assert Wording(locale, "USD").gain(minor) == expected


def test_a_currency_without_cents_is_written_without_them():
    words = Wording("zh-CN", "JPY")
    assert words.rounded(12345) == "JP¥12,345"


def test_figures_of_one_range_are_rounded_alike():
    assert Wording("en-US", "USD").range(3770, 594, 6945) == "+$38 (+$6 to +$69)".replace(
        " ", "\u00a0"
    )
    assert Wording("en-US", "USD").span((150, -25, 325)) == ("+$1.50", "−$0.25", "+$3.25")


def test_percentages_drop_idle_zeros():
    words = Wording("en-US", "USD")
    assert [words.percent(x) for x in (0.95, 0.712, 1.0, 0.0)] == ["95%", "71.2%", "100%", "0%"]


def test_times_from_two_minutes_on_are_told_in_minutes():
    words = Wording("en-US", "USD")
    assert words.seconds(41.04) == "41.0 s"
    assert words.seconds(326.4) == "5 min 26 s"


def test_an_unknown_code_is_shown_rather_than_hidden():
    assert Wording("zh-CN", "USD").named("reasons", "not_yet_named") == "not yet named"


def test_a_language_without_words_is_refused():
    with pytest.raises(InvalidError, match="words for en, zh only"):
        Wording("de-DE", "EUR")


def test_the_nearest_locale_is_taken():
    assert localised({"en-GB": "tea"}, "en-US") == "tea"
    assert localised({"en-GB": "tea"}, "zh-CN") is None
